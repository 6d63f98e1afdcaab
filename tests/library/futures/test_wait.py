"""wait(): which of several futures are done, and when it returns.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.wait
"""

import threading
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)

from tests.harness import PATIENCE, cases, claim, control, never, outcome, refuted

NEVER_NOTIFIED = "CPython and PyPy: only a worker makes a cancelled future count (gh-109934)"


class TaskError(Exception):
    """What a task may raise."""


def names(futures, sets):
    """Return the numbers of the futures that are in each of the sets."""
    return [[number for number, one in enumerate(futures) if one in part] for part in sets]


def cancelled_for_good():
    """Return a future that is cancelled, and has been found so by its executor."""
    future = Future()
    future.cancel()
    future.set_running_or_notify_cancel()
    return future


@claim("CF14")
def test_wait_for_the_first_completed_returns_with_one(background, evidence):
    """wait(return_when=FIRST_COMPLETED) returns as soon as one future is done, in any way."""
    for end in ("set_result", "set_exception", "cancel"):
        futures = [Future() for _ in range(3)]
        waiting = background(lambda futures=futures: wait(futures, return_when=FIRST_COMPLETED))
        waited = never(lambda waiting=waiting: waiting.finished, during=0.02)
        if end == "cancel":
            futures[1].cancel()
            futures[1].set_running_or_notify_cancel()
        else:
            getattr(futures[1], end)(TaskError(1))
        got = names(futures, waiting.result())
        evidence(end=end, waited=waited, done_and_not_done=got)
        assert waited
        assert got == [[1], [0, 2]]


@claim("CF60")
def test_wait_for_the_first_exception_returns_with_it(background, evidence):
    """wait(return_when=FIRST_EXCEPTION) returns with the first exception, or when all is done.

    A result does not end it, and neither does a cancelled future.
    """
    futures = [Future() for _ in range(4)]
    waiting = background(lambda: wait(futures, return_when=FIRST_EXCEPTION))
    futures[3].set_result(3)
    futures[2].cancel()
    futures[2].set_running_or_notify_cancel()
    waited = never(lambda: waiting.finished, during=0.05)
    futures[0].set_exception(TaskError(0))
    got = names(futures, waiting.result())
    again = names(futures, background(lambda: wait(futures, return_when=FIRST_EXCEPTION)).result())
    good = [Future() for _ in range(2)]
    waiting = background(lambda: wait(good, return_when=FIRST_EXCEPTION))
    for one in good:
        one.set_result(1)
    without = names(good, waiting.result())
    evidence(waited=waited, done_and_not_done=got, without_exception=without)
    assert waited
    assert got == again == [[0, 2, 3], [1]]
    assert without == [[0, 1], []]


@claim("CF61")
def test_wait_returns_when_all_are_completed(background, evidence):
    """wait() returns, by default, when all futures are done, by whatever end."""
    for arguments in ((), (None, ALL_COMPLETED), (PATIENCE,)):
        futures = [Future() for _ in range(4)]
        waiting = background(wait, futures, *arguments)
        futures[1].set_exception(TaskError(1))
        futures[2].set_result(2)
        futures[3].cancel()
        futures[3].set_running_or_notify_cancel()
        waited = never(lambda waiting=waiting: waiting.finished, during=0.02)
        futures[0].set_result(0)
        done, not_done = waiting.result()
        evidence(waited=waited, done_and_not_done=names(futures, (done, not_done)))
        assert waited
        assert (done, not_done) == (set(futures), set())


@claim("CF62")
@cases(condition=[FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED])
def test_wait_with_a_timeout_returns_instead_of_raising(background, condition, evidence):
    """wait(timeout=) returns what is done and what is not when the time is over; it raises nothing.

    Unlike result(timeout) and as_completed(timeout=): look at not_done.
    """
    futures = [Future() for _ in range(3)]
    got = [
        names(futures, background(lambda s=s: wait(futures, s, condition)).result())
        for s in (0, 0.01)
    ]
    futures[1].set_result(1)
    if condition != FIRST_COMPLETED:
        got.append(names(futures, background(wait, futures, 0.01, condition).result()))
    done, not_done = wait(futures, timeout=0)
    named = wait(futures, timeout=0, return_when=condition)
    evidence(done_and_not_done=got)
    assert got == [[[], [0, 1, 2]]] * 2 + [[[1], [0, 2]]] * (condition != FIRST_COMPLETED)
    assert (done, not_done) == ({futures[1]}, {futures[0], futures[2]})
    assert (named.done, named.not_done) == (done, not_done)


@claim("CF63")
def test_wait_takes_any_futures_each_of_them_once(executors, evidence):
    """wait() takes any iterable of futures, from several executors; duplicates count once."""
    one, other = executors(ThreadPoolExecutor, 1), executors(ThreadPoolExecutor, 1)
    futures = [one.submit(abs, -1), other.submit(abs, -2), one.submit(abs, -3), Future()]
    futures[3].set_result(4)
    done, not_done = wait(iter(futures + futures[1:]), timeout=PATIENCE)
    evidence(done=sorted(future.result(0) for future in done), not_done=len(not_done))
    assert (type(done), type(not_done)) == (set, set)
    assert sorted(future.result(0) for future in done) == [1, 2, 3, 4]
    assert done == set(futures)
    assert not_done == set()


@claim("CF64")
def test_an_unknown_condition_is_refused_by_wait(evidence):
    """wait(return_when="NOPE") raises ValueError if it would have to wait.

    The three conditions are the strings of their own names.
    """
    got = outcome(wait, [Future(), Future()], 0, "NOPE")
    by_name = wait([Future()], 0, "FIRST_COMPLETED")
    evidence(raised=got)
    assert type(got) is ValueError
    assert "NOPE" in str(got)
    assert (len(by_name.done), len(by_name.not_done)) == (0, 1)
    assert (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED) == (
        "FIRST_COMPLETED",
        "FIRST_EXCEPTION",
        "ALL_COMPLETED",
    )


@claim("X36")
@cases(condition=[FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED])
def test_waiting_for_no_futures_returns_at_once(background, condition, evidence):
    """wait([]) and as_completed([]) return at once, whatever they should wait for."""
    got = background(lambda: wait([], return_when=condition)).result()
    completed = background(list, as_completed([])).result()
    evidence(waited=tuple(got), completed=completed)
    assert tuple(got) == (set(), set())
    assert completed == []


@claim("CF65")
@cases(condition=[FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED])
@refuted(because=NEVER_NOTIFIED)
def test_wait_takes_a_cancelled_future_as_done(background, condition, evidence):
    """wait() counts a future as done that has been cancelled, as future.done() does.

    One would expect so: "finished or cancelled futures", says the documentation.  But wait() counts
    it only once a worker has come across it in its queue; until then it is in not_done, and without
    a timeout wait() blocks until then (gh-92001, gh-109934).  Leave cancelled futures out.
    """
    future, counted = Future(), cancelled_for_good()
    answer = future.cancel()
    control(answer and future.done() and future.cancelled(), "the future is not cancelled")
    control(wait([counted], 0, condition).done == {counted}, "no cancelled future is done")
    done, not_done = background(wait, [future], 0.02, condition).result()
    evidence(done=len(done), not_done=len(not_done))
    control(done | not_done == {future}, "the future is in neither set")
    assert done == {future}


@claim("CF66")
@refuted(because="CPython and PyPy: shutdown() does not notify those it cancels (gh-87893)")
def test_wait_ends_for_futures_cancelled_by_shutdown(executors, background, evidence):
    """wait() and as_completed() end for futures that shutdown(cancel_futures=True) has cancelled.

    One would expect so: they are done.  But nobody ever notifies those who wait: no worker will
    come across them, so wait() and as_completed() block for ever (gh-87893, gh-109934).  After such
    a shutdown() wait only for the futures that are not cancelled().
    """
    gate, begun = threading.Event(), threading.Event()
    executor = executors(ThreadPoolExecutor, 1)

    def task():
        begun.set()
        return gate.wait(PATIENCE)

    running, pending = executor.submit(task), executor.submit(abs, -1)
    control(begun.wait(PATIENCE), "the task never began")
    executor.shutdown(wait=False, cancel_futures=True)
    gate.set()
    background(executor.shutdown).result()
    control(running.result(0) is True and pending.cancelled(), "the wrong task was cancelled")
    done, not_done = background(wait, [running, pending], 0.02).result()
    completed = outcome(background(list, as_completed([running, pending], 0.02)).result)
    evidence(done=len(done), not_done=len(not_done), as_completed=completed)
    control(running in done, "the task that ran is not done")
    assert done == {running, pending}
    assert set(completed) == {running, pending}
