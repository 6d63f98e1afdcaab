"""Barrier: no thread passes before all have come; it breaks for all if one gives up.

Sources: https://docs.python.org/3/library/threading.html#barrier-objects
https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Barrier
"""

import multiprocessing
import os
import threading
import time
from threading import BrokenBarrierError

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    never,
    outcome,
    refuted,
    since,
    until,
)

from .makers import AT_LEAST, TIMEOUT, here, raised

#: Makers whose barriers run their action in this process.
LOCAL = {"threading": threading, "multiprocessing": here}


def arrivals(background, barrier, count):
    """Let so many threads wait at the barrier; return their tasks when all have come."""
    tasks = [background(outcome, barrier.wait) for _ in range(count)]
    until(lambda: barrier.n_waiting == count, f"{count} threads to wait")
    return tasks


def meeting(background, barrier):
    """Let as many threads as it needs pass the barrier, and return their numbers in order."""
    tasks = [background(barrier.wait, PATIENCE) for _ in range(barrier.parties)]
    return sorted(task.result() for task in tasks)


@claim("BARRIER01")
def test_nobody_passes_a_barrier_before_all_came(maker, background, evidence):
    """No thread passes a Barrier before the last has come; n_waiting counts those who wait."""
    barrier, counts, tasks = maker.Barrier(4), [], []
    for count in (1, 2, 3):
        tasks.append(background(barrier.wait, PATIENCE))
        until(lambda: barrier.n_waiting == count, f"{count} threads to wait")
        counts.append((barrier.parties, barrier.n_waiting, barrier.broken))
    they_wait = never(lambda: any(task.finished for task in tasks), during=GRACE / 5)
    numbers = sorted([barrier.wait(PATIENCE), *(task.result() for task in tasks)])
    until(lambda: barrier.n_waiting == 0, "all to have gone")
    assert evidence(they_wait=they_wait, numbers=numbers) == (True, [0, 1, 2, 3])
    assert evidence(parties_waiting_broken=counts) == [(4, n, False) for n in (1, 2, 3)]


@claim("BARRIER02")
@cases(parties=(1, 2, 5))
def test_a_barrier_hands_out_each_number_once(maker, parties, background, evidence):
    """Barrier.wait() returns each of 0 to n-1 to one of n threads, and again the next time."""
    barrier = maker.Barrier(parties)
    numbers = [meeting(background, barrier) for _ in range(3)]
    assert evidence(numbers=numbers) == [[*range(parties)]] * 3
    assert barrier.broken is False


@claim("BARRIER03")
@cases(made_by=LOCAL)
def test_the_action_runs_before_anybody_passes(made_by, background, evidence):
    """A Barrier's action runs in one of the threads, when all have come and before any passes."""
    events, idents = [], []

    def action():
        idents.append(threading.get_ident())
        never(lambda: events, during=GRACE / 5)
        events.append("action")

    def pass_by():
        barrier.wait(PATIENCE)
        events.append("passed")

    barrier = made_by.Barrier(3, action)
    tasks = [background(pass_by) for _ in range(2)]
    until(lambda: barrier.n_waiting == 2, "two to wait")
    early = list(idents)
    tasks.append(background(pass_by))
    for task in tasks:
        task.result()
    assert evidence(early=early, events=events) == ([], ["action", *["passed"] * 3])
    assert [ident in [task.ident for task in tasks] for ident in idents] == [True]


@claim("BARRIER03")
@cases(made_by=LOCAL)
def test_the_action_runs_once_each_time(made_by, background, evidence):
    """The action runs once each time that all have come."""
    ran = []
    barrier = made_by.Barrier(2, action=lambda: ran.append("action"))
    for _ in range(3):
        meeting(background, barrier)
    assert evidence(ran=ran) == ["action"] * 3


def fail():
    raise LookupError("ours")


@claim("BARRIER04")
def test_a_failing_action_breaks_the_barrier(maker, background, evidence):
    """If the action fails, its exception goes to the thread that ran it, and breaks the Barrier.

    The others get BrokenBarrierError, without the cause.
    """
    barrier = maker.Barrier(3, fail)
    others = arrivals(background, barrier, 2)
    ran_it = outcome(barrier.wait, PATIENCE)
    evidence(ran_it=ran_it, others=[task.result() for task in others])
    assert repr(ran_it) == "LookupError('ours')"
    assert [type(task.result()) for task in others] == [BrokenBarrierError] * 2
    assert barrier.broken is True


@claim("BARRIER05")
def test_who_gives_up_breaks_the_barrier_for_all(maker, background, evidence):
    """A timeout of one thread breaks a Barrier for all: BrokenBarrierError, until reset().

    It is raised in the thread whose time is over, in those that wait, and in those that come
    later: one impatient thread ends the meeting.
    """
    barrier = maker.Barrier(4)
    patient = arrivals(background, barrier, 2)
    began = time.monotonic()
    errors = [outcome(barrier.wait, timeout=TIMEOUT)]
    waited = time.monotonic() - began
    errors += [*(task.result() for task in patient), outcome(barrier.wait)]
    assert [type(error) for error in evidence(errors=errors)] == [BrokenBarrierError] * 4
    assert barrier.broken is True
    assert waited >= AT_LEAST
    barrier.reset()
    assert evidence(after_reset=meeting(background, barrier)) == [0, 1, 2, 3]


@claim("BARRIER06")
def test_abort_breaks_a_barrier_at_once(maker, background, evidence):
    """Barrier.abort() raises BrokenBarrierError in all who wait, and in all who come later."""
    barrier = maker.Barrier(4)
    tasks = arrivals(background, barrier, 3)
    whole = barrier.broken
    barrier.abort()
    waiting, late = [task.result() for task in tasks], [outcome(barrier.wait) for _ in range(4)]
    barrier.abort()
    assert evidence(broken_before=whole, afterwards=barrier.broken) == (False, True)
    evidence(waiting=waiting, late=late)
    assert [type(error) for error in waiting + late] == [BrokenBarrierError] * 7


@claim("BARRIER07")
def test_a_broken_barrier_raises_that_of_threading(maker, evidence):
    """All barriers raise threading.BrokenBarrierError, which is a RuntimeError.

    multiprocessing has no such name: import it from threading.
    """
    barrier = maker.Barrier(2)
    barrier.abort()
    assert type(evidence(refusal=outcome(barrier.wait))) is threading.BrokenBarrierError
    assert threading.BrokenBarrierError.__bases__ == (RuntimeError,)
    assert not hasattr(multiprocessing, "BrokenBarrierError")


@claim("BARRIER08")
def test_reset_sends_those_who_wait_away(maker, background, evidence):
    """Barrier.reset() raises BrokenBarrierError in all who wait, but leaves the barrier whole.

    You might expect it to be like a new one for all threads.  It is so for those that come later.
    """
    barrier = maker.Barrier(3)
    barrier.reset()
    tasks = arrivals(background, barrier, 2)
    barrier.reset()
    sent_away = evidence(sent_away=[task.result() for task in tasks])
    until(lambda: barrier.n_waiting == 0, "the two to leave")
    whole = not barrier.broken
    assert [type(error) for error in sent_away] == [BrokenBarrierError] * 2
    assert evidence(whole=whole, then=meeting(background, barrier)) == (True, [0, 1, 2])


@claim("BARRIER08")
def test_reset_repairs_a_barrier_that_is_broken(maker, background, evidence):
    """Barrier.reset() makes a Barrier whole again that abort() has broken."""
    barrier = maker.Barrier(2)
    barrier.abort()
    barrier.reset()
    assert evidence(broken=barrier.broken, numbers=meeting(background, barrier)) == (False, [0, 1])


@claim("BARRIER09")
def test_a_barrier_s_timeout_is_the_default_of_wait(maker, background, evidence):
    """Barrier(timeout=t) is the timeout of each wait() that has none."""
    short, long = maker.Barrier(2, timeout=TIMEOUT), maker.Barrier(2, None, PATIENCE)
    began = time.monotonic()
    by_default = outcome(short.wait)
    waited = time.monotonic() - began
    task = arrivals(background, long, 1)[0]
    waits = never(lambda: task.finished, during=GRACE / 5)
    assert type(evidence(short=by_default)) is BrokenBarrierError
    assert waited >= AT_LEAST
    assert evidence(long=waits) is True
    assert sorted([long.wait(), task.result()]) == [0, 1]


@claim("BARRIER09")
def test_a_timeout_of_wait_replaces_the_barrier_s(maker, background, evidence):
    """wait(timeout) waits as long as it says, whatever the timeout of the Barrier is."""
    short, long = maker.Barrier(2, timeout=GRACE / 50), maker.Barrier(2, timeout=PATIENCE)
    patient = background(short.wait, PATIENCE)
    waits = never(lambda: patient.finished, during=GRACE / 5)
    evidence(patient_waits=waits, impatient=outcome(long.wait, 0.01))
    assert waits
    assert sorted([short.wait(PATIENCE), patient.result()]) == [0, 1]
    assert long.broken is True


@claim("BARRIER10")
@cases(parties=(0, -1))
@refuted(maker="multiprocessing", because="multiprocessing's Barrier has no such check")
@refuted(
    where=before("3.12.5") or PYPY,
    because="3.12.5 and 3.13 added the check (gh-121474); PyPy has 3.11's Barrier",
)
@refuted(
    where=since("3.12.5") and not PYPY,
    maker="manager",
    because="a manager shows what fails while it makes an object as a RemoteError",
    by="RemoteError",
)
def test_a_barrier_needs_at_least_one_party(maker, parties, evidence):
    """Barrier(0) raises ValueError, and so does any number of parties below 1.

    threading's does since 3.12.5 and 3.13 (gh-121474): "ValueError: parties must be >= 1", "must
    be > 0" before 3.12.9 and 3.13.2.  A manager shows it as the text of a RemoteError.
    multiprocessing's accepts any number, as all do in earlier versions; wait() then blocks for
    ever: zero is never the number of those that wait.  Check a number of threads that was computed
    before making a barrier of it.
    """
    assert evidence(refusal=raised(ValueError, maker.Barrier, parties))


@claim("BARRIER10")
def test_waiting_at_a_barrier_for_nobody_breaks_it(evidence):
    """Where Barrier(0) is accepted, as by multiprocessing, wait() only breaks it by its timeout."""
    barrier = here.Barrier(0)
    facts = barrier.parties, barrier.n_waiting, barrier.broken
    refusal = outcome(barrier.wait, 0.01)
    assert evidence(parties_waiting_broken=facts) == (0, 0, False)
    assert type(evidence(wait=refusal)) is BrokenBarrierError
    assert barrier.broken is True


def raise_the_pid():
    raise LookupError(os.getpid())


@claim("BARRIER11")
def test_a_managers_barrier_runs_its_action(shared_manager, evidence):
    """A Manager's Barrier runs its action in the manager's process, not in a process that waits."""
    barrier = shared_manager.manager.Barrier(1, raise_the_pid)
    error = outcome(barrier.wait)
    assert evidence(pid=error.args[0]) == shared_manager.server.pid
