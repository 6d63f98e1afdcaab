"""Lost wake-ups: a signal that nobody waits for yet, and a thread that then waits for ever.

Source: https://docs.python.org/3/library/threading.html#condition-objects
"""

import queue
import threading

from tests.harness import GRACE, PATIENCE, cases, claim, never, refuted, until


def by_event():
    event = threading.Event()
    return event.set, event.wait


def by_semaphore():
    semaphore = threading.Semaphore(0)
    return semaphore.release, lambda seconds: semaphore.acquire(timeout=seconds)


def by_queue():
    signals = queue.Queue()
    return lambda: signals.put(True), lambda seconds: signals.get(timeout=seconds)


def by_predicate():
    condition, ready = threading.Condition(), []

    def signal():
        with condition:
            ready.append(True)
            condition.notify()

    def wait(seconds):
        with condition:
            return bool(condition.wait_for(lambda: ready, seconds))

    return signal, wait


def by_condition():
    condition = threading.Condition()

    def signal():
        with condition:
            condition.notify()

    def wait(seconds):
        with condition:
            return condition.wait(seconds)

    return signal, wait


@claim("CLASSIC17")
@cases(
    means={
        "Event": by_event,
        "Semaphore": by_semaphore,
        "Queue": by_queue,
        "Condition and a predicate": by_predicate,
        "Condition alone": by_condition,
    }
)
@refuted(
    means="Condition alone",
    because="notify() wakes who waits now, and is remembered by nobody",
)
def test_a_signal_before_the_wait_is_not_lost(means, evidence):
    """A signal that comes before the other thread waits for it is not lost.

    So it is with an Event, a Semaphore, a Queue, or a Condition whose waiter looks at a state
    first.  But notify() of a bare Condition is a lost wake-up then, and the waiter waits for ever:
    a race condition between the two threads.
    """
    signal, wait = means()
    signal()
    assert evidence(arrives=wait(GRACE / 2)) is True


@claim("CLASSIC18")
def test_a_look_without_the_lock_loses_the_wake_up(background, evidence):
    """A thread that looks at the state without the lock, and then waits, can lose its wake-up.

    The state changes, and notify() comes, between the look and wait(): a race condition, of the
    kind check-then-act.  Use wait_for() inside of "with condition:", which looks with the lock
    held.
    """
    condition, ready = threading.Condition(), []
    looked, notified = two_events()

    def wait():
        seen = bool(ready)
        looked.set()
        notified.wait(PATIENCE)  # the gap
        with condition:
            return seen or condition.wait(GRACE / 2)

    waiter = background(wait)
    looked.wait(PATIENCE)
    with condition:
        ready.append(True)
        condition.notify()
    notified.set()
    assert evidence(woken=waiter.result()) is False


@claim("CLASSIC18")
def test_a_look_with_the_lock_loses_nothing(background, evidence):
    """A thread that looks with the lock held, and then waits, is woken: there is no gap.

    Nobody can change the state meanwhile, as wait() releases the lock only once it can be notified.
    """
    condition, ready = threading.Condition(), []
    looked, notified = two_events()

    def wait():
        with condition:
            seen = bool(ready)
            looked.set()
            early = notified.wait(GRACE / 4)  # nobody can use the time
            return early, seen or condition.wait(PATIENCE)

    waiter = background(wait)
    looked.wait(PATIENCE)
    with condition:
        ready.append(True)
        condition.notify()
        notified.set()
    assert evidence(notified_in_between_and_woken=waiter.result()) == (False, True)


def two_events():
    return threading.Event(), threading.Event()


@claim("CLASSIC19")
@cases(call=("notify", "notify_all"))
def test_notify_may_wake_a_thread_that_cannot_use_it(call, background, evidence):
    """If threads wait for different things, notify() may wake one that cannot use it: it is lost.

    That thread looks, and sleeps again; the one that could go on has not been woken, and stays
    asleep.  Call notify_all() where the waiters differ, or have one Condition for each thing, on
    one Lock: Condition(lock).
    """
    condition, ready, woken = threading.Condition(), set(), []
    waiting = []

    def wait(thing):
        with condition:
            waiting.append(thing)
            condition.wait_for(lambda: thing in ready, PATIENCE)
            woken.append(thing)

    tasks = []
    for number, thing in enumerate(("the first thing", "the second thing")):
        tasks.append(background(wait, thing))
        until(lambda: len(waiting) > number, "the thread to wait")
    with condition:
        ready.add("the second thing")
        getattr(condition, call)()  # notify() wakes the one that has waited longest
    if call == "notify_all":
        tasks[1].result()
    lost = never(lambda: woken, during=GRACE / 4)
    with condition:
        ready.add("the first thing")
        condition.notify_all()
    for task in tasks:
        task.result()
    assert evidence(lost=lost) is (call == "notify")
