"""Starvation and livelock: threads that could go on and never get their turn.

Source: https://docs.python.org/3/library/threading.html#lock-objects ("which one of the waiting
threads proceeds is not defined, and may vary across implementations")
"""

import os
import threading
from functools import partial

from tests.harness import (
    GRACE,
    PATIENCE,
    Inconclusive,
    before,
    cases,
    claim,
    control,
    pause,
    refuted,
    until,
    usable_cores,
)
from tests.library.classic.asleep import sleeps
from tests.library.classic.reading_and_writing import ReadersAndWriters

#: How often a lock is released while a thread waits for it, and how often somebody else must get
#: it before it counts as unfair: a waiter may be slow to fall asleep once.
ROUNDS, NO_ACCIDENT = 20, 3

BARGING = "before 3.13.1 (Lock) and 3.14 (RLock) who is faster gets a lock that is free (gh-117721)"


def cores():
    """Return the numbers of the usable cores; none where the system keeps no thread on one."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def stay_on(some):
    """Keep the calling thread on these cores."""
    if some:
        os.sched_setaffinity(0, some)


@claim("CLASSIC11")
@cases(kind=("Lock", "RLock"))
@refuted(where=before("3.13.1", "3.14.0"), kind="Lock", because=BARGING)
@refuted(where=before("3.14.0"), kind="RLock", because=BARGING)
def test_a_released_lock_goes_to_the_thread_that_waits(kind, background, evidence):
    """A lock goes at its release() to the thread that waits for it, not to who is faster.

    Since 3.13.1 a Lock, and since 3.14 an RLock, is fair: release() hands it over to a thread that
    has waited for a millisecond (gh-117721, gh-125139).  Before, and on PyPy, a thread that
    releases a lock and at once acquires it again mostly gets it, and others may wait for long:
    starvation.  There, do slow work outside of the "with", so that the lock is free for most of the
    time.
    """
    if usable_cores() < 2:
        raise Inconclusive("on one core, who is woken mostly runs first, and gets the lock")
    rounds = 0
    taken_by_others = 0
    # Beside busy processes both threads may share a core, on which who is woken runs first.
    usable = cores()
    stay_on(usable[:1])
    while rounds < ROUNDS and taken_by_others < NO_ACCIDENT:
        lock, rounds = getattr(threading, kind)(), rounds + 1
        arrives, ends, waiters = threading.Event(), threading.Event(), []

        def wait(lock=lock, arrives=arrives, ends=ends, waiters=waiters):
            stay_on(usable[1:])
            waiters.append(threading.get_native_id())
            arrives.set()
            with lock:
                return ends.wait(PATIENCE)

        lock.acquire()
        waiter = background(wait)
        control(arrives.wait(PATIENCE), "a thread comes to wait")
        until(partial(sleeps, *waiters), "it to sleep")
        pause(GRACE / 10)  # for more than the millisecond
        lock.release()
        if lock.acquire(False):
            taken_by_others += 1
            lock.release()
        ends.set()
        control(waiter.result(), "the waiter gets it in the end")
    if 0 < taken_by_others < NO_ACCIDENT:
        raise Inconclusive(f"in {taken_by_others} of {rounds} rounds another thread got the lock")
    assert evidence(another_thread_got_it=taken_by_others) == 0


@claim("CLASSIC12")
def test_threads_that_back_off_in_step_livelock(background, evidence):
    """Two threads that both back off, and try again in step, never get both locks: a livelock.

    Each takes one lock, is refused the other by acquire(blocking=False), releases, and repeats.
    Unlike in a deadlock, both are busy, and nothing is done.  Back off for a random time, or take
    the locks in one order.
    """
    a, b, step, tries = threading.Lock(), threading.Lock(), threading.Barrier(2), 50

    def be_polite(first, second):
        successes = 0
        for _ in range(tries):
            with first:
                step.wait(PATIENCE)  # each has one
                if second.acquire(blocking=False):
                    successes += 1
                    second.release()
                step.wait(PATIENCE)  # each has tried
        return successes

    one, other = background(be_polite, a, b), background(be_polite, b, a)
    successes = one.result() + other.result()
    assert evidence(tries=2 * tries, successes=successes) == (100, 0)


@claim("CLASSIC13")
@cases(writers_first=(False, True))
def test_readers_who_overlap_starve_a_writer(writers_first, background, evidence):
    """A simple readers-writer lock lets readers who overlap starve a writer: it never gets in.

    A reader leaves only when another one has come, as in a busy program.  The cure: a reader that
    comes while a writer waits has to wait as well.  Then readers can starve, if writers are many.
    """
    shared = ReadersAndWriters(writers_first=writers_first)
    wrote, came = [], 0

    def write():
        with shared.writing():
            wrote.append(came)

    shared.start_reading()
    writer = background(write)
    until(lambda: shared.waiting_writers or wrote, "the writer to come")
    for _ in range(100):
        if not shared.start_reading(wait=False):
            break
        came += 1
        shared.stop_reading()
    waits = not wrote
    shared.stop_reading()
    writer.result()
    expected = 0 if writers_first else 100
    assert evidence(readers_who_came_first=came, writer_waits=waits) == (expected, True)


@claim("CLASSIC38")
def test_two_semaphores_make_two_threads_take_turns(background, evidence):
    """Two threads take turns if each waits for its own semaphore and releases the other's.

    Ping, pong, ping, pong.  A Lock gives no turns: the thread that releases it may get it again at
    once (CLASSIC11).  For more threads, make a ring of semaphores; the first has 1, the others 0.
    """
    ping, pong, said = threading.Semaphore(1), threading.Semaphore(0), []

    def say(word, my_turn, your_turn):
        for _ in range(50):
            my_turn.acquire()
            said.append(word)
            your_turn.release()

    for one in background(say, "ping", ping, pong), background(say, "pong", pong, ping):
        one.result()
    assert evidence(first=said[:4], in_turn=said == ["ping", "pong"] * 50)[1]
