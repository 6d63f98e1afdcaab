"""Text that comes from result files, made fit for a terminal and for Markdown.

Whatever it holds (control characters, pipes, HTML, 100 kB), it stays text, on one line.
"""

from __future__ import annotations

import io
import os
import re
import sys
import textwrap
from collections.abc import Iterable

from tests.harness.verdict import shorten

#: No sentence, reason or explanation of the suite is longer; what is longer is cut.
LONGEST = 1500

_REFERENCE = re.compile(r"\b(?:gh-\d+|bpo-\d+|PEP \d+)")
_CODE = re.compile(r"`([^`]+)`")
#: What means something to Markdown, or to HTML in it; an underscore in a word does not.
_SPECIAL = re.compile(r"[\\`*\[\]|~<>&$]|(?<![^\W_])_|_(?![^\W_])|^[#+-](?= |$)")
_AS_ENTITY = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}


def say(lines: Iterable[str]) -> None:
    """Print the lines; what the terminal can't show is escaped, and it may hang up any time."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        # As the documentation of SIGPIPE advises: the flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def remark(remarks: Iterable[str]) -> None:
    """Print what is wrong with the results on standard error, a line each."""
    for each in remarks:
        print(shorten(each, LONGEST), file=sys.stderr)


def many(count: int, noun: str) -> str:
    """Return the count with its noun, such as ``1 claim`` and ``2 claims``."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def references(text: str) -> list[str]:
    """Return the issues of CPython and the PEPs that the text names, in its order."""
    return _REFERENCE.findall(text)


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


def markdown(text: str, longest: int = LONGEST) -> str:
    """Return the text as Markdown that shows it, in a table as well; code in backticks is code."""
    parts = _CODE.split(shorten(text, longest))
    return "".join(_code(part) if at % 2 else _escaped(part) for at, part in enumerate(parts))


def linked(text: str, longest: int = LONGEST) -> str:
    """Return the text as ``markdown`` does, and what it refers to linked."""
    return _REFERENCE.sub(
        lambda found: f"[{found[0]}]({address(found[0])})", markdown(text, longest)
    )


def address(reference: str) -> str:
    """Return the address of a PEP, an issue of CPython, or an issue such as ``owner/name#12``."""
    if reference.startswith("PEP "):
        return f"https://peps.python.org/pep-{int(reference[4:]):04}/"
    if reference.startswith("bpo-"):
        return f"https://bugs.python.org/issue{reference[4:]}"
    project, _, number = reference.rpartition("#")
    if reference.startswith("gh-"):
        project, number = "python/cpython", reference[3:]
    return f"https://github.com/{project}/issues/{number}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the lines of a Markdown table; the cells are Markdown already."""
    first = list(head)
    return [_row(first), _row(["---"] * len(first)), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _AS_ENTITY.get(found[0], f"\\{found[0]}"), text)


def _code(text: str) -> str:
    # Between backticks everything is literal, but that a pipe would end the cell of a table.
    return f"<code>{_escaped(text)}</code>" if "|" in text else f"`{text}`"
