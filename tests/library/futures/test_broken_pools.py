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
from multiprocessing import active_children

from tests.harness import (
    FORK,
    PATIENCE,
    WINDOWS,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    outcome,
    predicts,
    refuted,
    until,
)
from tests.library.futures.scenery import CHEAP, workers

ABRUPTLY = (
    "A process in the process pool was terminated abruptly while the future was running or pending."
)
NOT_USABLE = "A child process terminated abruptly, the process pool is not usable anymore"


def hold(report, name):
    report.hold(name)
    return name


def hold_and_exit(report, name):
    report.hold(name)
    os._exit(0)


def hold_and_be_killed(report, name):
    report.hold(name)
    os.kill(os.getpid(), signal.SIGKILL if FORK else signal.SIGTERM)


def pool_and_worker(executors, context=CHEAP):
    """Return a process pool of one worker, and that process, which has done a task."""
    others = set(active_children())
    executor = executors(ProcessPoolExecutor, 1, mp_context=context)
    executor.submit(abs, -1).result(PATIENCE)
    (worker,) = set(active_children()) - others
    return executor, worker


@claim("PEXEC01")
@cases(die=(hold_and_exit, hold_and_be_killed))
@predicts("RC21")
def test_a_dead_worker_breaks_its_process_pool(executors, ctx, die, reports, evidence):
    """A worker that dies, even by os._exit(0), breaks its pool: result() raises BrokenProcessPool.

    "concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated
    abruptly while the future was running or pending."  A multiprocessing.Pool hangs instead
    (POOL28): a difference between concurrent.futures and multiprocessing.Pool.  Often the system
    has killed the worker because memory ran out.  The pool takes no more tasks:
    "concurrent.futures.process.BrokenProcessPool: A child process terminated abruptly, the process
    pool is not usable anymore".  Make another.  (Before 3.11.5 the shutdown() of a broken pool may
    hang: PEXEC30.)
    """
    executor, _ = pool_and_worker(executors, ctx)
    running, pending = executor.submit(die, reports.reporter, 1), executor.submit(abs, -1)
    reports.next()
    reports.release()
    errors = [outcome(future.result, PATIENCE) for future in (running, pending)]
    refused = [outcome(executor.submit, abs, -1), outcome(executor.map, abs, [-1])]
    assert set(kinds(errors + refused)) == {"BrokenProcessPool"}
    assert {str(error) for error in evidence(result=errors)} == {ABRUPTLY}
    assert {str(error) for error in evidence(submit_map=refused)} == {NOT_USABLE}
    assert BrokenProcessPool.__mro__[1:3] == (BrokenExecutor, RuntimeError)


@claim("PEXEC02")
@refuted(
    because="CPython and PyPy terminate the other workers: their queues may be damaged",
    by=BrokenProcessPool,
)
def test_a_dead_worker_harms_only_its_own_task(executors, reports, evidence):
    """If a worker of a process pool dies, the tasks of the other workers go on.

    You might expect so.  In fact all unfinished futures get BrokenProcessPool, and SIGTERM ends all
    other workers in the middle of their tasks, since what they share may be damaged.  Where a task
    may crash, run it in a Process, or a pool, that has no other tasks.
    """
    executor = executors(ProcessPoolExecutor, 2, mp_context=CHEAP)
    other = executor.submit(hold, reports.reporter, "other")
    dying = executor.submit(hold_and_exit, reports.reporter, "dying")
    reports.collect(2)
    # A pool that has just started a worker may not watch it yet: the next submit() sees to it.
    executor.submit(abs, -1)
    reports.release("dying")
    outcome(until, dying.done, "the pool to break", within=PATIENCE / 4)
    reports.release()
    control(kinds([outcome(dying.result, PATIENCE)]) == ["BrokenProcessPool"], "it is not broken")
    assert evidence(other_task=other.result(PATIENCE)) == "other"


@claim("PEXEC03")
@refuted(
    where=before("3.13.15", "3.14.7", "3.15.0"),
    because="one exception for all before 3.13.15, 3.14.7 and 3.15 (gh-101267)",
    by="AssertionError: assert 1 == 4",
)
def test_each_future_of_a_broken_pool_has_its_own_exception(executors, reports, evidence):
    """Each future of a broken process pool has a separate BrokenProcessPool exception.

    Since 3.13.15, 3.14.7 and 3.15.  Before, each result() adds its lines to the traceback of the
    one that they share, which grows to thousands of lines for many futures (gh-101267).  Instead:
    show str() of the exceptions, or the traceback of the first alone.
    """
    executor, _ = pool_and_worker(executors)
    futures = [executor.submit(hold_and_exit, reports.reporter, 1)]
    futures += [executor.submit(abs, -1) for _ in range(3)]
    reports.next()
    reports.release()
    errors = [future.exception(PATIENCE) for future in futures]
    control(set(kinds(errors)) == {"BrokenProcessPool"}, f"they are {errors}")
    assert evidence(exceptions_of_four_futures=len({id(error) for error in errors})) == 4


def exit_with(code):
    os._exit(code)


def read_one(reader):
    if reader.poll(0.01):
        reader.recv_bytes()


#: Seconds after which a shutdown() that must return has not, and those of one that may hang.
RETURNS, HANGS = PATIENCE, 1

NEVER_READ = before("3.11.5", "3.12.0")


@claim("PEXEC30")
@predicts("H39")
@refuted(
    where=NEVER_READ,
    because="before 3.11.5 and 3.12 nothing ends the thread that writes to the workers (gh-94777)",
)
def test_a_pool_that_broke_while_it_was_sending_ends(executors, reports, background, evidence):
    """shutdown() returns if a worker died while a large argument was on its way to the workers.

    Since 3.11.5 and 3.12 (gh-94777).  Before, the futures get BrokenProcessPool, but the thread
    that writes the argument, more than the 64 KiB of a pipe, waits for ever for a reader:
    shutdown(), the end of a "with" block, and the end of the program hang: a deadlock.  There, send
    large data by a file or SharedMemory, or call shutdown(wait=False) and leave by os._exit().
    """
    executor, _ = pool_and_worker(executors)
    executor.submit(hold_and_exit, reports.reporter, 1)
    reports.next()
    pending = executor.submit(len, bytes(1 << 20))
    reader = executor._call_queue._reader  # noqa: SLF001 - nothing else shows what is on its way
    until(reader.poll, "the argument to fill the pipe")
    reports.release()
    error = pending.exception(PATIENCE)
    control(kinds([error]) == ["BrokenProcessPool"], f"the pool is not broken: {error!r}")
    ending = background(executor.shutdown)
    outcome(ending.result, within=HANGS if NEVER_READ else RETURNS)
    returned = ending.finished

    def ends_if_somebody_reads():
        outcome(read_one, reader)
        return ending.finished

    outcome(until, ends_if_somebody_reads, "the pool to close the pipe")
    assert evidence(shutdown_returned=returned) is True


@claim("PEXEC04")
@refuted(
    where=before("3.15.0"),
    because="3.15 added the cause (gh-139462)",
    by="AssertionError: assert 'exit code 3' in 'None'",
)
def test_a_broken_pool_tells_which_process_died_and_how(executors, evidence):
    """The cause of a BrokenProcessPool says which process died and how: its pid and exit code.

    "Process 1234 terminated abruptly with exit code 3"; -9 means killed by SIGKILL, as by the
    system when memory runs out.  Of exit code 0 it says nothing.  Before 3.15 there is no cause,
    and nothing says how it died; look into the system's log.
    """
    executor, worker = pool_and_worker(executors)
    error = executor.submit(exit_with, 3).exception(PATIENCE)
    control(kinds([error]) == ["BrokenProcessPool"], f"it ended with {error!r}")
    cause = evidence(cause=str(error.__cause__))
    assert "exit code 3" in cause
    assert f"Process {worker.pid} terminated abruptly with exit code 3" in cause


def fail(*arguments):
    raise ValueError(*arguments)


@claim("PEXEC05")
def test_a_failing_initializer_breaks_a_process_pool(executors, evidence):
    """If the initializer raises in a worker, all tasks fail with BrokenProcessPool.

    The exception itself is only logged, in the worker: look at standard error.
    """
    executor = executors(ProcessPoolExecutor, 1, CHEAP, initializer=fail, initargs=(1,))
    task = outcome(executor.submit(abs, -1).result, PATIENCE)
    later = outcome(executor.submit, abs, -1)
    assert evidence(task=repr(task)) == f"BrokenProcessPool({ABRUPTLY!r})"
    assert evidence(submit=repr(later)) == f"BrokenProcessPool({NOT_USABLE!r})"


class Misplaced(Exception):
    """An exception whose constructor takes other arguments than it hands on."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


class Well(Exception):
    """An exception that hands its arguments on."""

    def __init__(self, code, text):
        super().__init__(code, text)


def raise_one(kind):
    raise kind(3, "text")


@claim("PEXEC06")
@refuted(
    because="CPython and PyPy pickle an exception as its class and its args",
    by="AssertionError: assert 'BrokenProcessPool' == 'Misplaced'",
)
def test_any_exception_of_a_task_reaches_the_caller(executors, evidence):
    """An exception that a task raises reaches the caller, whatever its constructor takes.

    You might expect so.  In fact it is made anew from its args: if __init__() takes two arguments
    and hands one on to super().__init__(), that raises "TypeError: ... missing 1 required
    positional argument" in the caller's process, which breaks the pool: BrokenProcessPool for every
    future.  Hand all arguments on, or define __reduce__().  (A Pool hangs: POOL01.)
    """
    executor, _ = pool_and_worker(executors)
    well = executor.submit(raise_one, Well).exception(PATIENCE)
    control(repr(well) == "Well(3, 'text')", f"it raised {well!r}")
    error = executor.submit(raise_one, Misplaced).exception(PATIENCE)
    evidence(cause=str(error.__cause__).strip(" \n'\"").rpartition("\n")[2])
    assert evidence(raised=type(error).__name__) == "Misplaced"


class Stubborn:
    """Can be pickled, but not be un-pickled."""

    def __reduce__(self):
        return fail, ("stubborn",)


@claim("PEXEC07")
@refuted(
    because="CPython and PyPy: the pool's thread cannot know whose result it was",
    by="AssertionError: assert 'BrokenProcessPool' == 'ValueError'",
)
def test_a_result_that_cannot_be_unpickled_harms_only_its_future(executors, evidence):
    """A result that cannot be un-pickled raises from its own result(); the pool stays usable.

    So it is if it cannot be pickled (PEXEC15).  But if un-pickling fails, in the caller's process,
    the pool is broken: BrokenProcessPool for all, with the error's traceback as its cause.
    """
    executor, _ = pool_and_worker(executors)
    error = executor.submit(Stubborn).exception(PATIENCE)
    control("ValueError: stubborn" in f"{error!r} {error.__cause__}", "it could be un-pickled")
    assert evidence(raised=type(error).__name__) == "ValueError"
    assert executor.submit(abs, -1).result(PATIENCE) == 1


@claim("PEXEC08")
def test_a_function_the_worker_cannot_import_breaks_the_pool(executors, evidence):
    """A task whose function the worker cannot import breaks the pool: BrokenProcessPool.

    So does one that was typed at the prompt, under spawn and forkserver: the worker's
    AttributeError (MAIN03), or ModuleNotFoundError, is on standard error only, and the worker ends.
    (A Pool hangs: POOL03.)  Put the function into a module.
    """
    ghost = types.ModuleType("a_module_of_the_parent_only")
    exec("def task(): return 7", vars(ghost))  # noqa: S102 - a function of that module
    sys.modules[ghost.__name__] = ghost
    try:
        executor, worker = pool_and_worker(executors)
        error = executor.submit(ghost.task).exception(PATIENCE)
    finally:
        del sys.modules[ghost.__name__]
    executor.shutdown()
    assert evidence(raised=repr(error)) == f"BrokenProcessPool({ABRUPTLY!r})"
    assert evidence(exit_code=worker.exitcode) == 1


refuted_before_3_14 = refuted(
    where=before("3.14.0"),
    because="3.14 added terminate_workers(), kill_workers() (gh-128041)",
    by="AttributeError: 'ProcessPoolExecutor' object has no attribute '",
)


@claim("PEXEC09")
@cases(end=("terminate_workers", "kill_workers"))
@refuted_before_3_14
def test_workers_can_be_terminated_and_killed(executors, reports, end, evidence):
    """terminate_workers() and kill_workers() end all workers immediately, by SIGTERM or SIGKILL.

    Running tasks get BrokenProcessPool, pending ones are cancelled.  On Windows both do the same.
    Before 3.14: "AttributeError: 'ProcessPoolExecutor' object has no attribute
    'terminate_workers'".  future.cancel() does not stop the process of a running task there; only
    terminate() or kill() of it does, one, from multiprocessing.active_children().
    """
    others = workers()
    executor, worker = pool_and_worker(executors)
    executor.submit(hold, reports.reporter, 1)
    reports.next()
    threads = workers() - others - {worker}
    getattr(executor, end)()
    joined(*threads)  # they join the worker
    by_signal = signal.SIGKILL if end == "kill_workers" and not WINDOWS else signal.SIGTERM
    assert evidence(exit_codes=joined(worker)) == [-by_signal]


@claim("PEXEC09")
@cases(end=("terminate_workers", "kill_workers"))
@refuted_before_3_14
def test_ended_workers_leave_no_task_waiting(executors, reports, end, evidence):
    """terminate_workers() and kill_workers() break running tasks, and cancel pending ones.

    One or two pending tasks count as running (PEXEC21).
    """
    executor, _ = pool_and_worker(executors)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(5)]
    reports.next()
    getattr(executor, end)()
    first, _, _, *last = evidence(futures=kinds(outcome(one.result, PATIENCE) for one in futures))
    assert (first, last) == ("BrokenProcessPool", ["CancelledError"] * 2)


@claim("PEXEC35")
@refuted(
    where=before("3.12.1", "3.13.0"),
    because="3.12.1 and 3.13 go on to the other tasks after a cancelled one (gh-107219)",
)
def test_a_cancelled_task_holds_up_none_in_a_broken_pool(executors, reports, monkeypatch, evidence):
    """When a worker dies, all waiting tasks get BrokenProcessPool, though one was cancelled before.

    Before 3.12.1 the pool's thread ends with "concurrent.futures._base.InvalidStateError:
    CANCELLED" at the cancelled one, and result() of all tasks behind it waits for ever: give it a
    timeout.
    """
    died = []
    monkeypatch.setattr(threading, "excepthook", lambda error: died.append(repr(error.exc_value)))
    executor, _ = pool_and_worker(executors)
    manager, calls = executor._executor_manager_thread, executor._call_queue  # noqa: SLF001
    executor.submit(hold_and_be_killed, reports.reporter, 1)
    reports.next()
    *_, cancelled, last = [executor.submit(abs, -1) for _ in range(5)]
    control(cancelled.cancel(), "the task is cancelled while it waits")
    reports.release()
    until(lambda: last.done() or not manager.is_alive(), "the pool's thread to notice")
    calls.close()
    calls.join_thread()
    evidence(died=died)
    assert kinds([evidence(last=outcome(last.exception, 0))]) == ["BrokenProcessPool"]
