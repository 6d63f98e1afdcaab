"""How much faster several workers are than the same work in sequence, by work and worker."""

import functools
import time

import pytest

from tests.costs import teams, work
from tests.harness import interpreter
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE
from tests.plugins.costs import Question

QUESTION = Question("scaling", "How much faster do workers get through {work}?", per="step")

#: The pieces of one run's work, which the workers share evenly.
PIECES = 4

#: Seconds that all pieces take in sequence.
RUN = 0.04
RUN_ASLEEP = 0.02

#: The same for threads without a GIL: on two cores, two threads of 3.13t reach a speed-up of 1.9
#: in this time, and of 1.7 in a third of it.
RUN_WITHOUT_GIL = 0.12

#: How often each worker does the work before the measurement, so that compilers have compiled.
WARM_UPS = 3 if interpreter.PYPY else 1

WORKS = {
    "pure Python computing": work.pure_python,
    "sleeping": work.sleep,
    "C code without the GIL": work.c_code,
}
WAYS = {
    "threads": teams.threads,
    "ThreadPoolExecutor": teams.thread_pool_executor,
    "processes": teams.processes,
    "ProcessPoolExecutor": teams.process_pool_executor,
    "sub-interpreters": teams.interpreters,
}


def seconds_of(kind, way):
    """Return how many seconds all pieces take in sequence."""
    if kind == "sleeping":
        return RUN_ASLEEP
    shared = kind == "pure Python computing" and way in ("threads", "ThreadPoolExecutor")
    return RUN_WITHOUT_GIL if shared and not interpreter.gil_enabled() else RUN


def timed(function, steps):
    """Return how many seconds one piece of so many steps takes."""
    begin = time.perf_counter()
    function(1, steps)
    return time.perf_counter() - begin


@functools.cache
def steps_of(function, seconds):
    """Return how many steps a piece has, if all pieces together take so many seconds."""
    steps = 1
    while True:
        took = min(timed(function, steps) for _ in range(3))
        if took >= seconds / PIECES / 2:
            return max(1, round(steps * seconds / PIECES / took))
        steps *= 2


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", WORKS)
def test_scaling(cost, background, kind, way, workers):
    """Do the same work with so many pre-started workers and, in alternate rounds, in sequence.

    No more workers can compute at the same time than there are usable cores.  The time is that of
    a step: one turn of a loop, a tenth of a millisecond asleep, or the hashing of a megabyte.
    """
    if way == "sub-interpreters" and not AVAILABLE:
        pytest.skip(f"not applicable: {NOT_AVAILABLE}")
    cost.answers(QUESTION, work=kind, way=way, workers=workers)
    function = WORKS[kind]
    steps = steps_of(function, seconds_of(kind, way))
    expected = function(PIECES, steps)
    results = []
    with WAYS[way](workers, function, background) as run:

        def shared_out():
            results[:] = run(PIECES // workers, steps)

        for _ in range(WARM_UPS):
            shared_out()
        cost.against(lambda: function(PIECES, steps), shared_out, operations=PIECES * steps)
    assert [result for one in results for result in one] == expected
