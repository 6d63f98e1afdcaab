"""Executor.map(): a task for each element, and the results in order.

What a process pool does otherwise (chunksize) is in test_process_pool.py.
Source: https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.map
"""

import concurrent.futures
import itertools
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from tests.harness import PATIENCE, before, claim, control, never, outcome, raises, refuted, until

NO_BUFFERSIZE = "3.14 added the parameter buffersize (gh-74028)"


class TaskError(Exception):
    """What a task may raise."""


def fail_for_three(number):
    if number == 3:
        raise TaskError(number)
    return number * number


@claim("CF10")
def test_map_yields_results_in_the_order_of_the_input(executors, background, evidence):
    """map() yields results in the order of its input, whatever the order of completion.

    An early result that is not due yet is kept; to take results as they come, use as_completed().
    """
    gates, ended = [threading.Event() for _ in range(4)], []
    executor = executors(ThreadPoolExecutor, 4)

    def task(number):
        control(gates[number].wait(PATIENCE), "the gate was never opened")
        ended.append(number)
        return number * number

    try:
        results = background(executor.map, task, range(4)).result()
        for number in (3, 2, 1, 0):
            gates[number].set()
            until(lambda number=number: number in ended, f"task {number} to end")
    finally:
        for gate in gates:
            gate.set()
    got = background(list, results).result()
    evidence(completion=ended, results=got)
    assert ended == [3, 2, 1, 0]
    assert got == [0, 1, 4, 9]


@claim("CF54")
def test_a_failing_element_ends_the_iteration_of_map(executors, background, evidence):
    """map() raises an element's exception in its place, and yields nothing after that.

    The results of the elements behind it are lost, though their tasks may have run.  To get all
    of them, submit() each, or return exceptions from the task as values.
    """
    executor = executors(ThreadPoolExecutor, 1)
    results, got = executor.map(fail_for_three, [1, 2, 3, 4]), []
    for _ in range(4):
        one = outcome(background(next, results, None).result)
        got.append(one.args if type(one) is TaskError else one)
    evidence(got=got)
    assert got == [1, 4, (3,), None]


@claim("CF55")
def test_map_takes_all_its_input_at_once(executors, background, evidence):
    """map() takes all of its input and submits every task before it returns its iterator.

    Unlike the builtin map() it is not lazy: an endless input never returns, a large one fills the
    memory.  From 3.14 on buffersize= limits it.
    """
    gate, taken = threading.Event(), []
    executor = executors(ThreadPoolExecutor, 1)

    def numbers():
        for number in range(50):
            taken.append(number)
            yield number

    def task(number):
        control(gate.wait(PATIENCE), "the gate was never opened")
        return -number

    try:
        results = background(executor.map, task, numbers()).result()
        taken_at_first = list(taken)
    finally:
        gate.set()
    got = background(list, results).result()
    evidence(taken_before_the_first_result=len(taken_at_first))
    assert taken_at_first == list(range(50))
    assert got == [-number for number in range(50)]


@claim("CF56")
def test_map_runs_its_tasks_even_if_nobody_iterates(executors, evidence):
    """map() runs its tasks although nobody iterates over its results.

    So it can be used for its effects; but an exception is raised for nobody then.
    """
    ran = []
    executor = executors(ThreadPoolExecutor, 2)
    results = executor.map(ran.append, range(5))
    until(lambda: len(ran) == 5, "the tasks to run")
    evidence(ran=sorted(ran))
    assert sorted(ran) == [0, 1, 2, 3, 4]
    assert next(results) is None


@claim("CF11")
@refuted(where=before("3.14.0"), because=NO_BUFFERSIZE)
def test_map_with_a_buffer_takes_its_input_lazily(executors, background, evidence):
    """map(buffersize=n) takes no more than n elements ahead of the results taken from it.

    So even an endless input works, if the loop over the results ends.  Before 3.14: "TypeError:
    Executor.map() got an unexpected keyword argument 'buffersize'"; call submit() for a few tasks
    at once, and for another whenever wait(return_when=FIRST_COMPLETED) has returned.
    """
    executor = executors(ThreadPoolExecutor, 2)
    for size in (1, 3):
        taken, seen = [], []

        def numbers(taken=taken):
            for number in itertools.count():
                taken.append(number)
                yield number

        results = outcome(
            lambda size=size, numbers=numbers: executor.map(
                lambda number: number * number, numbers(), buffersize=size
            )
        )
        if isinstance(results, TypeError):
            evidence(raised=results)
        assert not isinstance(results, TypeError)
        seen.append((None, len(taken)))
        for _ in range(4):
            seen.append((background(next, results).result(), len(taken)))
        results.close()
        evidence(size=size, result_and_taken=seen)
        assert seen == [(None, size), (0, size + 1), (1, size + 2), (4, size + 3), (9, size + 4)]


@claim("CF57")
@refuted(where=before("3.14.0"), because=NO_BUFFERSIZE)
def test_a_buffer_of_map_has_a_positive_size(executors, evidence):
    """buffersize must be None or a positive integer: otherwise ValueError, or TypeError."""
    executor = executors(ThreadPoolExecutor, 1)

    def by(buffersize):
        return list(executor.map(abs, [-1, -2, -3], buffersize=buffersize))

    got = [outcome(by, size) for size in (None, 1, 2, 9, 0, -1, "2", 2.0)]
    evidence(got=got)
    control(not isinstance(got[0], TypeError) or "buffersize" in str(got[0]), f"it raised {got[0]}")
    assert got[:4] == [[1, 2, 3]] * 4
    assert [type(one) for one in got[4:]] == [ValueError, ValueError, TypeError, TypeError]


@claim("CF12")
def test_map_with_a_timeout_raises_when_it_is_over(executors, background, evidence):
    """map(timeout=) raises TimeoutError from next() if a result is not there in time.

    What is there is yielded still.  The task goes on; those that have not begun are cancelled.
    """
    gate, begun, ran = threading.Event(), threading.Event(), []
    executor = executors(ThreadPoolExecutor, 1)

    def task(number):
        if number == 2:
            begun.set()
            control(gate.wait(PATIENCE), "the gate was never opened")
        ran.append(number)
        return number

    try:
        results = executor.map(task, [1, 2, 3, 4], timeout=0.01)
        control(begun.wait(PATIENCE), "the second task never began")
        got = [outcome(background(next, results, "no more").result) for _ in range(3)]
    finally:
        gate.set()
    in_time = background(list, executor.map(task, [5, 6], timeout=PATIENCE)).result()
    evidence(got=got, ran=ran, in_time=in_time)
    assert [got[0], type(got[1]), got[2]] == [1, concurrent.futures.TimeoutError, "no more"]
    assert in_time == [5, 6]
    assert ran == [1, 2, 5, 6]


@claim("CF72")
def test_the_timeout_of_map_counts_from_the_call(executors, background, monkeypatch, evidence):
    """The timeout of map() counts from its call, for all results together, not for each.

    So the time that the loop itself takes counts as well.
    """
    gate, clock = threading.Event(), time.monotonic
    executor = executors(ThreadPoolExecutor, 2)
    try:
        results = executor.map(gate.wait, [PATIENCE], timeout=1000)
        with monkeypatch.context() as patch:
            patch.setattr(time, "monotonic", lambda: clock() + 2000)
            late = outcome(background(next, results).result)
        results = executor.map(gate.wait, [PATIENCE] * 2, timeout=1000)
        waiting = background(next, results)
        waited = never(lambda: waiting.finished, during=0.05)
    finally:
        gate.set()
    evidence(after_the_time=type(late).__name__, before_it=waiting.result())
    assert type(late) is concurrent.futures.TimeoutError
    assert waited
    assert waiting.result() is True


@claim("CF39")
def test_map_stops_with_its_shortest_input(executors, evidence):
    """map() with several iterables calls the function with one of each, until the shortest ends."""
    executor = executors(ThreadPoolExecutor, 2)
    got = [
        list(executor.map(lambda *args: args, "abc", [1, 2], itertools.count(7))),
        list(executor.map(lambda *args: args, [])),
        list(executor.map(pow, [2, 3, 4], [5, 6, 7])),
    ]
    evidence(got=got)
    assert got == [[("a", 1, 7), ("b", 2, 8)], [], [32, 729, 16384]]


@claim("X35")
def test_closing_maps_iterator_cancels_what_has_not_begun(executors, evidence):
    """Closing the iterator of map() cancels its tasks that have not begun.

    So does leaving the loop over it early, on CPython: the iterator is closed when nobody refers to
    it.  A task that fails does the same to those behind it.
    """
    gate, begun, ran = threading.Event(), threading.Event(), []
    executor = executors(ThreadPoolExecutor, 1)

    def task(number):
        if number == 1:
            begun.set()
            control(gate.wait(PATIENCE), "the gate was never opened")
        ran.append(number)
        return number

    try:
        results = executor.map(task, range(6))
        first = next(results)
        control(begun.wait(PATIENCE), "the second task never began")
        results.close()
    finally:
        gate.set()
    executor.submit(ran.append, "the next task").result(PATIENCE)
    evidence(first=first, ran=ran)
    assert first == 0
    assert ran == [0, 1, "the next task"]


@claim("CF58")
def test_threads_take_no_notice_of_a_chunksize(executors, evidence):
    """A thread pool ignores chunksize: each element is a task of its own, and 0 is no error."""
    executor, together = executors(ThreadPoolExecutor, 3), threading.Barrier(3)

    def meet(number):
        together.wait(PATIENCE)
        return number, threading.get_ident()

    got = list(executor.map(meet, range(3), chunksize=100))
    lists = [list(executor.map(abs, [-1, 2, -3], chunksize=size)) for size in (0, 2)]
    evidence(threads=len({ident for _, ident in got}), lists=lists)
    assert [number for number, _ in got] == [0, 1, 2]
    assert len({ident for _, ident in got}) == 3
    assert lists == [[1, 2, 3]] * 2


class Immediate(Executor):
    """An executor that does each task at once, in the caller."""

    def __init__(self):
        self.submitted = []

    def submit(self, fn, /, *args, **kwargs):
        """Return a future that has its result already."""
        self.submitted.append(args)
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@claim("CF59")
def test_an_executor_of_ones_own_needs_submit_only(evidence):
    """A subclass of Executor that defines submit() has map(), shutdown() and a with block."""
    with raises(NotImplementedError):
        Executor().submit(abs, -1)
    with Immediate() as executor:
        squares = list(executor.map(pow, [1, 2, 3], [2, 2, 2]))
    ended = [executor.shutdown(), executor.shutdown(wait=False, cancel_futures=True)]
    evidence(squares=squares, submitted=executor.submitted)
    assert squares == [1, 4, 9]
    assert executor.submitted == [(1, 2), (2, 2), (3, 2)]
    assert ended == [None, None]
