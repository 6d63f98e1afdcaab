"""The results in a terminal: counts, sections by interpreters, and where interpreters differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.harness.verdict import Verdict, shorten
from tests.report.changes import ran
from tests.report.matrix import Cell, Claim, Column, Results
from tests.report.words import many, wrapped

#: A letter for each verdict, and for none.
LETTERS = {
    Verdict.HOLDS: "H",
    Verdict.REFUTED: "R",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_APPLICABLE: "-",
    Verdict.CONTRADICTED: "C",
    Verdict.ERROR: "E",
    None: ".",
}

_WRONG = (Verdict.CONTRADICTED, Verdict.ERROR)
#: What the signs in the table of sections mean.
SIGNS = "? inconclusive, ! contradicted or in error; claims that do not apply are not counted"
_ID = 8
_SECTION = 30
_NARROWEST = 70  # the words of all verdicts side by side


def lines(results: Results, width: int) -> list[str]:
    """Return the results as lines of at most ``width`` columns (at least 70), without colours."""
    width = max(width, _NARROWEST)
    columns = ran(results)
    found = [f"{many(len(results.claims), 'claim')} on {many(len(columns), 'interpreter')}", ""]
    for column in columns:
        found += wrapped(environment(column), width, f"{column.title:11}")
    found += ["", *_counts(results, columns)]
    found += _wrong(results, columns, width)
    found += ["", "", *_heading("Sections: how many claims hold / are refuted", width)]
    found += wrapped(SIGNS, width)
    found += _sections(results, columns, width)
    found += _differences(results, columns, width)
    return found


def environment(column: Column) -> str:
    """Return in one line what a column's verdicts depend on, the default start method too."""
    facts = column.facts
    parts = [
        column.interpreter.name,
        f"GIL {facts['GIL']}" if "GIL" in facts else "",
        facts.get("default start method", ""),
        f"{facts['usable cores']} cores" if "usable cores" in facts else "",
        column.interpreter.system,
        facts.get("date", ""),
    ]
    return ", ".join(filter(None, parts))


def wrong(results: Results, columns: Iterable[Column]) -> Iterator[tuple[Claim, Column, Cell]]:
    """Yield the claims that are contradicted or ended in an error, and where."""
    for claim in results.claims:
        for column in columns:
            cell = results.cell(claim, column)
            if cell and cell.verdict in _WRONG:
                yield claim, column, cell


def told(counts: Counter[Verdict]) -> str:
    """Return how many claims hold and how many are refuted, such as ``12/3``.

    What could not be told follows: ``?1`` for one that is inconclusive, ``!2`` for two that are
    contradicted or in error.  Empty if nothing was run.
    """
    if not counts:
        return ""
    unclear, bad = counts[Verdict.INCONCLUSIVE], sum(counts[verdict] for verdict in _WRONG)
    text = f"{counts[Verdict.HOLDS]}/{counts[Verdict.REFUTED]}"
    return text + f"?{unclear}" * bool(unclear) + f"!{bad}" * bool(bad)


def _heading(text: str, width: int) -> list[str]:
    return [shorten(text, width), "=" * min(len(text), width)]


def _counts(results: Results, columns: Sequence[Column]) -> list[str]:
    """Return a line per interpreter, with how many claims have each verdict."""
    titles = [""] + [column.title for column in columns]
    rows = [[verdict.word for verdict in Verdict]]
    for column in columns:
        counts = results.counts(column)
        rows.append([f"{counts[verdict]:,}" for verdict in Verdict])
    first = max(map(len, titles))
    return [
        f"{title:{first}}"
        + "".join(f"  {cell:>{len(head)}}" for cell, head in zip(row, rows[0], strict=True))
        for title, row in zip(titles, rows, strict=True)
    ]


def _wrong(results: Results, columns: Sequence[Column], width: int) -> list[str]:
    found = list(wrong(results, columns))
    if not found:
        return []
    heading = (
        f"CONTRADICTED, OR IN ERROR: {many(len({claim.id for claim, _, _ in found}), 'claim')}"
    )
    lines = ["", "", *_heading(heading, width)]
    for claim, column, cell in found:
        first = f"{claim.id:{_ID}}"
        lines += wrapped(f"[{cell.verdict.word} on {column.title}] {claim.sentence}", width, first)
        if cell.reason:
            lines += wrapped(shorten(cell.reason, 300), width, " " * _ID)
        lines += wrapped(claim.command, width, " " * _ID)
    return lines


def _sections(results: Results, columns: Sequence[Column], width: int) -> Iterator[str]:
    """Yield the sections by interpreters, in several tables if they are too many for the width."""
    sections = list(results.sections())
    cells = {
        (name, column.id): told(results.counts(column, claims))
        for name, claims in sections
        for column in columns
    }
    sizes = {
        column.id: max(len(column.title), *(len(cells[name, column.id]) for name, _ in sections))
        for column in columns
    }
    for some in _fitting(columns, sizes, width - _SECTION):
        yield ""
        yield " " * _SECTION + "".join(f" {column.title:>{sizes[column.id]}}" for column in some)
        for name, _ in sections:
            row = "".join(f" {cells[name, column.id]:>{sizes[column.id]}}" for column in some)
            yield f"{shorten(name, _SECTION):{_SECTION}}{row}".rstrip()


def _fitting(
    columns: Sequence[Column], sizes: dict[str, int], room: int
) -> Iterator[Sequence[Column]]:
    """Yield the columns in as many parts as are needed for each to fit, at least one in each."""
    part: list[Column] = []
    for column in columns:
        if part and sum(sizes[c.id] + 1 for c in (*part, column)) > room:
            yield part
            part = []
        part.append(column)
    if part:
        yield part


def _differences(results: Results, columns: Sequence[Column], width: int) -> list[str]:
    """Return the claims on which interpreters differ, a letter for each interpreter."""
    differing = [claim for claim in results.claims if results.differs(claim)]
    if not differing:
        return []
    lines = ["", "", *_heading(f"Where they differ: {many(len(differing), 'claim')}", width)]
    words = [f"{LETTERS[verdict]} {verdict.value}" for verdict in Verdict]
    lines += [*wrapped(", ".join((*words, ". not run")), width), ""]
    titles = [shorten(column.title, 20) for column in columns]
    for row in range(max(map(len, titles))):
        letters = " ".join(title[row : row + 1] or " " for title in titles)
        lines.append(f"{'':{_ID}}{letters}".rstrip())
    section = ""
    for claim in differing:
        if claim.section != section:
            section = claim.section
            lines += ["", shorten(section, width)]
        letters = " ".join(LETTERS[results.verdict(claim, column)] for column in columns)
        head = f"{claim.id:{_ID}}{letters}  "
        lines.append(head + shorten(claim.sentence, max(width - len(head), 20)))
    return lines
