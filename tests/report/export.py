"""The verdicts as data for others: JSON with its schema, CSV, a badge, and a small page a claim.

The data are under the licence of the suite.  ``FORMAT`` grows when a field changes its meaning or
goes; new fields leave it as it is.
"""

from __future__ import annotations

import csv
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from tests.report.matrix import Claim, Results
from tests.report.names import index
from tests.report.ranges import holding
from tests.report.reading import DATA
from tests.vocabulary.verdict import Verdict, shorten

FORMAT = 1
LICENCE = "MIT"

#: Ids that name a file; results may hold anything.
_FIT_FOR_A_FILE = re.compile(r"\w+(?:\.\w+)?")

_TEXT: dict[str, Any] = {"type": "string"}

#: JSON Schema of verdicts.json (https://json-schema.org/draft/2020-12/schema).
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Verdicts of the executable specification of Python concurrency",
    "type": "object",
    "required": ["format", "licence", "date", "interpreters", "claims"],
    "properties": {
        "format": {"const": FORMAT},
        "licence": _TEXT,
        "date": {
            "type": "string",
            "description": "of the newest results, YYYY-MM-DD; may be empty",
        },
        "interpreters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "title", "name", "system"],
                "properties": {"id": _TEXT, "title": _TEXT, "name": _TEXT, "system": _TEXT},
            },
        },
        "names": {
            "type": "object",
            "description": "public names of Python here, with the ids of the claims about each",
            "additionalProperties": {"type": "array", "items": _TEXT},
        },
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "sentence", "section", "holds", "verdicts"],
                "properties": {
                    "id": _TEXT,
                    "sentence": _TEXT,
                    "question": _TEXT,
                    "explanation": _TEXT,
                    "section": _TEXT,
                    "holds": {
                        "type": "string",
                        "description": "where, in words; empty: everywhere",
                    },
                    "verdicts": {
                        "type": "object",
                        "description": "by the id of an interpreter; those that ran it",
                        "additionalProperties": {"enum": [verdict.value for verdict in Verdict]},
                    },
                    "reasons": {"type": "object", "additionalProperties": _TEXT},
                },
            },
        },
    },
}


def write(results: Results, folder: Path) -> list[Path]:
    """Write the data into the folder, and return the files.  Raises OSError if it can't."""
    data = verdicts(results)
    texts = (
        json.dumps(data, ensure_ascii=False, indent=1),
        json.dumps(SCHEMA, indent=1),
        json.dumps(badge(results)),
    )
    for name, text in zip(DATA, texts, strict=True):
        (folder / name).write_text(text + "\n", encoding="utf-8", errors="replace")
    table = folder / "verdicts.csv"
    with table.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file)
        ids = [one["id"] for one in data["interpreters"]]
        writer.writerow(["claim", "sentence", "holds", *ids])
        for claim in data["claims"]:
            seen = (claim["verdicts"].get(id, "") for id in ids)
            writer.writerow([claim["id"], claim["sentence"], claim["holds"], *seen])
    pages = folder / "claims"
    pages.mkdir(exist_ok=True)
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (files("tests.report") / "page" / "claim.html").read_text("utf-8")
    )
    for one in results.claims:
        if not _FIT_FOR_A_FILE.fullmatch(one.id):
            continue
        text = page(one, results, template)
        (pages / f"{one.id}.html").write_text(text, encoding="utf-8", errors="replace")
    return [*(folder / name for name in DATA), table, pages]


def verdicts(results: Results) -> dict[str, Any]:
    """Return what SCHEMA describes."""
    return {
        "format": FORMAT,
        "licence": LICENCE,
        "date": max((column.facts.get("date", "") for column in results.columns), default=""),
        "interpreters": [
            {
                "id": column.id,
                "title": column.title,
                "name": column.interpreter.name,
                "system": column.interpreter.system,
            }
            for column in results.columns
        ],
        "names": {
            f"{module}.{name}": ids
            for module, some in index({claim.id for claim in results.claims}).items()
            for name, ids in some.items()
        },
        "claims": [_claim(claim, results) for claim in results.claims],
    }


def _claim(claim: Claim, results: Results) -> dict[str, Any]:
    cells = {column.id: results.cell(claim, column) for column in results.columns}
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "question": claim.question,
        "explanation": claim.explanation,
        "section": claim.section,
        "holds": holding(results, claim),
        "verdicts": {id: cell.verdict.value for id, cell in cells.items() if cell},
        "reasons": {id: cell.reason for id, cell in cells.items() if cell and cell.reason},
    }


def badge(results: Results) -> dict[str, Any]:
    """Return a badge as shields.io reads it (https://shields.io/badges/endpoint-badge)."""
    wrong = {id for (id, _), cell in results.cells.items() if cell.verdict.wrong}
    right = len(results.claims) - len(wrong)
    message = f"{right:,} as expected" + (f", {len(wrong)} not" if wrong else "")
    return {
        "schemaVersion": 1,
        "label": "concurrency claims",
        "message": message,
        "color": "red" if wrong else "brightgreen",
    }


def page(claim: Claim, results: Results, template: jinja2.Template) -> str:
    """Return a small page of one claim, whose link shows what it is about."""
    where = holding(results, claim)
    heading = claim.question or claim.sentence
    cells = [(column.title, results.cell(claim, column)) for column in results.columns]
    return template.render(
        id=claim.id,
        title=f"{heading} ({where})" if where else heading,
        description=shorten(claim.explanation or claim.sentence, 200),
        heading=heading,
        section=claim.section,
        answer=claim.sentence if claim.question else "",
        explanation=claim.explanation,
        rows=[(title, cell.verdict.value) for title, cell in cells if cell],
    )
