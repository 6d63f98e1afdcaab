"""A document as lines for a terminal, without colours."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from tests.report.document import (
    Block,
    Folded,
    Heading,
    Item,
    Items,
    Table,
    Text,
    Verdicts,
)
from tests.report.words import LONGEST
from tests.vocabulary.verdict import Verdict, shorten

_NOT_RUN = "."
_ABOUT = 10
_FIRST_CELL = 30
_REASON = 300


def lines(blocks: Iterable[Block], width: int) -> list[str]:
    """Return the blocks as lines of at most ``width`` columns; tables need at least 70 of them."""
    found = [line.rstrip() for line in _all(blocks, width)]
    while found and not found[0]:
        del found[0]
    return found


def _all(blocks: Iterable[Block], width: int) -> Iterator[str]:
    """Yield the lines of the blocks, with empty ones between them."""
    before: Block | None = None
    for block in blocks:
        if isinstance(block, Text) and not isinstance(before, Heading):
            yield ""
        yield from _lines(block, width)
        before = block


def _lines(block: Block, width: int) -> Iterator[str]:
    match block:
        case Heading(text, level):
            text = shorten(text, width if level < 4 else _REASON)
            yield ""
            if level < 4:
                yield from ("", text, "=" * len(text))
            else:
                yield from wrapped(text, width)
        case Text(text):
            yield from wrapped(text, width)
        case Items(items):
            for item in items:
                yield from _item(item, width)
        case Table(head, rows):
            yield from _table([head, *rows], width)
        case Verdicts():
            yield from _letters(block, width)
        case Folded(title, blocks):
            yield from _all((Heading(title), *blocks), width)


def _item(item: Item, width: int) -> Iterator[str]:
    first = f"{item.about:{_ABOUT}}" if item.about else "  "
    margin = " " * len(first) if item.about else "    "
    yield from wrapped(item.text, width, first, margin)
    for text in filter(None, (*item.more, item.command)):
        yield from wrapped(text, width, margin, margin + "  " * (text in item.more))


def wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Return the text as lines of at most ``width`` columns, each with its margin.

    ``first`` begins the first line, ``rest`` (as much space, unless it is given) the others.
    Words are cut only where they are longer than a line.
    """
    margin = " " * len(first) if rest is None else rest
    return textwrap.wrap(
        shorten(text, LONGEST),
        max(width, len(margin) + 20),
        initial_indent=first,
        subsequent_indent=margin,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield the table, in several parts if it is too wide; each part has the first cells."""
    names, *columns = [list(column) for column in zip(*rows, strict=True)]
    margin = min(_FIRST_CELL, max(map(len, names)))
    for part in _fitting([_column(cells, width - margin - 2) for cells in columns], width - margin):
        yield ""
        for name, *cells in zip(names, *part, strict=True):
            yield f"{shorten(name, margin):{margin}}  {'  '.join(cells)}"


def _column(cells: Sequence[str], room: int) -> list[str]:
    """Return the cells, equally wide: numbers and signs to the right, words to the left."""
    short = [shorten(cell, room) for cell in cells]
    size = max(map(len, short))
    numbers = all(re.fullmatch(r"[-\d,/?!±]*", cell) for cell in short[1:])
    return [f"{cell:{'>' if numbers else '<'}{size}}" for cell in short]


def _fitting(columns: Iterable[list[str]], room: int) -> Iterator[list[list[str]]]:
    """Yield the columns in as many parts as are needed for each to fit, at least one in each."""
    part: list[list[str]] = []
    for column in columns:
        if part and sum(len(cells[0]) + 2 for cells in (*part, column)) > room:
            yield part
            part = []
        part.append(column)
    if part:
        yield part


def _letters(block: Verdicts, width: int) -> Iterator[str]:
    """Yield the claims by section, with a letter for each interpreter, whose titles go down."""
    words = [f"{verdict.letter} {verdict.value}" for verdict in Verdict]
    yield from (*wrapped(", ".join((*words, f"{_NOT_RUN} not run")), width), "")
    titles = [shorten(title, 20) for title in block.interpreters]
    for row in range(max(map(len, titles), default=0)):
        letters = " ".join(title[row : row + 1] or " " for title in titles)
        yield f"{'':{_ABOUT}}{letters}"
    section = ""
    for claim, verdicts in block.rows:
        if claim.section != section:
            section = claim.section
            yield from ("", shorten(section, width))
        letters = " ".join(verdict.letter if verdict else _NOT_RUN for verdict in verdicts)
        head = f"{claim.id:{_ABOUT}}{letters}  "
        yield head + shorten(claim.sentence, max(width - len(head), 20))
