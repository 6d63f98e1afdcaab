"""What a lock costs the code that it guards: one worker uses it, or two compete for it."""

import ctypes
import threading
from functools import partial
from multiprocessing.sharedctypes import RawArray

import pytest

from tests.costs import teams
from tests.costs.teams import CONTEXT
from tests.costs.work import count, count_unguarded
from tests.plugins.costs import Question

QUESTION = Question(
    "locks", "What does it cost to add 1 under a lock, {contention}?", per="acquire and release"
)

THREADS, PROCESSES = "wanted by two threads", "wanted by two processes"
LOCKS = {
    "threading.Lock": (threading.Lock, THREADS),
    "threading.RLock": (threading.RLock, THREADS),
    "threading.Semaphore": (threading.Semaphore, THREADS),
    "mp.Lock": (CONTEXT.Lock, PROCESSES),
    "mp.RLock": (CONTEXT.RLock, PROCESSES),
    "mp.Semaphore": (CONTEXT.Semaphore, PROCESSES),
}

#: How often each of two workers takes the lock in a round.  This takes longer than the 5 ms after
#: which a thread hands on the GIL, so the two do meet.
TIMES = 50_000
ALONE = 1000


@pytest.fixture
def numbers():
    return RawArray(ctypes.c_uint64, 1)


@pytest.mark.parametrize("lock", ["no lock", *LOCKS])
def test_uncontended(cost, numbers, lock):
    """Acquire a lock that nobody else wants, add 1, and release it; or just add 1."""
    cost.answers(QUESTION, lock=lock, contention="uncontended")
    add = partial(count, LOCKS[lock][0]()) if lock in LOCKS else count_unguarded
    rounds = []
    cost.of(lambda: rounds.append(add(numbers, ALONE)), operations=ALONE)
    assert numbers[0] == sum(rounds)


@pytest.mark.parametrize("lock", LOCKS)
def test_contended(cost, background, numbers, lock):
    """The same by two workers at the same time; each acquisition counts.

    With a GIL two threads seldom meet at the lock: one of them works while the other waits for the
    GIL.
    """
    make, contention = LOCKS[lock]
    cost.answers(QUESTION, lock=lock, contention=contention)
    add = partial(count, make(), numbers)
    team = teams.threads if contention == THREADS else teams.processes
    rounds = []
    with team(2, add, background) as run:
        cost.of(lambda: rounds.extend(run(TIMES)), operations=2 * TIMES)
    assert numbers[0] == sum(rounds)
