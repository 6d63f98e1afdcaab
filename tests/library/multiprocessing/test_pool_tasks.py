"""multiprocessing.Pool: its ways to hand out tasks, and what comes back from them.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
import os
import pickle
import threading
from collections import Counter
from functools import partial
from multiprocessing.pool import AsyncResult, MapResult

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    claim,
    control,
    never,
    outcome,
    raises,
    refuted,
    since,
    until,
)

NUMBERS = [3, 1, 2, 5, 4, 0, 7, 6]
SQUARES = [9, 1, 4, 25, 16, 0, 49, 36]


def square(number):
    return number * number


def power(base, exponent=2, *, plus=0):
    return base**exponent + plus


def square_when_released(reporter, number):
    """Tell that the task begins, and wait until the test releases it."""
    reporter.hold(number)
    return number * number


class TaskError(Exception):
    """What a task may raise."""


def fail_at_two(number):
    if number == 2:
        raise TaskError("at", number)
    return number * number


class Adder:
    """A callable object with a method, to be given to a pool as tasks."""

    def __init__(self, number):
        self.number = number

    def __call__(self, other):
        """Add another number."""
        return self.number + other

    def subtract(self, other):
        """Subtract another number."""
        return self.number - other


def backwards(reports, numbers):
    """Let tasks that hold end in the reverse of their order."""
    for number in reversed(numbers):
        reports.release(number)


@claim("PO01")
def test_map_and_its_kin_give_results_in_the_order_of_the_input(pool, reports, evidence):
    """map(), starmap(), imap() and their asynchronous forms give results in the order of the input.

    Whatever the order in which tasks end; only imap_unordered() gives them as they come.
    """
    task = partial(square_when_released, reports.reporter)
    five = NUMBERS[:5]
    in_order = pool.imap(task, five)
    control(sorted(reports.collect(5)) == sorted(five), "not all tasks have begun")
    backwards(reports, five)
    results = {
        "imap": [in_order.next(PATIENCE) for _ in five],
        "map": pool.map(square, NUMBERS),
        "map in chunks": pool.map(square, NUMBERS, chunksize=3),
        "map_async": pool.map_async(square, NUMBERS).get(PATIENCE),
        "imap in chunks": list(pool.imap(square, NUMBERS, chunksize=3)),
        "starmap": pool.starmap(power, [(n, 2) for n in NUMBERS]),
        "starmap_async": pool.starmap_async(power, [(n, 2) for n in NUMBERS]).get(PATIENCE),
    }
    evidence(**results)
    assert results.pop("imap") == SQUARES[:5]
    assert results == dict.fromkeys(results, SQUARES)


@claim("PO26")
def test_imap_unordered_gives_results_as_tasks_end(pool, reports, evidence):
    """imap_unordered() gives each result once, as soon as its task has ended."""
    task = partial(square_when_released, reports.reporter)
    results = pool.imap_unordered(task, [1, 2, 3])
    control(sorted(reports.collect(3)) == [1, 2, 3], "not all tasks have begun")
    got = []
    for number in (2, 3, 1):
        reports.release(number)
        got.append(results.next(PATIENCE))
    end = outcome(results.next, PATIENCE)
    many = Counter(pool.imap_unordered(square, NUMBERS, chunksize=3))
    evidence(got=got, then=repr(end), in_chunks=sorted(many))
    assert got == [4, 9, 1]
    assert type(end) is StopIteration
    assert many == Counter(SQUARES)


@claim("PO27")
def test_apply_passes_positional_and_keyword_arguments_on(pool, evidence):
    """apply() and apply_async() pass positional and keyword arguments on to the task."""
    results = [
        pool.apply(power, (2, 5), {"plus": 1}),
        pool.apply(power, (3,)),
        pool.apply_async(power, (2,), {"exponent": 3, "plus": 10}).get(PATIENCE),
        pool.apply_async(power, kwds={"base": 5}).get(PATIENCE),
    ]
    evidence(results=results)
    assert results == [33, 9, 18, 25]


@claim("PO22")
def test_bound_methods_partials_and_callable_objects_are_valid_tasks(pool, evidence):
    """Bound methods, partials, callable objects, classes and builtins can be tasks.

    Whatever can be pickled, which a lambda and a function within a function cannot.  The object is
    copied to the worker: what the task changes in it stays there.
    """
    adder = Adder(10)
    tasks = [adder.subtract, partial(power, exponent=3), adder, abs, "x".__add__, str]
    results = [pool.apply(task, (3,)) for task in tasks[:4]]
    results += [pool.apply(tasks[4], ("y",)), pool.apply(tasks[5], (3,))]
    evidence(results=results)
    assert results == [7, 27, 13, 3, "xy", "3"]


@claim("PO02")
def test_map_raises_the_exception_of_the_task_that_fails(pool, evidence):
    """map() raises the exception of a task that fails, with the worker's traceback as its cause.

    The results of all the other tasks are lost.  imap() gives those before it first.
    """
    with raises(TaskError) as failed:
        pool.map(fail_at_two, [1, 2, 3], chunksize=1)
    cause = failed.error.__cause__
    before = pool.imap(fail_at_two, [1, 2, 3])
    by_imap = [outcome(before.next, PATIENCE) for _ in range(4)]
    evidence(raised=repr(failed.error), cause=type(cause).__name__, by_imap=by_imap)
    assert failed.error.args == ("at", 2)
    assert type(cause).__name__ == "RemoteTraceback"
    assert "in fail_at_two" in str(cause)
    assert by_imap[0] == 1
    assert (type(by_imap[1]), by_imap[1].args) == (TaskError, ("at", 2))
    assert by_imap[2] == 9
    assert type(by_imap[3]) is StopIteration


@claim("PO14")
def test_a_result_tells_whether_it_is_there_and_whether_it_is_good(pool, reports, evidence):
    """ready() tells whether a result is there, and successful() whether it is no exception.

    successful() of a result that is not there raises ValueError (before 3.7: AssertionError).
    map_async() gives a MapResult, which is an AsyncResult, with one value: the list.
    """
    task = partial(square_when_released, reports.reporter)
    good = pool.map_async(task, [1, 2], chunksize=1)
    early = (good.ready(), type(outcome(good.successful)), outcome(good.wait, GRACE))
    reports.collect(2)
    reports.release()
    bad = pool.map_async(fail_at_two, [1, 2])
    waited = [result.wait(PATIENCE) for result in (good, bad)]
    late = [(result.ready(), result.successful()) for result in (good, bad)]
    evidence(early=early, late=late, types=[type(good).__name__])
    assert early == (False, ValueError, None)
    assert waited == [None, None]
    assert late == [(True, True), (True, False)]
    assert good.get(PATIENCE) == [1, 4]
    assert type(good) is MapResult
    assert issubclass(MapResult, AsyncResult)


@claim("PO15")
def test_next_of_imap_may_time_out_and_be_asked_again(pool, reports, evidence):
    """next(timeout) of imap() raises multiprocessing.TimeoutError, and may be asked again.

    That is not the builtin TimeoutError, nor that of concurrent.futures.
    """
    task = partial(square_when_released, reports.reporter)
    results = {name: getattr(pool, name)(task, [number]) for name, number in FORMS.items()}
    control(sorted(reports.collect(2)) == [6, 7], "not all tasks have begun")
    early = {name: outcome(result.next, timeout=0.01) for name, result in results.items()}
    reports.release()
    late = {name: result.next(timeout=PATIENCE) for name, result in results.items()}
    evidence(early={name: repr(error) for name, error in early.items()}, late=late)
    for error in early.values():
        assert type(error) is multiprocessing.TimeoutError
        assert not isinstance(error, TimeoutError)
    assert late == {"imap": 36, "imap_unordered": 49}


FORMS = {"imap": 6, "imap_unordered": 7}


@claim("PO13")
def test_callbacks_run_in_a_thread_of_the_parent_before_get_returns(pool, evidence):
    """callback gets the value, or error_callback the exception, in the parent and before get().

    In the thread that handles all results: a callback that takes long delays every other one.
    """
    told = []

    def tell(value):
        told.append((value, os.getpid(), threading.current_thread() is threading.main_thread()))

    good = pool.apply_async(square, (3,), callback=tell, error_callback=told.append)
    values = [good.get(PATIENCE)]
    whole = pool.map_async(square, [1, 2], callback=tell)
    values.append(whole.get(PATIENCE))
    bad = pool.apply_async(fail_at_two, (2,), callback=tell, error_callback=told.append)
    bad.wait(PATIENCE)
    evidence(told=told)
    assert values == [9, [1, 4]]
    assert told[:2] == [(9, os.getpid(), False), ([1, 4], os.getpid(), False)]
    assert [type(error) for error in told[2:]] == [TaskError]


def numbers_then_an_error(error):
    yield 1
    yield 2
    raise error


@claim("PO16")
def test_an_input_that_raises_fails_map_but_imap_gives_earlier_results(pool, evidence):
    """If the input raises, map() raises that at once, and imap() after the earlier results."""
    with raises(TaskError) as failed:
        pool.map(square, numbers_then_an_error(TaskError("in the input")))
    results = pool.imap(square, numbers_then_an_error(TaskError("in the input")))
    by_imap = [outcome(results.next, PATIENCE) for _ in range(4)]
    evidence(map=repr(failed.error), imap=by_imap)
    assert failed.error.args == ("in the input",)
    assert by_imap[:2] == [1, 4]
    assert [type(error) for error in by_imap[2:]] == [TaskError, StopIteration]


@claim("X16")
@refuted(because="CPython and PyPy: a thread feeds the whole input to a queue without bounds")
def test_imap_takes_from_its_input_only_what_is_asked_for(pool, reports, evidence):
    """imap() is lazy: it takes from its input no more than its results are asked for.

    One would expect it of an iterator, and to save memory with imap() over a huge input.  But a
    thread of the pool reads the whole input ahead, whether anybody takes results or not: memory
    grows without limit.  Bound it yourself, say by a semaphore released for each result, or since
    3.14 use Executor.map(buffersize=...).
    """
    taken = []

    def numbers():
        for number in range(1000):
            taken.append(number)
            yield number

    task = partial(square_when_released, reports.reporter)
    results = pool.imap(task, [100])
    reports.next()
    unasked = pool.imap(square, numbers())
    # It is refuted as soon as all has been taken, and holds if that never comes.
    lazy = outcome(until, lambda: len(taken) == 1000, "everything to be taken")
    evidence(taken_before_anything_is_asked_for=len(taken))
    reports.release()
    control(results.next(PATIENCE) == 10_000, "the first result is wrong")
    control(sum(1 for _ in unasked) == 1000, "not all results came")
    assert isinstance(lazy, NotSeen)


@claim("PO20")
def test_mapping_an_empty_input_gives_an_empty_list_at_once(pool, evidence):
    """map() of nothing is an empty list, and imap() of nothing ends at once."""
    got = [
        pool.map(square, []),
        pool.starmap(power, []),
        pool.map_async(square, ()).get(PATIENCE),
        list(pool.imap(square, [])),
        list(pool.imap_unordered(square, iter(()))),
    ]
    evidence(got=got)
    assert got == [[], [], [], [], []]


@claim("PO28")
def test_a_chunksize_below_one_is_a_value_error_of_imap(pool, evidence):
    """imap() and imap_unordered() raise ValueError for a chunksize below one."""
    forms = (pool.imap, pool.imap_unordered)
    raised = [
        type(outcome(form, square, [1], chunksize=size)) for form in forms for size in (0, -1)
    ]
    evidence(raised=[error.__name__ for error in raised])
    assert raised == [ValueError] * 4


@claim("MX27")
@refuted(because="CPython and PyPy: map() makes no chunks of that size, so no task is ever run")
def test_a_chunksize_of_zero_is_a_value_error_of_map(pool, evidence):
    """map() raises ValueError for chunksize=0, as imap() and Executor.map() do.

    One would expect an error.  Nothing is run and nothing is said: the result is [None, None, ...],
    as long as the input.  Leave chunksize out, or make sure that it is at least 1.
    """
    got = outcome(pool.map, square, [1, 2, 3], chunksize=0)
    evidence(got=got)
    control(got == [None, None, None] or isinstance(got, ValueError), repr(got))
    assert isinstance(got, ValueError)


@claim("PO04")
def test_a_result_that_cannot_be_pickled_is_a_maybe_encoding_error(pool, evidence):
    """A result that cannot be pickled raises MaybeEncodingError from get(); the worker goes on.

    "Error sending result: ... Reason: ...": the task has run all the same.
    """
    with raises(multiprocessing.pool.MaybeEncodingError) as failed:
        pool.apply(threading.Lock)
    after = pool.map(square, NUMBERS)
    evidence(raised=type(failed.error).__name__, after=after)
    assert "Error sending result" in str(failed.error)
    assert after == SQUARES


@claim("PO05")
@refuted(
    where=since("3.14.0") or PYPY,
    because="3.14 raises PicklingError for what cannot be pickled (gh-122311), as PyPy does",
)
def test_a_local_function_as_a_task_is_an_attribute_error_of_get(pool, evidence):
    """A lambda or local function as a task raises AttributeError, not from the call but from get().

    One would expect apply_async() to refuse it, under fork too.  The task is pickled later, in a
    thread of the pool: "AttributeError: Can't pickle local object ..." comes from get(), and since
    3.14 "PicklingError: Can't pickle local object ...".  Instead: catch both, or define the task at
    the top level of a module.
    """
    result = pool.apply_async(lambda: 1)
    error = outcome(result.get, PATIENCE)
    after = pool.map(square, NUMBERS)
    evidence(raised=repr(error), after=after)
    control(isinstance(error, AttributeError | pickle.PicklingError), repr(error))
    control(after == SQUARES, f"the pool is not usable afterwards: {after}")
    assert isinstance(error, AttributeError)


@claim("PO19")
def test_a_pool_cannot_be_passed_to_its_own_tasks(pool, evidence):
    """A Pool cannot be pickled: NotImplementedError; so no task can be handed its own pool."""
    error = outcome(pickle.dumps, pool)
    by_get = outcome(pool.apply_async(str, (pool,)).get, PATIENCE)
    evidence(raised=repr(error), by_get=repr(by_get))
    assert type(error) is NotImplementedError
    assert type(by_get) is NotImplementedError


def start_a_process():
    multiprocessing.Process(target=abs, args=(1,)).start()


@claim("PO12")
def test_a_task_may_not_start_processes(pool, evidence):
    """A task may not start a process: AssertionError, for the workers of a Pool are daemonic.

    "daemonic processes are not allowed to have children".  The tasks of a ProcessPoolExecutor may.
    """
    error = outcome(pool.apply, start_a_process)
    daemonic = pool.apply(is_daemonic)
    evidence(raised=repr(error), daemonic=daemonic)
    assert type(error) is AssertionError
    assert "daemonic processes are not allowed to have children" in str(error)
    assert daemonic is True


def is_daemonic():
    return multiprocessing.current_process().daemon


@claim("PO29")
def test_get_waits_no_longer_than_its_timeout(pool, reports, background, evidence):
    """get(timeout) raises TimeoutError while the task goes on; get() waits for the result."""
    task = partial(square_when_released, reports.reporter)
    result = pool.apply_async(task, (9,))
    reports.next()
    error = outcome(result.get, 0.01)
    waiting = background(result.get)
    waits = never(lambda: waiting.finished)
    reports.release()
    until(result.ready, "the result")
    evidence(early=repr(error), waits=waits, late=waiting.result())
    assert type(error) is multiprocessing.TimeoutError
    assert waits
    assert (waiting.result(), result.get(0), result.get(timeout=0)) == (81, 81, 81)
