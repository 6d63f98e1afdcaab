"""The matrix that README shows: made from results, kept between two marks, and checked.

Nothing in it differs from run to run: no date, no measured figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from tests.harness.verdict import Verdict
from tests.report.changes import ran
from tests.report.markdown import folded
from tests.report.matrix import Claim, Column, Results
from tests.report.words import many, markdown, table

START = "<!-- matrix: to renew it: python -m tests.report --write-readme -->"
END = "<!-- end of the matrix -->"

_LEGEND = (
    "how many hold / are refuted on each interpreter. The others do not apply there, or were not "
    "decided (?)."
)
_NOTES = "notes: "
_WORDS = {
    Verdict.HOLDS: "holds",
    Verdict.REFUTED: "**refuted**",
    Verdict.NOT_APPLICABLE: "n/a",
}
_UNTOLD = "?"


class Matrix(NamedTuple):
    """The three tables of README, as cells: of interpreters, of sections, of the notes' claims."""

    interpreters: list[list[str]]
    sections: list[list[str]]
    notes: list[list[str]]


def matrix_for_readme(results: Results) -> str:
    """Return the matrix as Markdown, between its marks."""
    environments, sections, notes = _tables(results, ran(results))
    lines = [
        START,
        "",
        f"{many(len(results.claims), 'claim')}: {_LEGEND}",
        "",
        *table(sections[0], sections[1:]),
        "",
        *folded(f"The {len(notes) - 1} claims of the notes", table(notes[0], notes[1:])),
        "",
        *folded("The interpreters", table(environments[0], environments[1:])),
        "",
        END,
    ]
    return "\n".join(lines)


def with_matrix(readme: str, results: Results) -> str:
    """Return the README with its matrix made anew.  Raises ValueError if it lacks the marks."""
    before, _, after = _parts(readme)
    return f"{before}{matrix_for_readme(results)}{after}"


def lost(old: str, new: str) -> list[str]:
    """Return the titles of the interpreters that the old README shows and the new one does not."""
    shown = [row[0] for row in shown_in(new).interpreters[1:]]
    _, block, _ = _parts(old)
    before = shown_in(old).interpreters[1:] if "|" in block else []  # the first time it is empty
    return [row[0] for row in before if row[0] not in shown]


def stale(readme: str, results: Results) -> list[str]:
    """Return what the README's matrix says otherwise than the results, a line each; empty if fresh.

    Compared are the interpreters that both have, to the last digit and on the same system.  What
    is inconclusive in either may be anything.  Raises ValueError if the README lacks the marks.
    """
    shown = shown_in(readme)
    columns = ran(results)
    found = _tables(results, columns)
    theirs = {tuple(row[1:]): row[0] for row in shown.interpreters[1:]}
    pairs = [
        (shown.sections[0].index(theirs[key]), found.sections[0].index(row[0]), row[0])
        for row in found.interpreters[1:]
        if (key := tuple(row[1:])) in theirs
    ]
    lines = []
    for old_at, new_at, title in pairs:
        for old_row, new_row in _both(shown.sections, found.sections):
            old, new = old_row[old_at], new_row[new_at]
            missing = max(int(old_row[1]) - int(new_row[1]), 0)  # results of some claims alone
            holds, refuted, untold = _numbers(new)
            if not _agree(_numbers(old), (holds, refuted, untold + missing)):
                lines.append(f"{old_row[0]} on {title}: {old} in README, {new} in the results")
        for old_row, new_row in _both(shown.notes, found.notes):
            old, new = old_row[old_at], new_row[new_at]
            if old != new and _UNTOLD not in (old, new):
                lines.append(f"{old_row[0]} on {title}: {old} in README, {new} in the results")
    return lines


def shown_in(readme: str) -> Matrix:
    """Return the tables of the README's matrix.  Raises ValueError if it lacks them."""
    _, block, _ = _parts(readme)
    found: list[list[list[str]]] = []
    for is_table, lines in groupby(block.splitlines(), key=lambda line: line.startswith("|")):
        if is_table:
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
            found.append([rows[0], *rows[2:]])
    if len(found) != len(Matrix._fields):
        raise ValueError("README's matrix does not have its three tables: renew it")
    sections, notes, interpreters = found
    return Matrix(interpreters, sections, notes)


def group_of(section: str) -> str:
    """Return the row of README that a section is in: the notes' by themselves, else the module."""
    return section if section.startswith(_NOTES) else section.partition(":")[0]


def _parts(readme: str) -> tuple[str, str, str]:
    before, start, rest = readme.partition(START)
    block, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"README lacks the lines {START!r} and {END!r}, which enclose the matrix")
    return before, start + block + end, after


def _tables(results: Results, columns: Sequence[Column]) -> Matrix:
    titles = [markdown(column.title) for column in columns]
    environments = [["", "interpreter", "GIL", "default start method", "system"]]
    environments += [
        [
            markdown(text)
            for text in (
                column.title,
                column.interpreter.name,
                column.facts.get("GIL", ""),
                column.facts.get("default start method", ""),
                column.interpreter.system,
            )
        ]
        for column in columns
    ]
    sections = [["section", "claims", *titles]]
    for name, claims in _groups(results.claims):
        cells = [_counts(results.counts(column, claims), len(claims)) for column in columns]
        sections.append([markdown(name), str(len(claims)), *cells])
    notes = [["claim", "", *titles]]
    for claim in results.claims:
        if claim.section.startswith(_NOTES):
            words = [_word(results.verdict(claim, column)) for column in columns]
            notes.append([markdown(claim.id), markdown(claim.sentence), *words])
    return Matrix(environments, sections, notes)


def _groups(claims: Iterable[Claim]) -> Iterator[tuple[str, list[Claim]]]:
    for name, some in groupby(claims, key=lambda claim: group_of(claim.section)):
        yield name, list(some)


def _word(verdict: Verdict | None) -> str:
    return _WORDS.get(verdict, _UNTOLD) if verdict else _UNTOLD


def _counts(counts: Counter[Verdict], total: int) -> str:
    """Return such as ``12 / 3``, with `` / 1 ?`` where one has none of the three verdicts."""
    untold = total - sum(counts[verdict] for verdict in _WORDS)
    more = f" / {untold} {_UNTOLD}" if untold else ""
    return f"{counts[Verdict.HOLDS]} / {counts[Verdict.REFUTED]}{more}"


def _numbers(cell: str) -> tuple[int, int, int]:
    """Return how many claims hold, are refuted, and are untold."""
    holds, refuted, untold = [*cell.removesuffix(_UNTOLD).split("/"), "0"][:3]
    return int(holds), int(refuted), int(untold)


def _agree(old: tuple[int, int, int], new: tuple[int, int, int]) -> bool:
    """Tell whether two cells can be the same, whatever becomes of what is untold in either."""
    at_least = max(old[0], new[0]) + max(old[1], new[1])
    return at_least <= min(sum(old), sum(new))


def _both(
    old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield the rows, but the head, that both tables have."""
    known = {row[0]: row for row in old[1:]}
    for row in new[1:]:
        if row[0] in known:
            yield known[row[0]], row
