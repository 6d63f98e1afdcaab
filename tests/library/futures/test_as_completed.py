"""as_completed(): futures in the order in which they are done.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.as_completed
"""

from concurrent.futures import Future, as_completed

from tests.harness import claim, kinds, outcome, refuted

GENERATOR = "CPython and PyPy: as_completed() is a generator function, unlike map()"


def finished(value):
    future = Future()
    future.set_result(value)
    return future


@claim("FUTURE01")
def test_as_completed_gives_futures_in_order_of_completion(background, evidence):
    """as_completed() yields each future when it is done: the first one first, whichever it is.

    That is how to get the results of a ThreadPoolExecutor, or a ProcessPoolExecutor, in the order
    in which they complete, and how to wait for the first to finish.  A dict from future to argument
    tells which one it was.  The difference between as_completed() and wait(): wait() returns two
    sets, done and not_done.
    """
    futures, order = [Future() for _ in range(5)], []
    done = as_completed(futures)
    for number in (3, 0, 4, 1, 2):
        waiting = background(next, done)
        futures[number].set_result(number)
        order.append(futures.index(waiting.result()))
    assert evidence(order=order, then=next(done, "no more")) == ([3, 0, 4, 1, 2], "no more")


@claim("FUTURE02")
def test_as_completed_keeps_the_order_while_nobody_looks(evidence):
    """as_completed() keeps the order of futures that become done between two calls of next().

    Futures that are done before the first next() come first, in no particular order.
    """
    futures = [*(Future() for _ in range(4)), finished(4)]
    done = as_completed(futures)
    first = futures.index(next(done))
    for number in (2, 0, 3, 1):
        futures[number].set_exception(ValueError(number))
    rest = [futures.index(future) for future in done]
    assert evidence(done_before=first, done_after=rest) == (4, [2, 0, 3, 1])


@claim("FUTURE03")
def test_as_completed_yields_a_duplicate_only_once(evidence):
    """as_completed() yields a future once, however often it is given; any iterable will do."""
    one, other = finished(1), finished(2)
    got = [future.result(0) for future in as_completed(iter([one, other, one, one]))]
    assert evidence(got=sorted(got)) == [1, 2]


@claim("FUTURE04")
def test_as_completed_with_a_timeout_says_how_many_are_left(evidence):
    """as_completed(timeout=) raises TimeoutError with the count: "2 (of 3) futures unfinished".

    "TimeoutError: 2 (of 3) futures unfinished"; before 3.11 it is concurrent.futures.TimeoutError.
    First it yields the futures that are done in time.  The unfinished ones stay as they are.
    """
    futures = [Future(), finished(7), Future()]
    done = as_completed(futures, timeout=0.01)
    first, error = next(done), outcome(next, done)
    assert first is futures[1]
    assert evidence(then=repr(error)) == "TimeoutError('2 (of 3) futures unfinished')"
    assert evidence(done=[future.done() for future in futures]) == [False, True, False]


@claim("FUTURE05")
@refuted(because=GENERATOR, by="AssertionError: assert [1, 2] == [1]")
def test_as_completed_begins_when_it_is_called(evidence):
    """as_completed() begins when it is called: it takes its futures then, and counts its timeout.

    The documentation says so of the timeout ("from the original call").  In fact nothing happens
    before the first next(): the list of futures may have changed by then, a bad argument is noticed
    only there, and the time runs from there.  Executor.map() does begin at its call.
    """
    futures = [finished(1)]
    done = as_completed(futures)
    futures.append(finished(2))
    assert evidence(got=sorted(future.result(0) for future in done)) == [1]


@claim("FUTURE05")
@refuted(because=GENERATOR, by="AssertionError: assert ['generator'] == ['TypeError']")
def test_as_completed_notices_a_bad_timeout_when_it_is_called(evidence):
    """as_completed(timeout="soon") raises TypeError when it is called."""
    assert evidence(got=kinds([outcome(as_completed, [Future()], "soon")])) == ["TypeError"]


@claim("FUTURE06")
def test_a_loop_over_as_completed_may_be_left_early(evidence):
    """Leaving a loop over as_completed() early leaves the other futures as they are."""
    futures = [finished(1), Future(), Future()]
    for first in as_completed(futures):
        break
    assert first is futures[0]
    assert evidence(others_done=[future.done() for future in futures[1:]]) == [False, False]
