"""multiprocessing.RLock: owned by one thread of one process.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.RLock
"""

import multiprocessing
import threading

from tests.harness import DEFAULT_START_METHOD, claim, joined, outcome

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def try_to_release(lock, report):
    report((type(outcome(lock.release)).__name__, lock.acquire(False)))


@claim("SY02")
def test_only_the_owner_may_release_an_rlock(ctx, reports, background, evidence):
    """release() of an RLock by who does not own it raises AssertionError, and changes nothing.

    Be it another process, another thread, or anybody while it is free.  For threading's RLock it
    is a RuntimeError: "except RuntimeError" does not catch this, and -O does not remove it.
    """
    lock = ctx.RLock()
    refusals = [outcome(lock.release)]
    lock.acquire()
    refusals.append(background(outcome, lock.release).result())
    child = ctx.Process(target=try_to_release, args=(lock, reports.reporter))
    child.start()
    in_the_child = reports.next()
    exit_codes = joined(child)
    held = background(lock.acquire, False).result()
    released = lock.release()
    refusals.append(outcome(lock.release))
    evidence(refusals=refusals, in_the_child=in_the_child)
    assert [type(refusal) for refusal in refusals] == [AssertionError] * 3
    assert in_the_child == ("AssertionError", False)
    assert held is False
    assert released is None
    assert exit_codes == [0]
    assert type(outcome(threading.RLock().release)) is RuntimeError


@claim("SY16")
def test_a_processes_rlock_is_free_after_as_many_releases(background, evidence):
    """Its owner may acquire() an RLock repeatedly; it is free after as many release()."""
    lock = here.RLock()
    got = [lock.acquire() for _ in range(3)] + [lock.acquire(False), lock.acquire(True, 0)]
    free = []
    for _ in range(5):
        free.append(background(lock.acquire, False).result())
        lock.release()
    got.append(lock.acquire(False))
    lock.release()
    too_many = outcome(lock.release)
    # The thread that gets it keeps it: its owner is gone.
    free.append(background(lock.acquire, False).result())
    got.append(lock.acquire(False))
    evidence(got=got, free=free)
    assert got == [True] * 6 + [False]
    assert free == [False] * 5 + [True]
    assert type(too_many) is AssertionError
