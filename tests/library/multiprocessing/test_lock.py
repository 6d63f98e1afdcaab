"""multiprocessing.Lock, and what it has in common with RLock and the semaphores.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Lock
"""

import multiprocessing
import os
import threading
import time

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)

#: One of each kind for a context, and how many acquire() in a row each of them allows.
KINDS = {
    "Lock": (lambda ctx: ctx.Lock(), 1),
    "RLock": (lambda ctx: ctx.RLock(), 1),
    "Semaphore": (lambda ctx: ctx.Semaphore(2), 2),
    "BoundedSemaphore": (lambda ctx: ctx.BoundedSemaphore(3), 3),
}


def release_for_another(lock, report):
    refused = lock.acquire(False)
    lock.release()
    report((refused, lock.acquire(False)))


@claim("SY01")
def test_any_process_may_release_a_lock(ctx, reports, background, evidence):
    """Any process may release a Lock that another holds; releasing a free one raises ValueError.

    For a free threading.Lock it is a RuntimeError: "except RuntimeError" does not catch this.
    """
    lock = ctx.Lock()
    too_early = outcome(lock.release)
    got = background(lambda: [lock.acquire(), lock.acquire(False)]).result()
    child = ctx.Process(target=release_for_another, args=(lock, reports.reporter))
    child.start()
    in_the_child = reports.next()
    exit_codes = joined(child)
    got.append(background(lock.acquire, False).result())  # the child has it now, though it is gone
    lock.release()
    too_late = outcome(lock.release)
    got.append(lock.acquire(False))
    evidence(child=in_the_child, got=got, release_of_a_free_one=too_late)
    assert got == [True, False, False, True]
    assert in_the_child == (False, True)
    assert exit_codes == [0]
    assert [type(refusal) for refusal in (too_early, too_late)] == [ValueError] * 2
    assert type(outcome(threading.Lock().release)) is RuntimeError


@claim("SY03")
@cases(kind=list(KINDS))
@refuted(
    where=before("3.14.0"),
    because="3.14 added locked() to multiprocessing's locks and semaphores (gh-115942)",
)
def test_a_lock_can_be_asked_whether_it_is_locked(kind, background, evidence):
    """multiprocessing's Lock, RLock and semaphores have locked(), as threading's Lock has.

    Before 3.14: AttributeError: 'Lock' object has no attribute 'locked'.  A semaphore is locked
    when no permit is left.  Instead: acquire(False), and release() if that was True.
    """
    make, times = KINDS[kind]
    lock = make(here)
    seen = [outcome(lambda: lock.locked())]
    if seen == [False]:
        for _ in range(times):
            lock.acquire()
            seen += [lock.locked(), background(lock.locked).result()]
        for _ in range(times):
            lock.release()
            seen.append(lock.locked())
    evidence(seen=seen)
    control(type(seen[0]) in (AttributeError, bool), f"locked() of a free one: {seen[0]!r}")
    assert seen == [False] * (2 * times - 1) + [True, True] + [False] * times


def hold_until_released(locks, report):
    for lock in locks:
        lock.acquire()
    report.hold("held")
    for lock in locks:
        lock.release()


def try_each(locks):
    refused = [lock.acquire(False) for lock in locks]
    refused += [lock.acquire(block=False) for lock in locks]
    return refused + [lock.acquire(True, 0.01) for lock in locks]


def take_each(locks):
    return [lock.acquire() for lock in locks]


@claim("SY13")
def test_who_holds_a_lock_keeps_out_the_other_processes(ctx, reports, background, evidence):
    """Lock, RLock, and a semaphore of 1 let in one process at a time; the others wait for release.

    acquire() is True once it has the lock; acquire(False) and one that times out are False.
    """
    locks = [ctx.Lock(), ctx.RLock(), ctx.Semaphore(1), ctx.BoundedSemaphore(1)]
    child = ctx.Process(target=hold_until_released, args=(locks, reports.reporter))
    child.start()
    told = reports.next()
    refused = background(try_each, locks).result()
    taking = background(take_each, locks)
    waits = never(lambda: taking.finished, during=GRACE / 3)
    reports.release()
    taken = taking.result()
    exit_codes = joined(child)
    evidence(held_by_the_child=refused, waits=waits, then=taken)
    assert told == "held"
    assert refused == [False] * 12
    assert waits
    assert taken == [True] * 4
    assert exit_codes == [0]


def die_with(locks, report):
    report([lock.acquire() for lock in locks])
    os._exit(3)


@claim("SY07")
def test_a_dead_process_keeps_its_locks(ctx, reports, background, evidence):
    """A process that dies while it holds a Lock, RLock or semaphore leaves it locked for ever.

    One would expect the system to release it, as it does a lock on a file.  Whoever waits for it
    hangs: after kill(), terminate(), os._exit(), a crash.  Instead: wait with a timeout, or
    release a Lock in the dead process's stead, when its exitcode says so.
    """
    locks = [ctx.Lock(), ctx.RLock(), ctx.Semaphore(1), ctx.BoundedSemaphore(1)]
    child = ctx.Process(target=die_with, args=(locks, reports.reporter))
    child.start()
    taken = reports.next()
    exit_codes = joined(child)
    refused = background(lambda: [lock.acquire(timeout=0.01) for lock in locks]).result()
    locks[0].release()
    rescued = background(locks[0].acquire, False).result()
    evidence(exit_code=exit_codes, acquired_afterwards=refused, rescued=rescued)
    assert taken == [True] * 4
    assert exit_codes == [3]
    assert refused == [False] * 4
    assert rescued is True


@claim("SY08")
@cases(kind=list(KINDS))
@refuted(because="CPython and PyPy: acquire() takes block here, and blocking in threading")
def test_acquire_takes_the_keyword_blocking(kind, background, evidence):
    """acquire(blocking=False), as for threading's locks, works for multiprocessing's.

    TypeError: acquire() got an unexpected keyword argument 'blocking'.  Here it is block, which
    threading's do not take.  Instead: acquire(False), which means the same in both.
    """
    lock = KINDS[kind][0](here)
    answer = outcome(lock.acquire, blocking=False)
    by_its_name = lock.acquire(block=False)
    among_threads = outcome(threading.Lock().acquire, block=False)
    evidence(answer=answer)
    control(answer is True or type(answer) is TypeError, f"acquire(blocking=False): {answer!r}")
    control(by_its_name is True, "acquire(block=False) should work")
    control(type(among_threads) is TypeError, f"threading's: {among_threads!r}")
    assert answer is True


def tell_the_owner(lock, report):
    with lock:
        report.hold(repr(lock))


@claim("SY09")
def test_repr_shows_the_owner_of_a_lock(ctx, reports, background, evidence):
    """repr() of a Lock or RLock says which process has it, and which thread if not the main one.

    Seen from another process it is SomeOtherProcess, from another thread SomeOtherThread.
    """
    lock, recursive = ctx.Lock(), ctx.RLock()
    seen = [repr(lock), repr(recursive)]
    with lock, recursive, recursive:
        seen += [repr(lock), repr(recursive)]
        seen += [background(repr, lock).result(), background(repr, recursive).result()]
    child = ctx.Process(target=tell_the_owner, args=(lock, reports.reporter), name="The child")
    child.start()
    seen += [reports.next(), repr(lock)]
    reports.release()
    assert joined(child) == [0]
    seen.append(repr(lock))
    in_a_thread = threading.Thread(target=lambda: seen.append(repr_held(lock)), name="T")
    in_a_thread.start()
    joined(in_a_thread)
    evidence(seen=seen)
    assert seen == [
        *("<Lock(owner=None)>", "<RLock(None, 0)>"),
        *("<Lock(owner=MainProcess)>", "<RLock(MainProcess, 2)>"),
        *("<Lock(owner=SomeOtherThread)>", "<RLock(SomeOtherThread, nonzero)>"),
        *("<Lock(owner=The child)>", "<Lock(owner=SomeOtherProcess)>"),
        *("<Lock(owner=None)>", "<Lock(owner=MainProcess|T)>"),
    ]


def repr_held(lock):
    with lock:
        return repr(lock)


@claim("SY10")
@cases(kind=list(KINDS))
def test_a_negative_timeout_of_acquire_does_not_wait(kind, background, evidence):
    """acquire(timeout=-1) does not wait: True if the lock is free, else False; no ValueError.

    For threading's locks -1 means to wait for ever, and any other negative number is a
    ValueError: what moves from one to the other stops waiting, without a word.
    """
    make, times = KINDS[kind]
    lock = make(here)
    got = [background(make(here).acquire, True, -1).result()]
    # The owner of an RLock must live on: a later thread may have the same ident, and be let in.
    got += [lock.acquire(False) for _ in range(times)]
    got += [background(lock.acquire, True, seconds).result() for seconds in (-1, -0.5, 0)]
    among_threads = outcome(threading.Lock().acquire, True, -0.5)
    evidence(got=got, among_threads=among_threads)
    assert got == [True] * (1 + times) + [False] * 3
    assert type(among_threads) is ValueError


@claim("SY14")
@cases(kind=list(KINDS))
def test_acquire_with_a_timeout_waits_as_long(kind, background, evidence):
    """acquire(timeout=t) waits for t seconds before it is False, and is True as soon as it can.

    acquire(False) does not wait, whatever its timeout is; None means to wait for ever.
    """
    make, times = KINDS[kind]
    lock = make(here)
    background(lambda: [lock.acquire() for _ in range(times)]).result()
    began = time.monotonic()
    refused = [lock.acquire(True, GRACE / 5)]
    waited = time.monotonic() - began
    refused += [lock.acquire(False, 2 * PATIENCE), lock.acquire(block=True, timeout=0)]
    evidence(refused=refused)
    assert refused == [False] * 3
    assert waited >= 0.18 * GRACE
    if kind != "RLock":  # which no other thread may release
        taking = background(lock.acquire, True, PATIENCE)
        waits = [never(lambda: taking.finished, during=GRACE / 10)]
        lock.release()
        taken = [taking.result()]
        taking = background(lock.acquire, True, None)
        waits.append(never(lambda: taking.finished, during=GRACE / 10))
        lock.release()
        taken.append(taking.result())
        assert waits == [True, True]
        assert taken == [True, True]


@claim("SY15")
@cases(kind=list(KINDS))
def test_with_releases_a_lock_in_any_case(kind, background, evidence):
    """with acquires a lock and releases it at the end, after an exception too.

    A Lock is not recursive: who has it waits for ever if it asks again; an RLock is.
    """
    make, times = KINDS[kind]
    lock = make(here)
    seen = []
    for _ in range(times - 1):
        lock.acquire()
    try:
        with lock as entered:
            seen += [entered, background(lock.acquire, False).result()]
            if kind in ("Lock", "RLock"):
                seen.append(lock.acquire(False))
            if kind == "RLock":
                lock.release()
            raise KeyError("inside")
    except KeyError as error:
        seen.append(error.args[0])
    seen.append(lock.acquire(False))
    evidence(seen=seen)
    again = {"Lock": [False], "RLock": [True]}.get(kind, [])
    assert seen == [True, False, *again, "inside", True]
