"""multiprocessing.Semaphore and BoundedSemaphore.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Semaphore
"""

import multiprocessing
import sys
import threading

from tests.harness import DEFAULT_START_METHOD, claim, control, joined, outcome, refuted

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def take_and_give(permits, report):
    report.hold([permits.acquire(False), permits.acquire(False)])
    permits.release()
    report([permits.acquire(False)])


def try_thrice(permits):
    return [permits.acquire(False), permits.acquire(False), permits.acquire(timeout=0.01)]


@claim("SY04")
def test_permits_are_shared_between_processes(ctx, reports, background, evidence):
    """A Semaphore of n lets in n in all, in whichever processes; release() lets in one more."""
    permits = ctx.Semaphore(3)
    child = ctx.Process(target=take_and_give, args=(permits, reports.reporter))
    child.start()
    in_the_child = reports.next()
    here_got = background(try_thrice, permits).result()
    reports.release()
    in_the_child += reports.next()
    exit_codes = joined(child)
    here_got.append(background(permits.acquire, False).result())
    for _ in range(2):
        permits.release()
    here_got += background(try_thrice, permits).result()
    evidence(child=in_the_child, parent=here_got)
    assert in_the_child == [True, True, True]
    assert here_got == [True, False, False, False, True, True, False]
    assert exit_codes == [0]


@claim("SY05")
def test_only_a_bounded_semaphore_has_a_bound(background, evidence):
    """One release() too many of a BoundedSemaphore is ValueError; a Semaphore grows by it."""
    bounded, unbounded = here.BoundedSemaphore(2), here.Semaphore(2)
    refusals, grown = [outcome(bounded.release)], []
    for _ in range(2):
        bounded.acquire()
    grown = [bounded.release(), bounded.release()]
    refusals.append(outcome(bounded.release))
    grown += [unbounded.release(), unbounded.release()]
    permits = [
        sum(semaphore.acquire(False) for _ in range(9)) for semaphore in (bounded, unbounded)
    ]
    evidence(refusals=refusals, permits=permits)
    assert [type(refusal) for refusal in refusals] == [ValueError] * 2
    assert grown == [None] * 4
    assert permits == [2, 4]


@claim("SY17")
@refuted(where=sys.platform == "darwin", because="macOS has no sem_getvalue() (gh-101094)")
def test_get_value_tells_how_many_permits_are_left(background, evidence):
    """Semaphore.get_value() tells how many permits are left, and so does repr().

    On macOS it raises NotImplementedError.  threading's semaphores have no get_value().
    """
    seen = []
    for semaphore in (here.Semaphore(3), here.BoundedSemaphore(3), here.Semaphore()):
        values = [outcome(semaphore.get_value)]
        while semaphore.acquire(False):
            values.append(outcome(semaphore.get_value))
        semaphore.release()
        seen.append([*values, outcome(semaphore.get_value), repr(semaphore)])
    evidence(seen=seen)
    control(type(seen[0][0]) in (int, NotImplementedError), f"get_value(): {seen!r}")
    assert seen == [
        [3, 2, 1, 0, 1, "<Semaphore(value=1)>"],
        [3, 2, 1, 0, 1, "<BoundedSemaphore(value=1, maxvalue=3)>"],
        [1, 0, 1, "<Semaphore(value=1)>"],
    ]
    assert not hasattr(threading.Semaphore(), "get_value")


@claim("SY18")
def test_a_negative_semaphore_is_an_oserror(background, evidence):
    """Semaphore(-1) raises OSError, where threading's raises ValueError; 0 works, 1 is default."""
    refusals = [outcome(kind, -1) for kind in (here.Semaphore, here.BoundedSemaphore)]
    among_threads = outcome(threading.Semaphore, -1)
    empty, one = here.Semaphore(0), here.BoundedSemaphore()
    got = [empty.acquire(False), one.acquire(False), one.acquire(False)]
    empty.release()
    got.append(empty.acquire(False))
    evidence(refusals=refusals, among_threads=among_threads, got=got)
    assert [type(refusal) for refusal in refusals] == [OSError] * 2
    assert type(among_threads) is ValueError
    assert got == [False, True, False, True]
