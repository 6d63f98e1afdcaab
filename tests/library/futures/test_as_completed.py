"""as_completed(): futures in the order in which they are done.

Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.as_completed
"""

import concurrent.futures
import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from tests.harness import PATIENCE, claim, control, never, outcome, refuted


def finished(value):
    future = Future()
    future.set_result(value)
    return future


@claim("CF13")
def test_as_completed_gives_futures_in_order_of_completion(executors, background, evidence):
    """as_completed() yields each future when it is done: the first one first, whichever it is."""
    gates = [threading.Event() for _ in range(5)]
    executor = executors(ThreadPoolExecutor, 5)
    futures = [executor.submit(gate.wait, PATIENCE) for gate in gates]
    order, early = [], []
    try:
        done = as_completed(futures)
        for number in (3, 0, 4, 1, 2):
            waiting = background(next, done)
            early.append(not never(lambda waiting=waiting: waiting.finished, during=0.01))
            gates[number].set()
            order.append(futures.index(waiting.result()))
    finally:
        for gate in gates:
            gate.set()
    end = background(next, done, "no more").result()
    evidence(order=order, too_early=early)
    assert order == [3, 0, 4, 1, 2]
    assert early == [False] * 5
    assert end == "no more"


@claim("CF67")
def test_as_completed_keeps_the_order_while_nobody_looks(evidence):
    """Futures that become done between two calls of next() are yielded in that order.

    Only among those that were done before the first next() there is no order: they come first.
    """
    futures = [Future() for _ in range(6)]
    futures[5].set_result(5)
    futures[4].cancel()
    futures[4].set_running_or_notify_cancel()
    done = as_completed(futures, timeout=PATIENCE)
    first = [next(done)]
    for number in (2, 0, 3, 1):
        futures[number].set_exception(ValueError(number))
    rest = [futures.index(future) for future in done]
    first.append(futures[rest.pop(0)])
    evidence(done_before=sorted(map(futures.index, first)), done_after=rest)
    assert sorted(map(futures.index, first)) == [4, 5]
    assert rest == [2, 0, 3, 1]


@claim("CF68")
def test_as_completed_yields_a_duplicate_only_once(evidence):
    """as_completed() yields a future once, however often it is given; any iterable will do."""
    one, other = finished(1), finished(2)
    got = sorted(future.result(0) for future in as_completed(iter([one, other, one, one]), 0))
    evidence(got=got)
    assert got == [1, 2]


@claim("CF69")
def test_as_completed_with_a_timeout_says_how_many_are_left(background, evidence):
    """as_completed(timeout=) raises TimeoutError with the count: "2 (of 3) futures unfinished".

    First it yields what is done in time.  The unfinished futures stay as they are.
    """
    futures = [Future(), finished(7), Future()]
    done = as_completed(futures, timeout=0.01)
    got = [outcome(background(next, done).result) for _ in range(2)]
    at_once = outcome(background(list, as_completed([Future()], 0)).result)
    evidence(got=[str(one) for one in got[1:]], at_once=at_once)
    assert got[0] is futures[1]
    assert [type(got[1]), type(at_once)] == [concurrent.futures.TimeoutError] * 2
    assert str(got[1]) == "2 (of 3) futures unfinished"
    assert str(at_once) == "1 (of 1) futures unfinished"
    assert [future.cancel() for future in futures] == [True, False, True]
    assert outcome(background(next, done, "no more").result) == "no more"


@claim("CF70")
@refuted(because="CPython and PyPy: as_completed() is a generator function, unlike map()")
def test_as_completed_begins_when_it_is_called(evidence):
    """as_completed() begins when it is called: it takes its futures then, and counts its timeout.

    The documentation says so of the timeout ("from the original call").  But it is a generator:
    nothing happens before the first next(), so a bad argument is noticed only there, a list may
    have changed until then, and the time runs from there.  Executor.map() does begin at the call.
    """
    futures, late = [finished(1)], finished(2)
    done = as_completed(futures)
    futures.append(late)
    unnoticed = as_completed([finished(3)], timeout="soon")
    got = sorted(future.result(0) for future in done)
    noticed = outcome(next, unnoticed)
    evidence(got=got, bad_timeout_noticed_by_next=type(noticed).__name__)
    control(got in ([1], [1, 2]), f"it yielded {got}")
    control(got == [1] or type(noticed) is TypeError, f"next() ended with {noticed!r}")
    assert got == [1]


@claim("CF71")
def test_a_loop_over_as_completed_may_be_left_early(evidence):
    """Leaving a loop over as_completed() early leaves the other futures as they are."""
    futures = [finished(1), Future(), Future()]
    for future in as_completed(futures):
        first = future
        break
    states = [(future.done(), future.cancelled()) for future in futures[1:]]
    futures[1].set_result(2)
    again = sorted(future.result(0) for future in as_completed(futures[:2], 0))
    evidence(first=first.result(0), states=states, again=again)
    control(first is futures[0], "another future came first")
    assert states == [(False, False)] * 2
    assert again == [1, 2]
