"""ProcessPoolExecutor: its workers, and how tasks and results travel.

Source: https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor
"""

import concurrent.futures.process
import itertools
import multiprocessing
import os
import pickle
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import active_children, get_context

from tests.harness import (
    DEFAULT_START_METHOD,
    FORK,
    GRACE,
    PATIENCE,
    PYPY,
    START_METHODS,
    applies,
    before,
    cases,
    claim,
    control,
    outcome,
    predicts,
    raises,
    refuted,
    since,
    until,
)

ALWAYS_PICKLING_ERROR = "AttributeError before 3.14 (gh-122311), but on PyPy"
NO_RECYCLING = "3.11 added max_tasks_per_child (bpo-44733)"
#: Spawns faster than the others, where there is no thread that fork would leave behind.
CHEAP = "forkserver" if "forkserver" in START_METHODS else "spawn"
#: Fixed in the middle of several series; the fix brought this method.
FIXED = hasattr(concurrent.futures.process._ExecutorManagerThread, "_replace_dead_worker")  # noqa: SLF001

known = "as in the module"


class TaskError(Exception):
    """What a task may raise."""


def square(number):
    return number * number


def pid_and(*arguments, **named):
    return os.getpid(), arguments, named


def hold(report, number):
    report.hold((number, os.getpid()))
    return number, os.getpid()


def fail(*arguments):
    error = TaskError(*arguments)
    error.pid = os.getpid()
    raise error


def leave(ending, code):
    raise ending(code, os.getpid())


@claim("CF86")
def test_tasks_run_in_the_workers_with_their_arguments(process_pool, shared_executor, evidence):
    """A task runs in one of the worker processes, with its arguments, named ones too.

    Any name will do: submit() takes its own parameters by position only.
    """
    futures = [process_pool.submit(pid_and, n, str(n), fn=n, self=-n) for n in range(20)]
    kinds = {type(future) for future in futures}
    got = [future.result(PATIENCE) for future in futures]
    pids = {pid for pid, *_ in got}
    evidence(processes=len(pids), last=got[-1][1:])
    assert kinds == {Future}
    assert [rest for _, *rest in got] == [[(n, str(n)), {"fn": n, "self": -n}] for n in range(20)]
    assert pids <= {worker.pid for worker in shared_executor.workers} - {os.getpid()}


@claim("CF87")
def test_two_workers_run_two_tasks_at_once(process_pool, shared_executor, reports, evidence):
    """ProcessPoolExecutor(2) runs two tasks at once, each in a process of its own, never more."""
    futures = [process_pool.submit(hold, reports.reporter, number) for number in range(4)]
    inside = reports.collect(2)
    more = outcome(reports.next, within=0.05)
    done = [future.done() for future in futures]
    reports.release()
    inside += reports.collect(2)
    reports.release()
    got = [future.result(PATIENCE) for future in futures]
    evidence(at_first=sorted(number for number, _ in inside[:2]), got=[number for number, _ in got])
    assert type(more).__name__ == "NotSeen"
    assert done == [False] * 4
    assert sorted(number for number, _ in inside[:2]) == [0, 1]
    assert {pid for _, pid in inside[:2]} == {worker.pid for worker in shared_executor.workers}
    assert sorted(inside) == got
    assert [number for number, _ in got] == [0, 1, 2, 3]


@claim("CF02")
def test_a_process_pool_raises_a_copy_of_the_exception(process_pool, shared_executor, evidence):
    """result() raises a copy of the task's exception; its cause shows the traceback in the worker.

    Its args and attributes arrive, its traceback does not: it is text now, in __cause__, a
    _RemoteTraceback.  A thread pool raises the very exception (CF74).
    """
    future = process_pool.submit(fail, 7, "text")
    with raises(TaskError) as raised:
        future.result(PATIENCE)
    error, cause = raised.error, raised.error.__cause__
    evidence(error=repr(error), cause=type(cause).__name__)
    assert type(error) is TaskError
    assert error.args == (7, "text")
    assert error.pid in {worker.pid for worker in shared_executor.workers}
    assert future.exception(0) is error
    assert type(cause).__name__ == "_RemoteTraceback"
    assert "in fail" in str(cause)
    assert "TaskError: (7, 'text')" in str(cause)


@claim("CF24")
@cases(ending=[SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_exit_in_a_process_task_spares_the_worker(
    process_pool, shared_executor, ending, evidence
):
    """sys.exit(), or KeyboardInterrupt, in a task of a process pool is only kept in its future.

    The worker goes on.  (The worker of a multiprocessing.Pool ends, and its task is lost: PO06.)
    """
    future = process_pool.submit(leave, ending, 3)
    with raises(ending) as raised:
        future.result(PATIENCE)
    after = [process_pool.submit(square, number).result(PATIENCE) for number in range(4)]
    evidence(raised=raised.error, next_tasks=after)
    assert type(raised.error) is ending
    assert raised.error.args[0] == 3
    assert raised.error.args[1] in {worker.pid for worker in shared_executor.workers}
    assert after == [0, 1, 4, 9]
    assert shared_executor.intact


def return_a_lambda():
    return lambda: 7


@claim("CF26")
@refuted(where=before("3.14.0") and not PYPY, because=ALWAYS_PICKLING_ERROR)
def test_an_unpicklable_task_raises_pickling_error(process_pool, evidence):
    """A task that cannot be pickled, such as a lambda, raises PicklingError, from result().

    Not from submit(): pickling is done later, in another thread; and also under fork.  Up to 3.13
    CPython raises "AttributeError: Can't pickle local object '...<locals>.<lambda>'", or "Can't get
    local object" (gh-122311).  The pool stays usable.  Use a function at the top of a module.
    """
    future = process_pool.submit(lambda: 7)
    got = outcome(future.result, PATIENCE)
    after = process_pool.submit(square, 2).result(PATIENCE)
    evidence(raised=got, next_task=after)
    control(after == 4, f"the next task gave {after}")
    control(type(got) in (pickle.PicklingError, AttributeError), f"it ended with {got!r}")
    assert type(got) is pickle.PicklingError


@claim("CF27")
@refuted(where=before("3.14.0") and not PYPY, because=ALWAYS_PICKLING_ERROR)
def test_an_unpicklable_result_raises_pickling_error(process_pool, shared_executor, evidence):
    """A result that cannot be pickled raises PicklingError, from result(), and harms nobody else.

    Up to 3.13 CPython raises AttributeError: "Can't pickle local object ..." (gh-122311).
    """
    future = process_pool.submit(return_a_lambda)
    got = outcome(future.result, PATIENCE)
    after = process_pool.submit(square, 2).result(PATIENCE)
    evidence(raised=got, next_task=after)
    control(after == 4 and shared_executor.intact, f"the next task gave {after}")
    control(type(got) in (pickle.PicklingError, AttributeError), f"it ended with {got!r}")
    assert type(got) is pickle.PicklingError


def sort_and_return(numbers):
    numbers.sort()
    return numbers


@claim("CF88")
@refuted(because="POSIX and Windows: processes have memory of their own, arguments are pickled")
def test_a_process_task_changes_the_callers_argument(process_pool, evidence):
    """What a task of a process pool does to its argument is done to the caller's object.

    It is in a thread pool, but a worker process gets a copy, under fork too.  Return what has been
    changed: the result comes back as another copy.
    """
    numbers = [3, 1, 2]
    returned = process_pool.submit(sort_and_return, numbers).result(PATIENCE)
    evidence(here=numbers, returned=returned)
    control(returned == [1, 2, 3], f"the task returned {returned}")
    control(numbers in ([3, 1, 2], [1, 2, 3]), f"the list became {numbers}")
    assert numbers == [1, 2, 3]


def fail_for_three(number):
    if number == 3:
        raise TaskError(number)
    return number * number


@claim("CF33")
def test_chunks_of_map_keep_the_order_of_the_input(process_pool, evidence):
    """map(chunksize=n) sends n elements as one task, and yields single results in their order.

    chunksize=0 raises ValueError.  (Pool.map(chunksize=0) returns Nones: MX27.)
    """
    chunks = {}
    for size in (1, 3, 7, 100):
        got = list(process_pool.map(pid_and, range(8), itertools.count(10), chunksize=size))
        assert [arguments for _, arguments, _ in got] == [(n, n + 10) for n in range(8)]
        pids = [pid for pid, *_ in got]
        chunks[size] = [len(set(pids[i : i + size])) for i in range(0, 8, size)]
    refused = [outcome(process_pool.map, square, [1], chunksize=size) for size in (0, -1)]
    evidence(workers_of_each_chunk=chunks, refused=refused)
    assert chunks == {1: [1] * 8, 3: [1] * 3, 7: [1] * 2, 100: [1]}
    assert [type(error) for error in refused] == [ValueError] * 2
    assert list(process_pool.map(square, [], chunksize=3)) == []


@claim("CF89")
@refuted(because="CPython and PyPy: a chunk is one task, with one result or one exception")
def test_a_failure_spares_the_results_before_it_in_its_chunk(process_pool, evidence):
    """map(chunksize=n) yields all results that come before the element that fails.

    With chunksize=1, the default, it does.  With larger chunks the results of the whole chunk are
    lost: its task raises instead.  Return exceptions as values if that matters.
    """
    got = {}
    for size in (1, 2, 4):
        results = process_pool.map(fail_for_three, [1, 2, 3, 4], chunksize=size)
        got[size] = [outcome(next, results, "no more") for _ in range(4)]
    shown = {
        size: [one.args if type(one) is TaskError else one for one in all_of_it]
        for size, all_of_it in got.items()
    }
    evidence(by_chunksize=shown)
    control(shown[1] == shown[2] == [1, 4, (3,), "no more"], f"they were {shown}")
    control(shown[4] in ([1, 4, (3,), "no more"], [(3,)] + ["no more"] * 3), f"they were {shown}")
    assert shown[4] == [1, 4, (3,), "no more"]


@claim("CF90")
def test_a_timeout_of_map_applies_to_processes_too(process_pool, reports, evidence):
    """map(timeout=) of a process pool raises TimeoutError, with and without chunks."""
    got = []
    for size in (1, 2):
        channel = [reports.reporter] * 2
        results = process_pool.map(hold, channel, [1, 2], timeout=0.01, chunksize=size)
        reports.collect(2 // size)  # two tasks, or one with two elements
        got.append(outcome(next, results))
        reports.release()
    reports.next()
    reports.release()
    in_time = list(process_pool.map(square, [1, 2], timeout=PATIENCE))
    evidence(raised=got, in_time=in_time)
    assert [type(error) for error in got] == [concurrent.futures.TimeoutError] * 2
    assert in_time == [1, 4]


def compute_with_an_executor_of_its_own(numbers):
    process = multiprocessing.current_process()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return process.daemon, executor.submit(sum, numbers).result(PATIENCE)


@claim("CF32")
def test_a_task_may_have_an_executor_of_its_own(executors, evidence):
    """A task may make a ProcessPoolExecutor: workers are no daemons, so they may have children.

    (Those of a multiprocessing.Pool are daemonic: "daemonic processes are not allowed to have
    children", PO12.)
    """
    executor = executors(ProcessPoolExecutor, 1, mp_context=get_context(CHEAP))
    got = executor.submit(compute_with_an_executor_of_its_own, [1, 2, 4]).result(PATIENCE)
    evidence(daemon=got[0], result=got[1])
    assert got == (False, 7)


@claim("X09")
@refuted(because="CPython and PyPy keep a call ready beside those that run: one more than workers")
def test_no_more_futures_are_running_than_there_are_workers(executors, reports, evidence):
    """A future that is running() in a process pool is being run by a worker.

    One or two futures more than there are workers say that they run: their tasks have been put into
    the queue of calls.  cancel() returns False for them, though no worker has begun.
    """
    executor = executors(ProcessPoolExecutor, 1, mp_context=get_context(CHEAP))
    futures = [executor.submit(hold, reports.reporter, number) for number in range(5)]
    begun = reports.next()[0]
    until(lambda: futures[1].running(), "the second future to be running")
    running = [future.running() for future in futures]
    cancelled = [future.cancel() for future in futures]
    late = outcome(reports.next, within=0.02)
    for _ in range(cancelled.count(False) - 1):
        reports.release()
        reports.next()
    reports.release()
    evidence(begun=begun, running=running, cancelled=cancelled)
    control(begun == 0 and running[0], "the first future is not running")
    control(type(late).__name__ == "NotSeen", f"the one worker has begun two tasks: {late}")
    control(not any(running[3:]) and cancelled[3:] == [True, True], "more are running than can be")
    control(not any(r and c for r, c in zip(running, cancelled)), "a running future was cancelled")
    assert running == [True] + [False] * 4


@claim("CF42")
@refuted(
    start_method="fork",
    because="under fork all workers start with the first task: POSIX, threads do not survive fork",
)
def test_a_process_pool_starts_a_worker_when_it_needs_one(ctx, executors, reports, evidence):
    """A process pool starts a worker when a task finds none idle; none before the first task.

    Under fork all of max_workers start with the first task, since to fork later, beside the pool's
    threads, could deadlock (gh-90622).  So a large max_workers costs most there.
    """
    before = set(active_children())
    executor = executors(ProcessPoolExecutor, 2, mp_context=ctx)
    counts = [len(set(active_children()) - before)]
    for number in range(3):
        executor.submit(hold, reports.reporter, number)
        if number < 2:
            reports.next()
        counts.append(len(set(active_children()) - before))
    reports.release()
    reports.next()
    reports.release()
    evidence(workers_by_tasks=counts)
    control(counts in ([0, 1, 2, 2], [0, 2, 2, 2]), f"there were {counts} workers")
    assert counts == [0, 1, 2, 2]


@claim("CF98")
def test_mp_context_says_how_workers_start(process_pool, shared_executor, start_method, evidence):
    """mp_context decides how the workers start, whatever the default is.

    Workers that fork or spawn are children of the program; with forkserver, of the fork server.
    """
    futures = [process_pool.submit(os.getppid) for _ in range(4)]
    parents = {future.result(PATIENCE) for future in futures}
    kinds = {type(worker).__name__ for worker in shared_executor.workers}
    evidence(kinds=kinds, children_of_ours=parents == {os.getpid()})
    names = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
    assert kinds == {names[start_method]}
    assert len(parents) == 1
    assert (parents == {os.getpid()}) == (start_method != "forkserver")


def initialize(*arguments):
    global known
    known = known, arguments, os.getpid()


def ask(report):
    report.hold((known, os.getpid()))


@claim("CF91")
def test_the_initializer_runs_once_in_each_worker(executors, reports, evidence):
    """initializer(*initargs) runs once in each worker process, before its first task."""
    executor = executors(
        ProcessPoolExecutor,
        max_workers=2,
        mp_context=get_context(CHEAP),
        initializer=initialize,
        initargs=(1, "two"),
    )
    for _ in range(2):
        executor.submit(ask, reports.reporter)
    first = reports.collect(2)
    reports.release()
    for _ in range(2):
        executor.submit(ask, reports.reporter)
    again = reports.collect(2)
    reports.release()
    evidence(seen=[seen[:2] for seen, _ in first])
    assert [seen for seen, _ in first] == [
        ("as in the module", (1, "two"), pid) for _, pid in first
    ]
    assert len({pid for _, pid in first}) == 2
    assert sorted(again) == sorted(first)
    assert type(outcome(ProcessPoolExecutor, 1, initializer="no function")) is TypeError
    assert known == "as in the module"


#: A worker tells a variable that the program has changed before it makes the executor.
CHANGED = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
variable = "as in the module"

def tell():
    return variable, multiprocessing.get_start_method()

if __name__ == "__main__":
    variable = "changed"
    with ProcessPoolExecutor(1) as executor:
        print(*executor.submit(tell).result(), sep=", ")
"""


@claim("CF29")
@refuted(
    where=DEFAULT_START_METHOD != "fork",
    because="forkserver is the default since 3.14 (gh-84559); spawn on macOS and Windows",
)
def test_a_process_pool_forks_its_workers_by_default(programs, evidence):
    """The workers of ProcessPoolExecutor() see the parent's variables as they have become.

    They do if they are forked, the default up to 3.13 on Linux.  Since 3.14 it is forkserver: the
    workers import the program's module anew and see variables as it makes them (gh-84559).
    Instead: pass values as arguments, or by an initializer; or
    mp_context=multiprocessing.get_context("fork").
    """
    program = programs.run(CHANGED)
    evidence(worker_saw=program.out.strip())
    control((program.exit_code, program.err) == (0, ""), f"the program ended with {program}")
    seen, method = program.out.strip().split(", ")
    control(method == DEFAULT_START_METHOD, f"the start method was {method}")
    control(seen in ("changed", "as in the module"), f"the worker saw {seen}")
    assert seen == "changed"


#: The program has no `if __name__ == "__main__":`.
UNGUARDED = """
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1) as executor:
    print(executor.submit(abs, -7).result())
"""


@claim("CF92")
@refuted(
    where=DEFAULT_START_METHOD != "fork",
    because="forkserver is the default since 3.14 (gh-84559); spawn on macOS and Windows",
)
def test_a_program_with_an_executor_needs_no_main_guard(programs, evidence):
    """A program may use ProcessPoolExecutor() without `if __name__ == "__main__":`.

    Up to 3.13 it may on Linux.  Since 3.14 (forkserver) each worker runs the program's file again,
    which fails there: "RuntimeError: An attempt has been made to start a new process before the
    current process has finished its bootstrapping phase"; the program ends with BrokenProcessPool
    or, in 3.14, "ConnectionResetError: [Errno 104] Connection reset by peer".  Instead: put what
    the program does below the guard.
    """
    program = programs.run(UNGUARDED)
    evidence(exit_code=program.exit_code, printed=program.out, error=program.err[-200:])
    control(program.exit_code in (0, 1), f"it ended with {program.exit_code}")
    control(program.exit_code == 0 or "bootstrapping phase" in program.err, program.err)
    assert (program.exit_code, program.out, program.err) == (0, "7\n", "")


@claim("CF30")
@refuted(where=before("3.11.0"), because=NO_RECYCLING)
def test_a_worker_is_replaced_after_so_many_tasks(executors, evidence):
    """With max_tasks_per_child=2 a worker ends after two tasks, and another takes its place.

    So what tasks leak is freed.  Before 3.11: "TypeError: ... got an unexpected keyword argument
    'max_tasks_per_child'"; multiprocessing.Pool(maxtasksperchild=2) is older.
    """
    make = outcome(
        lambda: executors(
            ProcessPoolExecutor, 1, mp_context=get_context(CHEAP), max_tasks_per_child=2
        )
    )
    if isinstance(make, TypeError):
        evidence(raised=make)
        control("max_tasks_per_child" in str(make), f"it ended with {make!r}")
    assert not isinstance(make, TypeError)
    pids = [make.submit(os.getpid).result(PATIENCE) for _ in range(5)]
    evidence(distinct=len(set(pids)), runs=[pids.index(pid) for pid in pids])
    assert [pids.index(pid) for pid in pids] == [0, 0, 2, 2, 4]


@claim("CF93")
@applies(where=FORK, because="needs fork, so POSIX")
@refuted(where=before("3.11.0"), because=NO_RECYCLING)
def test_max_tasks_per_child_refuses_the_fork_method(executors, evidence):
    """max_tasks_per_child goes with spawn, its default, and forkserver; with fork ValueError.

    "max_tasks_per_child is incompatible with the 'fork' multiprocessing start method".  Zero is a
    ValueError too, and what is no integer a TypeError.
    """

    def make(tasks, method):
        context = get_context(method) if method else None
        return executors(ProcessPoolExecutor, 1, context, max_tasks_per_child=tasks)

    asked = [(5, None), (5, "spawn"), (5, "fork"), (0, None), (-1, "spawn"), ("5", "spawn")]
    got = {one: type(outcome(make, *one)).__name__ for one in asked}
    evidence(got=got)
    control(since("3.11.0") or set(got.values()) == {"TypeError"}, f"it gave {got}")
    assert got == dict(zip(asked, ["ProcessPoolExecutor"] * 2 + ["ValueError"] * 3 + ["TypeError"]))


#: Six tasks for workers that serve two tasks each; prints the results that come.
RECYCLE = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor, wait

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    try:
        executor = ProcessPoolExecutor(1, context, max_tasks_per_child=2)
    except TypeError as error:
        sys.exit(print("TypeError"))
    futures = [executor.submit(abs, -number) for number in range(6)]
    futures[1].result()
    for process in multiprocessing.active_children():
        process.join()
    wait(futures, {patience})
    print([future.result() for future in futures if future.done()], flush=True)
    if not futures[-1].done():
        os._exit(0)  # the executor would keep the program from ending
    executor.shutdown()
"""


@claim("CF94")
@predicts("RC37")
@refuted(where=before("3.11.0"), because=NO_RECYCLING)
@refuted(where=not FIXED, because="hung from 3.11 until it was fixed in 3.13, 3.14 (gh-115634)")
def test_recycled_workers_finish_all_that_is_queued(programs, evidence):
    """ProcessPoolExecutor(1, max_tasks_per_child=2) finishes six tasks that are queued at once.

    From 3.11 on it hangs after two: the worker has ended and none takes its place, result() waits
    for ever (gh-115634).  The fix is in late releases of 3.13 and 3.14.  Before it, never submit
    more tasks at once than max_workers * max_tasks_per_child, or use multiprocessing.Pool.
    """
    patience = PATIENCE if FIXED else 3 * GRACE
    program = programs.run(RECYCLE.format(method=CHEAP, patience=patience), within=2 * PATIENCE)
    evidence(results=program.out.strip())
    control(program.exit_code == 0, f"it ended with {program}")
    control(program.lines in (["TypeError"], ["[0, 1]"], [str([*range(6)])]), program.out)
    assert program.lines == [str([*range(6)])]
