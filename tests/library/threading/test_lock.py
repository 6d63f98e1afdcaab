"""threading.Lock: one holder, no owner; what its methods return, refuse and wait for.

Source: https://docs.python.org/3/library/threading.html#lock-objects
"""

import copy
import pickle
import threading

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    never,
    outcome,
    predicts,
    refuted,
    until,
)

#: What contains a lock, by name.
KINDS = ("Lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier")


@claim("TH51")
def test_with_releases_a_lock_whatever_happens(background, evidence):
    """Lock: acquire() is True, acquire(blocking=False) tells if it was free, "with" releases."""
    lock = threading.Lock()
    answers = [lock.acquire(), lock.acquire(blocking=False), lock.acquire(False)]
    answers.append(background(lock.acquire, False).result())
    answers += [lock.release(), lock.acquire(blocking=False), lock.release()]

    def fail():
        with lock:
            answers.append(lock.locked())
            raise LookupError("ours")

    error = outcome(fail)
    free_again = lock.acquire(blocking=False)
    evidence(answers=answers, raised=error, free_again=free_again)
    assert answers == [True, False, False, False, None, True, None, True]
    assert type(error) is LookupError
    assert free_again is True


@claim("TH52")
def test_a_lock_refuses_its_own_holder(background, evidence):
    """A Lock is not reentrant: a second acquire() by its holder gets nothing, or waits for ever.

    One would expect a thread to pass through its own lock.  It deadlocks with itself instead,
    without any message.  Give the second acquire() a timeout (False), or use an RLock.
    """
    lock = threading.Lock()

    def twice():
        return lock.acquire() and lock.acquire()

    with_timeout = [lock.acquire(), lock.acquire(timeout=GRACE / 6), lock.acquire(True, 0)]
    lock.release()
    stuck = background(twice)
    until(lock.locked, "the lock to be held")
    waits = never(lambda: stuck.finished, during=GRACE / 4)
    lock.release()  # anyone may, and so the second acquire() gets it
    evidence(with_timeout=with_timeout, waits=waits)
    assert with_timeout == [True, False, False]
    assert waits
    assert stuck.result() is True
    assert lock.locked()


@claim("TH13")
@cases(lock=KINDS[:2])
def test_acquire_refuses_timeouts_without_meaning(lock, evidence):
    """acquire() refuses a timeout without blocking, a negative one and one over TIMEOUT_MAX.

    ValueError for the first two; -1 alone means "no timeout".  OverflowError for the third.
    """
    held = getattr(threading, lock)()
    refusals = [
        outcome(held.acquire, blocking=False, timeout=1),
        outcome(held.acquire, False, 0),
        outcome(held.acquire, timeout=-2),
        outcome(held.acquire, True, -0.5),
        outcome(held.acquire, timeout=threading.TIMEOUT_MAX * 1.1),
    ]
    accepted = []
    for arguments in [(True, -1), (False, -1), (True, 0), (True, threading.TIMEOUT_MAX)]:
        accepted.append(outcome(held.acquire, *arguments))
        outcome(held.release)
    evidence(refusals=refusals, accepted=accepted)
    assert [type(refusal) for refusal in refusals] == [ValueError] * 4 + [OverflowError]
    assert accepted == [True] * 4


@claim("TH14")
@predicts("RC35")
@refuted(
    where=before("3.13.0") or PYPY, because="3.13 made Lock a class (gh-114315); PyPy has 3.11's"
)
def test_lock_serves_as_a_type(evidence):
    """threading.Lock is a class: isinstance(x, threading.Lock) and "Lock | None" work.

    Up to 3.12 it is a function that makes locks, in spite of its name: "TypeError: isinstance()
    arg 2 must be a type, a tuple of types, or a union", and "unsupported operand type(s) for |:
    'builtin_function_or_method' and 'NoneType'" from an annotation.  3.13 made it the class
    itself (gh-114315, documentation of threading.Lock).  Before: use type(threading.Lock()).
    """
    answers = [
        outcome(isinstance, threading.Lock(), threading.Lock),
        outcome(isinstance, threading.RLock(), threading.Lock),
        outcome(lambda: isinstance(None, threading.Lock | None)),
    ]
    evidence(isinstance=answers)
    kinds = [type(answer) for answer in answers]
    control(kinds in ([bool] * 3, [TypeError] * 3), f"all answer or none: {kinds}")
    assert answers == [True, False, True]


@claim("Z05")
@cases(lock=KINDS[:2])
def test_no_class_inherits_from_lock(lock, evidence):
    """A class cannot inherit from threading.Lock or threading.RLock: TypeError.

    "type '_thread.lock' is not an acceptable base type" since 3.13; before, "cannot create
    'builtin_function_or_method' instances", for they are functions.  Instead: keep a lock in an
    attribute and pass the calls on.
    """
    refusal = outcome(lambda: type("Mine", (getattr(threading, lock),), {}))
    evidence(refusal=refusal)
    assert type(refusal) is TypeError


@claim("TH15")
def test_anyone_may_release_a_lock_but_once(background, evidence):
    """Any thread may release a Lock; releasing one that is not locked raises RuntimeError."""
    lock = threading.Lock()
    refusals = [outcome(lock.release)]
    lock.acquire()
    by_another = background(outcome, lock.release).result()
    locked = lock.locked()
    refusals += [outcome(lock.release), background(outcome, lock.release).result()]
    usable = [lock.acquire(False), lock.locked()]
    evidence(unlocked=refusals, by_another=by_another, locked_then=locked)
    assert [type(refusal) for refusal in refusals] == [RuntimeError] * 3
    assert (by_another, locked) == (None, False)
    assert usable == [True, True]


@claim("TH43")
@cases(kind=KINDS)
@refuted(where=PYPY, because="PyPy pickles an RLock, and refuses a Lock by PicklingError")
def test_what_contains_a_lock_cannot_be_pickled(kind, evidence):
    """Locks, and what contains one, cannot be pickled or copied: TypeError.

    "cannot pickle '_thread.lock' object", as soon as an object with a lock in it goes to a child
    process or to copy.deepcopy().  PyPy raises PicklingError for a Lock, and makes a fresh
    unlocked RLock of an RLock.  Instead: leave the lock out (__getstate__) and make it anew.
    """
    arguments = (2,) if kind == "Barrier" else ()
    made = getattr(threading, kind)(*arguments)
    refusals = [outcome(pickle.dumps, made), outcome(copy.deepcopy, made)]
    evidence(pickled=refusals[0], copied=refusals[1])
    known = (bytes, type(made), TypeError, pickle.PicklingError)
    control(all(type(one) in known for one in refusals), f"pickled or refused: {refusals}")
    assert [type(refusal) for refusal in refusals] == [TypeError, TypeError]


@claim("TH80")
def test_locked_tells_whether_anybody_holds_it(background, evidence):
    """Lock.locked() tells whether any thread holds the lock; a failed acquire() changes nothing."""
    lock = threading.Lock()
    states = [lock.locked()]
    background(lock.acquire).result()
    states += [lock.locked(), background(lock.locked).result()]
    lock.acquire(timeout=0)
    states.append(lock.locked())
    lock.release()
    states.append(lock.locked())
    with lock:
        states.append(lock.locked())
    states.append(lock.locked())
    evidence(states=states)
    assert states == [False, True, True, True, False, True, False]


@claim("TH81")
def test_a_release_lets_one_waiter_in(background, evidence):
    """Each release() lets exactly one of those who wait in; which one, nobody promises."""
    lock, entered = threading.Lock(), []
    lock.acquire()

    def enter(number):
        taken = lock.acquire()
        entered.append(number)
        return taken

    waiters = [background(enter, number) for number in range(4)]
    counts = [len(entered)]
    for count in range(1, 5):
        lock.release()
        until(lambda: len(entered) >= count, "a waiter to enter")
        never(lambda: len(entered) > count, during=GRACE / 5)
        counts.append(len(entered))
    evidence(order=entered, after_each_release=counts)
    assert counts == [0, 1, 2, 3, 4]
    assert [waiter.result() for waiter in waiters] == [True] * 4
    assert sorted(entered) == [0, 1, 2, 3]


@claim("TH82")
@cases(lock=KINDS[:2])
def test_a_timeout_of_acquire_is_an_upper_bound(lock, background, evidence):
    """acquire(timeout=t) waits for at most t seconds: False then, True if the lock is free before.

    It goes for Lock and for RLock; -1, the default, waits without end.
    """
    held = getattr(threading, lock)()
    held.acquire()

    def acquire_and_release(*arguments):
        taken = held.acquire(*arguments)
        if taken:
            held.release()
        return taken

    impatient = background(acquire_and_release, True, GRACE / 6)
    patient = [background(acquire_and_release, True, t) for t in (PATIENCE, 2 * PATIENCE, -1)]
    gave_up = impatient.result()
    waiting = never(lambda: any(task.finished for task in patient), during=GRACE / 4)
    held.release()
    got_it = [task.result() for task in patient]
    evidence(gave_up=gave_up, got_it=got_it)
    assert gave_up is False
    assert waiting
    assert got_it == [True, True, True]


@claim("TH83")
def test_the_old_names_of_the_methods_still_work(evidence):
    """acquire_lock(), release_lock() and locked_lock(), Lock's oldest names, do the same."""
    lock = threading.Lock()
    answers = [lock.acquire_lock(), lock.acquire_lock(False), lock.locked_lock(), lock.locked()]
    answers += [lock.release_lock(), lock.locked_lock(), lock.acquire_lock(True, 0)]
    evidence(answers=answers)
    assert answers == [True, False, True, True, None, False, True]


@claim("TH84")
def test_a_thread_error_is_a_runtime_error(evidence):
    """threading.ThreadError is RuntimeError itself: "except ThreadError" catches far more.

    release() of an unlocked lock raises it.  The name is kept from Python 2; write RuntimeError.
    """
    raised = outcome(threading.Lock().release)
    evidence(name=threading.ThreadError.__name__, raised=raised)
    assert threading.ThreadError is RuntimeError
    assert type(raised) is threading.ThreadError


@claim("TH85")
@cases(entered=["Lock", "RLock", "Condition", "Semaphore"])
@refuted(
    where=PYPY,
    entered=("Lock", "RLock", "Condition"),
    because="PyPy's locks return themselves from __enter__",
)
def test_with_gives_the_answer_of_acquire(entered, evidence):
    """The x of "with lock as x:" is True, the answer of acquire().

    One would expect the lock, as "with open(...) as file" gives the file; that is so on PyPy.
    CPython gives True: "AttributeError: 'bool' object has no attribute 'release'".  Nothing is
    documented.  Instead: write "with lock:" and use the lock by its own name.
    """
    lock = getattr(threading, entered)()
    with lock as given:
        pass
    evidence(given=given)
    control(given is True or type(given).__name__ in ("lock", "RLock"), f"True or a lock: {given}")
    assert given is True
