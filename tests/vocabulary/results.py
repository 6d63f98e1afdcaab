"""What result files have in common: the interpreter they are of, and pytest-benchmark's format."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.vocabulary.verdict import Key

#: The date of results that do not have one: older than all others.
NEVER = datetime.min.replace(tzinfo=timezone.utc)

#: platform.platform() begins with one of these; people may use another name.
_SYSTEMS = {
    "Linux": "Linux",
    "macOS": "macOS",
    "Darwin": "macOS",
    "Windows": "Windows",
    "Emscripten": "WebAssembly",
}

#: What a stored benchmark has in seconds, and what else makes a row of pytest-benchmark's tables.
SECONDS = ("min", "q1", "median", "q3", "max")
_STATISTICS = (*SECONDS, "mean", "stddev", "iqr", "outliers", "rounds", "iterations")

#: How many cores must be busy with other work before it is worth mentioning.
DISTURBING = 0.3

#: Seconds that no benchmark takes, and a speed-up that none reaches.
MOST = 1e9


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that results are of: its precise name, whether it has a GIL, its system."""

    name: str
    gil: str
    system: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Interpreter:
        """Return the interpreter that a test's properties, or a machine info, are about.

        Raises KeyError if they do not name it.
        """
        first = str(facts.get("platform", "")).partition("-")[0]
        name = str(facts[Key.INTERPRETER])
        return cls(name, str(facts.get("GIL", "")), _SYSTEMS.get(first, first))

    @property
    def cpython(self) -> bool:
        """Whether this is CPython."""
        return self.name.startswith("CPython")

    @property
    def pypy(self) -> bool:
        """Whether this is PyPy."""
        return self.name.startswith("PyPy")

    @property
    def webassembly(self) -> bool:
        """Whether it runs on WebAssembly, as in a browser."""
        return self.system == "WebAssembly"

    @property
    def free_threaded(self) -> bool:
        """Whether this is a build that can do without a GIL (PEP 703)."""
        return self.name.endswith("free-threaded")

    @property
    def usual(self) -> bool:
        """Whether this is CPython as most people have it: with a GIL, and not in a browser."""
        return self.cpython and not self.free_threaded and not self.webassembly

    @cached_property
    def version(self) -> str:
        """The version of the language to the last digit, such as ``3.15.0b2``; it may be empty."""
        text = self.name.partition("(Python ")[2] if self.pypy else self.name
        found = re.search(r"\d+\.\d+[.\w]*", text)
        return found[0] if found else ""

    @cached_property
    def release(self) -> tuple[int, ...]:
        """The branch of the language, such as ``(3, 15)``; it may be empty."""
        return tuple(map(int, re.findall(r"\d+", self.version)[:2]))

    @property
    def short(self) -> str:
        """Short name, such as ``3.13t``; the full name if the implementation is unknown."""
        return self._called(".".join(map(str, self.release)))

    @property
    def exact(self) -> str:
        """The short name with the whole version, such as ``3.13.5t``."""
        return self._called(self.version)

    def _called(self, version: str) -> str:
        if not self.version or not (self.cpython or self.pypy):
            return self.name
        prefix = "WebAssembly " if self.webassembly else "PyPy " * self.pypy
        return prefix + version + "t" * self.free_threaded

    @property
    def environment(self) -> str:
        """The tox environment that runs this interpreter, such as ``py313t`` or ``pypy311``."""
        if self.webassembly:
            return "pyodide"
        prefix = "" if self.pypy else "py"
        return prefix + re.sub(r"[^a-z0-9]", "", self.short.lower())

    @property
    def place(self) -> tuple[object, ...]:
        """The key to sort by: CPython by version, builds side by side, WebAssembly, then others.

        No two interpreters have the same place.
        """
        numbers = tuple(map(int, re.findall(r"\d+", self.version)))
        build = self.release, self.free_threaded, numbers, self.name
        kind = not self.cpython, self.webassembly, self.name.split()[:1]
        return *kind, *build, self.system, self.gil


@dataclass(frozen=True)
class StoredRun:
    """A run of benchmarks that pytest-benchmark has stored."""

    path: Path
    date: datetime
    machine: Mapping[str, Any]
    benchmarks: tuple[Mapping[str, Any], ...]

    @property
    def interpreter(self) -> Interpreter:
        """The interpreter of the run."""
        return Interpreter.of(self.machine)


def stored_run(path: Path) -> StoredRun:
    """Read a file of pytest-benchmark's.

    Raises OSError if that is impossible, and ValueError, with one line on what is wrong, for a
    file that is damaged, or that no run of this suite has written.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        run = StoredRun(
            path, date_in(data["datetime"]), data["machine_info"], tuple(data["benchmarks"])
        )
        Interpreter.of(run.machine)
        problems = [problem for benchmark in run.benchmarks for problem in _problems(benchmark)]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if problems:
        raise ValueError(problems[0])
    return run


def _problems(benchmark: Mapping[str, Any]) -> list[str]:
    name, statistics = benchmark["fullname"], benchmark["stats"]
    benchmark["extra_info"].items()  # raises if it is no mapping
    missing = [each for each in _STATISTICS if each not in statistics]
    if missing:
        return [f"{name} has no {', '.join(missing)}"]
    # ``not a <= b`` rejects NaN, too.
    return [
        f"{name} has an impossible {each}"
        for each in SECONDS
        if not 0 <= float(statistics[each]) <= MOST
    ]


def date_in(text: object) -> datetime:
    """Return the date of a run, NEVER if the text is none.  Without a time zone it means UTC."""
    try:
        date = datetime.fromisoformat(str(text))
    except ValueError:
        return NEVER
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
