"""Benchmarks across interpreters (a pytest plugin on top of pytest-benchmark).

A bare ``--benchmark-compare`` compares with the latest stored run of every other interpreter, and
the rows of its tables are named by interpreter.  With a value it does what pytest-benchmark says.
"""

import re
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import interpreter

if TYPE_CHECKING:  # where pytest-benchmark is missing, pytest says so in one line
    from pytest_benchmark.storage.file import FileStorage

#: The stored runs of all machine ids: pytest-benchmark begins their names with a number.
_ALL_RUNS = "*/[0-9][0-9][0-9][0-9]_"

#: What pytest-benchmark reads of each stored benchmark to make a row.
_STATS = ("min", "max", "mean", "stddev", "median", "iqr", "outliers", "rounds", "iterations")

#: How pytest-benchmark names rows without cutting off part of what the row is of.
_WHOLE_NAMES = ("normal", "short")


def machine_id(usual: str) -> str:
    """Return pytest-benchmark's usual machine id, with a ``t`` for free-threaded builds.

    It is the name of the folder that runs are stored in.
    """
    return re.sub(r"-(\d+\.\d+)-", r"-\1t-", usual) if interpreter.FREE_THREADED_BUILD else usual


@dataclass(frozen=True)
class Stored:
    """A stored run: the file, relative to the storage, and what it says."""

    path: Path
    data: Mapping[str, Any]

    @property
    def machine(self) -> Mapping[str, Any]:
        """The machine and the interpreter of the run."""
        machine: Mapping[str, Any] = self.data["machine_info"]
        return machine

    @property
    def label(self) -> str:
        """The interpreter in short: ``3.13``, ``3.13t``, ``PyPy 3.11``."""
        return label_of(self.machine, self.path.stem)

    @property
    def platform(self) -> str:
        """The system and the architecture, such as ``Linux x86_64``."""
        return f"{self.machine.get('system')} {self.machine.get('machine')}"

    @property
    def age(self) -> tuple[str, str]:
        """What runs can be sorted by, the latest last."""
        return str(self.data.get("datetime", "")), self.path.name

    def benchmarks(self) -> dict[str, Any]:
        """Return what was measured, by node id."""
        return {benchmark["fullname"]: benchmark for benchmark in self.data["benchmarks"]}


def label_of(machine: Mapping[str, Any], stem: str = "") -> str:
    """Return the interpreter of a machine_info in short: ``3.13``, ``3.13t``, ``PyPy 3.11``.

    Runs that do not name theirs are taken to be of a free-threaded build if tox has named their
    file so (the stem ``0003_py313t``).  Raises KeyError for what is no machine_info.
    """
    version = ".".join(machine["python_version"].split(".")[:2])
    if "interpreter" in machine:
        free_threaded = machine["interpreter"].endswith("free-threaded")
    else:
        free_threaded = bool(re.search(r"_py3\d+t\b", stem))
    kind = machine["python_implementation"]
    return ("" if kind == "CPython" else f"{kind} ") + version + ("t" if free_threaded else "")


def place_of(label: str) -> tuple[bool, list[int], bool]:
    """Return what labels can be sorted by: CPython by version, free-threaded after it, others."""
    return " " in label, [int(part) for part in re.findall(r"\d+", label)], label.endswith("t")


def differences(present: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return how the machine of another run differs from the present one; nothing if it is it.

    Only what both runs tell is compared, and only what makes a machine: its processor, how many
    cores of it may be used, its name and its kind of system.
    """
    found = []
    for what, read in _FACTS.items():
        here, there = read(present), read(other)
        if here and there and here != there:
            found.append(f"{what} {there}, not {here}")
    return found


def _usable_cores(machine: Mapping[str, Any]) -> str:
    return str(machine.get("usable cores") or machine.get("cpu", {}).get("count", ""))


#: Facts about a machine, by the word that stands before what another run tells of it.
_FACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "CPU": lambda machine: str(machine.get("cpu", {}).get("brand_raw", "")),
    "usable cores:": _usable_cores,
    "host": lambda machine: str(machine.get("node", "")),
    "system": lambda machine: f"{machine.get('system')} {machine.get('machine')}",
}


def problem_of(data: Any) -> str:
    """Return what is wrong with the content of a stored file; empty if nothing is."""
    try:
        label_of(data["machine_info"])
        for benchmark in data["benchmarks"]:
            missing = [name for name in _STATS if name not in benchmark["stats"]]
            if missing:
                return f"{benchmark['fullname']} has no {', '.join(missing)}"
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return f"it is no run of pytest-benchmark ({type(error).__name__}: {error})"
    return ""


def read(storage: "FileStorage", pattern: str) -> tuple[list[Stored], list[str]]:
    """Return the stored runs that match the pattern, and a line for each that cannot be read."""
    with warnings.catch_warnings(record=True) as unreadable:
        warnings.simplefilter("always")
        loaded = list(storage.load(pattern))  # type: ignore[no-untyped-call]
    problems = [f"{warning.message}; the other runs are compared" for warning in unreadable]
    runs = []
    for path, data in loaded:
        if problem := problem_of(data):
            problems.append(f"Failed to load {path}: {problem}; the other runs are compared")
        else:
            runs.append(Stored(path, data))
    return runs, problems


def latest(runs: Iterable[Stored]) -> list[Stored]:
    """Return the latest run of each interpreter on each platform, in the order of the labels."""
    found: dict[tuple[str, str], Stored] = {}
    for run in sorted(runs, key=lambda run: run.age):
        found[run.platform, run.label] = run
    return sorted(found.values(), key=lambda run: (place_of(run.label), run.platform))


@dataclass
class Comparison:
    """What the present run is compared with, and what is to be said about that."""

    runs: list[Stored] = field(default_factory=list)
    #: The names of rows, by file: only where rows are named by interpreter.
    labels: dict[str, str] = field(default_factory=dict)
    present: str = ""
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, session: Any, pattern: str | None) -> "Comparison":
        """Find what to compare with: what the pattern names or, if it is None, all interpreters."""
        runs, problems = read(session.storage, _ALL_RUNS if pattern is None else pattern)
        here = Stored(Path(), {"machine_info": session.get_machine_info()})
        found = cls(runs, warnings=problems)
        if pattern is None:
            found._choose(here, session.storage)
        elif not runs:
            found.warnings.append(
                f"nothing to compare with: no run in {session.storage} matches {pattern!r}"
            )
        found._doubt(here)
        return found

    def _choose(self, here: Stored, storage: "FileStorage") -> None:
        own = (here.platform, here.label)
        newest = latest(self.runs)
        self.runs = [run for run in newest if (run.platform, run.label) != own]
        self.present = f"{here.label}, now"
        if not self.runs:
            nothing = f"no run of another interpreter is stored in {storage}"
            self.runs = newest
            before = f"compared with the latest of {here.label}: {newest[0].path}" if newest else ""
            self.warnings.append(f"{nothing}; {before or 'nothing to compare with'}")
        for run in self.runs:
            where = "" if run.platform == here.platform else f" on {run.platform}"
            self.labels[str(run.path)] = run.label + where
        if self.runs:
            named = (f"{self.labels[str(run.path)]} ({run.path.name})" for run in self.runs)
            self.lines.append(f"compared with the latest runs of {', '.join(named)}")

    def _doubt(self, here: Stored) -> None:
        by_difference: dict[str, list[str]] = {}
        for run in self.runs:
            if differs := differences(here.machine, run.machine):
                by_difference.setdefault("; ".join(differs), []).append(f"{run.label} ({run.path})")
        self.warnings += [
            f"measured on another machine: {', '.join(runs)}: {text}"
            for text, runs in by_difference.items()
        ]


#: Tables of pytest-benchmark: the title and the rows of each.
Groups = list[tuple[str, list[dict[str, Any]]]]

_WANTED = pytest.StashKey[Any]()
_COMPARISON = pytest.StashKey[Comparison]()


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add the precise name of the interpreter, and what else figures depend on."""
    machine_info["interpreter"] = interpreter.name()
    machine_info.update(interpreter.environment())


def pytest_configure(config: pytest.Config) -> None:
    """Keep pytest-benchmark, which is configured last, from loading what is to be compared."""
    config.stash[_WANTED] = config.getoption("benchmark_compare")
    config.option.benchmark_compare = []


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Load what is to be compared, and have the present run stored under its machine id."""
    from pytest_benchmark.storage.file import FileStorage

    config = session.config
    benchmarks = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    wanted = config.option.benchmark_compare = benchmarks.compare = config.stash[_WANTED]
    if not isinstance(benchmarks.storage, FileStorage):
        benchmarks.handle_loading()
        return
    benchmarks.machine_id = machine_id(benchmarks.machine_id)
    benchmarks.storage.default_machine_id = benchmarks.machine_id
    if wanted and not benchmarks.disabled:
        comparison = Comparison.of(benchmarks, None if wanted is True else wanted)
        config.stash[_COMPARISON] = comparison
        benchmarks.compared_mapping = {run.path: run.benchmarks() for run in comparison.runs}


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_benchmark_group_stats(
    config: pytest.Config,
) -> Generator[None, Groups, Groups]:
    """Name the rows by interpreter, if that is what is compared, and show each speed-up."""
    groups = yield
    comparison = config.stash.get(_COMPARISON, Comparison())
    stored = {str(run.path): run.benchmarks() for run in comparison.runs}
    for _, rows in groups:
        for row in rows:
            known = stored.get(row["path"], {}).get(row["fullname"], {}) if row["path"] else row
            _name(row, comparison, config.getoption("benchmark_name"))
            if speedup := known.get("extra_info", {}).get("speedup"):
                row["name"] += f" {speedup['median']:.2f}x"
    return groups


def _name(row: dict[str, Any], comparison: Comparison, style: str) -> None:
    """Put the interpreter where pytest-benchmark would name the file and cut it off."""
    if not comparison.present:
        return
    label = comparison.labels[row["path"]] if row["path"] else comparison.present
    if style in _WHOLE_NAMES:
        row["name"] += f" ({label})"
        row["source"] = ""
    else:
        row["source"] = label


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say above the tables what is compared, and what must be known about that."""
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    comparison = config.stash.get(_COMPARISON, None)
    if comparison is None or not session.groups or session.quiet:
        return
    terminalreporter.ensure_newline()
    for line in comparison.lines:
        terminalreporter.write_line(line)
    for line in comparison.warnings:
        terminalreporter.write_line(f"WARNING: {line}", yellow=True, bold=True)
