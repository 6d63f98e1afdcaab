"""A document as Markdown: for the summary of a CI job, for an issue, for README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

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
from tests.report.words import LONGEST, REFERENCE, address
from tests.vocabulary.verdict import Verdict, shorten

#: The most bytes of a job's summary.  GitHub refuses more than 1 MiB; a third still opens quickly.
MOST_BYTES = 300_000

_TITLE = 300
_CODE = re.compile(r"`([^`]+)`")
#: What means something to Markdown, or to HTML in it; an underscore in a word does not.
_SPECIAL = re.compile(r"[\\`*\[\]|~<>&$]|(?<![^\W_])_|_(?![^\W_])|^[#+-](?= |$)")
_AS_ENTITY = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
_LEFT_OUT = "The rest would be too long here: the page and `tox run -e changes` have it.\n"


def text(blocks: Iterable[Block]) -> str:
    """Return the blocks as Markdown."""
    return "\n".join(_rendered(block) for block in blocks)


def summary(blocks: Iterable[Block]) -> str:
    """Return the blocks as Markdown of at most MOST_BYTES; if some are left out, it says so."""
    kept: list[str] = []
    size = len(_LEFT_OUT) + 1
    for block in blocks:
        rendered = _rendered(block)
        size += len(rendered.encode()) + 1
        if size > MOST_BYTES:
            kept.append(_LEFT_OUT)
            break
        kept.append(rendered)
    return "\n".join(kept)


def _rendered(block: Block) -> str:
    return "\n".join(_lines(block)) + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * level} {linked(text)}"
        case Text(text, loud):
            yield f"**{linked(text)}**" if loud else linked(text)
        case Items(items):
            for item in items:
                yield from _item(item)
        case Table(head, rows):
            yield _row(map(escaped, head))
            yield _row(["---"] * len(head))
            yield from (_row(map(escaped, row)) for row in rows)
        case Verdicts(interpreters, rows):
            yield _row(["claim", "", *map(escaped, interpreters)])
            yield _row(["---"] * (2 + len(interpreters)))
            for claim, verdicts in rows:
                yield _row([escaped(claim.id), escaped(claim.sentence), *map(_word, verdicts)])
        case Folded(title, blocks):
            # GitHub needs the empty lines.
            yield from ("<details>", f"<summary>{escape(shorten(title, _TITLE))}</summary>", "")
            for inner in blocks:
                yield from (*_lines(inner), "")
            yield "</details>"


def _item(item: Item) -> Iterator[str]:
    about = f"**{escaped(item.about)}** " if item.about else ""
    yield f"- {about}{escaped(item.text)}"
    for each in filter(None, item.more):
        yield f"  <br>{linked(each)}"
    if item.command:
        yield f"  <br>{escaped(f'`{item.command}`')}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _word(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return f"**{verdict.quiet_word}**" if verdict.stands_out else verdict.quiet_word


def escaped(text: str, longest: int = LONGEST) -> str:
    """Return the text as Markdown that shows it, in a table as well; code in backticks is code."""
    parts = _CODE.split(shorten(text, longest))
    return "".join(_code(part) if at % 2 else _plain(part) for at, part in enumerate(parts))


def linked(text: str) -> str:
    """Return the text as ``escaped`` does, with a link from each reference in it."""
    return REFERENCE.sub(lambda found: f"[{found[0]}]({address(found[0])})", escaped(text))


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda found: _AS_ENTITY.get(found[0], f"\\{found[0]}"), text)


def _code(text: str) -> str:
    # Between backticks everything is literal, except that a pipe would end the cell of a table.
    return f"<code>{_plain(text)}</code>" if "|" in text else f"`{text}`"
