"""threading.Barrier: nobody passes before all have come; broken for everyone if one gives up.

Source: https://docs.python.org/3/library/threading.html#barrier-objects
"""

import threading

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


def arrivals(background, barrier, count, timeout=PATIENCE):
    """Let so many threads wait at the barrier; return their tasks when all have come."""
    before = barrier.n_waiting
    tasks = [background(outcome, barrier.wait, timeout) for _ in range(count)]
    until(lambda: barrier.n_waiting == before + count, f"{count} threads to wait")
    return tasks


def kinds_of(tasks):
    """Return the types of what the tasks ended with."""
    return [type(task.result()) for task in tasks]


@claim("TH23")
def test_a_barrier_hands_out_each_number_once(background, evidence):
    """Barrier.wait() gives each of 0 to n-1 to one thread, runs the action once, and goes again."""
    seen = {}
    for parties in (1, 2, 5):
        ran = []
        barrier = threading.Barrier(parties, action=lambda: ran.append(len(ran)))
        numbers = []
        for _ in range(3):
            tasks = [background(barrier.wait, PATIENCE) for _ in range(parties)]
            numbers.append(sorted(task.result() for task in tasks))
        seen[parties] = (numbers, ran, barrier.n_waiting, barrier.broken)
    evidence(numbers_and_actions=seen)
    assert seen == {n: ([[*range(n)]] * 3, [0, 1, 2], 0, False) for n in (1, 2, 5)}


@claim("TH104")
def test_nobody_passes_a_barrier_before_all_came(background, evidence):
    """No thread passes a Barrier before the last has come; n_waiting counts those who wait."""
    barrier, waiting, tasks = threading.Barrier(4), [], []
    for _ in range(3):
        tasks += arrivals(background, barrier, 1)
        waiting.append((barrier.parties, barrier.n_waiting, barrier.broken))
    kept = never(lambda: any(task.finished for task in tasks), during=GRACE / 4)
    mine = barrier.wait(PATIENCE)
    numbers = sorted([mine, *(task.result() for task in tasks)])
    evidence(parties_waiting_broken=waiting, numbers=numbers)
    assert waiting == [(4, 1, False), (4, 2, False), (4, 3, False)]
    assert kept
    assert numbers == [0, 1, 2, 3]
    assert (barrier.parties, barrier.n_waiting, barrier.broken) == (4, 0, False)


@claim("TH105")
def test_the_action_runs_before_anybody_passes(background, evidence):
    """A Barrier's action runs in one of the threads, when all have come and before any passes."""
    events = []
    idents = []

    def action():
        idents.append(threading.get_ident())
        never(lambda: len(events) > 0, during=GRACE / 5)
        events.append("action")

    barrier = threading.Barrier(3, action)

    def pass_through():
        barrier.wait(PATIENCE)
        events.append("passed")

    tasks = [background(pass_through) for _ in range(2)]
    until(lambda: barrier.n_waiting == 2, "two to wait")
    early = list(idents)
    tasks.append(background(pass_through))
    for task in tasks:
        task.result()
    evidence(events=events)
    assert early == []
    assert events == ["action", "passed", "passed", "passed"]
    assert len(idents) == 1
    assert idents[0] in [task.ident for task in tasks]


@claim("TH24")
def test_who_gives_up_breaks_the_barrier_for_all(background, evidence):
    """A timeout of one thread breaks a Barrier for all: BrokenBarrierError, until reset().

    It is raised in the one whose time is over, in those who wait, and at once in those who come
    later: one impatient thread ends the meeting.  BrokenBarrierError is a RuntimeError.
    """
    barrier = threading.Barrier(4)
    patient = arrivals(background, barrier, 2)
    impatient = outcome(barrier.wait, timeout=GRACE / 5)
    kinds = [type(impatient), *kinds_of(patient), type(outcome(barrier.wait))]
    broken = (barrier.broken, barrier.n_waiting)
    barrier.reset()
    whole = (barrier.broken, barrier.n_waiting)
    tasks = arrivals(background, barrier, 3)
    numbers = sorted([barrier.wait(PATIENCE), *(task.result() for task in tasks)])
    evidence(kinds=[kind.__name__ for kind in kinds], after_reset=numbers)
    assert kinds == [threading.BrokenBarrierError] * 4
    assert threading.BrokenBarrierError.__bases__ == (RuntimeError,)
    assert (broken, whole) == ((True, 0), (False, 0))
    assert numbers == [0, 1, 2, 3]


@claim("TH106")
def test_a_failing_action_breaks_the_barrier(background, evidence):
    """If the action fails, its exception goes to the thread that ran it; the others: broken.

    The others get BrokenBarrierError, without the cause.
    """

    def fail():
        raise LookupError("ours")

    barrier = threading.Barrier(3, fail)
    others = arrivals(background, barrier, 2)
    mine = outcome(barrier.wait, PATIENCE)
    evidence(ran_it=mine, others=[task.result() for task in others])
    assert (type(mine), mine.args) == (LookupError, ("ours",))
    assert kinds_of(others) == [threading.BrokenBarrierError] * 2
    assert barrier.broken is True
    assert type(outcome(barrier.wait, 0)) is threading.BrokenBarrierError


@claim("TH107")
def test_abort_breaks_a_barrier_at_once(background, evidence):
    """Barrier.abort() raises BrokenBarrierError in all who wait, and in all who come later."""
    barrier = threading.Barrier(4)
    waiting = arrivals(background, barrier, 3)
    states = [barrier.broken, barrier.abort(), barrier.broken]
    early = kinds_of(waiting)
    late = [type(outcome(barrier.wait)) for _ in range(4)]
    states += [barrier.n_waiting, barrier.abort(), barrier.broken]
    states += [barrier.reset(), barrier.broken]
    evidence(states=states, waiting=early, later=late)
    assert states == [False, None, True, 0, None, True, None, False]
    assert early == [threading.BrokenBarrierError] * 3
    assert late == [threading.BrokenBarrierError] * 4


@claim("TH108")
def test_reset_sends_those_who_wait_away(background, evidence):
    """Barrier.reset() raises BrokenBarrierError in all who wait, but leaves the barrier whole.

    One would expect it to be like a new one for everybody.  Only for those who come afterwards.
    """
    barrier = threading.Barrier(3)
    unused = [barrier.reset(), barrier.broken]
    waiting = arrivals(background, barrier, 2)
    barrier.reset()
    sent_away = kinds_of(waiting)
    until(lambda: barrier.n_waiting == 0, "the two to leave")
    whole = barrier.broken
    tasks = arrivals(background, barrier, 2)
    numbers = sorted([barrier.wait(PATIENCE), *(task.result() for task in tasks)])
    evidence(sent_away=sent_away, broken=whole, then=numbers)
    assert unused == [None, False]
    assert sent_away == [threading.BrokenBarrierError] * 2
    assert whole is False
    assert numbers == [0, 1, 2]


@claim("TH109")
def test_a_barrier_s_timeout_is_the_default_of_wait(background, evidence):
    """Barrier(timeout=t) is what wait() waits for unless it is told otherwise."""
    short = threading.Barrier(2, timeout=GRACE / 5)
    by_default = type(outcome(short.wait))
    short.reset()
    patient = arrivals(background, short, 1, PATIENCE)
    stays = never(lambda: patient[0].finished, during=GRACE / 4)
    numbers = sorted([short.wait(), patient[0].result()])
    long = threading.Barrier(2, None, PATIENCE)
    asked = background(outcome, long.wait)
    stays_too = never(lambda: asked.finished, during=GRACE / 6)
    impatient = [type(outcome(threading.Barrier(2, timeout=PATIENCE).wait, t)) for t in (0, 0.01)]
    numbers += sorted([long.wait(), asked.result()])
    evidence(by_default=by_default, told=impatient, numbers=numbers)
    assert by_default is threading.BrokenBarrierError
    assert stays
    assert stays_too
    assert impatient == [threading.BrokenBarrierError] * 2
    assert numbers == [0, 1, 0, 1]


@claim("TH25")
@refuted(
    where=before("3.12.5") or PYPY,
    because="3.13 and 3.12.5 added the check (gh-121474); PyPy has 3.11's Barrier",
)
def test_a_barrier_needs_at_least_one_party(evidence):
    """Barrier(0) raises ValueError, and so does any number of parties below 1.

    Before 3.12.5 it is accepted, and wait() then blocks for ever: zero is never the number of
    those who wait.  Since then: "ValueError: parties must be >= 1" ("> 0" at first; gh-121474).
    Check a number of threads that was computed before making a barrier of it.
    """
    made = [outcome(threading.Barrier, parties) for parties in (0, -1, -7)]
    accepted = [type(one) is threading.Barrier for one in made]
    evidence(made=made)
    control(accepted in ([True] * 3, [False] * 3), f"all are accepted or none: {made}")
    assert [type(one) for one in made] == [ValueError] * 3
    assert threading.Barrier(1).wait(0) == 0
