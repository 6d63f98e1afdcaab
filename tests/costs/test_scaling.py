"""What several workers gain over doing the same work in sequence, by kind of work and of worker."""

import functools
import time

import pytest

from tests.costs import teams, work
from tests.harness import interpreter
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE
from tests.plugins.costs import Question

QUESTION = Question("scaling", "How much faster do workers get through {work}?", per="step")

#: The pieces of one run's work: they are shared out evenly.
PIECES = 4

#: Seconds that all pieces take in sequence.
RUN = 0.04
RUN_ASLEEP = 0.02

#: The same for threads without a GIL: two of 3.13t get to a speed-up of 1.9 with it, on two cores,
#: and to 1.7 with a third of it.
RUN_WITHOUT_GIL = 0.12

#: How often pure Python and C are done by each worker before they are measured: compilers compile.
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
    """Return how long all pieces take in sequence, in seconds."""
    if kind == "sleeping":
        return RUN_ASLEEP
    shared = kind == "pure Python computing" and way in ("threads", "ThreadPoolExecutor")
    return RUN_WITHOUT_GIL if shared and not interpreter.gil_enabled() else RUN


def timed(function, steps):
    """Return the seconds of one piece of so many steps."""
    begin = time.perf_counter()
    function(1, steps)
    return time.perf_counter() - begin


@functools.cache
def steps_of(function, seconds):
    """Return how many steps of the work make a piece, if all take so many seconds."""
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
    """The same work by so many workers, who are there already; and in sequence, in between.

    No more workers than usable cores can compute at a time, whatever they are.  The time is that
    of a step: one turn of a loop, a tenth of a millisecond asleep, or a megabyte that is hashed.
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
