"""Semaphore and BoundedSemaphore: a number of permits, which acquire() takes and release() adds.

What semaphores have in common with locks is in test_lock.py.

Sources: https://docs.python.org/3/library/threading.html#semaphore-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Semaphore
"""

import sys
import threading

from tests.harness import (
    GRACE,
    MACOS,
    PATIENCE,
    WINDOWS,
    cases,
    claim,
    never,
    outcome,
    refuted,
    until,
)

from .makers import SEMAPHORES, here, raised


def left(semaphore):
    """Take all permits that can be taken without waiting, and return their number."""
    count = 0
    while count < 100 and semaphore.acquire(False):
        count += 1
    return count


@claim("SEM01")
@cases(kind=SEMAPHORES)
def test_a_semaphore_lets_in_as_many_as_its_value(maker, kind, evidence):
    """A semaphore of n lets acquire() succeed n times; then it has to wait for a release().

    So n threads at most get through at the same time: that is what a semaphore is, and the
    difference between a semaphore and a lock, which lets one through.  It is no rate limit: to
    start at most n requests per second, let each thread sleep 1/n seconds while it holds one common
    Lock, and then start.  n is 1 unless given, and may be 0.
    """
    make = getattr(maker, kind)
    values = evidence(given_0_1_5=[left(make(n)) for n in (0, 1, 5)], by_default=left(make()))
    assert values == ([0, 1, 5], 1)


@claim("SEM01")
@cases(kind=SEMAPHORES)
def test_with_lets_in_as_many_as_there_are_permits(maker, kind, background, evidence):
    """A "with" on a semaphore waits for a permit, and gives it back, also after an exception."""
    semaphore, inside, may_leave = getattr(maker, kind)(2), [], []

    def fail():
        with semaphore:
            inside.append("in")
            until(lambda: may_leave, "the permission to leave")
            raise LookupError("ours")

    tasks = [background(outcome, fail) for _ in range(4)]
    until(lambda: len(inside) >= 2, "two to enter")
    kept_out = never(lambda: len(inside) > 2, during=GRACE / 5)
    may_leave.append(True)
    errors = [task.result() for task in tasks]
    assert evidence(others_wait=kept_out, entered=len(inside)) == (True, 4)
    assert [repr(error) for error in errors] == ["LookupError('ours')"] * 4
    assert left(semaphore) == 2


@claim("SEM02")
@refuted(
    where=MACOS,
    maker="multiprocessing",
    because="macOS has no sem_getvalue(), so a bound of more than one is not checked (gh-125828)",
)
def test_a_bounded_semaphore_refuses_what_is_too_much(maker, evidence):
    """A release() that would exceed the first value of a BoundedSemaphore raises ValueError.

    It adds nothing.  A Semaphore grows: one release() too many, and one thread too many gets in.
    "ValueError: Semaphore released too many times", or of multiprocessing's "ValueError: semaphore
    or lock released too many times".  On macOS multiprocessing's grows, too, unless its first value
    is one, as documented.
    """
    semaphore = maker.BoundedSemaphore(2)
    full = raised(ValueError, semaphore.release)
    taken = left(semaphore)
    semaphore.release()
    semaphore.release()
    full_again = raised(ValueError, semaphore.release)
    evidence(refusals=[full, full_again], taken=taken)
    assert full
    assert full_again
    assert (taken, left(semaphore)) == (2, 2)


@claim("SEM02")
def test_a_semaphore_grows_with_each_release(maker, evidence):
    """A Semaphore has no bound: each release() adds one to its value, beyond the first one."""
    semaphore = maker.Semaphore(2)
    for _ in range(3):
        semaphore.release()
    assert evidence(left=left(semaphore)) == 5


@claim("SEM03")
@refuted(
    maker=("multiprocessing", "manager"),
    because="release() takes no argument here",
    by="TypeError",
)
def test_release_adds_as_many_as_it_is_told(maker, evidence):
    """Semaphore.release(n) adds n permits at once; n < 1 raises ValueError and adds nothing.

    That is so for threading.  Multiprocessing's and a manager's semaphores can release only one
    permit at a time: "TypeError: SemLock.release() takes no arguments (1 given)", or "TypeError:
    AcquirerProxy.release() takes 1 positional argument but 2 were given".  release(0) of
    threading's is "ValueError: n must be one or more".
    """
    semaphore = maker.Semaphore(0)
    semaphore.release(3)
    added = left(semaphore)
    refusals = [raised(ValueError, semaphore.release, n) for n in (0, -1)]
    evidence(added=added, refusals=refusals)
    assert added == 3
    assert all(refusals)
    assert left(semaphore) == 0


@claim("SEM03")
@refuted(
    maker=("multiprocessing", "manager"),
    because="release() takes no argument here",
    by="TypeError",
)
def test_a_bounded_semaphore_releases_all_or_nothing(maker, evidence):
    """BoundedSemaphore.release(n) adds n permits, or none if they are too many: ValueError.

    "ValueError: Semaphore released too many times".  It refuses n < 1, as a Semaphore does.
    """
    semaphore = maker.BoundedSemaphore(3)
    left(semaphore)
    semaphore.release(2)
    refusals = [raised(ValueError, semaphore.release, n) for n in (2, 0, -1)]
    assert all(evidence(refusals=refusals))
    assert left(semaphore) == 2


@claim("SEM03")
@cases(kind=SEMAPHORES)
def test_release_lets_as_many_waiters_in(kind, background, evidence):
    """release(n) lets n of the threads that wait in, and no more, whatever their timeouts are."""
    semaphore, entered, counts, waiters = getattr(threading, kind)(3), [], [], []
    left(semaphore)

    def enter(*how):
        waiters.append(threading.get_ident())
        entered.append(semaphore.acquire(*how))

    def all_wait():
        frames = sys._current_frames()
        return [frames[w].f_code.co_name for w in waiters if w in frames] == ["wait"] * 3

    for how in ((), (True, 2 * PATIENCE), (True, None)):
        background(enter, *how)
    until(all_wait, "three waiters")  # in Condition.wait(), which release() cannot overtake
    for count, n in ((2, 2), (3, 1)):
        never(lambda: len(entered) > count - n, during=GRACE / 5)
        semaphore.release(n)
        until(lambda: len(entered) >= count, f"{count} waiters to enter")
        never(lambda: len(entered) > count, during=GRACE / 5)
        counts.append(len(entered))
    assert evidence(entered_after_release=counts) == [2, 3]
    assert entered == [True] * 3


@claim("SEM04")
@cases(kind=SEMAPHORES)
@refuted(
    maker="multiprocessing",
    because="the system refuses to make it",
    by="OSError: [WinError 87]" if WINDOWS else "OSError: [Errno 22] Invalid argument",
)
@refuted(
    maker="manager",
    because="a manager shows what fails while it makes an object as a RemoteError",
    by="RemoteError",
)
def test_a_negative_semaphore_is_a_value_error(maker, kind, evidence):
    """A semaphore cannot begin below zero: Semaphore(-1) raises ValueError.

    "ValueError: semaphore initial value must be >= 0".  multiprocessing's raises "OSError: [Errno
    22] Invalid argument", and a manager's RemoteError, with the traceback of the ValueError as its
    text: "except ValueError" catches neither.
    """
    assert evidence(refusal=raised(ValueError, getattr(maker, kind), -1))


@claim("SEM05")
@cases(kind=SEMAPHORES)
@refuted(
    maker=("threading", "manager"),
    because="threading's semaphores have no get_value()",
    by="AttributeError",
)
@refuted(
    where=MACOS,
    maker="multiprocessing",
    because="macOS has no sem_getvalue() (gh-101094)",
    by=NotImplementedError,
)
def test_get_value_tells_how_many_permits_are_left(maker, kind, evidence):
    """get_value() of a semaphore says how many permits are left.

    Only multiprocessing's semaphores have it, and on macOS it raises NotImplementedError.  Of the
    others: "AttributeError: 'Semaphore' object has no attribute 'get_value'", or "AttributeError:
    'AcquirerProxy' object has no attribute 'get_value'".
    """
    semaphore = getattr(maker, kind)(2)
    values = [semaphore.get_value()]
    for step in (semaphore.acquire, semaphore.acquire, semaphore.release):
        step()
        values.append(semaphore.get_value())
    assert evidence(values=values) == [2, 1, 0, 1]


@claim("SEM05")
@refuted(where=MACOS, because="macOS has no sem_getvalue() (gh-101094)")
def test_repr_tells_how_many_permits_are_left(evidence):
    """repr() of multiprocessing's semaphores shows how many permits are left."""
    semaphore, bounded = here.Semaphore(3), here.BoundedSemaphore(3)
    with semaphore, bounded:
        seen = evidence(semaphore=repr(semaphore), bounded=repr(bounded))
    assert seen == ("<Semaphore(value=2)>", "<BoundedSemaphore(value=2, maxvalue=3)>")
