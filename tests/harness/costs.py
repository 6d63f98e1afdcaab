"""Benchmarks of ``tests/costs`` (a pytest plugin): no claims, but measured under the same roof.

Each answers a question.  What it is about goes to pytest-benchmark's file, as its ``group`` and
``extra_info``: the question's id, the axes by name, what one value is the cost of, how many of these
a round does (``operations``), and the bytes that each moves, where it moves any.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from tests.harness import interpreter
from tests.harness.ratios import interval

#: The rounds of a speed-up: the fewest that give an interval as sure as ERROR_RATE are 8.
ROUNDS = 10

#: The probability that the interval of one speed-up misses it (see ``ratios.interval``).
ERROR_RATE = 0.01


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
    return "costs" in item.path.parts and "cost" in getattr(item, "fixturenames", ())


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


class Cost:
    """Measures one way of doing something; see ``answers``, ``of`` and ``against``."""

    def __init__(self, benchmark: Any) -> None:
        self._benchmark = benchmark

    def answers(self, question: Question, *, bytes: int | None = None, **axes: str | int) -> None:
        """Say which question is answered, for which values of its axes, in a reader's words."""
        self._benchmark.group = question.text.format(**axes)
        self._benchmark.extra_info.update(
            question=question.id, axes=axes, per=question.per, operations=1
        )
        if bytes is not None:
            self._benchmark.extra_info["bytes"] = bytes

    def of(self, function: Callable[[], object], *, operations: int = 1) -> None:
        """Measure the function, which does so many operations each time that it is called.

        Stored is what one operation takes, as if pytest-benchmark had repeated that; its
        ``iterations`` say how often.
        """
        self._benchmark(function)
        measured = self._benchmark.stats
        measured.stats.data[:] = [seconds / operations for seconds in measured.stats.data]
        measured.iterations *= operations

    def against(self, control: Callable[[], object], subject: Callable[[], object]) -> None:
        """Measure the subject, and by how much it is faster than the control, in the same rounds.

        Each run of the subject is compared with the two runs of the control around it.
        """
        controls: list[float] = []

        def measure_control() -> None:
            begin = time.perf_counter()
            control()
            controls.append(time.perf_counter() - begin)

        self._benchmark.pedantic(subject, setup=measure_control, rounds=ROUNDS)
        measure_control()
        subjects: Sequence[float] = self._benchmark.stats.stats.data
        around = [(a + b) / 2 for a, b in pairwise(controls)]
        ratios = [alone / with_it for alone, with_it in zip(around, subjects, strict=True)]
        low, high = interval(ratios, ERROR_RATE)
        self._benchmark.extra_info["usable cores"] = interpreter.usable_cores()
        self._benchmark.extra_info["speedup"] = {
            "median": statistics.median(ratios),
            "low": low,
            "high": high,
            "error rate": ERROR_RATE,
            "rounds": len(ratios),
        }


@pytest.fixture
def cost(benchmark: Any) -> Cost:
    """Measures what something costs: ``cost.answers(QUESTION, way="thread")``, ``cost.of(f)``."""
    return Cost(benchmark)
