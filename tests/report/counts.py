"""The counts in .github/VERDICTS.md: made from results, kept between two marks, and checked.

Nothing in them differs from run to run: no date, no measured figure.
"""

from __future__ import annotations

from tests.report import markdown
from tests.report.document import Block, Folded, Text
from tests.report.matrix import Results
from tests.report.overview import SIGNS, interpreters, sections
from tests.report.words import many

START = "<!-- matrix: to renew it: python -m tests.report --write-verdicts -->"
END = "<!-- end of the matrix -->"

_FACTS = ("GIL", "default start method", "system")


def matrix(results: Results) -> str:
    """Return what VERDICTS.md shows of the results, as Markdown between its marks."""
    columns = results.ran()
    legend = f"how many hold / are refuted on each interpreter ({SIGNS})."
    blocks: tuple[Block, ...] = (
        Text(f"{many(len(results.claims), 'claim')}: {legend}"),
        sections(results, columns, group_of, sizes=True),
        Folded("The interpreters", (interpreters(columns, _FACTS),)),
    )
    return f"{START}\n\n{markdown.text(blocks)}\n{END}"


def group_of(section: str) -> str:
    """Return the row that a section is in: of the notes its own, else that of the module."""
    return section if section.startswith("notes: ") else section.partition(":")[0]


def with_matrix(document: str, results: Results) -> str:
    """Return the text with its matrix made anew.  Raises ValueError if it lacks the marks."""
    before, _, after = _parts(document)
    return f"{before}{matrix(results)}{after}"


def _parts(document: str) -> tuple[str, str, str]:
    before, start, rest = document.partition(START)
    block, end, after = rest.partition(END)
    if not end:
        raise ValueError(
            f"VERDICTS.md lacks the lines {START!r} and {END!r}, which enclose the matrix"
        )
    return before, start + block + end, after


def lost(old: str, new: str) -> list[str]:
    """Return the interpreters that the old text shows and the new one does not."""
    return [name for name, *_ in _columns(old) if name not in {name for name, *_ in _columns(new)}]


def stale(document: str, results: Results) -> list[str]:
    """Return what VERDICTS.md says otherwise than the results, a line each; empty if it is fresh.

    Compares interpreters present in both, by exact version and system, and sections with the same
    number of claims.  Undecided claims match anything.

    Raises ValueError if VERDICTS.md lacks the marks.
    """
    shown, found = _columns(document), _columns(matrix(results))
    return [
        f"{section} on {key[0]}: {old} in VERDICTS.md, {new} in the results"
        for key, cells in shown.items()
        if key in found
        for (section, size), old in cells.items()
        if (new := found[key].get((section, size), old)) != old
        if not {"?", "!"}.intersection(old + new)
    ]


def _columns(text: str) -> dict[tuple[str, ...], dict[tuple[str, str], str]]:
    """Return what the matrix shows of each interpreter, by section and its number of claims.

    The key is what the table of interpreters says of it, the precise name first.
    """
    lines = [line for line in _parts(text)[1].splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [n for n, row in enumerate(rows) if row[0] in ("section", "")]
    if len(heads) != 2:
        return {}
    first, second = heads
    return {
        tuple(rest): {(row[0], row[1]): row[rows[first].index(title)] for row in rows[2:second]}
        for title, *rest in rows[second + 2 :]
    }
