"""Advice as text for the terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.advice.advice import Advice, Finding
from tests.report.causes import CHANGES, WITHOUT_GIL
from tests.report.words import many

#: How many files that were not read are named.
_SOME = 20


def _by_claim(advice: Advice) -> Iterator[tuple[str, list[Finding]]]:
    """Yield the findings of each claim; those with the most first."""
    key = sorted(advice.findings, key=lambda one: (one.claim, one.pattern))
    groups = [(id, sorted(some)) for id, some in groupby(key, lambda one: one.claim)]
    yield from sorted(groups, key=lambda group: (-len(group[1]), group[0]))


def headline(advice: Advice) -> str:
    """Say in one line how many claims concern the project."""
    size = f"{many(advice.files, 'file')}, {many(advice.lines, 'line')}"
    if advice.about_processes:
        size += f", {many(advice.places, 'place')} that start processes by the default method"
    claims = {finding.claim for finding in advice.findings}
    upgrade = f"from {advice.before} to {advice.after}"
    if not claims:
        return f"Nothing was seen in {advice.name} ({size}) that breaks {upgrade}."
    one = len(claims) == 1
    change, concern = ("changes", "concerns") if one else ("change", "concern")
    count = many(len(claims), "claim")
    return f"{count} that {change} {upgrade} {concern} {advice.name} ({size}):"


def limits(advice: Advice) -> list[str]:
    """Say what was not seen, and how to find out."""
    looked = many(len(advice.patterns), "pattern")
    found = [
        (
            f"That is no proof: {looked} were looked for, in the source alone.  What depends on "
            "the types of objects, on other packages, or on what runs first, was not seen."
        ),
    ]
    if advice.about_processes:
        found.append(f"To try the rest, rehearse: {CHANGES['gh-84559'].rehearse}.")
    if advice.about_threads:
        found.append(f"Races: {CHANGES[WITHOUT_GIL].rehearse}.")
    return found


def _notes(advice: Advice) -> Iterator[str]:
    for pin in advice.pins if advice.about_processes else ():
        yield f"{pin} chooses a start method: what it imports is left alone."
    if advice.about_processes and advice.left:
        yield f"So this says nothing of {many(advice.left, 'place')} that start processes."
    for unread in advice.unread[:_SOME]:
        yield f"{unread.path} was not read: {unread.why}"
    if len(advice.unread) > _SOME:
        yield f"{many(len(advice.unread) - _SOME, 'more file')} were not read."


def text(advice: Advice) -> Iterator[str]:
    """Yield the lines of plain text."""
    yield headline(advice)
    for id, findings in _by_claim(advice):
        yield ""
        yield f"{id}  {findings[0].sentence}"
        for finding in findings:
            perhaps = "" if finding.certain else "maybe: "
            yield f"    {finding.path}:{finding.line}  {perhaps}{finding.what}"
        for instead in dict.fromkeys(finding.instead for finding in findings):
            yield f"    Instead: {instead}."
    notes = list(_notes(advice))
    yield from ["", *notes] if notes else []
    yield ""
    yield from limits(advice)


def markdown(advice: Advice) -> Iterator[str]:
    """Yield the lines of Markdown."""
    yield f"# From {advice.before} to {advice.after}: {_escaped(advice.name)}"
    yield ""
    yield _escaped(headline(advice))
    for id, findings in _by_claim(advice):
        yield from ("", f"## {id}", "", _escaped(findings[0].sentence), "")
        for finding in findings:
            perhaps = "" if finding.certain else "maybe: "
            yield f"- `{finding.path}:{finding.line}` {perhaps}{_escaped(finding.what)}"
        yield ""
        for instead in dict.fromkeys(finding.instead for finding in findings):
            yield f"Instead: {_escaped(instead)}."
    notes = list(_notes(advice))
    yield from ["", "## Notes", "", *(f"- {_escaped(note)}" for note in notes)] if notes else []
    yield ""
    yield from (_escaped(limit) for limit in limits(advice))


def _escaped(words: str) -> str:
    """Return words that Markdown shows as they are, but for what is in backticks already."""
    parts = words.split("`")
    for i in range(0, len(parts), 2):
        for char in "\\*_[]<>#|":
            parts[i] = parts[i].replace(char, f"\\{char}")
    return "`".join(parts)
