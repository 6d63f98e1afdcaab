"""multiprocessing.Pool: its workers, from their start to the end of the pool.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import gc
import importlib
import itertools
import multiprocessing
import os
import signal
import threading
import warnings
from multiprocessing import active_children

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    START_METHODS,
    applies,
    before,
    cases,
    claim,
    control,
    in_a_fork,
    needs_fork,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    since,
    until,
)


def square(number):
    return number * number


@claim("POOL22")
@cases(processes=(0, -1))
def test_a_pool_has_at_least_one_process(processes, any_ctx, evidence):
    """Pool(0) and Pool(-1) raise ValueError, and start no process; so does ThreadPool(0).

    "ValueError: Number of processes must be at least 1".
    """
    children = active_children()
    error = outcome(any_ctx.Pool, processes)
    assert evidence(raised=repr(error)) == "ValueError('Number of processes must be at least 1')"
    assert active_children() == children


DEFAULT_SIZE = """
import multiprocessing, os

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.cpu_count = multiprocessing.cpu_count = lambda: 3

if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        print(len(multiprocessing.active_children()))
"""


@claim("POOL23")
@predicts("RC29")
@applies(
    where=hasattr(os, "sched_setaffinity"), because="os.sched_setaffinity() exists only on Linux"
)
@refuted(
    where=before("3.13.0") or PYPY,
    because="gh-109649: 3.13 counts the cores that the process may use, not those of the machine",
)
def test_a_pool_has_by_default_as_many_processes_as_usable_cores(programs, evidence):
    """Pool() starts as many processes as the process may use cores: one, if pinned to one core.

    You might expect it to honour the limit of a container or of taskset.  Up to 3.12, and on PyPy,
    the size is os.cpu_count(), which counts all the machine's cores; since 3.13 it is
    os.process_cpu_count() (gh-109649).  Neither knows the CPU quota of a cgroup: pass processes=.
    """
    program = programs.run(DEFAULT_SIZE, environ={"PYTHON_CPU_COUNT": "default"})
    control(program.exit_code == 0, program.err)
    assert evidence(processes_on_one_usable_core_of_three=program.out) == "1\n"


own = threading.local()


def know(*things):
    """Initialize a worker: remember these things, and that it happened."""
    own.known = [*what_is_known(None), things]


def what_is_known(_):
    return getattr(own, "known", [])


@claim("POOL24")
def test_an_initializer_runs_once_in_every_worker_before_its_first_task(any_ctx, evidence):
    """A Pool's initializer(*initargs) runs once in every worker, before its first task.

    So does that of a ThreadPool, in every thread.  How to use it to set up a multiprocessing pool:
    let the initializer store what the tasks need, such as a connection, in a global.  Except under
    fork the initializer is pickled: of a lambda or a local function Pool() raises what start() does
    (GIVE02), by default from 3.14 on, on macOS since 3.8 and on Windows always.  What cannot be
    called is "TypeError: initializer must be a callable": initializer=prepare, not prepare().
    """
    refusal = outcome(any_ctx.Pool, 2, square(2))
    assert repr(evidence(refusal=refusal)) == "TypeError('initializer must be a callable')"
    with any_ctx.Pool(2, initializer=know, initargs=("one", 2)) as pool:
        seen = pool.map(what_is_known, range(20), chunksize=1)
    pool.join()
    assert evidence(seen_by_tasks=seen) == [[("one", 2)]] * 20
    assert what_is_known(None) == []


@claim("POOL25")
def test_with_maxtasksperchild_workers_are_replaced(ctx, evidence):
    """With maxtasksperchild=2 no worker does more than two tasks; another takes its place.

    Without it a worker lives as long as its pool, so what tasks leak is never freed, and the memory
    usage of a multiprocessing.Pool keeps growing.  Instead: Pool(maxtasksperchild=100) lets a
    worker end, and respawns it, after that number of tasks.  A chunk counts as one task: map()
    makes few chunks of many elements, so pass chunksize=1, or the worker is hardly ever replaced.
    """
    with ctx.Pool(1, maxtasksperchild=2) as pool:
        pids = [pool.apply(os.getpid) for _ in range(4)]
    pool.join()
    first, second, third, fourth = evidence(pids=pids)
    assert first == second != third == fourth
    assert os.getpid() not in pids


@claim("POOL26")
@cases(most=(0, -1, 1.5, "2"))
def test_maxtasksperchild_is_a_positive_number(most, ctx, evidence):
    """maxtasksperchild=0 is a ValueError, and so is anything that is no positive int or None.

    "ValueError: maxtasksperchild must be a positive int or None".
    """
    error = outcome(ctx.Pool, 1, maxtasksperchild=most)
    assert evidence(raised=repr(error)).startswith("ValueError('maxtasksperchild must be ")


def is_answered(pool, task, *arguments):
    """Tell whether a task that ends its worker is answered when the pool has done the next one."""
    first = pool.apply(os.getpid)
    result = pool.apply_async(task, arguments)
    worker = outcome(pool.apply_async(os.getpid).get, PATIENCE)
    control(result.ready() or worker != first, "the worker has been replaced")
    return result.ready()


def fail_by(error):
    raise error


@claim("POOL27")
@cases(error=(SystemExit, KeyboardInterrupt))
@refuted(because="CPython and PyPy: such an exception ends the worker; Pool forgets its task")
def test_a_task_that_calls_sys_exit_ends_its_get(error, new_pool, evidence):
    """If a task calls sys.exit(), or Ctrl-C interrupts it, get() raises an exception.

    You might expect SystemExit from get(), as a ProcessPoolExecutor raises it.  In fact SystemExit
    and KeyboardInterrupt end the worker; the pool replaces it and forgets the task: get() never
    returns.  Use get(timeout=...), and catch SystemExit within the task.  Ctrl-C reaches all
    processes of the terminal, workers too: let an initializer ignore SIGINT in them, and let the
    parent call terminate().
    """
    pool, _ = new_pool(1)
    assert evidence(answered=is_answered(pool, fail_by, error))


def be_killed():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows has only SIGTERM


def leave_with_three():
    os._exit(3)


@claim("POOL28")
@predicts("RC21")
@cases(end=(be_killed, leave_with_three))
@refuted(because="CPython and PyPy: Pool does not watch its workers' tasks (gh-66587)")
def test_get_ends_with_an_error_if_the_worker_is_killed(end, new_pool, evidence):
    """If the worker is killed, or leaves by os._exit(), get() raises an exception.

    What happens then is the main difference between a Pool and a ProcessPoolExecutor.  The
    out-of-memory killer does that, and so does a crash in C code.  You might expect an exception.
    In fact Pool starts another worker and forgets the task: get(), map() and join() hang, and
    nothing is printed.  Use get(timeout=...), or concurrent.futures: ProcessPoolExecutor raises
    "BrokenProcessPool: A process in the process pool was terminated abruptly while the future was
    running or pending."
    """
    pool, _ = new_pool(1)
    assert evidence(answered=is_answered(pool, end))


def fail_to_start():
    raise OSError("what the initializer needs is missing")


class Missing:
    """An initializer whose module the workers do not find."""

    def __reduce__(self):
        return importlib.import_module, ("a_module_that_workers_do_not_find",)

    def __call__(self):
        """Do nothing."""


def answer_of_a_pool_without_workers(method, importable=True):
    """Return whether a task is answered before a third worker has failed to start."""
    initializer = fail_to_start if importable else Missing()
    pool = multiprocessing.get_context(method).Pool(1, initializer=initializer)
    result, seen = pool.apply_async(square, (3,)), set()

    def started_three():
        seen.update(process.pid for process in active_children())
        return len(seen) >= 3

    until(lambda: result.ready() or started_three(), "an answer, or three workers")
    answered = result.ready()
    pool.terminate()
    pool.join()
    return answered


@claim("POOL29")
@refuted(because="CPython and PyPy: Pool starts workers in place of those that end, forever")
def test_a_worker_that_cannot_start_ends_the_pool(start_method, programs, evidence):
    """If the initializer raises, or cannot be imported, get() raises an exception.

    You might expect something like BrokenProcessPool of a ProcessPoolExecutor.  In fact each worker
    prints its traceback and ends, and Pool starts another in its place, forever: get() never
    returns.  Check in the parent what an initializer needs.
    """
    answered = programs.call(answer_of_a_pool_without_workers, start_method)
    assert evidence(answered_before_the_third_worker=answered)


@claim("POOL29")
@cases(method=("spawn", "forkserver"))
@applies(method=START_METHODS, because="Windows has no fork server")
@refuted(because="CPython and PyPy: Pool starts workers in place of those that end, forever")
def test_a_worker_that_cannot_import_its_initializer_ends_the_pool(method, programs, evidence):
    """If the workers of spawn or forkserver cannot import the initializer, get() raises."""
    answered = programs.call(answer_of_a_pool_without_workers, method, False)
    assert evidence(answered_before_the_third_worker=answered)


@claim("POOL30")
def test_after_close_and_join_no_worker_is_left(new_pool, background, evidence):
    """After close() and join() all workers have ended with 0, and none is an active child."""
    pool, workers = new_pool(2)
    result, nothing = pool.apply_async(square, (3,)), pool.map(square, [])
    pool.close()
    joined = outcome(background(pool.join).result)
    assert evidence(joined=joined, nothing=nothing) == (None, [])
    assert evidence(exit_codes=[worker.exitcode for worker in workers]) == [0, 0]
    assert not {*workers} & {*active_children()}
    assert result.get(0) == 9


@claim("POOL31")
def test_a_pool_ended_by_its_with_block_takes_no_more_tasks(any_ctx, evidence):
    """The end of a with block terminates the pool, and every further task is a ValueError.

    "ValueError: Pool not running".  Tasks of apply_async() that still run are lost, and the results
    are incomplete: get() them inside of the block, or close() and join() the pool there.
    """
    with any_ctx.Pool(1) as pool:
        assert pool.apply(square, (4,)) == 16
    pool.join()
    asynchronous = (pool.apply_async, pool.map_async, pool.starmap_async)
    forms = (*asynchronous, pool.apply, pool.map, pool.starmap, pool.imap, pool.imap_unordered)
    errors = {repr(outcome(form, square, (2,))) for form in forms}
    assert evidence(errors=errors) == {"ValueError('Pool not running')"}
    assert evidence(entered_again=repr(outcome(pool.__enter__))) == "ValueError('Pool not running')"


@claim("POOL31")
def test_a_pool_whose_input_never_ends_is_ended(ctx, reports, background, evidence):
    """The end of a with block ends a Pool while it reads an input without end for imap()."""
    pool = ctx.Pool(1)
    pool.imap(reports.reporter.hold, itertools.count())
    control(reports.next() == 0, "the first task runs")
    assert evidence(left=outcome(background(pool.__exit__, None, None, None).result)) is None


@claim("POOL32")
def test_closing_and_terminating_twice_is_harmless(any_ctx, evidence):
    """close(), terminate() and join() may be called again; join() before either is a ValueError.

    "ValueError: Pool is still running".
    """
    pool = any_ctx.Pool(1)
    early = outcome(pool.join)
    for end in (pool.close, pool.close, pool.join, pool.join):
        end()
    for end in (pool.terminate, pool.terminate, pool.join):
        end()
    assert evidence(early=repr(early)) == "ValueError('Pool is still running')"


def warnings_of_a_dropped_pool(method, close):
    """Drop a pool, perhaps after closing it, and return the warnings about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        pool = multiprocessing.get_context(method).Pool(1)
        if close:
            pool.close()
            pool.join()
        del pool
        gc.collect()
    texts = [str(warning.message).partition(" <")[0] for warning in caught]
    return [text for text in texts if "pool" in text]


@claim("POOL33")
@cases(close={"not closed": False, "closed": True})
def test_dropping_a_running_pool_is_a_resource_warning(close, start_method, programs, evidence):
    """A Pool that is dropped without close() or terminate() gives a ResourceWarning.

    "unclosed running multiprocessing pool": its processes end some time later.  PyPy warns when it
    collects the garbage.  Use with, or close() and join().
    """
    found = programs.call(warnings_of_a_dropped_pool, start_method, close)
    expected = [] if close else ["unclosed running multiprocessing pool"]
    assert evidence(warnings=found) == expected


LEFT_RUNNING = """
import multiprocessing

if __name__ == "__main__":
    pool = multiprocessing.get_context({method!r}).Pool(2)
    print(pool.apply(abs, (-1,)), flush=True)
"""


@claim("POOL34")
def test_a_program_that_leaves_its_pool_running_ends(start_method, programs, evidence):
    """A program that leaves a Pool running ends, with status 0, and its workers with it.

    On free-threaded 3.13.5 it may print an AttributeError on the way: the end of a pool uses what
    the interpreter has torn down by then.  Use with, or close() and join().
    """
    program = programs.run(LEFT_RUNNING.format(method=start_method))
    evidence(errors=program.err[-200:])
    assert evidence(exit_code=program.exit_code, printed=program.out) == (0, "1\n")


def tasks_of_parent_and_child():
    """Return what a parent's task gives, and whether a forked child's task never ends."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        never_done = in_a_fork(lambda: never(pool.apply_async(square, (3,)).ready, during=GRACE))
        return pool.apply(square, (4,)), never_done


@claim("POOL35")
@needs_fork
def test_a_pool_is_dead_in_a_forked_child(programs, evidence):
    """A Pool that a child inherits by fork is dead there: no task of the child is ever done.

    The threads that hand out tasks and take in results exist only in the parent.  get() hangs in
    the child.  Make another pool there.
    """
    parents, never_done = programs.call(tasks_of_parent_and_child)
    assert evidence(in_the_parent=parents, never_done_in_the_child=never_done) == (16, True)


def blocked_around_a_pool(method):
    """Block two signals, make a pool, and return what is blocked before and after that."""
    before_it = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    control(not before_it, f"nothing is blocked at first: {before_it}")
    blocked = [sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))]
    pool = multiprocessing.get_context(method).Pool(1)
    blocked.append(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
    pool.close()
    pool.join()
    return [[number.name for number in numbers] for numbers in blocked]


#: Whether who starts the resource tracker has the signals blocked that were (gh-127586).
MASK_IS_RESTORED = since("3.12.9", "3.13.2", "3.14.0")
RESTORED = "3.12.9 and 3.13.2 restore the mask of the thread (gh-127586)"


@claim("POOL40")
@needs_posix
@predicts("N89")
@refuted(where=not MASK_IS_RESTORED, start_method="spawn", because=RESTORED)
@refuted(where=not MASK_IS_RESTORED, start_method="forkserver", because=RESTORED)
def test_a_pool_leaves_blocked_signals_blocked(start_method, programs, evidence):
    """A thread that makes a Pool has the same signals blocked afterwards as before.

    Before 3.12.9 and 3.13.2 SIGINT and SIGTERM are unblocked, whatever pthread_sigmask() has
    blocked, when spawn or forkserver starts the resource tracker (gh-127586): Ctrl-C or kill ends
    a program that waits for them in sigwait().  The first SharedMemory does that, too.  Instead:
    call multiprocessing.resource_tracker.ensure_running() before you block signals.  Workers begin
    with the mask of the thread: if that blocks SIGTERM, terminate() and the end of a with block may
    hang; close() and join() do not.
    """
    first, then = evidence(blocked=programs.call(blocked_around_a_pool, start_method))
    control(first == ["SIGUSR1", "SIGTERM"], f"both are blocked: {first}")
    assert then == first
