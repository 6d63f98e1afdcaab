"""Deadlocks: threads, and processes, that wait for each other for ever; and what cures them.

Nothing reports a deadlock: the program stands still, with no message, and uses no CPU.  To see
where, call faulthandler.dump_traceback_later(), or send SIGABRT to a program run with -X
faulthandler.

Source: https://en.wikipedia.org/wiki/Deadlock_(computer_science) and
https://docs.python.org/3/library/threading.html#lock-objects
"""

import queue
import threading
from concurrent.futures import Future
from multiprocessing import get_context

from tests.harness import (
    GRACE,
    PATIENCE,
    START_METHODS,
    cases,
    claim,
    control,
    joined,
    never,
    started,
    until,
)

#: How long a spec watches threads that must stand still.
WATCH = GRACE / 4


def take_both(first, second, meeting):
    """Take the first lock, wait until the other thread has taken one, and take the second."""
    first.acquire()
    meeting.wait(PATIENCE)
    return second.acquire()


@claim("CLASSIC01")
def test_two_locks_in_opposite_order_deadlock(background, evidence):
    """Two threads that take two locks in opposite order deadlock: each waits for the other's.

    What is a deadlock?  Everybody waits for what another one has.  The most famous: "with a: with
    b:" in one thread, "with b: with a:" in another.  It needs an unlucky moment, so tests rarely
    show it.  No exception, no message: the program hangs.  Cures: take locks in one order
    everywhere (CLASSIC02), give up after a timeout (CLASSIC03), or have one lock in place of two.
    """
    a, b, meeting = threading.Lock(), threading.Lock(), threading.Barrier(2)
    one, other = background(take_both, a, b, meeting), background(take_both, b, a, meeting)
    until(lambda: a.locked() and b.locked(), "both threads to take their first lock")
    stuck = never(lambda: one.finished or other.finished, during=WATCH)
    b.release()  # any thread may: so the first one gets it, and the test ends
    a.release()
    assert evidence(both_wait=stuck) is True
    assert (one.result(), other.result()) == (True, True)


@claim("CLASSIC02")
def test_one_lock_order_cannot_deadlock(background, evidence):
    """Threads that all take their locks in one order do not deadlock: no circle of waiting closes.

    sorted(locks, key=id) gives an order to locks that have no other: a thread that wants (b, a)
    then waits for a before it takes b.  The holder of a finds b free.
    """
    a, b = sorted((threading.Lock(), threading.Lock()), key=id)
    waits, done = threading.Event(), []

    def want(*locks):
        first, second = sorted(locks, key=id)
        waits.set()
        with first, second:
            done.append("the other")

    with a:
        other = background(want, b, a)
        waits.wait(PATIENCE)
        waited = never(lambda: b.locked() or done, during=WATCH)
        if b.acquire(timeout=GRACE):
            done.append("the holder of a")
            b.release()
    other.result()
    assert evidence(b_stays_free=waited, done=done) == (True, ["the holder of a", "the other"])


@claim("CLASSIC03")
def test_a_timeout_and_backing_off_ends_a_deadlock(background, evidence):
    """A thread that gives up its first lock when acquire(timeout=...) is False ends a deadlock.

    "if not b.acquire(timeout=1): a.release()", and then try again.  If both threads back off at the
    same moment they may meet again: a livelock (CLASSIC12), so wait for a random time first.
    """
    a, b, meeting = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def back_off():
        a.acquire()
        meeting.wait(PATIENCE)
        refused = b.acquire(timeout=WATCH)
        a.release()
        with b, a:  # once the other thread has both, and lets go of them
            return refused

    def wait_for_both():
        with b:
            meeting.wait(PATIENCE)
            with a:
                return "has both"

    polite, stubborn = background(back_off), background(wait_for_both)
    assert evidence(first_try=polite.result(), other_thread=stubborn.result()) == (
        False,
        "has both",
    )


class Subject:
    """Calls its observers while it holds its lock, which is the mistake."""

    def __init__(self, lock):
        self.lock, self.observers, self.value = lock, [], 0

    def change(self):
        """Change the value, and call the observers under the lock."""
        with self.lock:
            self.value += 1
            for observer in self.observers:
                observer()

    def read(self):
        """Return the value, under the lock."""
        with self.lock:
            return self.value


@claim("CLASSIC04")
@cases(kind=("Lock", "RLock"))
def test_a_callback_under_a_lock_deadlocks(kind, background, evidence):
    """A callback that is called under a Lock, and takes the same Lock, deadlocks; an RLock not.

    An observer or a hook may use the very object that calls it.  An RLock lets the same thread in
    again, but not another thread that the callback waits for.  Better: copy the list of what to
    call inside the "with", and call it after the "with", when no lock is held.
    """
    lock = getattr(threading, kind)()
    subject, seen = Subject(lock), []
    subject.observers.append(lambda: seen.append(subject.read()))
    changing = background(subject.change)
    until(lambda: changing.finished or subject.value, "the change to begin")
    if kind == "RLock":
        changing.result()
        assert evidence(callback_sees=seen) == [1]
        return
    stuck = never(lambda: changing.finished, during=WATCH)
    lock.release()  # in the place of the thread that waits for itself
    until(lambda: seen, "the callback to go on")
    outcome = changing_ends(changing)
    assert evidence(waits_for_itself=stuck, callback_sees=seen) == (True, [1])
    assert outcome == "RuntimeError"


def changing_ends(task):
    """Return how a "with" ends whose lock was released for it from outside."""
    try:
        task.result()
    except RuntimeError as error:
        return type(error).__name__


def wait_by_join(needs_the_lock):
    thread = threading.Thread(target=needs_the_lock)
    thread.start()
    return thread.join


def wait_by_result(needs_the_lock):
    future = Future()
    threading.Thread(target=lambda: future.set_result(needs_the_lock())).start()
    return future.result


def wait_by_get(needs_the_lock):
    answers = queue.Queue()
    threading.Thread(target=lambda: answers.put(needs_the_lock())).start()
    return answers.get


@claim("CLASSIC05")
@cases(
    wait={
        "Thread.join()": wait_by_join,
        "Future.result()": wait_by_result,
        "Queue.get()": wait_by_get,
    }
)
def test_waiting_under_a_lock_for_who_needs_it_deadlocks(wait, background, evidence):
    """A thread that holds a lock and waits for a thread that needs that lock deadlocks.

    One lock is enough: "with lock: worker.join()", where the worker's last step is "with lock:".
    The same with result() of a Future or get() of a Queue.  Leave the "with" before you wait.
    """
    lock, wants, got = threading.Lock(), threading.Event(), []

    def needs_the_lock():
        wants.set()
        lock.acquire()
        got.append("the lock")

    lock.acquire()
    waiting = background(wait(needs_the_lock))
    wants.wait(PATIENCE)
    stuck = never(lambda: waiting.finished or got, during=WATCH)
    lock.release()
    waiting.result()
    assert evidence(stuck=stuck, in_the_end=got) == (True, ["the lock"])


@claim("CLASSIC06")
def test_a_worker_that_joins_its_own_queue_waits_for_itself(background, evidence):
    """A worker that calls queue.join() in the middle of an item waits for its own task_done().

    join() waits for every item that was put, the one in hand too.  So it never returns.  Call
    join() outside of the workers, or task_done() first, in a finally.
    """
    tasks = queue.Queue()
    tasks.put("an item")

    def work():
        tasks.get()
        tasks.join()

    worker = background(work)
    until(tasks.empty, "the worker to get its item")
    stuck = never(lambda: worker.finished, during=WATCH)
    tasks.task_done()
    worker.result()
    assert evidence(waits_for_itself=stuck) is True


@claim("CLASSIC36")
def test_wait_keeps_every_lock_but_its_own(background, evidence):
    """A thread in Condition.wait() keeps every lock that it holds, but for the Condition's own.

    So it deadlocks if whoever would notify it needs one of those first: "with outer, condition:" in
    both.  Textbooks call it a nested monitor.  Wait with no other lock held, or make the Condition
    on the outer lock itself: Condition(outer).
    """
    outer, condition, ready, waits = threading.Lock(), threading.Condition(), [], threading.Event()

    def wait():
        with outer, condition:
            waits.set()
            return bool(condition.wait_for(lambda: ready, PATIENCE))

    def notify(lock):
        with lock, condition:
            ready.append(True)
            condition.notify()

    waiter = background(wait)
    waits.wait(PATIENCE)
    notifier = background(notify, outer)
    stuck = never(lambda: ready or waiter.finished, during=WATCH)
    notify(threading.Lock())  # by somebody who does not need the outer lock
    assert evidence(stuck=stuck, woken=waiter.result()) == (True, True)
    notifier.result()


def hold_one_and_want_other(first, second, report):
    with first:
        report.hold("has one")
        second.acquire()
    report("has had both")


@claim("CLASSIC07")
def test_two_processes_deadlock_and_a_kill_does_not_help(reports, evidence):
    """Two processes that take two Locks in opposite order deadlock; killing one frees nobody.

    The same deadlock as between threads.  A killed process does not release its multiprocessing
    Locks, so the other one waits on.  One lock order for all processes avoids it.
    """
    ctx = get_context("forkserver" if "forkserver" in START_METHODS else "spawn")
    a, b = ctx.Lock(), ctx.Lock()
    pairs = ((a, b), (b, a))
    victim, other = started(
        ctx.Process(target=hold_one_and_want_other, args=(*pair, reports.reporter))
        for pair in pairs
    )
    control(reports.collect(2) == ["has one"] * 2, "each process holds one lock")
    reports.release()
    both_wait = never(lambda: not (victim.is_alive() and other.is_alive()), during=WATCH)
    victim.kill()
    joined(victim)
    waits_on = never(lambda: not other.is_alive(), during=WATCH)
    a.release()  # any process may: in the place of the one that was killed
    assert evidence(both_wait=both_wait, after_the_kill=waits_on) == (True, True)
    assert reports.next() == "has had both"
    joined(other)
