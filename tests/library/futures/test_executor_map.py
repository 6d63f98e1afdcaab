"""Executor.map(): a task for each element, and the results in order.

What a process pool does otherwise (chunksize) is in test_process_pool.py.
Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.map
"""

import itertools
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from tests.harness import (
    PATIENCE,
    before,
    cases,
    claim,
    control,
    kinds,
    outcome,
    refuted,
    since,
    until,
)
from tests.library.futures.scenery import Gate, TaskError

NO_BUFFERSIZE = "3.14 added the parameter buffersize (gh-74028)"


def noting(taken, numbers):
    """Yield the numbers, and note which have been taken."""
    for number in numbers:
        taken.append(number)
        yield number


@claim("EXEC01")
def test_map_yields_results_in_the_order_of_the_input(executors, evidence):
    """map() yields results in the order of its input, whatever the order of completion.

    It keeps an early result until that is due; to take results as they come, use as_completed().
    executor.map() vs submit(): executor.submit() hands in one call, and returns at once a Future,
    with its result or exception; map() hands in a call for each element, and yields their values.
    """
    ended, completion = [threading.Event() for _ in range(5)], []
    ended[4].set()

    def task(number):
        control(ended[number + 1].wait(PATIENCE), "the task behind this one never ended")
        completion.append(number)
        ended[number].set()
        return number * number

    results = list(executors(ThreadPoolExecutor, 4).map(task, range(4)))
    assert evidence(completion=completion, results=results) == ([3, 2, 1, 0], [0, 1, 4, 9])


@claim("EXEC02")
@cases(error=(TaskError, TimeoutError))
@refuted(where=since("3.16.0"), because="3.16 yields what comes after an error, too (gh-108518)")
def test_a_failing_element_ends_the_iteration_of_map(executors, error, evidence):
    """map() raises an element's exception in its place, and yields nothing after that.

    So the map() of a ThreadPoolExecutor raises only the first exception and loses the other
    results, though their tasks may have run; since 3.16 next() yields them (gh-108518), also after
    a TimeoutError that the task itself has raised (gh-155852).  To get all of them, submit() each,
    or return exceptions from the task as values.
    """

    def square(number):
        if number == 3:
            raise error(number)
        return number * number

    results = executors(ThreadPoolExecutor, 1).map(square, [1, 2, 3, 4])
    got = [outcome(next, results, "no more") for _ in range(4)]
    assert evidence(got=repr(got)) == f"[1, 4, {error.__name__}(3), 'no more']"


@claim("EXEC03")
def test_map_takes_all_its_input_at_once(executors, evidence):
    """map() takes all of its input and submits every task before it returns its iterator.

    Unlike the builtin map(), that of a ThreadPoolExecutor, or of any other, is not lazy: with an
    endless input it never returns, and a large one fills the memory.  From 3.14 on buffersize=
    limits it.
    """
    taken = []
    with Gate() as gate:
        results = executors(ThreadPoolExecutor, 1).map(gate, noting(taken, range(50)))
        taken_before_the_first_result = len(taken)
    assert evidence(taken_before_the_first_result=taken_before_the_first_result) == 50
    assert list(results) == [*range(50)]


@claim("EXEC04")
def test_map_runs_its_tasks_even_if_nobody_iterates(executors, evidence):
    """map() runs its tasks even if you never iterate over its results.

    So you can use it for its effects; but then you never see an exception of a task.
    """
    ran = []
    executors(ThreadPoolExecutor, 2).map(ran.append, range(5))
    until(lambda: len(ran) == 5, "the tasks to run")
    assert evidence(ran=sorted(ran)) == [0, 1, 2, 3, 4]


@claim("EXEC05")
@cases(size=(1, 3))
@refuted(
    where=before("3.14.0"),
    because=NO_BUFFERSIZE,
    by="TypeError: Executor.map() got an unexpected keyword argument 'buffersize'",
)
def test_map_with_a_buffer_takes_its_input_lazily(executors, size, evidence):
    """map(buffersize=n) takes no more than n elements ahead of the results taken from it.

    So even an endless input works, if the loop over the results ends.  Before 3.14: "TypeError:
    Executor.map() got an unexpected keyword argument 'buffersize'"; call submit() for a few tasks,
    and for another whenever wait(return_when=FIRST_COMPLETED) has returned.
    """
    taken = []
    executor = executors(ThreadPoolExecutor, 2)
    results = executor.map(abs, noting(taken, itertools.count()), buffersize=size)
    at_first = len(taken)
    ahead = [len(taken) - result for result in itertools.islice(results, 4)]
    results.close()
    assert evidence(at_first=at_first, then=ahead) == (size, [size + 1] * 4)


@claim("EXEC06")
@cases(
    refusal={
        "0": (0, "ValueError('buffersize must be None or > 0')"),
        "-1": (-1, "ValueError('buffersize must be None or > 0')"),
        "'2'": ("2", "TypeError('buffersize must be an integer or None')"),
        "2.0": (2.0, "TypeError('buffersize must be an integer or None')"),
    }
)
@refuted(where=before("3.14.0"), because=NO_BUFFERSIZE)
def test_a_buffer_of_map_has_a_positive_size(executors, refusal, evidence):
    """buffersize must be None or a positive integer: otherwise ValueError, or TypeError."""
    size, error = refusal
    got = outcome(executors(ThreadPoolExecutor, 1).map, abs, [-1], buffersize=size)
    assert evidence(raised=repr(got)) == error


def passing_the_gate(gate, ran, closed_to):
    """Return a task that notes what it is called with; only this number waits at the gate."""

    def task(number):
        ran.append(number)
        return gate(number) if number == closed_to else number

    return task


@claim("EXEC07")
def test_map_with_a_timeout_raises_when_it_is_over(executors, evidence):
    """map(timeout=) raises TimeoutError from next() if a result is not there in time.

    It still yields the results that are there.  The task goes on; map() cancels those that have not
    begun.
    """
    executor, ran = executors(ThreadPoolExecutor, 1), []
    with Gate() as gate:
        results = executor.map(passing_the_gate(gate, ran, 2), [1, 2, 3, 4], timeout=0.01)
        gate.reached()
        got = [outcome(next, results, "no more") for _ in range(3)]
    executor.shutdown()
    assert evidence(got=repr(got), ran=ran) == ("[1, TimeoutError(), 'no more']", [1, 2])


@claim("EXEC08")
def test_the_timeout_of_map_counts_from_the_call(executors, monkeypatch, evidence):
    """The timeout of map() counts from its call, for all results together, not for each.

    So the time that the loop itself takes counts as well.
    """
    clock = time.monotonic
    with Gate() as gate, monkeypatch.context() as patch:
        results = executors(ThreadPoolExecutor, 1).map(gate, [1], timeout=1000)
        patch.setattr(time, "monotonic", lambda: clock() + 2000)
        late = outcome(next, results)
    assert evidence(after_the_time=repr(late)) == "TimeoutError()"


@claim("EXEC09")
def test_map_stops_with_its_shortest_input(executors, evidence):
    """map() with several iterables calls the function with one of each, until the shortest ends."""
    got = executors(ThreadPoolExecutor, 2).map(lambda *args: args, "abc", [1, 2], itertools.count())
    assert evidence(calls=list(got)) == [("a", 1, 0), ("b", 2, 1)]


@claim("EXEC10")
def test_closing_maps_iterator_cancels_what_has_not_begun(executors, evidence):
    """Closing the iterator of map() cancels its tasks that have not begun.

    On CPython leaving the loop over it early does so, too: the iterator is closed when the last
    reference to it goes.  A task that fails cancels the tasks behind it likewise.
    """
    executor, ran = executors(ThreadPoolExecutor, 1), []
    with Gate() as gate:
        results = executor.map(passing_the_gate(gate, ran, 1), range(6))
        first = next(results)
        gate.reached()
        results.close()
    executor.shutdown()
    assert evidence(first=first, ran=ran) == (0, [0, 1])


@claim("EXEC11")
def test_threads_take_no_notice_of_a_chunksize(executors, evidence):
    """A thread pool ignores chunksize: each element is a separate task, and 0 is no error."""
    executor, together = executors(ThreadPoolExecutor, 3), threading.Barrier(3)
    met = executor.map(lambda _: together.wait(PATIENCE), range(3), chunksize=100)
    assert evidence(met=sorted(met)) == [0, 1, 2]
    assert list(executor.map(abs, [-1, 2, -3], chunksize=0)) == [1, 2, 3]


class Immediate(Executor):
    """An executor that does each task immediately, in the caller."""

    def submit(self, fn, /, *args, **kwargs):
        """Return a future that has its result already."""
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@claim("EXEC12")
def test_an_executor_of_ones_own_needs_submit_only(evidence):
    """A subclass of Executor that defines submit() has map(), shutdown() and a with block."""
    with Immediate() as executor:
        squares = list(executor.map(pow, [1, 2, 3], [2, 2, 2]))
    executor.shutdown(wait=True, cancel_futures=True)
    missing = kinds([outcome(Executor().submit, abs, -1)])
    assert evidence(squares=squares, without=missing) == ([1, 4, 9], ["NotImplementedError"])
