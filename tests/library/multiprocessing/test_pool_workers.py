"""multiprocessing.Pool: its worker processes, from their start to the end of the pool.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool
"""

import gc
import multiprocessing
import os
import signal
import warnings
from multiprocessing import active_children

from tests.harness import (
    FORK,
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    in_a_fork,
    never,
    outcome,
    predicts,
    refuted,
    until,
)

known = []


def square(number):
    return number * number


def know(*things):
    """Initialize a worker: remember these things, and who remembers them."""
    known.append((os.getpid(), *things))


def what_is_known(_):
    return known


@claim("PO08")
def test_a_pool_has_at_least_one_process(ctx, evidence):
    """Pool(0) and Pool(-1) raise ValueError; no process is started."""
    before = active_children()
    errors = [type(outcome(ctx.Pool, processes)) for processes in (0, -1)]
    evidence(raised=[error.__name__ for error in errors])
    assert errors == [ValueError, ValueError]
    assert active_children() == before


DEFAULT_SIZE = """
import multiprocessing, os

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.cpu_count = multiprocessing.cpu_count = lambda: 3

if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        print(len(multiprocessing.active_children()))
"""


@claim("PO24")
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

    One would expect a container or taskset limit to be honoured.  Up to 3.12, and on PyPy, the size
    is os.cpu_count(), which counts all the machine's cores; since 3.13 os.process_cpu_count()
    (gh-109649).  Neither knows the CPU quota of a cgroup: pass processes= there.
    """
    program = programs.run(DEFAULT_SIZE, environ={"PYTHON_CPU_COUNT": "default"})
    evidence(processes_on_one_usable_core_of_three=program.out)
    control(program.exit_code == 0, program.err)
    control(program.out in ("1\n", "3\n"), program.out)
    assert program.out == "1\n"


@claim("PO09")
def test_an_initializer_runs_once_in_every_worker_before_its_first_task(ctx, evidence):
    """initializer(*initargs) runs once in every worker, before its first task."""
    before = set(active_children())
    with ctx.Pool(2, initializer=know, initargs=("one", 2)) as pool:
        pids = {process.pid for process in set(active_children()) - before}
        seen = pool.map(what_is_known, range(20), chunksize=1)
        pool.close()
        pool.join()
    told = {tuple(things) for things in seen}
    evidence(initialized=sorted(told))
    assert told <= {((pid, "one", 2),) for pid in pids}
    assert len(seen) == 20
    assert known == []


@claim("PO10")
def test_with_maxtasksperchild_workers_are_replaced(ctx, evidence):
    """With maxtasksperchild=2 no worker does more than two tasks; another takes its place."""
    with ctx.Pool(1, maxtasksperchild=2) as pool:
        [first] = [pool.apply(os.getpid)]
        pids = [first, *(pool.apply(os.getpid) for _ in range(3))]
        pool.close()
        pool.join()
    evidence(pids=pids)
    assert pids[0] == pids[1]
    assert pids[2] == pids[3]
    assert len({*pids, os.getpid()}) == 3


@claim("PO11")
def test_maxtasksperchild_is_a_positive_number(ctx, evidence):
    """maxtasksperchild=0 is a ValueError, and so is anything that is no positive int or None."""
    errors = [type(outcome(ctx.Pool, 1, maxtasksperchild=most)) for most in (0, -1, 1.5, "2")]
    evidence(raised=[error.__name__ for error in errors])
    assert errors == [ValueError] * 4


def exit_with_three():
    raise SystemExit(3)


def be_interrupted():
    raise KeyboardInterrupt


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def leave_with_three():
    os._exit(3)


class Lost:
    """What became of a task whose worker ended, and of the pool.

    The exit code is not asked for: the pool asks, too, in a thread of its own (see MP37).
    """

    def __init__(self, new_pool, end):
        pool, _ = new_pool(1)
        first = pool.apply(os.getpid)
        result = pool.apply_async(end)
        self.replaced = pool.apply_async(os.getpid).get(PATIENCE) != first
        self.answered = result.ready()  # by now the pool has dealt with the worker's end


@claim("PO06")
@refuted(because="CPython and PyPy: SystemExit ends the worker, and Pool does not miss its task")
def test_a_task_that_calls_sys_exit_ends_its_get(new_pool, evidence):
    """If a task calls sys.exit(), get() ends with an exception.

    One would expect SystemExit from get(), as a ProcessPoolExecutor gives.  The worker ends, with
    that code; the pool replaces it and forgets the task: get() never returns.  Use get(timeout=...)
    and catch SystemExit within the task, or use concurrent.futures.
    """
    lost = Lost(new_pool, exit_with_three)
    evidence(worker_replaced=lost.replaced, answered=lost.answered)
    control(lost.replaced, "the worker was not replaced")
    assert lost.answered


@claim("PO25")
@refuted(because="CPython and PyPy: KeyboardInterrupt ends the worker; its task is forgotten")
def test_a_task_that_is_interrupted_ends_its_get(new_pool, evidence):
    """If a task raises KeyboardInterrupt, get() ends with an exception.

    Ctrl-C reaches all processes of the terminal, workers too: each prints its traceback and ends,
    and whoever waits for results waits for ever.  Ignore SIGINT in an initializer, and let the
    parent call terminate().
    """
    lost = Lost(new_pool, be_interrupted)
    evidence(worker_replaced=lost.replaced, answered=lost.answered)
    control(lost.replaced, "the worker was not replaced")
    assert lost.answered


@claim("PO07")
@refuted(because="CPython and PyPy: Pool replaces a worker that has gone, and forgets its task")
def test_a_task_that_leaves_by_os_exit_ends_its_get(new_pool, evidence):
    """If a task leaves by os._exit(), get() ends with an exception.

    The worker is replaced, the pool stays usable, and that one task is lost for ever: get() never
    returns.  A ProcessPoolExecutor raises BrokenProcessPool instead.
    """
    lost = Lost(new_pool, leave_with_three)
    evidence(worker_replaced=lost.replaced, answered=lost.answered)
    control(lost.replaced, "the worker was not replaced")
    assert lost.answered


@claim("PO30")
@predicts("RC21")
@applies(where=hasattr(signal, "SIGKILL"), because="POSIX: Windows ends processes without signals")
@refuted(because="CPython and PyPy: Pool does not watch its workers' tasks (gh-66587)")
def test_get_ends_with_an_error_if_the_worker_is_killed(new_pool, evidence):
    """If a worker is killed, by the out-of-memory killer say, result.get() ends with an error.

    One would expect an exception.  Pool starts another worker and forgets the task: get(), map()
    and join() hang.  Nothing is printed.  Use get(timeout=...), or concurrent.futures, whose
    ProcessPoolExecutor raises "BrokenProcessPool: A process in the process pool was terminated
    abruptly while the future was running or pending."
    """
    lost = Lost(new_pool, be_killed)
    evidence(worker_replaced=lost.replaced, answered=lost.answered)
    control(lost.replaced, "the worker was not replaced")
    assert lost.answered


@claim("MX33")
def test_after_close_and_join_no_worker_is_left(ctx, evidence):
    """After close() and join() all workers have ended with 0, and none is an active child."""
    before = set(active_children())
    pool = ctx.Pool(2)
    workers = set(active_children()) - before
    result = pool.apply_async(square, (3,))
    pool.close()
    pool.join()
    exit_codes = [worker.exitcode for worker in workers]
    evidence(exit_codes=exit_codes, left=len(set(active_children()) - before))
    assert exit_codes == [0, 0]
    assert set(active_children()) == before
    assert result.get(0) == 9


@claim("PO31")
def test_a_pool_ended_by_its_with_block_takes_no_more_tasks(ctx, evidence):
    """The end of a with block terminates the pool, and every further task is a ValueError."""
    with ctx.Pool(1) as pool:
        inside = pool.apply(square, (4,))
        entered = pool
    pool.join()
    forms = (pool.apply_async, pool.map_async, pool.imap, pool.imap_unordered, pool.starmap_async)
    errors = [type(outcome(form, square, (2,))) for form in forms]
    again = outcome(pool.__enter__)
    evidence(raised=[error.__name__ for error in errors], entered_again=repr(again))
    assert entered is pool
    assert inside == 16
    assert errors == [ValueError] * 5
    assert type(again) is ValueError


@claim("PO32")
def test_closing_and_terminating_twice_is_harmless(ctx, evidence):
    """close(), terminate() and join() may be called again; join() before either is a ValueError."""
    pool = ctx.Pool(1)
    early = outcome(pool.join)
    calls = [
        pool.close,
        pool.close,
        pool.join,
        pool.join,
        pool.terminate,
        pool.terminate,
        pool.join,
    ]
    again = [outcome(call) for call in calls]
    evidence(early=repr(early), again=again)
    assert type(early) is ValueError
    assert again == [None] * 7


def pool_dropped(method):
    """Return the warnings when a pool is dropped, and when one is that was closed."""
    told = []
    for close in (False, True):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            pool = multiprocessing.get_context(method).Pool(1)
            if close:
                pool.close()
                pool.join()
            del pool
            gc.collect()
        about = [str(warning.message) for warning in caught]
        told.append([text.partition("<")[0] for text in about if "pool" in text])
    return told


@claim("PO17")
def test_dropping_a_running_pool_is_a_resource_warning(start_method, programs, evidence):
    """A Pool that is dropped without close() or terminate() gives a ResourceWarning.

    "unclosed running multiprocessing pool": its processes end sometime.  On PyPy, that is whenever
    the garbage is collected.  Use with, or close() and join().
    """
    dropped, closed = programs.call(pool_dropped, start_method)
    evidence(dropped=dropped, closed=closed)
    assert dropped == ["unclosed running multiprocessing pool "]
    assert closed == []


LEFT_RUNNING = """
import multiprocessing

if __name__ == "__main__":
    pool = multiprocessing.get_context({method!r}).Pool(2)
    print(pool.apply(abs, (-1,)), flush=True)
"""


@claim("MX28")
def test_a_program_that_leaves_its_pool_running_ends(start_method, programs, evidence):
    """A program that leaves a Pool running ends, with status 0, and its workers with it.

    On free-threaded 3.13.5 it may print an AttributeError on the way: the end of a pool uses what
    the interpreter has torn down by then.  Use with, or close() and join().
    """
    program = programs.run(LEFT_RUNNING.format(method=start_method))
    evidence(exit_code=program.exit_code, printed=program.out, error=program.err[-200:])
    assert program.exit_code == 0
    assert program.out == "1\n"


def pool_in_a_fork():
    """Return whether a task ends that a forked child gives to its parent's pool, and a parent's."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        before = pool.apply(square, (2,))
        child = in_a_fork(lambda: never(pool.apply_async(square, (3,)).ready, during=GRACE))
        after = pool.apply(square, (4,))
    return before, child, after


@claim("MX15")
@applies(where=FORK, because="os.fork() exists only on POSIX")
def test_a_pool_is_dead_in_a_forked_child(programs, evidence):
    """A Pool that a child inherits by fork is dead there: no task of the child is ever done.

    The threads that hand tasks out and take results in exist only in the parent.  get() hangs.
    Make a pool of its own in the child.
    """
    before, never_done, after = programs.call(pool_in_a_fork)
    evidence(never_done_in_the_child=never_done, in_the_parent=[before, after])
    assert (before, after) == (4, 16)
    assert never_done is True


def fail_to_start():
    leave_with_three()


def workers_started_in_vain(method):
    """Return how many workers a pool has started, and lost, whose initializer ends them."""
    pool = multiprocessing.get_context(method).Pool(1, initializer=fail_to_start)
    seen = set()

    def see():
        seen.update(process.pid for process in active_children())
        return len(seen) >= 3

    result = pool.apply_async(square, (3,))
    until(see, "three workers")
    answered = result.ready()
    pool.terminate()
    pool.join()
    return len(seen) >= 3, answered


@claim("PO33")
@refuted(because="CPython and PyPy: Pool starts workers in place of those that end, for ever")
def test_a_worker_that_cannot_start_ends_the_pool(start_method, programs, evidence):
    """If the initializer ends the worker, or cannot be imported, the pool ends with an error.

    One would expect an exception, like BrokenProcessPool of a ProcessPoolExecutor.  Pool starts a
    new worker in place of each that ends, for ever, and get() never returns.  Watch out for a full
    process table, and check in the parent what an initializer needs.
    """
    started, answered = programs.call(workers_started_in_vain, start_method)
    evidence(started_at_least_three_in_vain=started, answered=answered)
    control(started, "no worker was replaced")
    assert answered
