"""The fixtures that specs ask for most."""

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from multiprocessing.context import BaseContext
from typing import Any

import pytest

from tests.harness.channel import Reports
from tests.harness.interpreter import START_METHODS
from tests.harness.threads import Task
from tests.harness.waiting import outcome
from tests.plugins.verdicts import blamable
from tests.vocabulary.verdict import NOT_APPLICABLE, Key

#: The parameters of ``start_method`` are the same on every platform, so that the names of the
#: tests are; a method that the platform lacks is not applicable there.
ALL_START_METHODS = ("fork", "spawn", "forkserver")


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[..., Any]:
    """Record what was observed, and return it; of several observations, a tuple.

    So an observation and what it is to be fit on a line: ``assert evidence(order=log) == [1, 2]``.
    """

    def record(**observed: Any) -> Any:
        for name, value in observed.items():
            text = value if isinstance(value, str) else repr(value)
            record_property(Key.EVIDENCE, f"{name.replace('_', ' ')}: {text}")
        values = tuple(observed.values())
        return values if len(values) > 1 else values[0]

    return record


def available(method: str) -> str:
    """Return the start method; skip the spec where the platform lacks it."""
    if method not in START_METHODS:
        pytest.skip(NOT_APPLICABLE + f"start method {method!r} needs POSIX; not on {sys.platform}")
    return method


@pytest.fixture(params=ALL_START_METHODS)
def start_method(request: pytest.FixtureRequest) -> str:
    """Every start method in turn: ``fork``, ``spawn``, ``forkserver``."""
    return available(request.param)


@pytest.fixture
def ctx(start_method: str) -> BaseContext:
    """The multiprocessing context of every start method in turn."""
    return multiprocessing.get_context(start_method)


@pytest.fixture
def reports() -> Iterator[Reports]:
    """A channel on which children report what they observed."""
    channel = Reports()
    yield channel
    channel.close()


@pytest.fixture
def background(request: pytest.FixtureRequest) -> Iterator[Callable[..., Task]]:
    """Run ``function(*arguments)`` beside the test: ``background(f, x).result()``."""
    tasks: list[Task] = []

    def start(function: Callable[..., Any], *arguments: Any) -> Task:
        tasks.append(Task(function, arguments))
        return tasks[-1]

    yield start
    for task in tasks:
        outcome(task.result, within=1)
    stuck = [task for task in tasks if not task.finished]
    if stuck and blamable(request):
        pytest.fail(f"{len(stuck)} background thread(s) never ended", pytrace=False)
