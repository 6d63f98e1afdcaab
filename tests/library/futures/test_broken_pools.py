"""Process pools that break: workers that die, and what cannot be un-pickled.

Source: https://docs.python.org/3/library/concurrent.futures.html#exception-classes
"""

import os
import signal
import sys
import threading
import types
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context

from tests.harness import (
    FORK,
    PATIENCE,
    PYPY,
    START_METHODS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    until,
)

CHEAP = "forkserver" if "forkserver" in START_METHODS else "spawn"
ABRUPTLY = (
    "A process in the process pool was terminated abruptly while the future was running or pending."
)
NOT_USABLE = "A child process terminated abruptly, the process pool is not usable anymore"


def hold(report, number):
    report.hold((number, os.getpid()))
    return number


def hold_and_exit(report, number):
    report.hold((number, os.getpid()))
    os._exit(0)


def exit_with(code):
    os._exit(code)


def hold_and_be_killed(report, number):
    report.hold((number, os.getpid()))
    os.kill(os.getpid(), signal.SIGKILL if FORK else signal.SIGTERM)


DEATHS = {"kill": hold_and_be_killed, "exit": hold_and_exit}


def started(executors, workers, method=CHEAP, **options):
    """Return an executor and the processes that it starts with one task."""
    before = set(active_children())
    executor = executors(ProcessPoolExecutor, workers, mp_context=get_context(method), **options)
    executor.submit(abs, -1).result(PATIENCE)
    return executor, [*set(active_children()) - before]


@claim("CF23")
@cases(death=list(DEATHS))
@predicts("RC21")
def test_a_dead_worker_breaks_its_process_pool(executors, start_method, death, reports, evidence):
    """A worker that dies, even by os._exit(0), breaks its pool: result() raises BrokenProcessPool.

    "A process in the process pool was terminated abruptly while the future was running or pending."
    So nobody waits for ever, as with a multiprocessing.Pool (PO07).  Often it was killed for want
    of memory.  The pool takes no more tasks: "the process pool is not usable anymore".  Make
    another.
    """
    executor, _ = started(executors, 1, start_method)
    futures = [executor.submit(DEATHS[death], reports.reporter, 1), executor.submit(abs, -1)]
    reports.next()
    reports.release()
    got = [outcome(future.result, PATIENCE) for future in futures]
    refused = [outcome(executor.submit, abs, -1), outcome(executor.map, abs, [-1])]
    evidence(got=[type(error).__name__ for error in got], submit=refused[0])
    assert [type(error) for error in got + refused] == [BrokenProcessPool] * 4
    assert [str(error) for error in got] == [ABRUPTLY] * 2
    assert [str(error) for error in refused] == [NOT_USABLE] * 2
    assert [future.done() for future in futures] == [True, True]
    assert BrokenProcessPool.__mro__[1:3] == (BrokenExecutor, RuntimeError)


@claim("CF95")
@refuted(because="CPython and PyPy terminate the other workers: their queues may be damaged")
def test_a_dead_worker_harms_only_its_own_task(executors, reports, evidence):
    """If a worker of a process pool dies, the tasks of the other workers go on.

    One would expect so.  But all unfinished futures get BrokenProcessPool, and all other workers
    are ended by SIGTERM in the middle of their tasks, since what they share may be damaged.  Where
    a task may crash, give it a Process, or a pool, of its own.
    """
    executor = executors(ProcessPoolExecutor, 2, mp_context=get_context(CHEAP))
    other = executor.submit(hold, reports.reporter, "other")
    dying = executor.submit(hold_and_exit, reports.reporter, "dying")
    inside = dict(reports.collect(2))
    control(len(set(inside.values())) == 2, f"both tasks were in {inside}")
    # A pool that has just started a worker may not watch it yet: the next submit() sees to it.
    pending = executor.submit(abs, -1)
    reports.release(("dying", inside["dying"]))
    died = outcome(dying.result, PATIENCE)
    control(type(died) is BrokenProcessPool, f"the dying task ended with {died!r}")
    ended = outcome(until, other.done, "the other to be given up", within=1)
    reports.release()
    got = outcome(other.result, PATIENCE)
    evidence(other_task=got, given_up=ended is None, pending=outcome(pending.result, PATIENCE))
    control(got == "other" or type(got) is BrokenProcessPool, f"it ended with {got!r}")
    assert got == "other"


@claim("CF96")
@refuted(where=before("3.14.0") or PYPY, because="one exception for all before 3.14 (gh-101267)")
def test_each_future_of_a_broken_pool_has_its_own_exception(executors, reports, evidence):
    """Each future of a broken process pool has a BrokenProcessPool exception of its own.

    Otherwise each result() adds its lines to the traceback of the one that they share, which grows
    to thousands of lines for many futures (gh-101267).
    """
    executor, _ = started(executors, 1)
    futures = [executor.submit(hold_and_exit, reports.reporter, 1)]
    futures += [executor.submit(abs, -1) for _ in range(3)]
    reports.next()
    reports.release()
    errors = [outcome(future.exception, PATIENCE) for future in futures]
    distinct = len({id(error) for error in errors})
    evidence(futures=4, exceptions=distinct)
    control([type(error) for error in errors] == [BrokenProcessPool] * 4, f"they are {errors}")
    control(distinct in (1, 4), f"there are {distinct}")
    assert distinct == 4


@claim("X03")
@refuted(where=before("3.15.0"), because="3.15 added the cause (gh-139462)")
def test_a_broken_pool_tells_which_process_died_and_how(executors, evidence):
    """The cause of a BrokenProcessPool tells the worker's pid and exit code.

    "Process 1234 terminated abruptly with exit code 3"; -9 means killed by SIGKILL, as by the
    system when memory runs out.  Before 3.15 there is no cause, and nothing tells how it died; look
    into the system's log.
    """
    executor, workers = started(executors, 1)
    got = outcome(executor.submit(exit_with, 3).result, PATIENCE)
    control(type(got) is BrokenProcessPool, f"it ended with {got!r}")
    evidence(cause=got.__cause__)
    control(got.__cause__ is None or "exit code" in str(got.__cause__), str(got.__cause__))
    told = f"Process {workers[0].pid} terminated abruptly with exit code 3"
    assert got.__cause__ is not None
    assert told in str(got.__cause__)


def fail(*arguments):
    raise ValueError(*arguments)


@claim("CF22")
def test_a_failing_initializer_breaks_a_process_pool(executors, evidence):
    """If the initializer raises in a worker, all tasks fail with BrokenProcessPool.

    The exception itself is only logged, in the worker: look at standard error.
    """
    context = get_context(CHEAP)
    executor = executors(ProcessPoolExecutor, 1, context, initializer=fail, initargs=(1,))
    got = outcome(executor.submit(abs, -1).result, PATIENCE)
    later = outcome(executor.submit, abs, -1)
    evidence(got=got, submit=later)
    assert [type(error) for error in (got, later)] == [BrokenProcessPool] * 2
    assert str(got) == ABRUPTLY
    assert str(later) == NOT_USABLE


class Misplaced(Exception):
    """An exception whose constructor takes other arguments than it hands on."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Well(Exception):
    """An exception that hands its arguments on."""

    def __init__(self, code, text):
        super().__init__(code, text)
        self.code = code


def raise_one(kind):
    raise kind(3, "text")


@claim("CF28")
@refuted(because="CPython and PyPy pickle an exception as its class and its args")
def test_any_exception_of_a_task_reaches_the_caller(executors, evidence):
    """An exception that a task raises reaches the caller, whatever its constructor takes.

    One would expect so.  But it is made anew from its args: if __init__() takes two arguments and
    hands one on to super().__init__(), that raises "TypeError: ... missing 1 required positional
    argument" in the caller's process, which breaks the pool: BrokenProcessPool for every future.
    Hand all arguments on, or define __reduce__().  (A Pool hangs: PO03.)
    """
    executor, _ = started(executors, 1)
    well = outcome(executor.submit(raise_one, Well).result, PATIENCE)
    got = outcome(executor.submit(raise_one, Misplaced).result, PATIENCE)
    evidence(handed_on=repr(well), not_handed_on=type(got).__name__)
    control((type(well), well.args, well.code) == (Well, (3, "text"), 3), f"it raised {well!r}")
    control(type(got) in (BrokenProcessPool, Misplaced), f"it ended with {got!r}")
    control(type(got) is Misplaced or "TypeError" in str(got.__cause__), str(got.__cause__))
    assert (type(got), str(got)) == (Misplaced, "3: text")


class Stubborn:
    """Can be pickled, but not be un-pickled."""

    def __reduce__(self):
        return fail, ("stubborn",)


@claim("CF97")
@refuted(because="CPython and PyPy: the pool's thread cannot tell whose result it was")
def test_a_result_that_cannot_be_unpickled_harms_only_its_future(executors, evidence):
    """A result that cannot be un-pickled raises from its own result(); the pool stays usable.

    So it is if it cannot be pickled (CF27).  But if un-pickling fails, in the caller's process,
    the pool is broken: BrokenProcessPool for all, with the error's traceback as its cause.
    """
    executor, _ = started(executors, 1)
    got = outcome(executor.submit(Stubborn).result, PATIENCE)
    later = outcome(executor.submit, abs, -1)
    evidence(got=type(got).__name__, submit=later)
    control("ValueError: stubborn" in str(got.__cause__), f"the cause is {got.__cause__}")
    control(isinstance(got, (BrokenProcessPool, ValueError)), f"it ended with {got!r}")
    assert type(got) is not BrokenProcessPool
    assert type(later) is not BrokenProcessPool


@claim("MX19")
def test_a_function_the_worker_cannot_import_breaks_the_pool(executors, background, evidence):
    """A task whose function the worker cannot import breaks the pool: BrokenProcessPool.

    So does one that was typed at the prompt, under spawn and forkserver: "AttributeError: Can't get
    attribute 'f' on <module '__main__'>", or "ModuleNotFoundError", is on standard error only, and
    the worker ends.  (A Pool hangs: MX18.)  Put the function into a module.
    """
    ghost = types.ModuleType("a_module_of_the_parent_only")
    exec("def task(): return 7", vars(ghost))  # noqa: S102 - a function of that module
    sys.modules[ghost.__name__] = ghost
    try:
        executor, workers = started(executors, 1)
        got = outcome(executor.submit(ghost.task).result, PATIENCE)
    finally:
        del sys.modules[ghost.__name__]
    background(executor.shutdown).result()
    exit_codes = [worker.exitcode for worker in workers]
    evidence(got=type(got).__name__, exit_codes=exit_codes)
    assert type(got) is BrokenProcessPool
    assert str(got) == ABRUPTLY
    assert exit_codes == [1]


@claim("CF31")
@cases(end=["terminate_workers", "kill_workers"])
@applies(where=FORK, because="exit codes tell signals on POSIX only")
@refuted(
    where=before("3.14.0"), because="3.14 added terminate_workers(), kill_workers() (gh-128041)"
)
def test_workers_can_be_terminated_and_killed(executors, reports, end, background, evidence):
    """terminate_workers() and kill_workers() end all workers at once, by SIGTERM or SIGKILL.

    Running tasks get BrokenProcessPool, pending ones are cancelled.  Before 3.14: "AttributeError:
    'ProcessPoolExecutor' object has no attribute 'terminate_workers'".  A running task cannot be
    stopped there, but by a signal to its process, from multiprocessing.active_children().
    """
    threads = set(threading.enumerate())
    executor, workers = started(executors, 1)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(5)]
    reports.next()
    threads = set(threading.enumerate()) - threads
    got = outcome(lambda: background(getattr(executor, end)).result())
    reports.release()
    if isinstance(got, AttributeError):
        evidence(raised=got)
        control(end in str(got), f"it ended with {got!r}")
        for _ in range(4):
            reports.next()
            reports.release()
    assert not isinstance(got, AttributeError)
    ended = [type(outcome(future.result, PATIENCE)).__name__ for future in futures]
    joined(*threads)  # they join the workers
    exit_codes = joined(*workers)
    refused = outcome(executor.submit, abs, -1)
    evidence(futures=ended, exit_codes=exit_codes, submit=refused)
    assert got is None
    assert ended[0] == "BrokenProcessPool"
    assert ended[3:] == ["CancelledError"] * 2
    assert set(ended[1:3]) <= {"BrokenProcessPool", "CancelledError"}
    assert exit_codes == [-signal.SIGTERM if end == "terminate_workers" else -signal.SIGKILL]
    assert isinstance(refused, RuntimeError)
