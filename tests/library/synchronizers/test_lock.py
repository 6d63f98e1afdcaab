"""Lock, and what it has in common with RLock and the semaphores: acquire() and release().

Sources: https://docs.python.org/3/library/threading.html#lock-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Lock
"""

import copy
import pickle
import threading
import time

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    in_the_main_thread,
    kinds,
    never,
    outcome,
    predicts,
    refuted,
    until,
)

from .makers import AT_LEAST, LOCKS, NO_OWNER, SEMAPHORES, TIMEOUT, here, raised

ACROSS = ("multiprocessing", "manager")
LOCKED = "3.14 added locked(), which only threading.Lock had before (gh-115942)"


@claim("LOCK01")
@cases(kind=LOCKS)
def test_acquire_says_whether_the_lock_was_free(maker, kind, background, evidence):
    """acquire() returns True when it gets the lock, and acquire(False) False when it cannot.

    Lock, RLock and the semaphores of threading, of multiprocessing and of a manager all do so.
    """
    lock = getattr(maker, kind)()
    free, taken = lock.acquire(), background(lock.acquire, False).result()
    lock.release()
    again = lock.acquire(False)
    assert evidence(free=free, taken=taken, released=again) == (True, False, True)


@claim("LOCK01")
@cases(kind=LOCKS)
def test_with_releases_a_lock_whatever_happens(maker, kind, background, evidence):
    """A "with" on a lock acquires it, and releases it at the end, also after an exception."""
    lock, inside = getattr(maker, kind)(), []

    def fail():
        with lock:
            inside.append(background(lock.acquire, False).result())
            raise LookupError("ours")

    error = outcome(fail)
    afterwards = background(lock.acquire, False).result()
    assert evidence(others_get_it_inside=inside, afterwards=afterwards) == ([False], True)
    assert type(error) is LookupError


@claim("LOCK02")
def test_a_lock_refuses_its_own_holder(maker, background, evidence):
    """A Lock is not reentrant: a holder that acquires it again deadlocks with itself.

    You might expect a thread to pass through its own lock.  A thread that acquires the same Lock
    twice hangs: the program freezes in a deadlock, without any message.  Give the second acquire()
    a timeout, which makes it False, or use an RLock.
    """
    lock, refused = maker.Lock(), []

    def twice():
        lock.acquire()
        refused.append(lock.acquire(True, GRACE / 6))
        return lock.acquire()

    stuck = background(twice)
    until(lambda: refused, "the acquire() with a timeout to give up")
    waits = never(lambda: stuck.finished, during=GRACE / 4)
    lock.release()  # any thread may, and so the second acquire() gets the lock
    assert evidence(with_a_timeout=refused, waits=waits) == ([False], True)
    assert stuck.result() is True


@claim("LOCK03")
def test_anyone_may_release_a_lock_but_once(maker, background, evidence):
    """Any thread may release a Lock that another one holds; if nobody does: RuntimeError.

    multiprocessing's Lock raises ValueError, which "except RuntimeError" does not catch.
    """
    lock = maker.Lock()
    background(lock.acquire).result()
    lock.release()
    assert evidence(free=lock.acquire(False), then=lock.acquire(False)) == (True, False)


@claim("LOCK03")
@refuted(
    maker="multiprocessing",
    because="multiprocessing's Lock raises ValueError",
    by="ValueError: semaphore or lock released too many times",
)
def test_releasing_a_free_lock_is_a_runtime_error(maker, evidence):
    """release() of a Lock that nobody holds raises RuntimeError.

    "RuntimeError: release unlocked lock".  multiprocessing's Lock: "ValueError: semaphore or lock
    released too many times".  Instead: `with lock:`, which releases once what it has acquired.
    """
    lock = maker.Lock()
    never_held = raised(RuntimeError, lock.release)
    with lock:
        pass
    assert evidence(never_held=never_held, released=raised(RuntimeError, lock.release))
    assert never_held
    assert lock.acquire(False) is True


@claim("LOCK04")
@cases(kind=("Lock", "RLock"))
@refuted(where=before("3.14.0"), kind="RLock", because=LOCKED, by="AttributeError: ")
@refuted(where=before("3.14.0"), maker=ACROSS, because=LOCKED, by="AttributeError: ")
def test_locked_says_whether_anybody_holds_it(maker, kind, background, evidence):
    """locked() says whether any thread holds the lock; an acquire() in vain changes nothing.

    threading.Lock has always had it.  3.14 added it to threading's RLock and Condition, to
    multiprocessing's Lock, RLock and semaphores, and to a manager's proxies (gh-115942); before:
    "AttributeError: '_thread.RLock' object has no attribute 'locked'".  threading's semaphores, and
    so a manager's, and multiprocessing's Condition have none to this day.  Instead:
    acquire(False), and release() if that is True; the owner of an RLock cannot find out that way.
    """
    lock = getattr(maker, kind)()
    free = lock.locked()
    with lock:
        background(lock.acquire, False).result()
        held = lock.locked(), background(lock.locked).result()
    assert evidence(free=free, held=held, left=lock.locked()) == (False, (True, True), False)


@claim("LOCK04")
@refuted(where=before("3.14.0"), because=LOCKED, by="AttributeError: ")
def test_an_rlock_is_locked_until_its_last_release(maker, evidence):
    """RLock.locked() is True at any depth, until the last release()."""
    lock, states = maker.RLock(), []
    for step in (lock.acquire, lock.acquire, lock.release, lock.release):
        step()
        states.append(lock.locked())
    assert evidence(locked=states) == [True, True, True, False]


@claim("LOCK04")
@refuted(where=before("3.14.0"), because=LOCKED, by="AttributeError: ")
@refuted(maker="multiprocessing", because="its Condition has none", by="AttributeError: ")
def test_a_condition_tells_whether_it_is_locked(maker, background, evidence):
    """Condition.locked() says whether any thread holds the condition's lock.

    Instead: keep the lock that you pass to Condition(lock), and ask that.
    """
    condition = maker.Condition(maker.Lock())
    free = condition.locked()
    with condition:
        held = condition.locked(), background(condition.locked).result()
    assert evidence(free=free, held=held, left=condition.locked()) == (False, (True, True), False)


@claim("LOCK04")
@cases(kind=SEMAPHORES)
@refuted(where=before("3.14.0"), maker=ACROSS, because=LOCKED, by="AttributeError: ")
@refuted(maker="threading", because="its semaphores have none", by="AttributeError: ")
@refuted(maker="manager", because="its semaphores are threading's", by="RemoteError")
def test_a_semaphore_is_locked_when_no_permit_is_left(maker, kind, evidence):
    """locked() of a semaphore is True when no permit is left; only multiprocessing's have it.

    A manager's seem to have it since 3.14, but it raises a RemoteError.
    """
    semaphore, states = getattr(maker, kind)(2), []
    for step in (semaphore.acquire, semaphore.acquire, semaphore.release):
        step()
        states.append(semaphore.locked())
    assert evidence(locked=states) == [False, True, False]


@claim("LOCK05")
@cases(kind=("Lock", *SEMAPHORES))
def test_a_release_lets_one_waiter_in(maker, kind, background, evidence):
    """Each release() lets exactly one waiter in; which one, nobody promises."""
    lock, entered, counts = getattr(maker, kind)(), [], []
    lock.acquire()
    for _ in range(3):
        background(lambda: entered.append(lock.acquire()))
    for count in (1, 2, 3):
        never(lambda: len(entered) >= count, during=GRACE / 5)
        counts.append(len(entered))
        lock.release()
        until(lambda: len(entered) >= count, "a waiter to enter")
    assert evidence(inside_before_each_release=counts) == [0, 1, 2]
    assert entered == [True] * 3


@claim("LOCK06")
@cases(kind=LOCKS)
def test_a_timeout_of_acquire_is_an_upper_bound(maker, kind, background, evidence):
    """acquire(timeout=t) waits for up to t seconds: False then, True if the lock is free before.

    For None it waits without end; threading's Lock and RLock refuse None by TypeError.
    """
    lock = getattr(maker, kind)()
    lock.acquire()
    began = time.monotonic()
    got = background(lock.acquire, True, TIMEOUT).result()
    waited = time.monotonic() - began
    assert evidence(got_it=got) is False
    assert waited >= AT_LEAST


@claim("LOCK06")
@cases(kind=LOCKS)
def test_acquire_with_a_timeout_gets_what_is_released(maker, kind, background, evidence):
    """acquire(timeout=t) is True as soon as the lock is free."""
    lock = getattr(maker, kind)()
    lock.acquire()
    waiting = background(lock.acquire, True, PATIENCE)
    waits = never(lambda: waiting.finished, during=GRACE / 5)
    lock.release()
    assert evidence(waits=waits, got_it=waiting.result()) == (True, True)


@claim("LOCK06")
@cases(kind=LOCKS)
@refuted(
    maker="threading",
    kind=("Lock", "RLock"),
    because="threading's Lock and RLock want a number; theirs is -1",
    by="TypeError: ",
)
def test_a_timeout_of_none_waits_without_end(maker, kind, background, evidence):
    """acquire(timeout=None) waits until the lock is free, as it does without a timeout.

    threading's Lock and RLock want a number: "TypeError: 'NoneType' object cannot be interpreted
    as an integer", in 3.14 "TypeError: 'NoneType' object cannot be interpreted as an integer or
    float", in 3.15 "TypeError: must be real number, not NoneType".  Leave the timeout out.
    """
    lock = getattr(maker, kind)()
    lock.acquire()
    waiting = background(lock.acquire, True, None)
    waits = never(lambda: waiting.finished, during=GRACE / 5)
    lock.release()
    assert evidence(got_it=waiting.result(), waits=waits) == (True, True)


@claim("LOCK07")
@cases(kind=LOCKS)
@refuted(
    maker="multiprocessing", because="multiprocessing's locks ignore a timeout without blocking"
)
def test_acquire_refuses_a_timeout_without_blocking(maker, kind, evidence):
    """acquire(False, timeout) raises ValueError: who does not wait needs no timeout.

    "ValueError: can't specify a timeout for a non-blocking call", and of semaphores "ValueError:
    can't specify timeout for non-blocking acquire".  multiprocessing's locks ignore the timeout,
    and do not wait.
    """
    lock = getattr(maker, kind)()
    refusals = evidence(refusals=[outcome(lock.acquire, False, timeout) for timeout in (1, 0)])
    assert kinds(refusals) == ["ValueError"] * 2


@claim("LOCK07")
@cases(kind=("Lock", "RLock"))
def test_minus_one_stands_for_no_timeout(kind, background, evidence):
    """A timeout of -1, for threading's Lock and RLock, stands for none: acquire() waits."""
    lock = getattr(threading, kind)()
    without_waiting = lock.acquire(False, -1)
    waiting = background(lock.acquire, True, -1)
    waits = never(lambda: waiting.finished, during=GRACE / 5)
    lock.release()
    assert evidence(waits=waits, got_it=waiting.result()) == (True, True)
    assert without_waiting is True


@claim("LOCK07")
@cases(kind=("Lock", "RLock"))
def test_timeout_max_is_the_longest_timeout(kind, evidence):
    """acquire() of threading's Lock and RLock raises OverflowError for more than TIMEOUT_MAX."""
    lock = getattr(threading, kind)()
    too_long = outcome(lock.acquire, timeout=threading.TIMEOUT_MAX * 1.1)
    assert type(evidence(too_long=too_long)) is OverflowError
    assert lock.acquire(True, threading.TIMEOUT_MAX) is True


@claim("LOCK08")
@cases(kind=LOCKS)
@refuted(
    maker=("threading", "manager"),
    kind=("Lock", "RLock"),
    because="threading's Lock and RLock refuse negative timeouts, except -1",
    by="ValueError: timeout value must be",
)
def test_a_negative_timeout_of_acquire_does_not_wait(maker, kind, background, evidence):
    """acquire(timeout=-0.5), or any negative timeout, does not wait, whether or not it succeeds.

    So it is for semaphores, and for all locks of multiprocessing.  threading's Lock and RLock
    raise ValueError, and wait without end for -1: code that moves from threading to
    multiprocessing stops waiting, without a word.  "ValueError: timeout value must be a
    non-negative number"; before 3.13 "ValueError: timeout value must be positive".
    """
    free = [background(getattr(maker, kind)().acquire, True, t).result() for t in (-0.5, -1)]
    lock = getattr(maker, kind)()
    lock.acquire()
    taken = [background(lock.acquire, True, timeout).result() for timeout in (-0.5, -1)]
    assert evidence(free=free, taken=taken) == ([True, True], [False, False])


@claim("LOCK09")
@cases(kind=LOCKS)
@refuted(
    maker="multiprocessing",
    because="CPython and PyPy: the parameter is called block here",
    by="TypeError: ",
)
def test_acquire_takes_the_keyword_blocking(maker, kind, evidence):
    """acquire(blocking=False) works, whatever lock it is.

    multiprocessing's parameter is block: "TypeError: acquire() got an unexpected keyword argument
    'blocking'", before 3.13 "TypeError: 'blocking' is an invalid keyword argument for acquire()".
    Instead: acquire(False), which means the same for all.
    """
    assert evidence(answer=getattr(maker, kind)().acquire(blocking=False)) is True


@claim("LOCK09")
@cases(kind=LOCKS)
@refuted(
    maker=("threading", "manager"),
    because="threading's parameter is called blocking",
    by="TypeError: ",
)
def test_acquire_takes_the_keyword_block(maker, kind, evidence):
    """acquire(block=False) works for multiprocessing's locks only."""
    assert evidence(answer=getattr(maker, kind)().acquire(block=False)) is True


@claim("LOCK10")
@cases(kind=("Condition", *LOCKS))
@refuted(
    where=PYPY,
    maker="threading",
    kind=("Lock", "RLock", "Condition"),
    because="PyPy's locks return themselves from __enter__",
)
def test_with_gives_the_answer_of_acquire(maker, kind, evidence):
    """The x of "with lock as x:" is True, the answer of acquire().

    You might expect the lock, as "with open(...) as file" gives the file; that is so on PyPy.
    CPython gives True: "AttributeError: 'bool' object has no attribute 'release'".  Nothing is
    documented.  Instead: use a lock by the statement "with lock:", and by its own name inside.  For
    a lock with a timeout this context manager is no use: call acquire(timeout=...), and release the
    lock in a finally.
    """
    with getattr(maker, kind)() as given:
        pass
    evidence(its_release=outcome(getattr, given, "release"))
    assert evidence(given=given) is True


@claim("LOCK11")
@predicts("RC35")
@cases(kind=("Lock", "RLock"))
@refuted(
    where=before("3.13.0") or PYPY,
    kind="Lock",
    because="3.13 made Lock a class (gh-114315); PyPy has 3.11's",
    by="TypeError: isinstance() arg 2 must be a",
)
@refuted(
    kind="RLock",
    because="on CPython and PyPy RLock is a function",
    by="TypeError: isinstance() arg 2 must be a",
)
@refuted(
    maker=("multiprocessing", "manager"),
    because="here Lock and RLock are methods",
    by="TypeError: isinstance() arg 2 must be a",
)
def test_lock_serves_as_a_type(maker, kind, evidence):
    """Lock is a class: isinstance(x, Lock) and the annotation "Lock | None" work.

    That is so for threading.Lock since 3.13 (gh-114315).  Before, and still for RLock, it is a
    function that makes locks; multiprocessing's and a manager's are methods: "TypeError:
    isinstance() arg 2 must be a type, a tuple of types, or a union", and of the annotation
    "TypeError: unsupported operand type(s) for |", of a function or method and 'NoneType'.
    Instead: type(threading.Lock()).
    """
    cls = getattr(maker, kind)
    optional = evidence(optional=outcome(lambda: isinstance(None, cls | None)))
    instances = isinstance(cls(), cls), isinstance(threading.Event(), cls)
    assert (evidence(instances=instances), optional) == ((True, False), True)


@claim("LOCK12")
@cases(lock=("Lock", "RLock"))
def test_no_class_inherits_from_lock(lock, evidence):
    """A class cannot inherit from threading.Lock or threading.RLock: TypeError.

    Of Lock "TypeError: type '_thread.lock' is not an acceptable base type" since 3.13; before, as
    it is a function, "TypeError: cannot create 'builtin_function_or_method' instances".  Of RLock,
    still a function, "TypeError: function() argument 'code' must be code, not str".  PyPy says it
    in other words.  Instead: keep a lock in an attribute and pass the calls on.
    """
    base = getattr(threading, lock)

    def inherit():
        class Mine(base):
            pass

    assert type(evidence(refusal=outcome(inherit))) is TypeError


@claim("LOCK13")
@cases(kind=("Condition", "Event", "Barrier", *LOCKS))
@refuted(where=PYPY, because="PyPy pickles an RLock, and refuses a Lock by PicklingError")
def test_what_contains_a_lock_cannot_be_pickled(kind, evidence):
    """threading's locks, and what contains one, cannot be pickled or deep-copied: TypeError.

    "TypeError: cannot pickle '_thread.lock' object", as soon as an object with a lock in it goes to
    a child process or to copy.deepcopy(); of an RLock "TypeError: cannot pickle '_thread.RLock'
    object".  PyPy raises PicklingError for a Lock, and makes a new, unlocked RLock of an RLock.
    Instead: leave the lock out (__getstate__) and make a new one.
    """
    made = getattr(threading, kind)(*(2,) * (kind == "Barrier"))
    pickled, copied = outcome(pickle.dumps, made), outcome(copy.deepcopy, made)
    assert kinds(evidence(pickled=pickled, copied=copied)) == ["TypeError", "TypeError"]


@claim("LOCK13")
def test_a_shallow_copy_is_a_twin_that_knows_nothing_of_the_first(evidence):
    """copy.copy() of a Semaphore or an Event is no error, but makes one that counts for itself.

    The twins share a lock, and nothing else: too many threads get in, or one waits for ever.
    """
    semaphore, event = threading.Semaphore(1), threading.Event()
    another_semaphore, another_event = copy.copy(semaphore), copy.copy(event)
    semaphore.acquire()
    event.set()
    acquired, is_set = another_semaphore.acquire(False), another_event.is_set()
    assert evidence(acquired_by_both=acquired, is_set=is_set) == (True, False)


@claim("LOCK14")
def test_the_old_names_of_the_methods_still_work(evidence):
    """acquire_lock(), release_lock() and locked_lock(), Lock's oldest names, do the same."""
    lock = threading.Lock()
    free, taken = lock.acquire_lock(), lock.acquire_lock(False)
    held = lock.locked_lock()
    lock.release_lock()
    assert evidence(free=free, taken=taken, locked=held) == (True, False, True)
    assert evidence(released=not lock.locked()) is True


@claim("LOCK15")
def test_a_thread_error_is_a_runtime_error(evidence):
    """threading.ThreadError is RuntimeError itself: "except ThreadError" catches far more.

    release() of an unlocked lock raises it: "RuntimeError: release unlocked lock".  The name is
    kept from Python 2; write RuntimeError.
    """
    error = evidence(raised=outcome(threading.Lock().release))
    assert (evidence(name=threading.ThreadError), type(error)) == (RuntimeError, RuntimeError)


@claim("LOCK16")
@refuted(
    where=NO_OWNER,
    because="macOS has no sem_getvalue(), which repr() asked before 3.12.8 and 3.13.1 (gh-125679)",
)
@in_the_main_thread
def test_repr_shows_the_owner_of_a_lock(background, evidence):
    """repr() of multiprocessing's Lock or RLock says which process and thread has it.

    The main thread is not named, and another thread is SomeOtherThread.  On macOS that and None
    are "unknown" before 3.12.8 and 3.13.1 (gh-125679).
    """
    lock, recursive = here.Lock(), here.RLock()
    free = repr(lock), repr(recursive)
    with lock, recursive, recursive:
        held = repr(lock), repr(recursive)
        from_a_thread = background(repr, lock).result(), background(repr, recursive).result()
    evidence(free=free, held=held, from_another_thread=from_a_thread)
    assert free == ("<Lock(owner=None)>", "<RLock(None, 0)>")
    assert held == ("<Lock(owner=MainProcess)>", "<RLock(MainProcess, 2)>")
    assert from_a_thread == ("<Lock(owner=SomeOtherThread)>", "<RLock(SomeOtherThread, nonzero)>")


@claim("LOCK16")
def test_repr_names_the_thread_that_has_a_lock(evidence):
    """In another thread than the main one repr() shows the thread's name, too."""
    lock, seen = here.Lock(), []

    def look():
        with lock:
            seen.append(repr(lock))

    thread = threading.Thread(target=look, name="T")
    thread.start()
    thread.join()
    assert evidence(seen=seen) == ["<Lock(owner=MainProcess|T)>"]
