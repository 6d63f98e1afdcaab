"""multiprocessing.Condition.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Condition
"""

import multiprocessing
import threading
import time

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    started,
    until,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


class Waiters:
    """Threads that wait for a condition; all of them wait when their constructor returns."""

    def __init__(self, background, condition, count):
        self.condition, self.waiting, self.woken = condition, 0, []
        self.tasks = [background(self._wait, number) for number in range(count)]
        until(lambda: self._all_wait(count), f"{count} threads to wait")

    def _wait(self, number):
        with self.condition:
            self.waiting += 1
            answer = self.condition.wait(PATIENCE)
            self.woken.append(number)
            return answer

    def _all_wait(self, count):
        with self.condition:  # which each of them has released only once it waits
            return self.waiting == count


@claim("SY19")
def test_a_condition_must_be_held_to_be_used(background, evidence):
    """wait() and notify() raise AssertionError while the lock is not held, not RuntimeError.

    threading's Condition raises RuntimeError "cannot notify on un-acquired lock".
    """
    condition, among_threads = here.Condition(), threading.Condition()
    refusals = [
        outcome(condition.wait),
        outcome(condition.wait, 0),
        outcome(condition.notify),
        outcome(condition.notify, 2),
        outcome(condition.notify_all),
        outcome(condition.wait_for, lambda: False),
    ]
    true_anyway = condition.wait_for(lambda: "true")
    evidence(refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [AssertionError] * 6
    assert true_anyway == "true"
    assert type(outcome(among_threads.notify)) is RuntimeError


@claim("SY20")
def test_notify_wakes_as_many_as_it_is_told(background, evidence):
    """notify() wakes one waiter, notify(n) n of them, notify_all() all; their wait() is True."""
    condition = here.Condition()
    waiters = Waiters(background, condition, 7)
    awake, no_more = [], []
    for count, notify in (
        (1, condition.notify),
        (3, lambda: condition.notify(2)),
        (4, lambda: condition.notify(n=1)),
        (7, condition.notify_all),
    ):
        with condition:
            notify()
            awake.append(len(waiters.woken))  # none, before the lock is released
        until(lambda n=count: len(waiters.woken) >= n, f"{count} waiters to wake")
        no_more.append(never(lambda n=count: len(waiters.woken) > n, during=GRACE / 10))
    answers = [task.result() for task in waiters.tasks]
    with condition:
        nobody = condition.notify(), condition.notify_all()
    evidence(awake_while_notifying=awake, woken=waiters.woken)
    assert awake == [0, 1, 3, 4]
    assert no_more == [True] * 4
    assert sorted(waiters.woken) == list(range(7))
    assert answers == [True] * 7
    assert nobody == (None, None)


@claim("SY21")
def test_wait_gives_up_the_lock_and_takes_it_back(background, evidence):
    """wait(timeout) is False after that time; meanwhile others may have the lock, then it is back.

    However often it was acquired: the Condition's own lock is an RLock.
    """
    condition = here.Condition()
    with condition, condition:
        taking = background(with_the_lock, condition)
        kept_out = never(lambda: taking.finished, during=GRACE / 10)
        began = time.monotonic()
        answers = [condition.wait(GRACE / 5)]
        waited = time.monotonic() - began
        meanwhile = taking.result()
        taking = background(with_the_lock, condition)
        kept_out_again = never(lambda: taking.finished, during=GRACE / 10)
        answers += [condition.wait(0), condition.wait(-1)]
    levels = outcome(condition.release)
    taken = taking.result()
    evidence(kept_out=kept_out, answers=answers, meanwhile=meanwhile)
    assert (kept_out, kept_out_again) == (True, True)
    assert answers == [False] * 3
    assert waited >= 0.18 * GRACE
    assert (meanwhile, taken) == ("had the lock", "had the lock")
    assert type(levels) is AssertionError


def with_the_lock(condition):
    with condition:
        return "had the lock"


@claim("SY22")
def test_wait_for_returns_the_value_of_its_predicate(background, evidence):
    """wait_for() returns the predicate's first true value, or its last false one after a timeout.

    The predicate is called with the lock held, first at once and then after each notify().
    """
    condition, values = here.Condition(), [0]
    asked = []

    def value():
        asked.append(values[-1])
        return values[-1]

    def wait_for_value(timeout):
        with condition:
            return condition.wait_for(value, timeout)

    def set_value(new):
        with condition:
            values.append(new)
            condition.notify()

    waiting = background(wait_for_value, None)
    until(lambda: asked, "the predicate to be asked")
    set_value("")
    until(lambda: asked == [0, ""], "the predicate to be asked again")
    waits = never(lambda: waiting.finished, during=GRACE / 10)
    set_value("true")
    got = [waiting.result()]
    asked_in_all = list(asked)
    got.append(background(wait_for_value, PATIENCE).result())
    values.append([])
    began = time.monotonic()
    got.append(wait_for_value(GRACE / 5))
    waited = time.monotonic() - began
    got.append(wait_for_value(0))
    evidence(asked=asked_in_all, waits=waits, got=got)
    assert asked_in_all == [0, "", "true"]
    assert waits
    assert got == ["true", "true", [], []]
    assert waited >= 0.18 * GRACE


@claim("SY23")
def test_a_condition_uses_the_lock_that_it_is_given(background, evidence):
    """Condition(lock) uses that lock; acquire(), release() and with are the lock's own.

    Several conditions may share one.  Without one it makes an RLock.
    """
    seen = {}
    for name, lock in (("Lock", here.Lock()), ("RLock", here.RLock()), ("none", None)):
        condition = here.Condition(lock)
        entered = condition.__enter__()
        again = condition.acquire(False)
        if again:
            condition.release()
        held = background((lock or condition).acquire, False).result()
        condition.__exit__(None, None, None)
        free = (lock or condition).acquire(False)
        refused = condition.acquire(False)
        seen[name] = entered, again, held, free, refused
    lock = here.Lock()
    first, second = here.Condition(lock), here.Condition(lock)
    with first:
        excluded = background(second.acquire, False).result()
    evidence(seen=seen)
    assert seen["Lock"] == (True, False, False, True, False)
    assert seen["RLock"] == seen["none"] == (True, True, False, True, True)
    assert excluded is False


@claim("SY24")
def test_a_notify_that_nobody_waits_for_is_lost(background, evidence):
    """notify() and notify_all() are not remembered: who waits afterwards is not woken.

    One would expect the message to be there.  Instead: keep the fact in shared memory and use
    wait_for(), or use an Event, which stays set.
    """
    condition = here.Condition()
    with condition:
        condition.notify()
        condition.notify(3)
        condition.notify_all()
        first = condition.wait(GRACE / 5)
    waiters = Waiters(background, condition, 1)
    waits = never(lambda: waiters.woken, during=GRACE / 5)
    with condition:
        condition.notify_all()
    answers = [task.result() for task in waiters.tasks]
    evidence(after_three_notifies=first, then=answers)
    assert first is False
    assert waits
    assert answers == [True]


def wait_on(condition, report):
    with condition:
        report("waiting")
        report(condition.wait(PATIENCE))


def notify(condition, report):
    with condition:
        report("notifying")
        condition.notify_all()
    report("notified")


@claim("SY25")
@refuted(because="CPython and PyPy: notify() waits until each of the sleepers has woken (gh-75158)")
def test_notify_returns_though_a_waiter_was_killed(ctx, reports, evidence):
    """notify() and Event.set() return although a process that waited has been killed.

    They hang for ever, and hold the lock, so that all others hang too.  It is enough that one
    process was terminated inside wait(), even wait(timeout).  Instead: never kill a process that
    waits for a Condition, Event or Barrier; poll is_set(), or use a Pipe.
    """
    condition = ctx.Condition()
    waiter = ctx.Process(target=wait_on, args=(condition, reports.reporter))
    notifier = ctx.Process(target=notify, args=(condition, reports.reporter))
    waiter.start()
    told = [reports.next()]
    with condition:  # which the waiter releases only once it waits
        waiter.kill()
        exit_codes = joined(waiter)
    notifier.start()
    told.append(reports.next())
    notifier.join(GRACE / 3)
    hangs = notifier.is_alive()
    if hangs:
        notifier.kill()
    exit_codes += joined(notifier)
    evidence(told=told, hangs=hangs, exit_codes=exit_codes)
    control(told == ["waiting", "notifying"], f"{told!r}")
    control(exit_codes in ([-9, -9], [-9, 0]), f"{exit_codes!r}")
    assert not hangs
    assert reports.next() == "notified"


@claim("SY26")
def test_a_condition_wakes_waiters_in_other_processes(ctx, reports, evidence):
    """notify() wakes one of the processes that wait, and notify_all() the others."""
    condition = ctx.Condition()
    children = started(
        ctx.Process(target=wait_on, args=(condition, reports.reporter)) for _ in range(2)
    )
    told = reports.collect(2)
    with condition:
        condition.notify()
    told += reports.collect(1)
    until(lambda: any(child.exitcode is not None for child in children), "one waiter to end")
    lives = never(lambda: not any(child.is_alive() for child in children), during=GRACE / 10)
    with condition:
        condition.notify_all()
    told += reports.collect(1)
    exit_codes = joined(*children)
    evidence(told=told, the_other_waits=lives)
    assert told == ["waiting", "waiting", True, True]
    assert lives
    assert exit_codes == [0, 0]
