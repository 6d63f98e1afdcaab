"""RLock: a lock with an owner, who may take it again and must release it as often.

Sources: https://docs.python.org/3/library/threading.html#rlock-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.RLock
"""

import threading
import warnings

from tests.harness import GRACE, PYPY, before, claim, never, refuted, since

from .makers import raised


@claim("LOCK17")
def test_an_rlock_is_reentrant_for_its_owner_only(maker, background, evidence):
    """An RLock lets its owner in again, at once; other threads have to wait for it.

    The difference between Lock and RLock is the owner: an RLock has one, a Lock has none, and a
    thread that takes a Lock twice waits for itself forever.  Take an RLock where a locked method
    calls another one.  Only the owner may release it: RuntimeError, but AssertionError if it is
    multiprocessing's.
    """
    lock = maker.RLock()
    owner = [lock.acquire(), lock.acquire(), lock.acquire(False), lock.acquire(True, 0)]
    others = [background(lock.acquire, *how).result() for how in ((False,), (True, GRACE / 6))]
    assert evidence(owner=owner, others=others) == ([True] * 4, [False] * 2)


@claim("LOCK17")
@refuted(
    maker="multiprocessing",
    because="multiprocessing's RLock raises AssertionError",
    by="AssertionError: attempt to release recursive lock not owned by thread",
)
def test_only_the_owner_may_release_an_rlock(maker, background, evidence):
    """release() of an RLock by a thread that does not own it raises RuntimeError.

    "RuntimeError: cannot release un-acquired lock".  It changes nothing.  multiprocessing's RLock:
    "AssertionError: attempt to release recursive lock not owned by thread", which "except
    RuntimeError" does not catch, and which python -O does not remove.
    """
    lock = maker.RLock()
    free = raised(RuntimeError, lock.release)
    with lock:
        held = background(raised, RuntimeError, lock.release).result()
        still_held = not background(lock.acquire, False).result()
    assert evidence(free=free, held_by_another=held)
    assert free
    assert held
    assert still_held


@claim("LOCK18")
def test_an_rlock_is_free_after_as_many_releases(maker, background, evidence):
    """An RLock acquired n times is free for others only after its owner's n-th release()."""
    lock, others_get_it = maker.RLock(), []
    for _ in range(4):
        lock.acquire()
    for _ in range(4):
        others_get_it.append(background(lock.acquire, False).result())
        lock.release()
    others_get_it.append(background(lock.acquire, False).result())
    assert evidence(others_get_it=others_get_it) == [False] * 4 + [True]


@claim("LOCK18")
def test_a_waiter_gets_an_rlock_after_the_last_release(maker, background, evidence):
    """A thread that waits for an RLock goes on when the owner leaves its outermost "with"."""
    lock, events = maker.RLock(), []

    def enter():
        with lock:
            events.append("the waiter is in")

    with lock:
        with lock:
            waiter = background(enter)
        never(lambda: waiter.finished, during=GRACE / 5)
        events.append("the owner leaves")
    waiter.result()
    assert evidence(events=events) == ["the owner leaves", "the waiter is in"]


@claim("LOCK19")
@refuted(
    where=before("3.13.0") and not PYPY,
    because="CPython ignores arguments up to 3.12 (gh-102029)",
)
@refuted(
    where=since("3.13.0") and before("3.15.0") and not PYPY,
    because="3.13 and 3.14 only warn (gh-102029)",
    by="DeprecationWarning: Passing arguments to RLock is deprecated and will be removed in 3.15",
)
def test_an_rlock_takes_no_arguments(evidence):
    """RLock() takes no arguments: RLock(1) raises TypeError.

    Up to 3.12 CPython ignores any argument silently, so that RLock("name") seems to work; 3.13
    and 3.14 warn: "DeprecationWarning: Passing arguments to RLock is deprecated and will be
    removed in 3.15".  Since 3.15, and on PyPy: TypeError (gh-102029).  Pass nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        positional = raised(TypeError, threading.RLock, 1)
        by_name = raised(TypeError, lambda: threading.RLock(name="x"))
    evidence(positional=positional, by_name=by_name)
    assert positional
    assert by_name
