"""Words that all renderings share, and the way to the terminal."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable

from tests.vocabulary.verdict import shorten

#: No sentence, reason or explanation of the suite is longer; what is longer is cut.
LONGEST = 1500

_ISSUE = r"\b(?:gh-\d+|bpo-\d+|PEP \d+)"
_CAUSE = re.compile(_ISSUE)
#: Issues of CPython, PEPs, and issues of any project, such as ``owner/name#12``.
REFERENCE = re.compile(rf"{_ISSUE}|(?<![\w/.-])[\w.-]+/[\w.-]+#\d+")


def say(lines: Iterable[str]) -> None:
    """Print the lines.  Escapes what the terminal cannot encode; tolerates a closed pipe."""
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
    return _CAUSE.findall(text)


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
