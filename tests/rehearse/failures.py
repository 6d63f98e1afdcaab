"""The failures in what pytest, unittest or any other program of Python has printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")

#: "Traceback ...", lines with a margin, and the exception, which may begin with its module.
_TRACEBACK = re.compile(
    r"^([^\S\n]*)Traceback \(most recent call last\):\n((?:\1[^\S\n].*\n|[^\S\n]*\n)+)\1(\S.*)",
    re.MULTILINE,
)
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")

_PYTEST = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
_PYTEST_NEXT = re.compile(r"^=+ .* =+$", re.MULTILINE)
_PYTEST_NAME = re.compile(r"^_{3,} (.+?) _{3,}$", re.MULTILINE)
_PYTEST_LINE = re.compile(r"^E {2,3}(.*)$")
_PYTEST_CAPTURED = re.compile(r"^-+ Captured .* -+$", re.MULTILINE)
_PYTEST_PLACE = re.compile(r"^(\S+):(\d+): ", re.MULTILINE)
_PYTEST_SUMMARY = re.compile(r"^(?:FAILED|ERROR) (\S+)(?: - (.*))?$", re.MULTILINE)

_UNITTEST = re.compile(r"^={70}\n(?:ERROR|FAIL): (.+)\n(?:.*\n)*?-{70}\n", re.MULTILINE)
_UNITTEST_END = re.compile(r"^={70}$|^-{70}$|\Z", re.MULTILINE)
_PLACE = re.compile(r'^ *File "(.+)", line (\d+)', re.MULTILINE)

#: What faulthandler says of a frame, the innermost first.
_FRAME = re.compile(r'^ +File "(.+)", line (\d+) in (\S+)$', re.MULTILINE)

_LIBRARY = re.compile(r"[/\\](?:lib|Lib|site-packages|rehearse[/\\]switched)[/\\]|^<")


class Failure(NamedTuple):
    """A test that failed, or a traceback of no test: its name is empty then.

    ``line`` is its exception as a user sees it, ``children`` are those of tracebacks that it has
    printed, ``source`` is what is shown of the code that failed, ``place`` the last file and line
    there that is none of a library.
    """

    name: str
    line: str
    children: tuple[str, ...]
    source: str
    place: str

    @property
    def telling(self) -> str:
        """The line that says most: an assertion may be about a child that has said more."""
        said_little = re.match(r"AssertionError|assert\b|$", self.line)
        return self.children[-1] if said_little and self.children else self.line


def failures(output: str) -> list[Failure]:
    """Return the failures in some output; of no known form, each traceback that ended in one."""
    text = _COLOURS.sub("", output).replace("\r\n", "\n")
    return (
        [*_of_pytest(text), *_of_unittest(text)]
        or [Failure(name, line, (), "", "") for name, line in _PYTEST_SUMMARY.findall(text)]
        or [Failure("", line, (), source, _place(source)) for line, source in _tracebacks(text)]
    )


def where_it_was(dump: str) -> list[str]:
    """Return the places, of no library, in what faulthandler has written, the innermost first."""
    places = [
        f"{file}:{line} in {function}"
        for file, line, function in _FRAME.findall(dump)
        if not _LIBRARY.search(file)
    ]
    return list(dict.fromkeys(places))


def _of_pytest(text: str) -> Iterator[Failure]:
    for start in _PYTEST.finditer(text):
        end = _PYTEST_NEXT.search(text, start.end())
        part = text[start.end() : end.start() if end else len(text)]
        names = list(_PYTEST_NAME.finditer(part))
        ends = [name.start() for name in names[1:]] + [len(part)]
        for name, stop in zip(names, ends, strict=False):  # none, with --tb=line
            own, *captured = _PYTEST_CAPTURED.split(part[name.end() : stop])
            children = tuple(line for some in captured for line, _ in _tracebacks(some))
            native = [line for line, _ in _tracebacks(own)]
            line = _last_exception(own) or (native[-1] if native else "")
            yield Failure(name[1], line, children, own, _place(own))


def _last_exception(block: str) -> str:
    """Return the exception in the last group of pytest's lines that begin with E."""
    found, before = "", ""
    for line in block.splitlines():
        mark = _PYTEST_LINE.match(line)
        if mark and not before:
            found = mark[1].strip()
        before = mark[0] if mark else ""
    return found


def _of_unittest(text: str) -> Iterator[Failure]:
    heads = list(_UNITTEST.finditer(text))
    before = text[: heads[0].start()] if heads else ""
    # Children print at once, and not into the part of their test.
    printed = tuple(line for line, _ in _tracebacks(before))
    for head in heads:
        end = _UNITTEST_END.search(text, head.end())
        block = text[head.end() : end.start() if end else len(text)]
        own, *captured = re.split(r"^Std(?:out|err):$", block, flags=re.MULTILINE)
        children = printed + tuple(line for some in captured for line, _ in _tracebacks(some))
        lines = [line for line, _ in _tracebacks(own)]
        yield Failure(head[1], lines[-1] if lines else "", children, own, _place(own))


def _tracebacks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the last line of each traceback, and the traceback."""
    for found in _TRACEBACK.finditer(text):
        if _EXCEPTION.match(found[3]):
            yield found[3].strip(), found[2]


def _place(block: str) -> str:
    """Return the file and line that failed: the last that is none of a library, if there is one."""
    places = _PYTEST_PLACE.findall(block) or _PLACE.findall(block)
    own = [place for place in places if not _LIBRARY.search(place[0])]
    return ":".join((own or places or [()])[-1])
