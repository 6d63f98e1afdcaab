"""Advice as data for other programs: JSON, SARIF 2.1.0, and annotations of GitHub's CI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.advice.advice import Advice, Finding
from tests.advice.text import headline, limits

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(advice: Advice) -> Iterator[str]:
    """Yield a JSON document."""
    found = {
        "version": 1,
        "project": advice.name,
        "before": advice.before,
        "after": advice.after,
        "files": advice.files,
        "lines": advice.lines,
        "places": advice.places,
        "left": advice.left,
        "patterns": sorted(pattern.name for pattern in advice.patterns),
        "findings": [asdict(finding) for finding in advice.findings],
        "unread": [asdict(unread) for unread in advice.unread],
        "pins": advice.pins,
        "limits": limits(advice),
    }
    yield json.dumps(found, indent=2, ensure_ascii=False)


def as_sarif(advice: Advice) -> Iterator[str]:
    """Yield a log of SARIF 2.1.0; each claim is a rule."""
    rules = {finding.claim: finding for finding in reversed(advice.findings)}
    indices = {id: i for i, id in enumerate(sorted(rules))}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "python-concurrency-specification",
                "rules": [_rule(rules[id]) for id in indices],
            }
        },
        "results": [_result(finding, advice, indices) for finding in advice.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {
                        "level": "note",
                        "message": {"text": f"{unread.path} was not read: {unread.why}"},
                    }
                    for unread in advice.unread
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
    }
    yield json.dumps(
        {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False
    )


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.claim,
        "shortDescription": {"text": finding.sentence},
        "help": {"text": f"Instead: {finding.instead}."},
    }


def _result(finding: Finding, advice: Advice, indices: dict[str, int]) -> dict[str, Any]:
    return {
        "ruleId": finding.claim,
        "ruleIndex": indices[finding.claim],
        "level": "warning" if finding.certain else "note",
        "message": {"text": message(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(_from_here(advice, finding.path))},
                    "region": {"startLine": finding.line},
                }
            }
        ],
    }


def message(finding: Finding) -> str:
    """Say in one line what is seen, and what to do."""
    return f"{finding.what}. {finding.sentence} Instead: {finding.instead}."


def as_github(advice: Advice) -> Iterator[str]:
    """Yield the commands that make annotations of a run of GitHub's CI."""
    for finding in advice.findings:
        level = "warning" if finding.certain else "notice"
        path = _property(_from_here(advice, finding.path))
        title = _property(f"{finding.claim} ({advice.before} to {advice.after})")
        text = _data(message(finding))
        yield f"::{level} file={path},line={finding.line},title={title}::{text}"
    yield f"::notice title=advice::{_data(' '.join([headline(advice), *limits(advice)]))}"


def _from_here(advice: Advice, path: str) -> str:
    """Return a path as it is from the current folder, if it is below, as CI wants it."""
    folder = advice.root if advice.root.is_dir() else advice.root.parent
    try:
        return (folder.resolve() / path).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
