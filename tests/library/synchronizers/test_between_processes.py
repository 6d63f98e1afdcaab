"""Locks, semaphores, Conditions, Events and Barriers that several processes share.

multiprocessing's are given to a process when it is made (``ctx``); a manager's can be sent to any
process (``manager``, and ``elsewhere``, which calls a function in another process).

Source: https://docs.python.org/3/library/multiprocessing.html#synchronization-primitives
"""

import os
import threading
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    started,
    until,
)

from .makers import LOCKS


def hold(locks, report):
    """Hold the locks until the test lets this process go on."""
    for lock in locks:
        lock.acquire()
    report.hold()
    for lock in locks:
        lock.release()


def kept_out(locks, reports, background):
    """Return how this process fares with locks that a child holds, before and after it goes on."""
    reports.next()
    refused = [lock.acquire(False) or lock.acquire(True, 0.01) for lock in locks]
    taking = background(lambda: [lock.acquire() for lock in locks])
    waits = never(lambda: taking.finished, during=GRACE / 4)
    reports.release()
    return {"gets it": refused, "waits": waits, "gets it after release()": taking.result()}


KEPT_OUT = {"gets it": [False] * 4, "waits": True, "gets it after release()": [True] * 4}


@claim("SY13")
def test_who_holds_a_lock_keeps_out_the_other_processes(ctx, reports, background, evidence):
    """While a process holds a Lock, an RLock or a semaphore of 1, other processes wait for it."""
    locks = [getattr(ctx, kind)() for kind in LOCKS]
    child = ctx.Process(target=hold, args=(locks, reports.reporter))
    child.start()
    seen = kept_out(locks, reports, background)
    joined(child)
    assert evidence(seen=seen) == KEPT_OUT


@claim("SY13")
def test_a_managers_locks_exclude_other_processes(
    manager, elsewhere, reports, background, evidence
):
    """It is the same with a manager's locks."""
    locks = [getattr(manager, kind)() for kind in LOCKS]
    holding = background(elsewhere, hold, locks, reports.reporter)
    seen = kept_out(locks, reports, background)
    holding.result()
    assert evidence(seen=seen) == KEPT_OUT


def release_for_another(lock, report):
    refused = lock.acquire(False)
    lock.release()
    report((refused, lock.acquire(False)))


@claim("SY01")
def test_any_process_may_release_a_lock(ctx, reports, evidence):
    """Any process may release a Lock that another process holds."""
    lock = ctx.Lock()
    lock.acquire()
    child = ctx.Process(target=release_for_another, args=(lock, reports.reporter))
    child.start()
    held, then = reports.next()
    joined(child)
    assert evidence(child_gets_it_before=held, and_after_release=then) == (False, True)
    assert lock.acquire(False) is False  # the child has it now, though it is gone


def release(lock):
    lock.release()


@claim("SY01")
def test_any_process_may_release_a_managers_lock(manager, elsewhere, evidence):
    """Any process may release a manager's Lock, too."""
    lock = manager.Lock()
    lock.acquire()
    elsewhere(release, lock)
    assert evidence(free=lock.acquire(False)) is True


def try_to_release(lock, report):
    report((str(outcome(lock.release)), lock.acquire(False)))


@claim("SY02")
def test_only_the_owner_process_may_release_an_rlock(ctx, reports, evidence):
    """release() of an RLock by another process than its owner raises, and changes nothing.

    multiprocessing's raises AssertionError, and a manager's RuntimeError, as for threads.
    """
    lock = ctx.RLock()
    with lock:
        child = ctx.Process(target=try_to_release, args=(lock, reports.reporter))
        child.start()
        refusal, freed = reports.next()
        joined(child)
    assert evidence(refusal=refusal) == "attempt to release recursive lock not owned by thread"
    assert evidence(freed=freed) is False


@claim("SY02")
def test_only_the_owner_may_release_a_managers_rlock(manager, elsewhere, evidence):
    """A manager's RLock can be released by its owner only, which is a thread of a process."""
    lock = manager.RLock()
    with lock:
        refusal = outcome(elsewhere, release, lock)
        assert type(evidence(refusal=refusal)) is RuntimeError
        assert elsewhere(lock.acquire, False) is False


def die_with(locks, report):
    report([lock.acquire() for lock in locks])
    os._exit(3)


@claim("SY07")
def test_a_dead_process_keeps_its_locks(ctx, reports, background, evidence):
    """A process that dies while it holds a Lock, RLock or semaphore leaves it locked for good.

    You might expect the system to release it, as it does a lock on a file.  All that wait for it
    deadlock: after kill(), terminate(), os._exit(), a crash.  Instead: wait with a timeout, or
    release a Lock in the dead process's stead, when its exitcode says so.
    """
    locks = [getattr(ctx, kind)() for kind in LOCKS]
    child = ctx.Process(target=die_with, args=(locks, reports.reporter))
    child.start()
    control(reports.next() == [True] * 4, "the child has to hold the locks")
    control(joined(child) == [3], "the child has to end by os._exit(3)")
    freed = background(lambda: [lock.acquire(timeout=0.01) for lock in locks]).result()
    locks[0].release()
    rescued = locks[0].acquire(False)
    assert evidence(acquired_afterwards=freed, rescued=rescued) == ([False] * 4, True)


def hold_and_tell(lock, report):
    with lock:
        report.hold(repr(lock))


@claim("SY09")
def test_repr_shows_the_process_that_has_a_lock(ctx, reports, evidence):
    """repr() of a Lock names the process that has it; in other processes, SomeOtherProcess."""
    lock = ctx.Lock()
    child = ctx.Process(target=hold_and_tell, args=(lock, reports.reporter), name="The child")
    child.start()
    there, here = reports.next(), repr(lock)
    reports.release()
    joined(child)
    assert evidence(there=there).startswith("<Lock(owner=The child")
    assert evidence(here=here) == "<Lock(owner=SomeOtherProcess)>"


def take_two_and_give_one_back(permits, report):
    report.hold([permits.acquire(False), permits.acquire(False)])
    permits.release()
    report()


@claim("SY04")
def test_permits_are_shared_between_processes(ctx, reports, evidence):
    """A Semaphore of n lets in n in all, in whichever processes; release() lets in one more."""
    permits = ctx.Semaphore(3)
    child = ctx.Process(target=take_two_and_give_one_back, args=(permits, reports.reporter))
    child.start()
    there = reports.next()
    here = [permits.acquire(False), permits.acquire(False)]
    reports.release()
    reports.next()
    then = [permits.acquire(False), permits.acquire(False)]
    joined(child)
    assert evidence(there=there, here=here) == ([True, True], [True, False])
    assert evidence(after_a_release_there=then) == [True, False]


def wait_on(condition, report):
    with condition:
        report("waiting")
        report(condition.wait(PATIENCE))


@claim("SY26")
def test_a_condition_wakes_waiters_in_other_processes(ctx, reports, evidence):
    """notify() wakes one of the processes that wait for a Condition, notify_all() all others."""
    condition = ctx.Condition()
    children = started(
        ctx.Process(target=wait_on, args=(condition, reports.reporter)) for _ in range(2)
    )
    reports.collect(2)
    with condition:
        condition.notify()
    first = reports.next()
    until(lambda: any(child.exitcode is not None for child in children), "one waiter to end")
    one_waits = never(lambda: not any(child.is_alive() for child in children), during=GRACE / 5)
    with condition:
        condition.notify_all()
    assert evidence(first=first, one_waits=one_waits, second=reports.next()) == (True, True, True)
    joined(*children)


@claim("SY26")
def test_a_managers_condition_wakes_other_processes(
    manager, elsewhere, background, reports, evidence
):
    """It is the same with a manager's Condition."""
    condition = manager.Condition()
    waiting = [background(elsewhere, wait_on, condition, reports.reporter) for _ in range(2)]
    reports.collect(2)
    with condition:
        condition.notify()
    first = reports.next()
    one_waits = never(lambda: all(task.finished for task in waiting), during=GRACE / 5)
    with condition:
        condition.notify_all()
    assert evidence(first=first, one_waits=one_waits, second=reports.next()) == (True, True, True)


def change(condition, value):
    with condition:
        value.value = 3
        condition.notify()


@claim("SY26")
def test_wait_for_sees_what_another_process_changes(ctx, evidence):
    """wait_for() sees what a child changes in shared memory, if the child notifies then."""
    condition, value = ctx.Condition(), ctx.Value("i", 0)
    with condition:
        child = ctx.Process(target=change, args=(condition, value))
        child.start()
        assert evidence(returned=condition.wait_for(lambda: value.value, PATIENCE)) == 3
    joined(child)


@claim("SY26")
def test_wait_for_sees_what_changes_in_a_manager(manager, elsewhere, background, evidence):
    """wait_for() of a manager's Condition sees what another process changes in the manager."""
    condition, value = manager.Condition(), manager.Value("i", 0)
    with condition:
        changing = background(elsewhere, change, condition, value)
        assert evidence(returned=condition.wait_for(lambda: value.value, PATIENCE)) == 3
    changing.result()


def notify(condition, report):
    with condition:
        report("notifying")
        condition.notify_all()
    report("notified")


@claim("SY25")
@refuted(because="CPython and PyPy: notify() waits until each of the sleepers has woken (gh-75158)")
def test_notify_returns_though_a_waiter_was_killed(ctx, reports, evidence):
    """notify() and Event.set() return although a process that waited has been killed.

    They deadlock, and hold the lock, so that all others deadlock too.  It is enough that one
    process was terminated inside wait(), even wait(timeout).  Instead: never kill a process that
    waits for a Condition, Event or Barrier; poll is_set(), or use a Pipe.
    """
    condition = ctx.Condition()
    waiter = ctx.Process(target=wait_on, args=(condition, reports.reporter))
    notifier = ctx.Process(target=notify, args=(condition, reports.reporter))
    waiter.start()
    reports.next()
    with condition:  # which the waiter releases only once it waits
        waiter.kill()
        control(joined(waiter) == [-9], "the waiter has to be killed")
    notifier.start()
    control(reports.next() == "notifying", "the notifier has to have the lock")
    notifier.join(GRACE / 3)
    hangs = notifier.is_alive()
    if hangs:
        notifier.kill()
    joined(notifier)
    assert not evidence(hangs=hangs)
    assert reports.next() == "notified"


def wait_and_tell(event, report):
    report((event.is_set(), event.wait(0.01)))
    report(event.wait(2 * PATIENCE))


@claim("SY27")
def test_an_event_wakes_all_who_wait_in_other_processes(ctx, reports, evidence):
    """Event.set() wakes every process that waits for the Event; their wait() returns True."""
    event = ctx.Event()
    children = started(
        ctx.Process(target=wait_and_tell, args=(event, reports.reporter)) for _ in range(2)
    )
    unset = reports.collect(2)
    wait = never(lambda: not all(child.is_alive() for child in children), during=GRACE / 5)
    event.set()
    awake = reports.collect(2)
    joined(*children)
    assert evidence(unset=unset, they_wait=wait) == ([(False, False)] * 2, True)
    assert evidence(awake=awake) == [True, True]


@claim("SY27")
def test_a_managers_event_reaches_other_processes(
    manager, elsewhere, background, reports, evidence
):
    """A manager's Event, too, is set and cleared for all processes."""
    event = manager.Event()
    waiting = background(elsewhere, wait_and_tell, event, reports.reporter)
    unset = reports.next()
    waits = never(lambda: waiting.finished, during=GRACE / 5)
    event.set()
    assert evidence(unset=unset, waits=waits, awake=reports.next()) == ((False, False), True, True)
    waiting.result()
    elsewhere(event.clear)
    assert evidence(cleared_elsewhere=event.is_set()) is False


def set_and_tell(event, report):
    event.set()
    report(event.is_set())


@claim("Z14")
def test_a_threading_event_does_not_connect_processes(ctx, start_method, reports, evidence):
    """A threading.Event that a child sets stays unset in the parent, or cannot be passed at all.

    You might expect it to be one Event.  Under fork the child sets a copy, without an error, and
    a thread that waits in the parent waits without end; spawn and forkserver cannot pickle it:
    "TypeError: cannot pickle '_thread.lock' object" (PicklingError on PyPy).  The same goes for
    threading's other locks.  Instead: multiprocessing.Event().
    """
    event = threading.Event()
    child = ctx.Process(target=set_and_tell, args=(event, reports.reporter))
    refusal = outcome(child.start)
    if start_method == "fork":
        there = reports.next()
        joined(child)
        assert evidence(set_in_the_child=there, in_the_parent=event.is_set()) == (True, False)
    else:
        assert type(evidence(start=refusal)) is (PicklingError if PYPY else TypeError)


def wait_twice(barrier, report):
    report(barrier.wait(PATIENCE))
    report(barrier.wait(PATIENCE))


@claim("SY06")
def test_a_barrier_gathers_processes(ctx, reports, evidence):
    """A Barrier lets its n processes go on together, each with its own number from 0 to n-1.

    It does so again and again.
    """
    barrier, rounds = ctx.Barrier(3), []
    children = started(
        ctx.Process(target=wait_twice, args=(barrier, reports.reporter)) for _ in range(2)
    )
    until(lambda: barrier.n_waiting == 2, "two children to wait")
    they_wait = never(lambda: barrier.n_waiting != 2, during=GRACE / 5)
    for _ in range(2):
        rounds.append(sorted([barrier.wait(PATIENCE), *reports.collect(2)]))
    joined(*children)
    assert evidence(they_wait=they_wait, numbers=rounds) == (True, [[0, 1, 2]] * 2)


@claim("SY06")
def test_a_managers_barrier_gathers_processes(manager, elsewhere, reports, background, evidence):
    """So does a manager's Barrier."""
    barrier, rounds = manager.Barrier(3), []
    waiting = [background(elsewhere, wait_twice, barrier, reports.reporter) for _ in range(2)]
    until(lambda: barrier.n_waiting == 2, "two processes to wait")
    they_wait = never(lambda: barrier.n_waiting != 2, during=GRACE / 5)
    for _ in range(2):
        rounds.append(sorted([barrier.wait(PATIENCE), *reports.collect(2)]))
    for task in waiting:
        task.result()
    assert evidence(they_wait=they_wait, numbers=rounds) == (True, [[0, 1, 2]] * 2)


def meet(barrier):
    return type(outcome(barrier.wait)).__name__


@claim("SY06")
def test_abort_breaks_a_managers_barrier_for_all(manager, elsewhere, background, evidence):
    """abort() of a manager's Barrier raises BrokenBarrierError in other processes, too."""
    barrier = manager.Barrier(2)
    waiting = background(elsewhere, meet, barrier)
    until(lambda: barrier.n_waiting == 1, "a process to wait")
    barrier.abort()
    assert evidence(elsewhere=waiting.result()) == "BrokenBarrierError"
