"""Locks, semaphores, Conditions, Events and Barriers that several processes share.

They are multiprocessing's, or a manager's; either can be an argument of a Process.

Source: https://docs.python.org/3/library/multiprocessing.html#synchronization-primitives
"""

import os
import sys
import threading
from multiprocessing import get_context
from pickle import PicklingError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    claim,
    control,
    in_the_main_thread,
    joined,
    never,
    outcome,
    refuted,
    started,
    until,
)

from .makers import LOCKS, NO_OWNER


def hold(locks, report):
    for lock in locks:
        lock.acquire()
    report.hold()
    for lock in locks:
        lock.release()


@claim("SYNC01")
def test_who_holds_a_lock_keeps_out_the_other_processes(
    sharing, ctx, reports, background, evidence
):
    """While a process holds a Lock, an RLock or a semaphore of 1, other processes wait for it."""
    locks = [getattr(sharing, kind)() for kind in LOCKS]
    (child,) = started([ctx.Process(target=hold, args=(locks, reports.reporter))])
    reports.next()
    refused = [not lock.acquire(False) and not lock.acquire(True, 0.01) for lock in locks]
    taking = [background(lock.acquire) for lock in locks]
    waits = never(lambda: any(one.finished for one in taking), during=GRACE / 4)
    reports.release()
    assert evidence(refused=refused, waits=waits) == ([True] * 4, True)
    assert evidence(after_release=[one.result() for one in taking]) == [True] * 4
    joined(child)


def release_for_another(lock, report):
    refused = not lock.acquire(False)
    lock.release()
    report((refused, lock.acquire(False)))


@claim("SYNC02")
def test_any_process_may_release_a_lock(sharing, ctx, reports, evidence):
    """Any process may release a Lock that another process holds."""
    lock = sharing.Lock()
    lock.acquire()
    joined(*started([ctx.Process(target=release_for_another, args=(lock, reports.reporter))]))
    assert evidence(refused_at_first_and_then_in=reports.next()) == (True, True)
    assert lock.acquire(False) is False  # the child has it now, though it is gone


def give_on(method, lock, report):
    child = get_context(method).Process(target=release_for_another, args=(lock, report))
    child.start()
    sys.exit(*joined(child))


@claim("SYNC02")
def test_a_child_may_give_a_lock_on(sharing, ctx, start_method, reports, evidence):
    """A child may give a Lock that it was given to a child of its own, which may release it."""
    lock = sharing.Lock()
    lock.acquire()
    arguments = (start_method, lock, reports.reporter)
    codes = joined(*started([ctx.Process(target=give_on, args=arguments)]))
    assert evidence(exit_codes=codes) == [0]
    assert evidence(refused_at_first_and_then_in=reports.next()) == (True, True)


def try_to_release(lock, report):
    report((type(outcome(lock.release)).__name__, lock.acquire(False)))


@claim("SYNC03")
@refuted(sharing="multiprocessing", because="multiprocessing's RLock raises AssertionError")
def test_only_the_owner_process_may_release_an_rlock(sharing, ctx, reports, evidence):
    """release() of an RLock by another process than its owner raises RuntimeError.

    It changes nothing.  That is so for a manager's RLock.  multiprocessing's raises AssertionError,
    as it does for threads.
    """
    lock = sharing.RLock()
    with lock:
        joined(*started([ctx.Process(target=try_to_release, args=(lock, reports.reporter))]))
        refusal, freed = reports.next()
    control(not freed, "the lock has to stay with its owner")
    assert evidence(refusal=refusal) == "RuntimeError"


def die_with(locks, report):
    report([lock.acquire() for lock in locks])
    os._exit(3)


@claim("SYNC04")
def test_a_dead_process_keeps_its_locks(ctx, reports, background, evidence):
    """A process that dies while it holds a Lock, RLock or semaphore leaves it locked for good.

    You might expect the system to release it, as it does a lock on a file.  All that wait for it
    deadlock: after kill(), terminate(), os._exit(), a crash.  To release() it in the dead
    process's stead is no way out: an exit code does not tell who had the lock, so that two
    processes may be in at once, and what it guards may be half written.  Instead: wait with a
    timeout, and then give up what the lock guards and start anew; or use a Pipe, or lock a file
    (fcntl.flock()), which the system unlocks.
    """
    locks = [getattr(ctx, kind)() for kind in LOCKS]
    exit_code = joined(*started([ctx.Process(target=die_with, args=(locks, reports.reporter))]))
    control((reports.next(), exit_code) == ([True] * 4, [3]), "the child has to die with the locks")
    freed = background(lambda: [lock.acquire(True, 0.01) for lock in locks]).result()
    assert evidence(acquired_afterwards=freed) == [False] * 4


def hold_and_tell(lock, report):
    with lock:
        report.hold(repr(lock))


@claim("SYNC11")
@refuted(
    where=NO_OWNER,
    because="macOS has no sem_getvalue(), which repr() asked before 3.12.8 and 3.13.1 (gh-125679)",
)
@in_the_main_thread
def test_repr_shows_the_process_that_has_a_lock(ctx, reports, evidence):
    """repr() of a multiprocessing Lock names the process that has it, or is SomeOtherProcess.

    On macOS it says "unknown" instead of that before 3.12.8 and 3.13.1 (gh-125679).
    """
    lock = ctx.Lock()
    child = ctx.Process(target=hold_and_tell, args=(lock, reports.reporter), name="The child")
    child.start()
    there, here = reports.next(), repr(lock)
    reports.release()
    joined(child)
    assert evidence(there=there) == "<Lock(owner=The child)>"
    assert evidence(here=here) == "<Lock(owner=SomeOtherProcess)>"


def take_two_and_give_one_back(permits, report):
    report.hold([permits.acquire(False), permits.acquire(False)])
    permits.release()


@claim("SYNC05")
def test_permits_are_shared_between_processes(sharing, ctx, reports, evidence):
    """A Semaphore of n lets in n in all, in whichever processes; release() lets in one more."""
    permits = sharing.Semaphore(3)
    child = ctx.Process(target=take_two_and_give_one_back, args=(permits, reports.reporter))
    child.start()
    there, here = reports.next(), [permits.acquire(False), permits.acquire(False)]
    reports.release()
    joined(child)
    then = [permits.acquire(False), permits.acquire(False)]
    assert evidence(there=there, here=here) == ([True, True], [True, False])
    assert evidence(after_a_release_there=then) == [True, False]


def wait_on(condition, report):
    with condition:
        report("waiting")
        report(condition.wait(PATIENCE))


@claim("SYNC06")
def test_a_condition_wakes_waiters_in_other_processes(sharing, ctx, reports, evidence):
    """notify() wakes one of the processes that wait for a Condition, notify_all() all others."""
    condition = sharing.Condition()
    wait = [ctx.Process(target=wait_on, args=(condition, reports.reporter)) for _ in range(2)]
    started(wait)
    reports.collect(2)
    with condition:
        condition.notify()
    first = reports.next()
    until(lambda: any(child.exitcode is not None for child in wait), "one waiter to end")
    one_waits = never(lambda: not any(child.is_alive() for child in wait), during=GRACE / 5)
    with condition:
        condition.notify_all()
    assert evidence(first=first, one_waits=one_waits, second=reports.next()) == (True, True, True)
    joined(*wait)


def change(condition, value):
    condition.acquire()  # without "with", as a Condition that has travelled has both
    value.value = 3
    condition.notify()
    condition.release()


@claim("SYNC06")
def test_wait_for_sees_what_another_process_changes(sharing, ctx, evidence):
    """wait_for() sees what another process changes in shared memory, if it notifies then."""
    condition, value = sharing.Condition(), sharing.Value("i", 0)
    with condition:
        children = started([ctx.Process(target=change, args=(condition, value))])
        assert evidence(returned=condition.wait_for(lambda: value.value, PATIENCE)) == 3
    joined(*children)


def notify(condition, report):
    with condition:
        report("notifying")
        condition.notify_all()


@claim("SYNC07")
@refuted(because="CPython and PyPy: notify() waits until each of the sleepers has woken (gh-75158)")
def test_notify_returns_though_a_waiter_was_killed(ctx, reports, evidence):
    """notify_all() returns although a process that waited for the Condition has been killed.

    It deadlocks, and holds the lock, so that all others deadlock too; so do notify() and, which
    calls it, Event.set().  It is enough that one process was terminated inside wait(), even
    wait(timeout).  Instead: never kill a
    process that waits for a Condition, Event or Barrier; poll is_set(), or use a Pipe.
    """
    condition = ctx.Condition()
    waiter = ctx.Process(target=wait_on, args=(condition, reports.reporter))
    notifier = ctx.Process(target=notify, args=(condition, reports.reporter))
    waiter.start()
    reports.next()
    with condition:  # which the waiter releases only once it waits
        waiter.kill()
        control(joined(waiter)[0] < 0, "the waiter has to be killed")
    notifier.start()
    control(reports.next() == "notifying", "the notifier has to have the lock")
    notifier.join(GRACE / 3)
    hangs = notifier.is_alive()
    notifier.kill()
    joined(notifier)
    assert evidence(hangs=hangs) is False


def wait_and_tell(event, report):
    report((event.is_set(), event.wait(0.01)))
    report(event.wait(2 * PATIENCE))


@claim("SYNC08")
def test_an_event_wakes_all_who_wait_in_other_processes(sharing, ctx, reports, evidence):
    """Event.set() wakes every process that waits for the Event; their wait() returns True."""
    event = sharing.Event()
    wait = [ctx.Process(target=wait_and_tell, args=(event, reports.reporter)) for _ in range(2)]
    started(wait)
    unset = reports.collect(2)
    they_wait = never(lambda: not all(child.is_alive() for child in wait), during=GRACE / 5)
    event.set()
    assert evidence(unset=unset, they_wait=they_wait) == ([(False, False)] * 2, True)
    assert evidence(awake=reports.collect(2)) == [True, True]
    joined(*wait)


def set_and_tell(event, report):
    event.set()
    report(event.is_set())


@claim("SYNC09")
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
        joined(child)
        assert evidence(in_the_child=reports.next(), in_the_parent=event.is_set()) == (True, False)
    else:
        assert type(evidence(start=refusal)) is (PicklingError if PYPY else TypeError)


def wait_twice(barrier, report):
    report(barrier.wait(PATIENCE))
    report(barrier.wait(PATIENCE))


@claim("SYNC10")
def test_a_barrier_gathers_processes(sharing, ctx, reports, evidence):
    """A Barrier lets its n processes go on together, each with its own number from 0 to n-1.

    It does so again and again.
    """
    barrier, rounds = sharing.Barrier(3), []
    wait = [ctx.Process(target=wait_twice, args=(barrier, reports.reporter)) for _ in range(2)]
    started(wait)
    until(lambda: barrier.n_waiting == 2, "two children to wait")
    they_wait = never(lambda: barrier.n_waiting != 2, during=GRACE / 5)
    for _ in range(2):
        rounds.append(sorted([barrier.wait(PATIENCE), *reports.collect(2)]))
    joined(*wait)
    assert evidence(they_wait=they_wait, numbers=rounds) == (True, [[0, 1, 2]] * 2)


def meet(barrier, report):
    report(type(outcome(barrier.wait)).__name__)


@claim("SYNC10")
def test_abort_breaks_a_barrier_in_other_processes(sharing, ctx, reports, evidence):
    """abort() raises BrokenBarrierError in the processes that wait at the Barrier."""
    barrier = sharing.Barrier(2)
    children = started([ctx.Process(target=meet, args=(barrier, reports.reporter))])
    until(lambda: barrier.n_waiting == 1, "a process to wait")
    barrier.abort()
    assert evidence(there=reports.next()) == "BrokenBarrierError"
    joined(*children)
