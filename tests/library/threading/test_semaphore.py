"""threading.Semaphore and BoundedSemaphore: a counter that acquire() never takes below zero.

Source: https://docs.python.org/3/library/threading.html#semaphore-objects
"""

import threading

from tests.harness import GRACE, PATIENCE, cases, claim, never, outcome, until


def left(semaphore):
    """Take all that can be taken without waiting, and return how much that was."""
    count = 0
    while count < 100 and semaphore.acquire(blocking=False):
        count += 1
    return count


@claim("TH20")
def test_release_adds_as_many_as_it_is_told(evidence):
    """Semaphore.release(n) adds n, and may exceed the first value; n < 1 raises ValueError.

    So does a negative first value, which is 1 unless given.
    """
    values = [left(threading.Semaphore(value)) for value in (0, 1, 5)]
    values.append(left(threading.Semaphore()))
    semaphore = threading.Semaphore(0)
    for n in (3, 1, 4):
        semaphore.release(n)
        values.append(left(semaphore))
    semaphore.release(n=2)
    semaphore.release()
    values.append(left(semaphore))
    refusals = [outcome(semaphore.release, n) for n in (0, -1)] + [
        outcome(kind, -1) for kind in (threading.Semaphore, threading.BoundedSemaphore)
    ]
    evidence(values=values, refusals=refusals)
    assert values == [0, 1, 5, 1, 3, 1, 4, 3]
    assert [type(refusal) for refusal in refusals] == [ValueError] * 4
    assert left(semaphore) == 0  # a refused release() adds nothing


@claim("TH97")
def test_a_bounded_semaphore_refuses_what_is_too_much(evidence):
    """BoundedSemaphore: a release() beyond the first value raises ValueError and adds nothing.

    A Semaphore would grow: one release() too many, and one thread too many gets in.
    """
    semaphore = threading.BoundedSemaphore(3)
    outcomes = [outcome(semaphore.release)]
    semaphore.acquire()
    semaphore.acquire()
    outcomes += [outcome(semaphore.release, n) for n in (3, 0)]
    in_between = left(semaphore)
    outcomes += [outcome(semaphore.release, n) for n in (2, 2, 1, 1)]
    single = threading.BoundedSemaphore()
    outcomes += [outcome(single.release), single.acquire(), single.release()]
    evidence(outcomes=outcomes, left=left(semaphore))
    kinds = [type(one) if isinstance(one, Exception) else one for one in outcomes]
    assert kinds[:3] == [ValueError] * 3
    assert in_between == 1
    assert kinds[3:] == [None, ValueError, None, ValueError, ValueError, True, None]


@claim("TH98")
@cases(kind=["Semaphore", "BoundedSemaphore"])
def test_an_empty_semaphore_makes_wait(kind, background, evidence):
    """acquire() of a semaphore at zero waits; without blocking, or after a timeout, it is False.

    True if it took one.  release(n) lets n of those who wait in, and no more.  It is so for
    Semaphore and BoundedSemaphore.
    """
    semaphore = getattr(threading, kind)(value=4)
    taken = [semaphore.acquire(), semaphore.acquire(False), semaphore.acquire(timeout=0)]
    taken += [semaphore.acquire(True, PATIENCE)]
    refused = [semaphore.acquire(blocking=False), semaphore.acquire(timeout=GRACE / 6)]
    refused.append(background(semaphore.acquire, True, 0).result())
    entered = []

    def enter(*arguments):
        answer = semaphore.acquire(*arguments)
        entered.append(answer)

    # A time-out that ends after the wait for those who enter: it must not let anyone in instead.
    waiting = [background(enter, *how) for how in ((), (True, 2 * PATIENCE), (True, None), ())]
    counts = []
    for n in (1, 2, 1):
        still = never(lambda: len(entered) > sum(counts), during=GRACE / 5)
        if still:
            semaphore.release(n)
        counts.append(n)
        until(lambda: len(entered) >= sum(counts), "the waiters to enter")
    for task in waiting:
        task.result()
    evidence(taken=taken, refused=refused, entered=entered)
    assert taken == [True] * 4
    assert refused == [False] * 3
    assert entered == [True] * 4
    assert left(semaphore) == 0


@claim("TH99")
@cases(kind=["Semaphore", "BoundedSemaphore"])
def test_with_takes_one_and_gives_it_back(kind, background, evidence):
    """A "with" on a semaphore takes one, waiting for it, and gives it back, come what may."""
    semaphore, inside, may_leave = getattr(threading, kind)(2), [], []

    def fail(number):
        with semaphore:
            inside.append(number)
            until(lambda: may_leave, "the permission to leave")
            raise LookupError(number)

    tasks = [background(outcome, fail, number) for number in range(4)]
    until(lambda: len(inside) >= 2, "two to enter")
    kept_out = never(lambda: len(inside) > 2, during=GRACE / 6)
    may_leave.append(True)
    errors = [task.result() for task in tasks]
    evidence(no_more_than_two_inside=kept_out, errors=errors)
    assert kept_out
    assert [(type(error), error.args) for error in errors] == [
        (LookupError, (number,)) for number in range(4)
    ]
    assert left(semaphore) == 2


@claim("TH100")
@cases(kind=["Semaphore", "BoundedSemaphore"])
def test_a_semaphore_refuses_a_timeout_without_blocking(kind, evidence):
    """acquire(blocking=False, timeout=t) raises ValueError; a negative timeout means no waiting.

    A Lock refuses a negative timeout by ValueError.  A semaphore takes it for one that is over:
    acquire(timeout=-1) is False at once, where Lock.acquire(timeout=-1) waits for ever.
    """
    semaphore = getattr(threading, kind)(1)
    refusals = [outcome(semaphore.acquire, False, timeout) for timeout in (1, 0, -1)]
    free = semaphore.acquire(timeout=-1)
    empty = [semaphore.acquire(timeout=-1), semaphore.acquire(True, -5)]
    evidence(refusals=refusals, negative_timeout=[free, *empty])
    assert [type(refusal) for refusal in refusals] == [ValueError] * 3
    assert free is True
    assert empty == [False, False]
