"""wait(): which of several futures are done, and when it returns.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.wait
"""

import concurrent.futures
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)

from tests.harness import cases, claim, control, never, outcome, refuted
from tests.library.futures.scenery import Gate, TaskError

CONDITIONS = ("FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED")


def numbers(futures, sets):
    """Return the numbers of the futures that are in each of the sets."""
    return [[number for number, one in enumerate(futures) if one in part] for part in sets]


def succeed(future):
    future.set_result(1)


def fail(future):
    future.set_exception(TaskError(1))


def cancel(future):
    """Cancel the future, and take note of that as its executor would do."""
    future.cancel()
    future.set_running_or_notify_cancel()


@claim("FUTURE27")
@cases(end=(succeed, fail, cancel))
def test_wait_for_the_first_completed_returns_with_one(end, background, evidence):
    """wait(return_when=FIRST_COMPLETED) returns as soon as one future is done, in any way."""
    futures = [Future() for _ in range(3)]
    waiting = background(wait, futures, None, FIRST_COMPLETED)
    waited = never(lambda: waiting.finished, during=0.02)
    end(futures[1])
    late = background(wait, futures, None, FIRST_COMPLETED)
    got = [numbers(futures, task.result()) for task in (waiting, late)]
    assert evidence(waited=waited, done_and_not_done=got) == (True, [[[1], [0, 2]]] * 2)


@claim("FUTURE28")
def test_wait_for_the_first_exception_returns_with_it(background, evidence):
    """wait(return_when=FIRST_EXCEPTION) returns with the first exception, or when all is done.

    That is how to wait for all tasks of a ThreadPoolExecutor, and to stop all threads when one
    raises an exception, the first one: call shutdown(cancel_futures=True) when wait() has returned,
    or the pending tasks go on.  A result does not end the waiting, and neither does a cancelled
    future.  A wait() that begins when one has failed returns at once.
    """
    futures = [Future() for _ in range(4)]
    waiting = background(wait, futures, None, FIRST_EXCEPTION)
    waited = [never(lambda: waiting.finished, during=0.02)]
    succeed(futures[3])
    cancel(futures[2])
    waited += [never(lambda: waiting.finished, during=0.05)]
    fail(futures[0])
    late = background(wait, futures, None, FIRST_EXCEPTION)
    got = [numbers(futures, task.result()) for task in (waiting, late)]
    assert evidence(waited=waited, done_and_not_done=got) == ([True] * 2, [[[0, 2, 3], [1]]] * 2)


@claim("FUTURE28")
def test_wait_for_an_exception_ends_when_there_is_none(background, evidence):
    """wait(return_when=FIRST_EXCEPTION) returns when all futures are done, if none fails."""
    futures = [Future(), Future()]
    waiting = background(wait, futures, None, FIRST_EXCEPTION)
    waited = never(lambda: waiting.finished, during=0.02)
    for future in futures:
        succeed(future)
    got = numbers(futures, waiting.result())
    assert evidence(waited=waited, done_and_not_done=got) == (True, [[0, 1], []])


@claim("FUTURE29")
@cases(arguments={"default": (), "ALL_COMPLETED": (None, ALL_COMPLETED), "timeout": (1000,)})
def test_wait_returns_when_all_are_completed(arguments, background, evidence):
    """wait() returns, by default, when all futures are done, whether they succeed or not."""
    futures = [Future() for _ in range(4)]
    waiting = background(wait, futures, *arguments)
    waited = [never(lambda: waiting.finished, during=0.02)]
    fail(futures[1])
    succeed(futures[2])
    cancel(futures[3])
    waited += [never(lambda: waiting.finished, during=0.02)]
    succeed(futures[0])
    got = numbers(futures, waiting.result())
    assert evidence(waited=waited, done_and_not_done=got) == ([True] * 2, [[0, 1, 2, 3], []])


@claim("FUTURE30")
@cases(condition=CONDITIONS)
def test_wait_with_a_timeout_returns_instead_of_raising(condition, evidence):
    """wait(timeout=) returns what is done and what is not when the time is over; it raises nothing.

    Unlike result(timeout) and as_completed(timeout=): look at not_done.
    """
    futures = [Future() for _ in range(3)]
    none = numbers(futures, wait(futures, 0.01, condition))
    succeed(futures[1])
    one = numbers(futures, wait(futures, timeout=0, return_when=condition))
    assert evidence(none_done=none, one_done=one) == ([[], [0, 1, 2]], [[1], [0, 2]])


@claim("FUTURE31")
def test_wait_takes_any_futures_each_of_them_once(executors, evidence):
    """wait() takes any iterable of futures, from several executors; duplicates count once."""
    one, other = executors(ThreadPoolExecutor, 1), executors(ThreadPoolExecutor, 1)
    futures = [one.submit(abs, -1), other.submit(abs, -2), one.submit(abs, -3)]
    got = wait(iter(futures + futures[1:]))
    results = sorted(future.result(0) for future in got.done)
    assert evidence(done=results, not_done=got.not_done) == ([1, 2, 3], set())


@claim("FUTURE32")
def test_an_unknown_condition_is_refused_by_wait(evidence):
    """wait(return_when="NOPE") raises ValueError if it would have to wait.

    "ValueError: Invalid return condition: 'NOPE'".
    """
    got = outcome(wait, [Future(), Future()], 0, "NOPE")
    assert evidence(raised=repr(got)) == "ValueError(\"Invalid return condition: 'NOPE'\")"


@claim("FUTURE32")
@cases(condition=CONDITIONS)
def test_a_condition_of_wait_is_the_string_of_its_name(condition, evidence):
    """Each condition of wait() is a string, its own name: FIRST_COMPLETED is "FIRST_COMPLETED"."""
    assert evidence(value=getattr(concurrent.futures, condition)) == condition


@claim("FUTURE33")
@cases(condition=CONDITIONS)
def test_waiting_for_no_futures_returns_at_once(condition, evidence):
    """wait([]) and as_completed([]) return immediately, whatever they should wait for."""
    got = tuple(wait([], return_when=condition)), list(as_completed([]))
    assert evidence(wait_and_as_completed=got) == ((set(), set()), [])


@claim("FUTURE34")
@cases(condition=CONDITIONS)
@refuted(
    because="CPython and PyPy: only a worker makes a cancelled future count (gh-109934)",
    by="AssertionError: assert (0, 1) == (1, 0)",
)
def test_wait_takes_a_cancelled_future_as_done(condition, evidence):
    """wait() counts a future as done that has been cancelled, as future.done() does.

    You might expect so: "finished or cancelled futures", says the documentation.  In fact wait()
    counts it only once a worker has come across it in its queue; until then it is in not_done, and
    wait() without a timeout blocks (gh-92001, gh-109934).  Leave cancelled futures out.
    """
    future = Future()
    control(future.cancel() and future.done(), "the future is not cancelled")
    done, not_done = wait([future], 0.02, condition)
    assert evidence(done=len(done), not_done=len(not_done)) == (1, 0)


def cancelled_by_shutdown(executors):
    """Return a future whose task has run, and one that shutdown() has cancelled."""
    executor = executors(ThreadPoolExecutor, 1)
    with Gate() as gate:
        futures = [executor.submit(gate), executor.submit(abs, -1)]
        gate.reached()
        executor.shutdown(wait=False, cancel_futures=True)
    executor.shutdown()
    control([future.cancelled() for future in futures] == [False, True], "the wrong one was")
    return futures


@claim("FUTURE35")
@refuted(
    because="CPython and PyPy: shutdown() does not notify those it cancels (gh-87893)",
    by="AssertionError: assert [[0], [1]] == [[0, 1], []]",
)
def test_wait_ends_for_futures_cancelled_by_shutdown(executors, evidence):
    """wait() and as_completed() end for futures that shutdown(cancel_futures=True) has cancelled.

    You might expect so, since the futures are done.  In fact no worker will come across them, so
    that wait() and as_completed() block without end, a deadlock (gh-87893, gh-109934).  After such
    a shutdown() wait only for the futures that are not cancelled().
    """
    futures = cancelled_by_shutdown(executors)
    assert evidence(done_and_not_done=numbers(futures, wait(futures, 0.02))) == [[0, 1], []]


@claim("FUTURE35")
@refuted(
    because="CPython and PyPy: shutdown() does not notify those it cancels (gh-87893)",
    by="TimeoutError: 1 (of 2) futures unfinished",
)
def test_as_completed_ends_for_futures_cancelled_by_shutdown(executors, evidence):
    """as_completed() ends for futures that shutdown(cancel_futures=True) has cancelled."""
    futures = cancelled_by_shutdown(executors)
    assert evidence(completed=len([*as_completed(futures, 0.02)])) == 2
