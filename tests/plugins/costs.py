"""Benchmarks of ``tests/costs`` (a pytest plugin): no claims, but measured under the same roof.

Each answers a question.  What it is about goes to pytest-benchmark's file: the question as its
``group``; and as ``extra_info`` the question's id, the axes by name, what one value is the cost of
(``per``), the ``bytes`` that it moves, if any, and the ``speedup``, if it is about that.
"""

import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.harness import interpreter
from tests.plugins.marks import PROC
from tests.plugins.ratios import interval
from tests.vocabulary.results import DISTURBING

#: Where the benchmarks are.
COSTS = Path(ROOT, "tests", "costs")

#: The rounds of a speed-up: the fewest that give an interval as sure as ERROR_RATE.
ROUNDS = 8

#: The probability that the interval of one speed-up misses it (see ``ratios.interval``).
ERROR_RATE = 0.01

#: Seconds for which a function runs before it is measured, since PyPy compiles it then.
#: (pytest-benchmark's own warm-up takes ten times longer: it warms up at each step of calibration.)
WARM_UP = 0.1 if interpreter.PYPY else 0.0


@dataclass(frozen=True)
class Question:
    """What a user wants to know, with the id that never changes, and what one value is the cost of.

    The text may have names of axes in braces: then each of their values has a table of its own.
    """

    id: str
    text: str
    per: str


def is_cost(item: pytest.Item) -> bool:
    """Tell whether the test is a benchmark of ``tests/costs``."""
    return item.path.parent == COSTS


def asked_for(arguments: Iterable[str], mark_expression: str) -> bool:
    """Tell whether a run without paths is to measure costs, which decide no claim.

    It is asked for by ``-m cost`` and its like, or by an option of pytest-benchmark that does
    something with measurements, such as ``--benchmark-compare``.
    """
    by_option = any(
        word.startswith("--benchmark-") and word not in ("--benchmark-disable", "--benchmark-skip")
        for word in arguments
    )
    return by_option or bool(re.search(r"(?<!not )\bcost\b", mark_expression))


def pytest_configure(config: pytest.Config) -> None:
    """Collect the benchmarks, too, where they are asked for and no path is given."""
    by_default = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    words = [str(word) for word in config.invocation_params.args]
    marks = config.option.markexpr
    if by_default and not config.getoption("claim") and asked_for(words, marks):
        if marks == "cost":  # there is nothing else, and to collect that takes seconds
            config.args.clear()
        config.args.append(str(COSTS))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the benchmarks, and skip them, by a reason that says so, where nothing is measured."""
    benchmarks = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    for item in filter(is_cost, items):
        item.add_marker(pytest.mark.cost)
        if benchmarks.disabled and not benchmarks.skip:
            reason = "pytest-benchmark is off (as it is under -n)"
            again = f'run: pytest -n0 --benchmark-enable "{item.nodeid}"'
            item.add_marker(pytest.mark.skip(reason=f"inconclusive: {reason}; {again}"))


def core_seconds() -> float:
    """Return for how many seconds the usable cores have worked so far, for anyone.

    They are summed up over the cores, from /proc/stat (proc_stat(5)); 0 where there is none.
    """
    if not PROC or not hasattr(os, "sched_getaffinity"):
        return 0.0
    names = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    ticks = 0
    for user, nice, system, _idle, _iowait, irq, softirq, steal in (
        map(int, line[1:9]) for line in lines if line[0] in names
    ):
        ticks += user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK")


class Cost:
    """Measures one way of doing something; see ``answers``, and ``of`` or ``against``."""

    def __init__(self, benchmark: Any) -> None:
        self._benchmark = benchmark

    def answers(self, question: Question, *, size: int | None = None, **axes: str | int) -> None:
        """Say which question is answered, for which values of its axes, in a reader's words.

        The size is that of a message, in bytes.
        """
        self._benchmark.group = question.text.format(**axes)
        self._benchmark.extra_info.update(
            question=question.id, axes=axes, per=question.per, operations=1
        )
        if size is not None:
            self._benchmark.extra_info["bytes"] = size

    def of(self, function: Callable[[], object], *, operations: int = 1) -> None:
        """Measure the function, which does so many operations each time that it is called.

        Stored is what one operation takes, as if pytest-benchmark had repeated that; its
        ``iterations`` say how often.
        """
        warm = time.perf_counter() + WARM_UP
        while time.perf_counter() < warm:
            function()
        self._benchmark(function)
        self._divide_by(operations)

    def _divide_by(self, operations: int) -> None:
        measured = self._benchmark.stats
        measured.stats.data[:] = [seconds / operations for seconds in measured.stats.data]
        measured.iterations *= operations

    def against(
        self, control: Callable[[], object], subject: Callable[[], object], *, operations: int = 1
    ) -> None:
        """Measure the subject, and by how much it is faster than the control, in the same rounds.

        Both do so many operations; what one of the subject takes is stored, as by ``of``.
        Each run of the subject is compared with the two runs of the control around it.  Stored with
        the speed-up is how many cores there were for it: those that are usable, and how many of
        these were busy with other work while the control, which needs no more than one, ran.
        """
        controls: list[float] = []
        others = 0.0

        def measure_control() -> None:
            nonlocal others
            begin, own, all_work = time.perf_counter(), time.process_time(), core_seconds()
            control()
            controls.append(time.perf_counter() - begin)
            others += core_seconds() - all_work - (time.process_time() - own)

        self._benchmark.pedantic(subject, setup=measure_control, rounds=ROUNDS)
        measure_control()
        subjects = self._benchmark.stats.stats.data
        around = [(a + b) / 2 for a, b in pairwise(controls)]
        ratios = [alone / with_it for alone, with_it in zip(around, subjects, strict=True)]
        low, high = interval(ratios, ERROR_RATE)
        self._benchmark.extra_info["usable cores"] = interpreter.usable_cores()
        self._benchmark.extra_info["busy elsewhere"] = max(0.0, round(others / sum(controls), 1))
        self._benchmark.extra_info["speedup"] = {
            "median": statistics.median(ratios),
            "low": low,
            "high": high,
            "error rate": ERROR_RATE,
            "rounds": len(ratios),
        }
        self._divide_by(operations)


def doubts(infos: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what kept workers from being faster, other than Python, as lines.

    The infos are the ``extra_info`` of benchmarks; those without a speed-up do not matter.
    """
    known = [info for info in infos if "speedup" in info]
    lines = []
    if any(info["usable cores"] == 1 for info in known):
        lines.append("speed-ups: with one usable core nothing that computes can be sped up")
    disturbed = [info["busy elsewhere"] for info in known if info["busy elsewhere"] >= DISTURBING]
    if disturbed:
        lines.append(
            f"speed-ups: during {len(disturbed)} of {len(known)} benchmarks other work kept up to "
            f"{max(disturbed):.1f} of the usable cores busy; with a quiet machine they are higher"
        )
    return lines


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say above the tables why speed-ups may be less than they could be."""
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    lines = doubts(benchmark.extra_info for benchmark in session.benchmarks)
    if lines and not session.quiet:
        terminalreporter.ensure_newline()
        for line in lines:
            terminalreporter.write_line(line, yellow=True)


@pytest.fixture
def cost(benchmark: Any) -> Cost:
    """Measures what something costs: ``cost.answers(QUESTION, way="thread")``, ``cost.of(f)``."""
    return Cost(benchmark)
