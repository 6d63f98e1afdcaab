"""multiprocessing.Pool and its ThreadPool: ways to hand out tasks, and what comes back from them.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
import os
import pickle
import threading
from functools import partial
from multiprocessing.pool import AsyncResult, MapResult

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    cases,
    claim,
    control,
    kinds,
    needs_fork,
    never,
    outcome,
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
    """Report that the task has begun, and wait until the test releases it."""
    reporter.hold(number)
    return number * number


class TaskError(Exception):
    """What a task may raise."""


def fail_at_two(number):
    if number == 2:
        raise TaskError("at", number)
    return number * number


def note_and_fail(path):
    with open(path, "a") as file:
        file.write("once")
    raise TaskError("noted")


@claim("POOL04")
@cases(
    results={
        "map": lambda pool: pool.map(square, NUMBERS),
        "map in chunks": lambda pool: pool.map(square, NUMBERS, chunksize=3),
        "map_async": lambda pool: pool.map_async(square, NUMBERS).get(PATIENCE),
        "imap in chunks": lambda pool: list(pool.imap(square, NUMBERS, chunksize=3)),
        "starmap": lambda pool: pool.starmap(pow, [(n, 2) for n in NUMBERS]),
        "starmap_async": lambda pool: pool.starmap_async(pow, [(n, 2) for n in NUMBERS]).get(),
    }
)
def test_map_and_its_kin_give_results_in_the_order_of_the_input(results, any_pool, evidence):
    """map(), starmap(), imap() and their asynchronous forms give results in the order of the input.

    So the results of a pool are in order.  The difference between map() and map_async(): map()
    waits; map_async() returns at once, and its get() waits.  starmap() is map() for several
    arguments, and apply() is a single call.  It does not matter in which order the tasks end; only
    imap_unordered() goes by that (POOL05).  A ThreadPool has the same methods, with the same
    results.
    """
    assert evidence(results=results(any_pool)) == SQUARES


@claim("POOL04")
def test_imap_keeps_the_order_though_the_last_task_ends_first(any_pool, reports, evidence):
    """imap() gives results in the order of the input, though the last task ends first."""
    five = NUMBERS[:5]
    results = any_pool.imap(partial(square_when_released, reports.reporter), five)
    control(sorted(reports.collect(5)) == sorted(five), "all tasks have begun")
    for number in reversed(five):
        reports.release(number)
    assert evidence(results=[results.next(PATIENCE) for _ in five]) == SQUARES[:5]


@claim("POOL05")
def test_imap_unordered_gives_results_as_tasks_end(any_pool, reports, evidence):
    """imap_unordered() gives each result once, as soon as its task has ended.

    So it can move a progress bar: for done, result in enumerate(pool.imap_unordered(f, items), 1),
    or tqdm(pool.imap_unordered(f, items), total=len(items)).  A progress bar around the items, as
    click's, shows 100% all the time, since the pool reads them ahead (POOL14).  To stop all
    processes when one finds the answer: break out of that loop inside `with Pool()`, which
    terminates the others, but may hang if they are just sending large results (ASK84).
    """
    task = partial(square_when_released, reports.reporter)
    results, got = any_pool.imap_unordered(task, [1, 2, 3]), []
    control(sorted(reports.collect(3)) == [1, 2, 3], "all tasks have begun")
    for number in (2, 3, 1):
        reports.release(number)
        got.append(results.next(PATIENCE))
    assert evidence(results=got) == [4, 9, 1]
    assert kinds([outcome(results.next, PATIENCE)]) == ["StopIteration"]


@claim("POOL05")
def test_imap_unordered_in_chunks_gives_each_result_once(any_pool, evidence):
    """imap_unordered() gives each result once, in chunks as well."""
    results = sorted(any_pool.imap_unordered(square, NUMBERS, chunksize=3))
    assert evidence(results=results) == sorted(SQUARES)


@claim("POOL06")
def test_apply_passes_positional_and_keyword_arguments_on(any_pool, evidence):
    """apply() and apply_async() pass positional and keyword arguments on to the task."""
    result = any_pool.apply(power, (2, 5), {"plus": 1})
    later = any_pool.apply_async(power, (2,), {"exponent": 3, "plus": 10}).get(PATIENCE)
    assert evidence(apply=result, apply_async=later) == (33, 18)


class Adder:
    """A callable object with a method, to be given to a pool as tasks."""

    def __init__(self, number):
        self.number = number

    def __call__(self, other):
        """Add another number."""
        return self.number + other


@claim("POOL07")
@cases(
    task={
        "bound method": Adder(10).__call__,
        "partial": partial(power, exponent=3),
        "callable object": Adder(10),
        "class": str,
        "builtin": abs,
        "method of a builtin": (10).__sub__,
    }
)
def test_bound_methods_partials_and_callable_objects_are_valid_tasks(task, pool, evidence):
    """Bound methods, partials, callable objects, classes and builtins can be tasks.

    So multiprocessing works inside a class: a pool can use a method of a class, self.work, a class
    method or a static method.  A task must be something that can be pickled: no lambda, no nested
    function.  A worker has a copy of the object, so what the task changes in it is not changed in
    the parent.
    """
    assert evidence(result=pool.apply(task, (3,))) == task(3)


@claim("POOL08")
def test_map_raises_the_exception_of_the_task_that_fails(pool, tmp_path, evidence):
    """map() raises the exception of a task that fails, with the worker's traceback as its cause.

    The results of all other tasks are lost; imap() with chunksize=1, its default, gives them.  A
    pool does not retry a task that failed: retry in the task, by a loop with try and except.
    """
    error = outcome(pool.map, fail_at_two, [1, 2, 3], chunksize=1)
    assert evidence(raised=repr(error)) == "TaskError('at', 2)"
    assert kinds([error.__cause__]) == ["RemoteTraceback"]
    assert "in fail_at_two" in str(error.__cause__)
    assert repr(outcome(pool.map, note_and_fail, [tmp_path / "tried"])) == "TaskError('noted')"
    assert evidence(tried=(tmp_path / "tried").read_text()) == "once"


def hold_all_but_the_first(reporter, number):
    if number == 0:
        raise TaskError("at", number)
    reporter.hold(number)


@claim("POOL08")
def test_map_raises_when_the_last_task_has_ended(any_pool, reports, background, evidence):
    """map() raises the exception of its first task only when the last one has ended.

    To see it at once take imap(), or imap_unordered(), or error_callback= with apply_async().
    """
    task = partial(hold_all_but_the_first, reports.reporter)
    mapping = background(outcome, any_pool.map, task, [0, 1], 1)
    assert reports.next() == 1
    waits = never(lambda: mapping.finished, during=GRACE)
    reports.release()
    assert evidence(waits=waits, then=kinds([mapping.result()])) == (True, ["TaskError"])


@claim("POOL08")
def test_imap_raises_the_exception_in_place_of_the_result(any_pool, evidence):
    """imap() raises the exception of a task in its place, and gives all other results.

    That is so with chunksize=1, the default.
    """
    results = any_pool.imap(fail_at_two, [1, 2, 3])
    got = [repr(outcome(results.next, PATIENCE)) for _ in range(4)]
    assert evidence(results=got) == ["1", "TaskError('at', 2)", "9", "StopIteration()"]


@claim("POOL08")
def test_imap_with_a_larger_chunksize_ends_at_the_first_chunk_that_fails(any_pool, evidence):
    """With a chunksize of 2, imap() gives nothing after the exception: the rest is lost.

    Lost are the other results of the chunk, too, and all later ones.  Keep chunksize=1, or let the
    task catch its exception and return it.
    """
    results = any_pool.imap(fail_at_two, [3, 4, 1, 2, 5, 6], chunksize=2)
    got = [repr(outcome(next, results)) for _ in range(4)]
    assert evidence(results=got) == ["9", "16", "TaskError('at', 2)", "StopIteration()"]


@claim("POOL09")
def test_a_result_tells_whether_it_is_there_and_whether_it_is_good(any_pool, evidence):
    """ready() says whether a result is there, and successful() whether it is no exception."""
    good, bad = any_pool.map_async(square, [1, 2]), any_pool.map_async(fail_at_two, [1, 2])
    for result in (good, bad):
        result.wait(PATIENCE)
    assert evidence(ready=(good.ready(), bad.ready())) == (True, True)
    assert evidence(successful=(good.successful(), bad.successful())) == (True, False)


@claim("POOL09")
def test_successful_of_a_result_that_is_not_there_is_a_value_error(any_pool, reports, evidence):
    """While a result is not there, ready() is False, and successful() raises ValueError."""
    result = any_pool.apply_async(square_when_released, (reports.reporter, 3))
    reports.next()
    waited, ready, error = result.wait(GRACE), result.ready(), outcome(result.successful)
    reports.release()
    assert evidence(ready=ready, successful=type(error)) == (False, ValueError)
    assert waited is None
    assert result.get(PATIENCE) == 9


@claim("POOL09")
def test_the_result_of_map_async_is_one_list(any_pool, evidence):
    """map_async() returns a MapResult, an AsyncResult whose one value is the list of results."""
    result = any_pool.map_async(square, [1, 2], chunksize=1)
    assert evidence(value=result.get(PATIENCE)) == [1, 4]
    assert kinds([result]) == ["MapResult"]
    assert issubclass(MapResult, AsyncResult)


@claim("POOL10")
def test_get_waits_no_longer_than_its_timeout(any_pool, reports, background, evidence):
    """get(timeout) raises multiprocessing.TimeoutError if the task takes longer; the task goes on.

    So a pool has no timeout for each task, only for the waiting.  get() of a ThreadPool's result
    does the same.  A traceback has multiprocessing.context.TimeoutError, a ProcessError, not the
    builtin TimeoutError.  get() without a timeout waits for the result.
    """
    result = any_pool.apply_async(square_when_released, (reports.reporter, 9))
    reports.next()
    error = outcome(result.get, 0.01)
    waiting = background(result.get)
    waits = never(lambda: waiting.finished)
    reports.release()
    assert evidence(early=type(error), waits=waits) == (multiprocessing.TimeoutError, True)
    assert isinstance(error, multiprocessing.ProcessError)
    assert (waiting.result(), result.get(0), result.get(timeout=0)) == (81, 81, 81)


@claim("POOL11")
@cases(form=("imap", "imap_unordered"))
def test_next_of_imap_may_time_out_and_be_asked_again(form, any_pool, reports, evidence):
    """next(timeout) of imap() raises multiprocessing.TimeoutError, and may be asked again.

    The error is neither the builtin TimeoutError nor that of concurrent.futures.  With a chunksize
    above 1, imap() returns a generator, which has no next(timeout): "AttributeError: 'generator'
    object has no attribute 'next'".
    """
    task = partial(square_when_released, reports.reporter)
    results = getattr(any_pool, form)(task, [6])
    reports.next()
    early = outcome(results.next, timeout=0.01)
    reports.release()
    late = results.next(timeout=PATIENCE)
    assert evidence(early=type(early), late=late) == (multiprocessing.TimeoutError, 36)
    assert not isinstance(early, TimeoutError)
    in_chunks = getattr(any_pool, form)(square, [6], chunksize=2)
    assert type(evidence(in_chunks=outcome(getattr, in_chunks, "next"))) is AttributeError
    assert next(in_chunks) == 36


@claim("POOL12")
def test_callbacks_run_in_a_thread_of_the_parent_before_get_returns(any_pool, evidence):
    """callback gets the value, or error_callback the exception, in the parent and before get().

    All callbacks run in the thread that handles all results: one that takes long delays the others.
    If a task raises, the callback of its apply_async() is never called: pass error_callback, too.
    """
    seen, callers, early = [], set(), []
    called, go_on = threading.Semaphore(0), threading.Event()

    def see(value):
        seen.append(value)
        callers.add((os.getpid(), threading.get_ident()))
        called.release()
        go_on.wait(PATIENCE)

    for start, tasks in ((any_pool.apply_async, (3,)), (any_pool.map_async, [1, 2])):
        go_on.clear()
        result = start(square, tasks, callback=see, error_callback=seen.append)
        assert called.acquire(timeout=PATIENCE), "no callback was called"
        early.append(outcome(result.get, GRACE))
        go_on.set()
        result.get(PATIENCE)
    assert kinds(evidence(while_a_callback_runs=early)) == ["TimeoutError", "TimeoutError"]
    assert evidence(seen=seen) == [9, [1, 4]]
    [(pid, thread)] = callers
    assert pid == os.getpid()
    assert thread != threading.get_ident()


@claim("POOL12")
@cases(start=("apply_async", "map_async"))
def test_error_callback_gets_the_exception_of_the_task(any_pool, start, evidence):
    """error_callback gets the exception that get() raises; callback is not called."""
    seen = []
    see = seen.append
    result = getattr(any_pool, start)(fail_at_two, (2,), callback=see, error_callback=see)
    error = outcome(result.get, PATIENCE)
    assert evidence(seen=seen) == [error]
    assert kinds(seen) == ["TaskError"]


def numbers_then_an_error():
    yield 1
    yield 2
    raise TaskError("in the input")


@claim("POOL13")
def test_an_input_that_raises_fails_map_but_imap_gives_earlier_results(any_pool, evidence):
    """If the input raises, map() raises that immediately, and imap() after the earlier results."""
    error = outcome(any_pool.map, square, numbers_then_an_error())
    results = any_pool.imap(square, numbers_then_an_error())
    by_imap = [repr(outcome(results.next, PATIENCE)) for _ in range(4)]
    raised = "TaskError('in the input')"
    assert evidence(map=repr(error)) == raised
    assert evidence(imap=by_imap) == ["1", "4", raised, "StopIteration()"]


@claim("POOL14")
@refuted(because="CPython and PyPy: a thread feeds the whole input to a queue without bounds")
def test_imap_takes_from_its_input_only_what_is_asked_for(pool, reports, evidence):
    """imap() is lazy: it takes from its input no more than its results are asked for.

    The difference between map_async() and imap(): map_async() returns at once, and its get() has
    the list of all results when the last task has ended; imap() is an iterator, which yields each
    result as soon as it is its turn.  You might expect laziness of an iterator, and use imap() to
    save memory over a huge input.  In fact a thread of the pool reads the whole input ahead, though
    nobody takes results: memory grows without limit.  Bound the input yourself, say by a semaphore
    that you release for each result, or since 3.14 use Executor.map(buffersize=...).
    """
    taken = []
    numbers = (taken.append(number) or number for number in range(1000))
    held = pool.imap(partial(square_when_released, reports.reporter), [100])
    reports.next()
    unasked = pool.imap(square, numbers)
    # It is refuted as soon as all has been taken, and holds if that never comes.
    read_ahead = outcome(until, lambda: len(taken) == 1000, "everything to be taken")
    evidence(taken_before_anything_is_asked_for=len(taken))
    reports.release()
    control(held.next(PATIENCE) == 10_000, "the first result comes")
    control(sum(1 for _ in unasked) == 1000, "all results come")
    assert isinstance(read_ahead, NotSeen)


@claim("POOL15")
def test_mapping_an_empty_input_gives_an_empty_list_at_once(any_pool, evidence):
    """map() of nothing is an empty list, and imap() of nothing ends immediately."""
    lists = any_pool.map(square, []), any_pool.starmap(power, iter(()))
    iterators = any_pool.imap(square, []), any_pool.imap_unordered(square, iter(()))
    assert evidence(lists=lists) == ([], [])
    assert [list(iterator) for iterator in iterators] == [[], []]
    assert any_pool.map_async(square, ()).get(PATIENCE) == []


@claim("POOL16")
@cases(form=("imap", "imap_unordered"), chunksize=(0, -1))
def test_a_chunksize_below_one_is_a_value_error_of_imap(form, chunksize, any_pool, evidence):
    """imap() and imap_unordered() raise ValueError for a chunksize below one.

    "ValueError: Chunksize must be 1+, not 0".  len(items) // workers is 0 for few items:
    write max(1, len(items) // workers).
    """
    error = outcome(getattr(any_pool, form), square, [1], chunksize)
    assert evidence(raised=repr(error)).startswith("ValueError('Chunksize must be 1+, not ")


@claim("POOL17")
@refuted(because="CPython and PyPy: map() makes no chunks of that size, so no task is ever run")
def test_a_chunksize_of_zero_is_a_value_error_of_map(pool, evidence):
    """map() raises ValueError for chunksize=0, as imap() does.

    In fact it runs no task and raises nothing: the result is [None, None, ...], as long as the
    input.  Leave chunksize out, or make sure that it is at least 1.
    """
    of_imap = outcome(pool.imap, square, [1, 2, 3], chunksize=0)
    control(isinstance(of_imap, ValueError), f"imap() raises no ValueError: {of_imap!r}")
    got = outcome(pool.map, square, [1, 2, 3], chunksize=0)
    evidence(got=got)
    assert isinstance(got, ValueError), got


@claim("POOL18")
def test_a_result_that_cannot_be_pickled_is_a_maybe_encoding_error(pool, evidence):
    """A result that cannot be pickled raises MaybeEncodingError from get(); the worker goes on.

    "MaybeEncodingError: Error sending result: ... Reason: ...": the task has run all the same.
    Return plain data: no open file, lock or generator.
    """
    error = evidence(raised=outcome(pool.apply, threading.Lock))
    assert str(error).startswith("Error sending result: '<unlocked _thread.lock")
    assert type(error).__name__ == "MaybeEncodingError"
    assert pool.map(square, NUMBERS) == SQUARES


@claim("POOL19")
@refuted(
    where=since("3.14.0") or PYPY,
    because="3.14 raises PicklingError for what cannot be pickled (gh-122311), as PyPy does",
    by="PicklingError: Can't pickle ",
)
def test_a_local_function_as_a_task_is_an_attribute_error_of_get(pool, evidence):
    """A lambda in a function, as a task, raises AttributeError, not from the call but from get().

    So does a function in a function.  You might expect apply_async() to refuse it, or fork to need
    no pickle.  But a thread of the pool pickles the task later: "AttributeError: Can't pickle local
    object ..." comes from get(), from 3.12.5 on "AttributeError: Can't get local object ...", and
    since 3.14 "PicklingError: Can't pickle local object <function ...>".  Catch both, or define the
    task by def at the top level of a module: a lambda there is a PicklingError everywhere (GIVE02).
    """
    result = pool.apply_async(lambda: 1)
    error = evidence(raised=outcome(result.get, PATIENCE))
    if not isinstance(error, AttributeError):
        raise error


@claim("POOL20")
@cases(
    attempt={
        "pickled": lambda pool: pickle.dumps(pool),
        "as an argument": lambda pool: pool.apply_async(str, (pool,)).get(PATIENCE),
    }
)
def test_a_pool_cannot_be_passed_to_its_own_tasks(attempt, pool, evidence):
    """A Pool cannot be pickled: NotImplementedError; so no task can be handed its own pool.

    "NotImplementedError: pool objects cannot be passed between processes or pickled".
    """
    assert kinds([evidence(raised=outcome(attempt, pool))]) == ["NotImplementedError"]


def start_a_process():
    multiprocessing.Process(target=abs, args=(1,)).start()


def is_daemonic():
    return multiprocessing.current_process().daemon


@claim("POOL21")
def test_a_task_may_not_start_processes(pool, evidence):
    """A task may not start a process: AssertionError, for the workers of a Pool are daemonic.

    "AssertionError: daemonic processes are not allowed to have children": so there is no Pool
    inside a Pool.  The recipe NoDaemonProcess fails in a subclass of Pool since 3.8, with "group
    argument must be None for now"; it works in a subclass of the context.  Instead: nest
    ProcessPoolExecutors, whose tasks may.
    """
    error = outcome(pool.apply, start_a_process)
    assert evidence(raised=repr(error), daemonic=pool.apply(is_daemonic)) == (
        "AssertionError('daemonic processes are not allowed to have children')",
        True,
    )


class Large:
    """Stands for gigabytes of data, and counts how often it is pickled here."""

    pickled = 0
    loaded_by = None

    def __reduce__(self):
        Large.pickled += 1
        return Large, ()


LARGE = Large()


def is_there(large):
    return type(large).__name__


def is_here(_number):
    return LARGE.loaded_by


@claim("POOL38")
@needs_fork
def test_a_global_reaches_forked_workers_without_a_copy(evidence):
    """A global that exists before a fork-started Pool is not pickled: its workers have it.

    Fork shares the memory, copy-on-write: a page is copied only when somebody writes to it.  So
    3 GB that all workers only read are there once, though the counts of references let some pages
    be copied in time.  Under spawn and forkserver the workers import the module and load the data
    anew: put it into SharedMemory, or a file with mmap.
    """
    Large.pickled, LARGE.loaded_by = 0, os.getpid()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        seen = pool.map(is_here, range(6), chunksize=1)
    assert evidence(loaded_by=set(seen), pickled=Large.pickled) == ({os.getpid()}, 0)


@claim("POOL39")
def test_an_argument_is_pickled_for_each_task(pool, evidence):
    """An argument of a Pool's task is pickled for each task, whatever the start method.

    With partial(f, table) for the function, or [(table, x), ...] for starmap(), a large table is
    copied into the pipe again and again, which may take longer than the work.  Give it to each
    worker once, by an initializer and a global, or under fork by a global alone (POOL38).
    """
    Large.pickled = 0
    seen = pool.map(is_there, [LARGE] * 6, chunksize=1)
    assert evidence(seen=set(seen), pickled=Large.pickled) == ({"Large"}, 6)
