"""threading.RLock: a lock with an owner, who may take it again and must release it as often.

Source: https://docs.python.org/3/library/threading.html#rlock-objects
"""

import threading
import warnings

from tests.harness import (
    GRACE,
    PYPY,
    before,
    claim,
    control,
    never,
    outcome,
    predicts,
    refuted,
    since,
)


@claim("TH16")
def test_an_rlock_is_reentrant_for_its_owner_only(background, evidence):
    """RLock: its owner may acquire it again, others may not; nobody else may release it.

    release() by another thread, or of an unlocked RLock, raises RuntimeError: unlike a Lock, an
    RLock has an owner.
    """
    lock = threading.RLock()
    unlocked = outcome(lock.release)
    owner = [lock.acquire(), lock.acquire(blocking=False), lock.acquire(timeout=0)]
    others = [
        background(lock.acquire, False).result(),
        background(lock.acquire, True, GRACE / 6).result(),
        background(outcome, lock.release).result(),
    ]
    released = [lock.release(), lock.release(), lock.release()]
    afterwards = [outcome(lock.release), background(outcome, lock.release).result()]
    evidence(owner=owner, others=others, unlocked=unlocked)
    assert type(unlocked) is RuntimeError
    assert owner == [True, True, True]
    assert (others[:2], type(others[2])) == ([False, False], RuntimeError)
    assert released == [None, None, None]
    assert [type(error) for error in afterwards] == [RuntimeError, RuntimeError]


@claim("TH17")
@refuted(where=before("3.14.0") or PYPY, because="3.14 added RLock.locked() (gh-115942)")
def test_an_rlock_tells_whether_it_is_locked(background, evidence):
    """RLock.locked() tells whether any thread holds the lock, at any depth.

    Lock has had locked() for ever; up to 3.13 an RLock has none: "AttributeError: '_thread.RLock'
    object has no attribute 'locked'".  3.14 added it (gh-115942).  Before: acquire(blocking=False)
    tells it, but to other threads than the owner only.
    """
    lock = threading.RLock()

    def locked():
        return outcome(lambda: lock.locked())

    answers = [locked()]
    for step in (lock.acquire, lock.acquire, lock.release, lock.release):
        step()
        answers += [locked(), background(locked).result()]
    background(lock.acquire).result()
    answers.append(locked())
    evidence(answers=answers)
    kinds = {type(answer) for answer in answers}
    control(kinds in ({bool}, {AttributeError}), f"all answer or none: {kinds}")
    assert answers == [False, *[True] * 6, False, False, True]


@claim("TH18")
@refuted(where=before("3.15.0") and not PYPY, because="3.15 refuses arguments (gh-102029)")
def test_an_rlock_takes_no_arguments(evidence):
    """RLock() takes no arguments: RLock(1) raises TypeError.

    Up to 3.12 CPython ignores any argument silently, so that RLock("name") seems to work; 3.13
    and 3.14 warn: "DeprecationWarning: Passing arguments to RLock is deprecated and will be
    removed in 3.15".  Since 3.15, and on PyPy: TypeError (gh-102029).  Pass nothing.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = [outcome(threading.RLock, 1), outcome(threading.RLock, name="x")]
        warned = [warning.category for warning in caught]
    evidence(made=made, warnings=warned)
    refused = [type(one) is TypeError for one in made]
    control(not any(refused) or (all(refused) and not warned), f"both are made or refused: {made}")
    deprecated = since("3.13.0") and before("3.15.0") and not PYPY
    control(warned == [DeprecationWarning] * (2 * deprecated), f"warnings: {warned}")
    control(all(refused) or all(hasattr(one, "acquire") for one in made), f"locks: {made}")
    assert refused == [True, True]


@claim("TH86")
def test_an_rlock_is_free_after_as_many_releases(background, evidence):
    """An RLock acquired n times is free for others only after its owner's n-th release()."""
    seen = {}
    for depth in (1, 2, 3, 7):
        lock = threading.RLock()
        for _ in range(depth):
            lock.acquire()
        answers = []
        for _ in range(depth):
            answers.append(background(lock.acquire, False).result())
            lock.release()
        seen[depth] = [*answers, background(lock.acquire, False).result()]
    evidence(others_get_it=seen)
    assert seen == {depth: [False] * depth + [True] for depth in (1, 2, 3, 7)}


@claim("TH87")
def test_a_waiter_gets_an_rlock_after_the_last_release(background, evidence):
    """Who waits for an RLock in a "with" goes on when its owner has left the outermost "with"."""
    lock, events = threading.RLock(), []

    def enter():
        with lock:
            events.append("the waiter is in")

    with lock:
        with lock:
            waiter = background(enter)
            never(lambda: waiter.finished, during=GRACE / 6)
            events.append("inner left")
        never(lambda: waiter.finished, during=GRACE / 6)
        events.append("outer left")
    waiter.result()
    evidence(events=events)
    assert events == ["inner left", "outer left", "the waiter is in"]


@claim("TH88")
@predicts("RC35")
@refuted(because="on CPython and PyPy RLock is a function, also where 3.13 made Lock a class")
def test_rlock_serves_as_a_type(evidence):
    """threading.RLock is a class: isinstance(x, threading.RLock) works.

    As Lock does since 3.13, one would expect; but RLock() is still a function that picks the
    implementation: "TypeError: isinstance() arg 2 must be a type, ...".  For annotations type
    checkers accept threading.RLock; at run time use type(threading.RLock()).
    """
    lock = threading.RLock()
    control(isinstance(lock, type(lock)), "the type of an RLock is one")
    answer = outcome(isinstance, lock, threading.RLock)
    evidence(isinstance=answer)
    control(answer is True or type(answer) is TypeError, f"an answer or a refusal: {answer!r}")
    assert answer is True
