"""multiprocessing.Pool: what breaks a pool without a word, so that get() never returns.

Each spec runs in a fresh interpreter, for the pool's threads print what breaks them.  A pool whose
results are no longer handled cannot be terminated, so its workers are killed.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import multiprocessing
from multiprocessing import active_children

from tests.harness import GRACE, PATIENCE, claim, control, never, outcome, refuted


class NotUnpickled(Exception):
    """An exception that can be pickled, but not un-pickled: its argument is not among its args."""

    def __init__(self, code):
        super().__init__()
        self.code = code


def raise_not_unpickled():
    raise NotUnpickled(3)


def fail(_):
    raise RuntimeError("in a callback")


def answers_after(task, arguments, callback):
    """Return whether a task that breaks a pool, and one after it, are answered, and how it ends."""
    pool = multiprocessing.Pool(1)
    control(pool.apply(abs, (-2,)) == 2, "the pool works at first")
    breaking = pool.apply_async(task, arguments, callback=callback)
    after = pool.apply_async(abs, (-3,))
    never(lambda: breaking.ready() and after.ready(), during=2 * GRACE)
    answers = breaking.ready(), after.ready()
    workers = active_children()
    end = outcome(pool.terminate)
    for worker in workers:
        worker.kill()
        worker.join()
    return *answers, repr(end)


def answers_after_an_exception():
    return answers_after(raise_not_unpickled, (), None)


@claim("POOL01")
@refuted(because="CPython and PyPy: the thread that handles results ends (gh-79720)")
def test_an_exception_that_cannot_be_unpickled_is_raised_by_get(programs, evidence):
    """A task's exception that cannot be un-pickled makes get() raise something.

    You might expect "TypeError: __init__() missing 1 required positional argument", at least.  It
    strikes the thread that handles all results, which ends: neither that get() nor any later one
    returns, and terminate() raises AssertionError "Cannot have cache with result_handler not
    alive".  Pass all arguments of an exception to super().__init__(), or use concurrent.futures,
    which raises BrokenProcessPool.
    """
    breaking, after, end = programs.call(answers_after_an_exception)
    assert evidence(answered=breaking, later_one_answered=after, end=end) == (True, True, "None")


def answers_after_a_callback():
    return answers_after(abs, (-1,), fail)


@claim("POOL02")
@refuted(because="CPython and PyPy: the thread that handles results calls callbacks, and ends")
def test_a_callback_that_raises_does_no_harm(programs, evidence):
    """A callback that raises is reported, and the pool goes on to give results.

    You might expect that of a Future, which logs the exceptions of its callbacks.  A callback of
    Pool runs in the thread that handles all results, and ends it: neither that get() nor any later
    one returns.  Catch everything within a callback.
    """
    breaking, after, end = programs.call(answers_after_a_callback)
    assert evidence(answered=breaking, later_one_answered=after, end=end) == (True, True, "None")


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
        replaced = pool.apply_async(early).get({seconds}) != first
        print(replaced, result.ready())
"""


@claim("POOL03")
@refuted(because="CPython and PyPy: a worker that cannot import the task ends; Pool forgets it")
def test_a_task_that_workers_cannot_import_is_an_error_of_get(start_method, programs, evidence):
    """A task that a worker cannot import is an error of get().

    You might expect "AttributeError: Can't get attribute 'late' on <module '__main__'>" (since 3.14
    "module '__main__' has no attribute 'late'") from get().  It appears on standard error only; the
    worker ends, and get() never returns.  A forked worker does not find what was defined after the
    pool was made; a spawned one nothing from under the __main__ guard, from python -c or from the
    interactive prompt.  Move tasks into a module.
    """
    program = programs.run(LATE.format(method=start_method, seconds=PATIENCE))
    control(program.exit_code == 0, program.err)
    replaced, answered = program.out.split()
    control(answered == "True" or "AttributeError: " in program.err, "the task is not found")
    control("True" in (answered, replaced), "the worker has been replaced")
    assert evidence(answered=answered) == "True"
