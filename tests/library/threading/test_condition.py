"""threading.Condition: waiting, with a lock, until another thread notifies.

Source: https://docs.python.org/3/library/threading.html#condition-objects
"""

import threading
import warnings

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    claim,
    control,
    never,
    outcome,
    refuted,
    until,
)


def waiters(background, condition, count, woken, timeout=PATIENCE):
    """Start threads that wait, one after the other, and return when all of them do.

    Each adds its number to ``woken`` when it goes on.
    """
    tasks, inside = [], []

    def wait(number):
        with condition:
            inside.append(number)  # nobody else gets the lock before wait() lets go of it
            answer = condition.wait(timeout)
            woken.append(number)
            return answer

    for number in range(count):
        tasks.append(background(wait, number))
        until(lambda: len(inside) > number, "the waiter to begin")
    with condition:
        return tasks


@claim("TH19")
@refuted(where=before("3.14.0") or PYPY, because="3.14 added Condition.locked(), with RLock's")
def test_a_condition_tells_whether_it_is_locked(background, evidence):
    """Condition.locked() tells whether any thread holds the condition's lock.

    Up to 3.13: "AttributeError: 'Condition' object has no attribute 'locked'", also where the
    lock is a Lock.  3.14 added it, together with RLock.locked().  Before: keep the lock that you
    pass to Condition(lock), and ask that.
    """
    seen = []
    for condition in (threading.Condition(), threading.Condition(threading.Lock())):

        def locked(condition=condition):
            return outcome(lambda: condition.locked())

        seen.append(locked())
        with condition:
            seen += [locked(), background(locked).result()]
        seen.append(locked())
        background(condition.acquire).result()
        seen.append(locked())
    evidence(answers=seen)
    kinds = {type(answer) for answer in seen}
    control(kinds in ({bool}, {AttributeError}), f"all answer or none: {kinds}")
    assert seen == [False, True, True, False, True] * 2


@claim("TH22")
def test_waiting_and_notifying_need_the_lock(background, evidence):
    """Condition: wait(), wait_for(), notify() and notify_all() without the lock: RuntimeError.

    Also if another thread holds it.  wait_for() with a predicate that is true needs no lock.
    """
    kinds = {}
    for name, lock in (("RLock", threading.RLock()), ("Lock", threading.Lock())):
        condition = threading.Condition(lock)
        calls = [
            (condition.wait, 0),
            (condition.wait_for, lambda: False, 0),
            (condition.notify,),
            (condition.notify, 2),
            (condition.notify_all,),
            (condition.release,),
        ]
        kinds[name] = [type(outcome(*call)) for call in calls]
        kinds[name].append(outcome(condition.wait_for, lambda: "true at once"))
    rlock = threading.Condition()
    with rlock:
        held_by_another = [
            type(background(outcome, *call).result())
            for call in [(rlock.wait, 0), (rlock.notify,), (rlock.notify_all,), (rlock.release,)]
        ]
    evidence(kinds=kinds, held_by_another=held_by_another)
    assert list(kinds.values()) == [[*[RuntimeError] * 6, "true at once"]] * 2
    assert held_by_another == [RuntimeError] * 4


@claim("TH50")
def test_a_condition_without_a_lock_is_reentrant(background, evidence):
    """Condition() makes itself an RLock: its owner may acquire it again.  Not so with a Lock."""
    condition = threading.Condition()
    answers = [condition.acquire(), condition.acquire(blocking=False), condition.acquire(timeout=0)]
    answers.append(background(condition.acquire, False).result())
    released = [condition.release() for _ in range(3)] + [type(outcome(condition.release))]
    plain = threading.Condition(threading.Lock())
    not_reentrant = [plain.acquire(), plain.acquire(False), plain.acquire(timeout=GRACE / 5)]
    evidence(answers=answers, with_a_lock=not_reentrant)
    assert answers == [True, True, True, False]
    assert released == [None, None, None, RuntimeError]
    assert not_reentrant == [True, False, False]


@claim("TH89")
def test_a_condition_works_on_the_lock_it_is_given(background, evidence):
    """Condition(lock) uses that very lock, and two conditions may share one."""
    lock = threading.Lock()
    first, second = threading.Condition(lock), threading.Condition(lock=lock)
    states = [lock.locked()]
    with first:
        states += [lock.locked(), second.acquire(blocking=False)]
    states += [lock.locked(), second.acquire(), lock.locked(), second.release(), lock.locked()]
    woken = []
    task = waiters(background, first, 1, woken)[0]
    with second:
        second.notify_all()  # another condition
    stays = never(lambda: woken, during=GRACE / 6)
    with lock:
        first.notify()
    evidence(states=states, woken_by_the_other=not stays, woken_by_its_own=task.result())
    assert states == [False, True, False, False, True, True, None, False]
    assert stays
    assert task.result() is True


@claim("TH90")
def test_wait_returns_whether_it_was_notified(background, evidence):
    """Condition.wait(timeout) is True if notified and False after the timeout, with the lock held.

    An unnotified wait() without a timeout never returns.
    """
    condition, woken = threading.Condition(threading.Lock()), []
    unnotified = waiters(background, condition, 1, woken, GRACE / 6)[0].result()
    with condition:
        zero = condition.wait(0)
        held = not condition.acquire(blocking=False)
    tasks = waiters(background, condition, 1, woken) + waiters(
        background, condition, 1, woken, None
    )
    stays = never(lambda: len(woken) > 1, during=GRACE / 4)
    with condition:
        condition.notify_all()
    answers = [task.result() for task in tasks]
    evidence(notified=answers, timed_out=[unnotified, zero], lock_held_after=held)
    assert (unnotified, zero, held) == (False, False, True)
    assert stays
    assert answers == [True, True]
    assert condition.acquire(blocking=False) is True  # all have left it


@claim("TH91")
def test_notify_wakes_the_longest_waiting_first(background, evidence):
    """notify(n) wakes n waiters, those who wait longest; notify_all() wakes all that are left.

    n is 1 unless given; with fewer waiters it wakes them all.  That the first comes first is how
    CPython and PyPy do it: the documentation promises no order, and not even that no more wake.
    """
    condition, woken = threading.Condition(), []
    tasks = waiters(background, condition, 9, woken)
    counts = []
    for notify, expected in [
        (condition.notify, 1),
        (lambda: condition.notify(2), 3),
        (lambda: condition.notify(n=3), 6),
        (condition.notify_all, 9),
    ]:
        with condition:
            notify()
        until(lambda: len(woken) >= expected, f"{expected} to be awake")
        never(lambda: len(woken) > expected, during=GRACE / 6)
        counts.append(sorted(woken))
    more = waiters(background, condition, 2, woken)
    with condition:
        condition.notify(5)
    answers = [task.result() for task in tasks + more]
    evidence(awake=counts)
    assert counts == [[*range(n)] for n in (1, 3, 6, 9)]
    assert answers == [True] * 11
    assert sorted(woken[9:]) == [0, 1]


@claim("TH92")
def test_a_notification_is_not_remembered(background, evidence):
    """notify() while nobody waits is lost: a later wait() does not see it.

    One would expect what an Event does.  Whoever waits must look at a state first, under the
    lock: "while not ready: condition.wait()", or wait_for().
    """
    condition, woken = threading.Condition(), []
    with condition:
        condition.notify()
        condition.notify(7)
        condition.notify_all()
        missed = condition.wait(GRACE / 5)
    task = waiters(background, condition, 1, woken)[0]
    stays = never(lambda: woken, during=GRACE / 6)
    with condition:
        condition.notify()
    evidence(earlier_notifications=missed, later_one=task.result())
    assert missed is False
    assert stays
    assert task.result() is True


@claim("TH93")
def test_wait_lets_go_of_the_lock_meanwhile(background, evidence):
    """wait() releases the lock, however often it is held, and has it again as often afterwards.

    The notifier must leave first: who is notified goes on only when the lock is free.
    """
    condition, events = threading.Condition(), []

    def wait_inside_two():
        with condition, condition, condition:
            events.append("waits")
            condition.wait(PATIENCE)
            events.append("is awake")
            left = [condition.release() for _ in range(2)]
            taken = Probe(background, condition).taken()
            condition.acquire()
            condition.acquire()
            return left, taken

    task = background(wait_inside_two)
    until(lambda: events, "the waiter to begin")
    with condition:  # free, though its owner has not left any of its three
        events.append("notified")
        condition.notify()
        never(lambda: "is awake" in events, during=GRACE / 6)
        events.append("notifier leaves")
    left, taken = task.result()
    free = condition.acquire(blocking=False)
    evidence(events=events)
    assert events == ["waits", "notified", "notifier leaves", "is awake"]
    assert (left, taken) == ([None, None], True)  # two of three released: still its own
    assert free is True


class Probe:
    """Asks from another thread."""

    def __init__(self, background, condition):
        self.background, self.condition = background, condition

    def taken(self):
        """Tell whether another thread is refused the lock."""
        return self.background(self.condition.acquire, False).result() is False


@claim("TH94")
def test_wait_for_returns_the_predicate_s_value(background, evidence):
    """wait_for(predicate) waits until that is true and returns its last value, whatever it is.

    It asks at once, and again after each notification, always with the lock held.  After a
    timeout the value is a false one: 0, "" or None, not always False.
    """
    condition, state, asked = threading.Condition(threading.Lock()), [], []

    def predicate():
        asked.append(condition.acquire(blocking=False))  # False: somebody holds the lock
        return state[-1] if state else []

    def wait_for():
        with condition:
            return condition.wait_for(predicate)

    with condition:
        at_once = condition.wait_for(lambda: "truth")
        falsy = [condition.wait_for(lambda: 0, timeout=0), condition.wait_for(str, GRACE / 5)]
        state.append("at the last moment")
        late = condition.wait_for(predicate, 0)
        state.clear()
        asked.clear()
    task = background(wait_for)
    until(lambda: len(asked) == 1, "the first question")
    for count, value in enumerate(("", 0, "enough"), start=2):
        with condition:
            state.append(value)
            condition.notify_all()
        until(lambda: len(asked) == count, f"question {count}")
    value = task.result()
    evidence(returned=[at_once, *falsy, late, value], questions=len(asked))
    assert (at_once, late, value) == ("truth", "at the last moment", "enough")
    assert [repr(value) for value in falsy] == ["0", "''"]
    assert asked == [False] * 4


@claim("TH95")
def test_wait_for_gives_up_after_its_timeout(background, evidence):
    """wait_for(predicate, timeout) gives up after the timeout in all, and not before."""
    condition, ready = threading.Condition(), []

    def wait_for(timeout):
        with condition:
            return condition.wait_for(lambda: tuple(ready), timeout)

    def notify():
        with condition:
            condition.notify_all()

    impatient = background(wait_for, GRACE / 6)
    patient = [background(wait_for, timeout) for timeout in (PATIENCE, None)]
    # However often it is woken in between, its time goes on.
    until(lambda: notify() or impatient.finished, "the impatient one to give up")
    gave_up = impatient.result()
    waiting = never(lambda: any(task.finished for task in patient), during=GRACE / 4)
    with condition:
        ready.append(1)
        condition.notify_all()
    evidence(gave_up=gave_up, notified=[task.result() for task in patient])
    assert gave_up == ()
    assert waiting
    assert [task.result() for task in patient] == [(1,), (1,)]


@claim("TH96")
def test_notify_all_s_old_name_is_deprecated(background, evidence):
    """Condition.notifyAll() wakes all waiters too, with a DeprecationWarning (3.10)."""
    condition, woken = threading.Condition(), []
    tasks = waiters(background, condition, 3, woken)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with condition:
            condition.notifyAll()
    answers = [task.result() for task in tasks]
    evidence(warned=[str(warning.message) for warning in caught])
    assert answers == [True, True, True]
    assert [warning.category for warning in caught] == [DeprecationWarning]
