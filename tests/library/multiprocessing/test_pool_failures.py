"""multiprocessing.Pool: what breaks a pool without a word, so that get() never returns.

Each spec runs in a fresh interpreter, with the default start method, for the pool's threads print
what breaks them.  A pool whose results are no longer handled cannot be terminated, so its workers
are killed.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
from multiprocessing import active_children

from tests.harness import (
    FORK,
    GRACE,
    PATIENCE,
    applies,
    claim,
    control,
    never,
    outcome,
    refuted,
)


def square(number):
    return number * number


class NotUnpickled(Exception):
    """An exception that can be pickled, but not un-pickled: its argument is not among its args."""

    def __init__(self, code):
        super().__init__()
        self.code = code


def raise_not_unpickled():
    raise NotUnpickled(3)


def fail(value):
    raise RuntimeError("in a callback")


def end_of(pool):
    """Return what terminate() raises, and end the workers that it has left."""
    workers = active_children()
    raised = outcome(pool.terminate)
    for worker in workers:
        worker.kill()
        worker.join()
    return type(raised).__name__


def results_after(break_it):
    """Return whether a task that breaks the pool, and one after it, are ever answered."""
    pool = multiprocessing.Pool(1)
    before = pool.apply(square, (2,))
    breaking = break_it(pool)
    after = pool.apply_async(square, (3,))
    lost = never(lambda: breaking.ready() or after.ready(), during=2 * GRACE)
    ready = breaking.ready(), after.ready()
    return before, lost, ready, end_of(pool)


def results_after_an_exception():
    return results_after(lambda pool: pool.apply_async(raise_not_unpickled))


@claim("PO03")
@refuted(because="CPython and PyPy: the thread that handles results ends (gh-79720)")
def test_an_exception_that_cannot_be_unpickled_is_raised_by_get(programs, evidence):
    """A task's exception that cannot be un-pickled makes get() raise something.

    One would expect a TypeError, at least: __init__() missing 1 required positional argument.  It
    strikes the thread that handles all results, which ends: neither that get() nor any later one
    returns, and terminate() raises AssertionError "Cannot have cache with result_handler not
    alive".  Pass all arguments of an exception to super().__init__(), or use concurrent.futures,
    where it is a BrokenProcessPool.
    """
    before, lost, ready, end = programs.call(results_after_an_exception)
    evidence(answered=ready, terminate_raised=end)
    control(before == 4, "the pool did not work at first")
    control(not lost or end == "AssertionError", f"terminate() gave {end}")
    assert not lost


def results_after_a_callback():
    return results_after(lambda pool: pool.apply_async(square, (1,), callback=fail))


@claim("X08")
@refuted(because="CPython and PyPy: the thread that handles results calls callbacks, and ends")
def test_a_callback_that_raises_does_no_harm(programs, evidence):
    """A callback that raises is reported, and results go on to be given.

    One would expect what a Future does: its callbacks' exceptions are logged.  A callback of Pool
    runs in the thread that handles all results, and ends it: neither that get() nor any later one
    returns.  Catch everything within a callback.
    """
    before, lost, ready, end = programs.call(results_after_a_callback)
    evidence(answered=ready, terminate_raised=end)
    control(before == 4, "the pool did not work at first")
    control(not lost or end == "AssertionError", f"terminate() gave {end}")
    assert not lost


LATE = """
import multiprocessing, os

def early():
    return os.getpid()

if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(1) as pool:

        def late():
            return "late"

        first = pool.apply(os.getpid)
        result = pool.apply_async(late)
        print(pool.apply_async(early).get({seconds}) != first, result.ready())
"""


def unknown_to_the_worker(programs, method):
    """Return how a program ends whose pool knows only what was defined before it was made."""
    # A function under the guard is one of the module, and pickled by its name.
    program = programs.run(LATE.format(method=method, seconds=PATIENCE))
    control(program.exit_code == 0, program.err)
    control("AttributeError: " in program.err, f"the worker found the function: {program}")
    replaced, ready = program.out.split()
    control(replaced == "True", "the worker was not replaced")
    return ready


@claim("PO21")
@applies(where=FORK, because="the start method fork exists only on POSIX")
@refuted(because="CPython and PyPy: a forked worker has the module as it was at the fork")
def test_a_function_defined_after_the_pool_can_be_its_task(programs, evidence):
    """A function that is defined after the pool was made can be its task, under fork.

    One would expect a name to be looked up when it is needed.  It is, in the worker, which was
    forked before the function was there: "AttributeError: Can't get attribute 'late' on <module
    '__main__'>" (since 3.14 "module '__main__' has no attribute 'late'") on its standard error, the
    worker ends, and get() never returns.  Make the pool after all functions.
    """
    ready = unknown_to_the_worker(programs, "fork")
    evidence(answered=ready)
    assert ready == "True"


@claim("MX18")
@refuted(because="CPython and PyPy: a worker that cannot import the task ends, and it is forgotten")
def test_a_task_that_workers_cannot_import_is_an_error_of_get(programs, evidence):
    """A task that spawned workers cannot import is an error of get().

    A function from under the __main__ guard, from python -c or from the interactive prompt cannot
    be found by a spawned worker.  One would expect AttributeError from get().  It appears on
    standard error only, the worker ends, and get() never returns.  Move tasks into a module; with
    concurrent.futures it is at least a BrokenProcessPool.
    """
    ready = unknown_to_the_worker(programs, "spawn")
    evidence(answered=ready)
    assert ready == "True"
