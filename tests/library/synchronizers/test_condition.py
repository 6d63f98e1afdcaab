"""Condition: waiting, with a lock, until another thread notifies.

Condition.locked() is in test_lock.py.

Sources: https://docs.python.org/3/library/threading.html#condition-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Condition
"""

import queue
import threading
import time
import warnings

from tests.harness import GRACE, PATIENCE, cases, claim, never, refuted, until

from .makers import AT_LEAST, TIMEOUT, raised


def waiters(background, condition, count, woken, *timeout):
    """Start threads that wait, one after the other, and return when all of them do.

    Each adds its number to ``woken`` when it goes on, and returns what wait() returned.
    """
    tasks, inside = [], []

    def wait(number):
        with condition:
            inside.append(number)  # nobody else gets the lock before wait() lets go of it
            answer = condition.wait(*timeout)
            woken.append(number)
            return answer

    for number in range(count):
        tasks.append(background(wait, number))
        until(lambda: len(inside) > number, "the waiter to begin")
    with condition:
        return tasks


@claim("COND01")
@cases(method=("wait", "notify", "notify_all"), lock=("Lock", "RLock"))
@refuted(
    maker="multiprocessing",
    method="wait",
    because="multiprocessing's Condition raises AssertionError",
    by="AssertionError: must acquire() condition before using wait()",
)
@refuted(
    maker="multiprocessing",
    method=("notify", "notify_all"),
    because="multiprocessing's Condition raises AssertionError",
    by="AssertionError: lock is not owned",
)
def test_waiting_and_notifying_need_the_lock(maker, method, lock, evidence):
    """wait(), notify() and notify_all() of a Condition that is not acquired raise RuntimeError.

    "RuntimeError: cannot notify on un-acquired lock", or "RuntimeError: cannot wait on un-acquired
    lock".  multiprocessing's Condition raises AssertionError, which "except RuntimeError" does not
    catch: "AssertionError: lock is not owned", or "AssertionError: must acquire() condition before
    using wait()".
    """
    condition = maker.Condition(getattr(maker, lock)())
    assert evidence(refusal=raised(RuntimeError, getattr(condition, method)))


@claim("COND01")
@cases(method=("wait", "notify", "notify_all", "release"))
@refuted(
    maker="multiprocessing",
    because="multiprocessing's Condition raises AssertionError",
    by="AssertionError: ",
)
def test_a_condition_can_be_used_by_its_holder_only(maker, method, background, evidence):
    """While another thread has acquired the Condition, its methods raise RuntimeError, too."""
    condition = maker.Condition()
    with condition:
        refusal = background(raised, RuntimeError, getattr(condition, method)).result()
    assert evidence(refusal=refusal)


@claim("COND01")
@refuted(
    maker="multiprocessing",
    because="multiprocessing's Condition raises AssertionError",
    by="AssertionError: must acquire() condition before using wait()",
)
def test_wait_for_needs_the_lock_only_if_it_waits(maker, evidence):
    """wait_for() needs the lock only if its predicate is false: RuntimeError without it."""
    condition = maker.Condition()
    assert evidence(predicate_is_true=condition.wait_for(lambda: "at once")) == "at once"
    assert evidence(predicate_is_false=raised(RuntimeError, condition.wait_for, lambda: False))


@claim("COND02")
def test_a_condition_without_a_lock_is_reentrant(maker, background, evidence):
    """Condition() makes itself an RLock: its owner may acquire it again."""
    condition = maker.Condition()
    with condition:
        again = condition.acquire(False)
        condition.release()
        others = background(condition.acquire, False).result()
    assert evidence(owner=again, others=others) == (True, False)


@claim("COND02")
def test_a_condition_with_a_lock_is_not_reentrant(maker, evidence):
    """Condition(Lock()) is not reentrant: its holder is refused."""
    condition = maker.Condition(maker.Lock())
    with condition:
        assert evidence(again=condition.acquire(True, GRACE / 6)) is False


@claim("COND03")
@cases(kind=("Lock", "RLock"))
def test_a_condition_works_on_the_lock_it_is_given(maker, kind, background, evidence):
    """Condition(lock) uses that very lock: who has acquired one has acquired the other.

    But a manager's Condition cannot wait() with an RLock that it was given.
    """
    lock = getattr(maker, kind)()
    condition = maker.Condition(lock)
    with condition:
        with_the_condition = background(lock.acquire, False).result()
    with lock:
        with_the_lock = background(condition.acquire, False).result()
    assert evidence(lock=with_the_condition, condition=with_the_lock) == (False, False)


@claim("COND03")
def test_conditions_that_share_a_lock_notify_their_own(maker, background, evidence):
    """Two Conditions may share a lock: each notifies only the threads that wait for it."""
    lock, woken = maker.Lock(), []
    first, second = maker.Condition(lock), maker.Condition(lock)
    task = waiters(background, first, 1, woken, PATIENCE)[0]
    with second:
        second.notify_all()
    stays = never(lambda: woken, during=GRACE / 5)
    with lock:
        first.notify()
    assert evidence(sleeps_on=stays, woken_by_its_own=task.result()) == (True, True)


@claim("COND03")
@refuted(
    maker="manager",
    because="the manager's Condition is another thread than the one that has the RLock",
    by="RuntimeError: cannot wait on un-acquired lock",
)
def test_wait_works_on_an_rlock_it_is_given(maker, evidence):
    """A Condition can wait with an RLock that it was given.

    Not a manager's: "RuntimeError: cannot wait on un-acquired lock".  Let the manager's Condition
    make its own RLock, or give it a Lock.
    """
    lock = maker.RLock()
    condition = maker.Condition(lock)
    with condition:
        assert evidence(notified=condition.wait(0)) is False


@claim("COND04")
@cases(timeout=(None, PATIENCE))
def test_wait_returns_whether_it_was_notified(maker, timeout, background, evidence):
    """Condition.wait() returns True when it is notified, and False after its timeout.

    Without a timeout, and without a notify(), it never returns.
    """
    condition, woken = maker.Condition(), []
    waiter = waiters(background, condition, 1, woken, timeout)[0]
    waits = never(lambda: woken, during=GRACE / 5)
    with condition:
        condition.notify()
    assert evidence(waits=waits, notified=waiter.result()) == (True, True)


@claim("COND04")
def test_wait_returns_false_after_its_timeout(maker, evidence):
    """wait(timeout) is False after that time; 0, and a negative timeout, do not wait."""
    condition = maker.Condition()
    with condition:
        began = time.monotonic()
        answers = [condition.wait(TIMEOUT)]
        waited = time.monotonic() - began
        answers += [condition.wait(0), condition.wait(-1)]
    assert evidence(answers=answers) == [False] * 3
    assert waited >= AT_LEAST


@claim("COND05")
def test_notify_wakes_as_many_as_it_is_told(maker, background, evidence):
    """notify(n) wakes n of the threads that wait, and notify_all() wakes all of them.

    n is 1 unless given; with fewer waiters it wakes them all.
    """
    condition, woken, counts = maker.Condition(), [], []
    tasks = waiters(background, condition, 6, woken, PATIENCE)
    for notify, expected in (
        (condition.notify, 1),
        (lambda: condition.notify(2), 3),
        (condition.notify_all, 6),
    ):
        with condition:
            notify()
        until(lambda: len(woken) >= expected, f"{expected} to be awake")
        never(lambda: len(woken) > expected, during=GRACE / 6)
        counts.append(len(woken))
    assert evidence(awake=counts) == [1, 3, 6]
    assert [task.result() for task in tasks] == [True] * 6


@claim("COND05")
def test_who_has_given_up_takes_no_notification(maker, background, evidence):
    """notify() wakes a thread that waits, though another one has given up before."""
    condition = maker.Condition()
    with condition:
        gave_up = not condition.wait(TIMEOUT)
    (task,) = waiters(background, condition, 1, [], PATIENCE / 2)
    with condition:
        condition.notify()
    assert evidence(gave_up=gave_up, notified=task.result()) == (True, True)


@claim("COND05")
def test_notify_with_a_large_number_wakes_all(maker, background, evidence):
    """notify(5) wakes both of two waiters, and does not complain."""
    condition, woken = maker.Condition(), []
    tasks = waiters(background, condition, 2, woken, PATIENCE)
    with condition:
        condition.notify(5)
    assert evidence(notified=[task.result() for task in tasks]) == [True, True]


@claim("COND05")
def test_notify_wakes_the_longest_waiting_first(background, evidence):
    """threading's notify() wakes the thread that has waited longest.

    CPython and PyPy do so; the documentation promises no order.
    """
    condition, woken = threading.Condition(), []
    waiters(background, condition, 4, woken, PATIENCE)
    for count in (1, 2, 3, 4):
        with condition:
            condition.notify()
        until(lambda: len(woken) >= count, "a waiter to wake")
    assert evidence(order=woken) == [0, 1, 2, 3]


@claim("COND06")
def test_a_notification_is_not_remembered(maker, background, evidence):
    """notify() while nobody waits is lost: a later wait() does not see it.

    A condition variable has no memory: you might expect what an Event does.  Look at a state first,
    under the lock: "while not ready: condition.wait()", or wait_for(); between processes, keep the
    state in shared memory.
    """
    condition, woken = maker.Condition(), []
    with condition:
        condition.notify()
        condition.notify(3)
        condition.notify_all()
        missed = condition.wait(GRACE / 5)
    task = waiters(background, condition, 1, woken, PATIENCE)[0]
    waits = never(lambda: woken, during=GRACE / 5)
    with condition:
        condition.notify_all()
    assert evidence(earlier=missed, waits=waits, later=task.result()) == (False, True, True)


@claim("COND07")
def test_wait_lets_go_of_the_lock_meanwhile(maker, background, evidence):
    """wait() releases the lock, however often it is held, and acquires it as often afterwards.

    The notifier must leave first: a thread that is notified goes on only when the lock is free.
    """
    condition, events = maker.Condition(), []

    def wait_inside_three():
        with condition, condition, condition:
            events.append("waits")
            condition.wait(PATIENCE)
            events.append("is awake")

    task = background(wait_inside_three)
    until(lambda: events, "the waiter to begin")
    with condition:  # free, though its owner has not left any of its three
        condition.notify()
        never(lambda: "is awake" in events, during=GRACE / 5)
        events.append("the notifier leaves")
    task.result()
    assert evidence(events=events) == ["waits", "the notifier leaves", "is awake"]
    assert condition.acquire(False) is True


@claim("COND07")
def test_after_wait_the_lock_is_held_as_often(maker, background, evidence):
    """After wait() it takes as many release() as before it to free the lock."""
    condition, others_get_it = maker.Condition(), []
    for _ in range(3):
        condition.acquire()
    condition.wait(0)
    for _ in range(3):
        others_get_it.append(background(condition.acquire, False).result())
        condition.release()
    others_get_it.append(background(condition.acquire, False).result())
    assert evidence(others_get_it=others_get_it) == [False, False, False, True]


@claim("COND08")
def test_wait_for_returns_the_predicate_s_value(maker, background, evidence):
    """wait_for(predicate) waits until that is true, and returns its value.

    It calls the predicate first of all, and again after each notification.
    """
    condition, state, asked = maker.Condition(), [0], queue.SimpleQueue()

    def predicate():
        asked.put(state[-1])
        return state[-1]

    def wait_for():
        with condition:
            return condition.wait_for(predicate)

    task = background(wait_for)
    values = [asked.get(timeout=PATIENCE)]
    for value in ("", "true"):
        with condition:
            state.append(value)
            condition.notify()
        values.append(asked.get(timeout=PATIENCE))
    assert evidence(asked=values, returned=task.result()) == ([0, "", "true"], "true")


@claim("COND08")
def test_wait_for_calls_its_predicate_with_the_lock(maker, evidence):
    """The predicate of wait_for() is called with the lock held, each time."""
    condition, others_get_it = maker.Condition(maker.Lock()), []
    with condition:
        condition.wait_for(lambda: others_get_it.append(condition.acquire(False)), GRACE / 5)
    assert len(evidence(others_get_it=others_get_it)) >= 2
    assert not any(others_get_it)


@claim("COND08")
@cases(value={"zero": 0, "empty": "", "true": "truth"})
def test_wait_for_returns_the_last_value_in_any_case(maker, value, evidence):
    """After a timeout wait_for() returns the last, false value, such as 0 or "", not False."""
    condition = maker.Condition()
    with condition:
        assert repr(evidence(returned=condition.wait_for(lambda: value, 0))) == repr(value)


@claim("COND09")
def test_wait_for_gives_up_after_its_timeout(maker, background, evidence):
    """wait_for(predicate, timeout) gives up after the timeout, however often it is notified."""
    condition = maker.Condition()

    def wait_for():
        with condition:
            began = time.monotonic()
            answer = condition.wait_for(tuple, TIMEOUT)
            return answer, time.monotonic() - began

    def notify():
        with condition:
            condition.notify_all()

    impatient = background(wait_for)
    until(lambda: notify() or impatient.finished, "the impatient one to give up")
    answer, waited = impatient.result()
    assert evidence(gave_up=answer) == ()
    assert waited >= AT_LEAST


@claim("COND10")
@refuted(
    maker=("multiprocessing", "manager"),
    because="only threading has had the old name",
    by="AttributeError: 'Condition",
)
def test_notify_all_s_old_name_is_deprecated(maker, background, evidence):
    """Condition.notifyAll() does what notify_all() does, with a DeprecationWarning (3.10).

    That is so for threading.  The Conditions of multiprocessing and of a manager have only
    notify_all(): "AttributeError: 'Condition' object has no attribute 'notifyAll'", or
    "AttributeError: 'ConditionProxy' object has no attribute 'notifyAll'".
    """
    condition = maker.Condition()
    notify_all, woken = condition.notifyAll, []
    tasks = waiters(background, condition, 3, woken, PATIENCE)
    with warnings.catch_warnings(record=True) as caught, condition:
        warnings.simplefilter("always")
        notify_all()
    assert evidence(notified=[task.result() for task in tasks]) == [True] * 3
    assert [warning.category for warning in caught] == [DeprecationWarning]
