"""multiprocessing.Barrier.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Barrier
"""

import multiprocessing
import threading
import time

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    claim,
    joined,
    never,
    outcome,
    started,
    until,
)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def wait_twice(barrier, condition, report):
    first = barrier.wait(PATIENCE)
    report(first)
    with condition:
        condition.notify_all()
    report(barrier.wait(PATIENCE))


@claim("SY06")
def test_barriers_and_conditions_work_across_processes(ctx, reports, background, evidence):
    """A Barrier lets its n processes go on together, each with an index of its own from 0 to n-1.

    Again and again; and a Condition that a child notifies wakes its parent.
    """
    barrier, condition = ctx.Barrier(3), ctx.Condition()
    with condition:
        children = started(
            ctx.Process(target=wait_twice, args=(barrier, condition, reports.reporter))
            for _ in range(2)
        )
        until(lambda: barrier.n_waiting == 2, "two children to wait at the barrier")
        waits = never(lambda: barrier.n_waiting != 2, during=GRACE / 10)
        first = [background(barrier.wait, PATIENCE).result(), *reports.collect(2)]
        notified = condition.wait(PATIENCE)
    second = [background(barrier.wait, PATIENCE).result(), *reports.collect(2)]
    exit_codes = joined(*children)
    evidence(waits=waits, indices=[first, second], notified=notified)
    assert waits
    assert [sorted(first), sorted(second)] == [[0, 1, 2]] * 2
    assert notified is True
    assert exit_codes == [0, 0]


def waiting_at(background, barrier, count):
    """Start ``count`` threads that wait at the barrier, and return them once they do."""
    tasks = [background(outcome, barrier.wait) for _ in range(count)]
    until(lambda: barrier.n_waiting == count, f"{count} threads to wait at the barrier")
    return tasks


@claim("X11")
def test_a_broken_barrier_raises_that_of_threading(background, evidence):
    """A multiprocessing Barrier that is broken raises threading.BrokenBarrierError itself.

    multiprocessing has no such name: import it from threading.  abort() breaks it for all who
    wait, and for all who come later.
    """
    barrier = here.Barrier(4)
    waiting = waiting_at(background, barrier, 3)
    broken = [barrier.broken]
    returned = barrier.abort()
    refusals = [task.result() for task in waiting]
    refusals += [background(outcome, barrier.wait).result(), outcome(barrier.wait, 0)]
    broken += [barrier.broken, outcome(barrier.abort), barrier.broken]
    evidence(broken=broken, refusals=refusals)
    assert [type(refusal) for refusal in refusals] == [threading.BrokenBarrierError] * 5
    assert broken == [False, True, None, True]
    assert returned is None
    assert not hasattr(multiprocessing, "BrokenBarrierError")


@claim("SY12")
def test_a_barrier_for_nobody_is_accepted(background, evidence):
    """multiprocessing.Barrier(0) is accepted, though whoever waits there only breaks it.

    threading.Barrier(0) raises ValueError "parties must be >= 1" since 3.13; this one never does.
    """
    barrier = outcome(here.Barrier, 0)
    facts = barrier.parties, barrier.n_waiting, barrier.broken
    refusal = outcome(barrier.wait, 0.01)
    evidence(parties_waiting_broken=facts, wait=refusal, broken=barrier.broken)
    assert facts == (0, 0, False)
    assert type(refusal) is threading.BrokenBarrierError
    assert barrier.broken is True


@claim("SY29")
def test_the_action_of_a_barrier_runs_once_before_all_go(background, evidence):
    """The action of a Barrier is called by one of the waiters, before any of them goes on.

    If it raises, that one gets the exception, the others BrokenBarrierError.
    """
    events = []
    barrier = here.Barrier(3, action=lambda: events.append("action"))
    facts = [barrier.parties, barrier.n_waiting, barrier.broken]

    def pass_by():
        index = barrier.wait()
        events.append(index)

    for _ in range(2):
        for task in [background(pass_by) for _ in range(3)]:
            task.result()
    failing = here.Barrier(3, lambda: int("no number"))
    tasks = [background(outcome, failing.wait) for _ in range(3)]
    answers = sorted(type(task.result()).__name__ for task in tasks)
    evidence(events=events, answers=answers)
    assert facts == [3, 0, False]
    assert [events[0], events[4]] == ["action", "action"]
    assert [sorted(events[1:4]), sorted(events[5:])] == [[0, 1, 2]] * 2
    assert answers == ["BrokenBarrierError", "BrokenBarrierError", "ValueError"]
    assert failing.broken is True


@claim("SY30")
def test_a_barrier_counts_who_waits(background, evidence):
    """n_waiting counts who waits at a Barrier; nobody goes on before parties of them do."""
    barrier = here.Barrier(4)
    counts = []
    for _ in range(2):
        tasks, blocked = [], []
        for count in (1, 2, 3):
            tasks.append(background(outcome, barrier.wait))
            until(lambda n=count: barrier.n_waiting == n, f"{count} waiting")
            counts.append(barrier.n_waiting)
        blocked.append(never(lambda: any(task.finished for task in tasks), during=GRACE / 10))
        tasks.append(background(outcome, barrier.wait))
        indices = [task.result() for task in tasks]
        until(lambda: barrier.n_waiting == 0, "all to have gone")
        evidence(blocked=blocked, indices=indices)
        assert blocked == [True]
        assert sorted(indices) == [0, 1, 2, 3]
    assert counts == [1, 2, 3] * 2
    assert (barrier.parties, barrier.broken) == (4, False)


@claim("SY31")
def test_a_barrier_breaks_when_a_wait_times_out(background, evidence):
    """wait(timeout) that is not joined in time raises BrokenBarrierError, and breaks it for all.

    The timeout of Barrier(..., timeout=t) is that of every wait() without one.
    """
    own, default = here.Barrier(3), here.Barrier(2, timeout=GRACE / 5)
    waiting = waiting_at(background, own, 1)
    began = time.monotonic()
    refusals = [outcome(own.wait, GRACE / 5)]
    middle = time.monotonic()
    refusals.append(outcome(default.wait))
    end = time.monotonic()
    refusals.append(waiting[0].result())
    in_time = here.Barrier(2, None, GRACE / 100)
    both = [background(in_time.wait, PATIENCE), background(in_time.wait, PATIENCE)]
    indices = sorted(task.result() for task in both)
    evidence(refusals=refusals, indices=indices)
    assert [type(refusal) for refusal in refusals] == [threading.BrokenBarrierError] * 3
    assert middle - began >= 0.18 * GRACE
    assert end - middle >= 0.18 * GRACE
    assert [own.broken, default.broken, in_time.broken] == [True, True, False]
    assert indices == [0, 1]


@claim("SY32")
def test_reset_makes_a_barrier_whole_again(background, evidence):
    """reset() sends away who waits with BrokenBarrierError; then the Barrier is as good as new."""
    barrier = here.Barrier(3)
    waiting = waiting_at(background, barrier, 2)
    returned = barrier.reset()
    refusals = [type(task.result()) for task in waiting]
    until(lambda: barrier.n_waiting == 0, "both to have gone")
    facts = [barrier.broken, barrier.n_waiting]
    rounds = []
    for _ in range(2):
        tasks = [background(outcome, barrier.wait) for _ in range(3)]
        rounds.append(sorted(task.result() for task in tasks))
        barrier.abort()
        facts.append(barrier.broken)
        barrier.reset()
        facts.append(barrier.broken)
    evidence(refusals=refusals, facts=facts, rounds=rounds)
    assert returned is None
    assert refusals == [threading.BrokenBarrierError] * 2
    assert facts == [False, 0, True, False, True, False]
    assert rounds == [[0, 1, 2]] * 2
