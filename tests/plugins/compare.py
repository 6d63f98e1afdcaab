"""Benchmarks across interpreters (a pytest plugin on top of pytest-benchmark).

A bare ``--benchmark-compare`` compares with the latest stored run of every other interpreter: it
makes a table for each benchmark, with a row for each interpreter, whose factors are against the
present one.  With a value it does what pytest-benchmark says.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import interpreter
from tests.vocabulary.results import NEVER, Interpreter, StoredRun, stored_run
from tests.vocabulary.verdict import Key

if TYPE_CHECKING:  # where pytest-benchmark is missing, pytest says so in one line
    from pytest_benchmark.storage.file import FileStorage

#: The stored runs of all machine ids: pytest-benchmark begins their names with a number.
_ALL_RUNS = "*/[0-9][0-9][0-9][0-9]_"

#: How pytest-benchmark names rows without cutting off part of what the row is of.
_WHOLE_NAMES = ("normal", "short")


def machine_id(usual: str) -> str:
    """Return pytest-benchmark's usual machine id, with a ``t`` for free-threaded builds.

    It is the name of the folder that runs are stored in.
    """
    return re.sub(r"-(\d+\.\d+)-", r"-\1t-", usual) if interpreter.FREE_THREADED_BUILD else usual


def differences(present: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return how the machine or the build of another run differs from the present one.

    Compares only what both runs say, and only what makes a machine: its processor, the number of
    usable cores, its name and its kind of system; and what makes a build: its compiler and, where
    both are of one branch, its version and date.
    """
    found = []
    same_branch = _branch(present) == _branch(other)
    for what, read in {**_FACTS, **(_BUILD if same_branch else {})}.items():
        here, there = read(present), read(other)
        if here and there and here != there:
            found.append(f"{what} {there}, not {here}")
    return found


def _usable_cores(machine: Mapping[str, Any]) -> str:
    return str(machine.get("usable cores") or machine.get("cpu", {}).get("count", ""))


def _branch(machine: Mapping[str, Any]) -> str:
    return Interpreter.of(machine).short


#: Facts about a machine, by the word that stands before the fact in a warning.
_FACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "CPU": lambda machine: str(machine.get("cpu", {}).get("brand_raw", "")),
    "usable cores:": _usable_cores,
    "host": lambda machine: str(machine.get("node", "")),
    "system": lambda machine: f"{machine.get('system')} {machine.get('machine')}",
    "compiler": lambda machine: str(machine.get("python_compiler", "")),
}

#: Facts about a build that differ between branches in any case.
_BUILD: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "version": lambda machine: Interpreter.of(machine).name,
    "built": lambda machine: " ".join(machine.get("python_build", ())),
}


def read(storage: "FileStorage", pattern: str) -> tuple[list[StoredRun], list[str]]:
    """Return the stored runs that match the pattern, and a line for each that cannot be read."""
    runs, problems = [], []
    for path in storage.query(pattern):  # type: ignore[no-untyped-call]
        inside = path.relative_to(storage.path) if path.is_relative_to(storage.path) else path
        try:
            runs.append(replace(stored_run(path), path=inside))
        except (OSError, ValueError) as error:
            problems.append(f"{inside} is left out, because it can't be read: {error}")
    return runs, problems


def place_of(run: StoredRun) -> tuple[str, str]:
    """Return where the run was: the interpreter in short, the system and the architecture."""
    machine = run.machine
    return run.interpreter.short, f"{machine.get('system')} {machine.get('machine')}"


def latest(runs: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the latest run of each interpreter on each platform, in the order of interpreters."""
    found: dict[tuple[str, str], StoredRun] = {}
    for run in sorted(runs, key=lambda run: (run.date, run.path.name)):
        found[place_of(run)] = run
    return sorted(found.values(), key=lambda run: run.interpreter.place)


@dataclass
class Comparison:
    """What the present run is compared with, and the lines that are shown about that."""

    runs: list[StoredRun] = field(default_factory=list)
    #: The names of rows, by file: only where rows are named by interpreter.
    labels: dict[str, str] = field(default_factory=dict)
    present: str = ""
    lines: list[str] = field(default_factory=list)
    #: The question that the table before this one is about.
    question: str | None = None
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, session: Any, pattern: str | None) -> "Comparison":
        """Find what to compare with: what the pattern names or, if it is None, all interpreters."""
        runs, problems = read(session.storage, _ALL_RUNS if pattern is None else pattern)
        here = StoredRun(Path(), NEVER, session.get_machine_info(), ())
        found = cls(runs, warnings=problems)
        if pattern is None:
            found._choose(here, session.storage)
        elif not runs:
            found.warnings.append(
                f"nothing to compare with: no run in {session.storage} matches {pattern!r}"
            )
        found._doubt(here)
        return found

    def _choose(self, here: StoredRun, storage: "FileStorage") -> None:
        newest = latest(self.runs)
        self.runs = [run for run in newest if place_of(run) != place_of(here)]
        self.present = f"{here.interpreter.short}, now"
        if not self.runs:
            self.runs = newest
            instead = "nothing to compare with"
            if newest:
                own = newest[0].interpreter.short
                instead = f"compared with the latest of {own}: {newest[0].path}"
            self.warnings.append(f"no run of another interpreter is stored in {storage}; {instead}")
        for run in self.runs:
            name, platform = place_of(run)
            where = "" if platform == place_of(here)[1] else f" on {platform}"
            self.labels[str(run.path)] = name + where
        if self.runs:
            named = (f"{self.labels[str(run.path)]} ({run.path.name})" for run in self.runs)
            self.lines.append(f"compared with the latest runs of {', '.join(named)}")
            self.lines.append(
                f"in brackets: how many times as much as {self.present}; (2.00) is twice as much"
            )

    def _doubt(self, here: StoredRun) -> None:
        by_difference: dict[str, list[str]] = {}
        for run in self.runs:
            if differs := differences(here.machine, run.machine):
                name = f"{run.interpreter.short} ({run.path})"
                by_difference.setdefault("; ".join(differs), []).append(name)
        self.warnings += [
            f"measured on another machine or build: {', '.join(runs)}: {text}"
            for text, runs in by_difference.items()
        ]


#: Tables of pytest-benchmark: the title and the rows of each.
Groups = list[tuple[str, list[dict[str, Any]]]]

_WANTED = pytest.StashKey[Any]()
_COMPARISON = pytest.StashKey[Comparison]()


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add the precise name of the interpreter, and what else figures depend on."""
    machine_info[Key.INTERPRETER] = interpreter.name()
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
        benchmarks.compared_mapping = {run.path: _by_name(run) for run in comparison.runs}


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_benchmark_group_stats(
    config: pytest.Config, group_by: str
) -> Generator[None, Groups, Groups]:
    """Make a table of each benchmark, if interpreters are compared, and show each speed-up."""
    groups = yield
    comparison = config.stash.get(_COMPARISON, Comparison())
    if comparison.labels and group_by == "group":
        groups = [table for _, rows in groups for table in _tables(rows)]
    stored = {str(run.path): _by_name(run) for run in comparison.runs}
    for _, rows in groups:
        alone = len({row["fullname"] for row in rows}) == 1
        for row in rows:
            known = stored.get(row["path"], {}).get(row["fullname"], {}) if row["path"] else row
            if comparison.labels:
                _name(row, comparison, config.getoption("benchmark_name"), alone=alone)
            if speedup := known.get("extra_info", {}).get("speedup"):
                row["name"] += f" {speedup['median']:.2f}x"
    return groups


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_scale_unit(
    config: pytest.Config, unit: str, benchmarks: list[dict[str, Any]], best: dict[str, float]
) -> None:
    """Have factors refer to the present run, and put the question above its first table.

    pytest-benchmark asks for the unit before it writes a table, and writes how many times as much
    as the best each figure is.
    """
    comparison = config.stash.get(_COMPARISON, Comparison())
    present = [row for row in benchmarks if not row["path"]]
    if not comparison.labels or len(present) != 1:
        return
    best.update({figure: present[0][figure] for figure in best})
    question = present[0]["group"]
    if unit == "seconds" and question and question != comparison.question:
        comparison.question = question
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"{question}\n", bold=True)  # type: ignore[union-attr]


def _by_name(run: StoredRun) -> dict[str, Mapping[str, Any]]:
    return {benchmark["fullname"]: benchmark for benchmark in run.benchmarks}


def _tables(rows: list[dict[str, Any]]) -> Groups:
    """Return a table for each benchmark of a group, titled by what the question does not say."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["fullname"], []).append(row)
    return [(_title(each[-1]), each) for each in found.values()]


def _title(row: dict[str, Any]) -> str:
    """Return the values of the axes; without any, the name of the benchmark."""
    axes = row["extra_info"].get("axes", {})
    left = {axis: str(value) for axis, value in axes.items() if str(value) not in row["group"]}
    first, *others = left.items() or [("", row["name"])]
    return ", ".join([first[1], *(f"{axis} {value}" for axis, value in others)])


def _name(row: dict[str, Any], comparison: Comparison, style: str, *, alone: bool) -> None:
    """Put the interpreter where pytest-benchmark would name the file and cut it off."""
    label = comparison.labels[row["path"]] if row["path"] else comparison.present
    if style in _WHOLE_NAMES:
        row["name"] = label if alone else f"{row['name']} ({label})"
        row["source"] = ""
    else:
        row["source"] = label


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say above the tables what is compared, and what readers must know about that."""
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    comparison = config.stash.get(_COMPARISON, None)
    if comparison is None or not session.groups or session.quiet:
        return
    terminalreporter.ensure_newline()
    for line in comparison.lines:
        terminalreporter.write_line(line)
    for line in comparison.warnings:
        terminalreporter.write_line(f"WARNING: {line}", yellow=True, bold=True)
