"""ProcessPoolExecutor: its workers, and how tasks and results travel.

Source: https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor
"""

import itertools
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context

from tests.harness import (
    DEFAULT_START_METHOD,
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    applies,
    before,
    cases,
    claim,
    control,
    kinds,
    needs_fork,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.futures.scenery import CHEAP, TaskError

NOT_FORKED = (
    "forkserver is the default since 3.14 (gh-84559); spawn on Windows, and on macOS since 3.8"
)
NO_RECYCLING = "3.11 added max_tasks_per_child (bpo-44733)"
UNEXPECTED = (
    "TypeError: ProcessPoolExecutor.__init__() got an unexpected keyword argument "
    "'max_tasks_per_child'"
)
#: Whether a worker that has served its tasks is always replaced.
FIXED = since("3.13.15", "3.14.7", "3.15.0")


def square(number):
    return number * number


def pid_and(*arguments, **named):
    return os.getpid(), arguments, named


def hold(report, number):
    report.hold(os.getpid())
    return number


def fail(*arguments):
    error = TaskError(*arguments)
    error.pid = os.getpid()
    raise error


def leave(ending):
    raise ending(os.getpid())


@claim("PEXEC10")
def test_tasks_run_in_the_workers_with_their_arguments(process_pool, shared_executor, evidence):
    """A task runs in one of the worker processes, with its arguments, named ones too.

    Any name will do: submit() takes its own parameters by position only.
    """
    futures = [process_pool.submit(pid_and, n, str(n), fn=n, self=-n) for n in range(20)]
    pids, *arguments = zip(*(future.result(PATIENCE) for future in futures))
    assert evidence(last_arguments=arguments[0][-1], last_named=arguments[1][-1]) == (
        (19, "19"),
        {"fn": 19, "self": -19},
    )
    assert set(pids) <= {worker.pid for worker in shared_executor.workers} - {os.getpid()}


@claim("PEXEC11")
def test_two_workers_run_two_tasks_at_once(process_pool, shared_executor, reports, evidence):
    """ProcessPoolExecutor(2) runs two tasks at a time, each in another process, never more."""
    futures = [process_pool.submit(hold, reports.reporter, number) for number in range(4)]
    inside = reports.collect(2)
    third = outcome(reports.next, within=0.05)
    reports.release()
    reports.collect(2)
    reports.release()
    results = [future.result(PATIENCE) for future in futures]
    assert evidence(third=type(third)) is NotSeen
    assert sorted(inside) == sorted(worker.pid for worker in shared_executor.workers)
    assert evidence(results=results) == [0, 1, 2, 3]


@claim("PEXEC12")
def test_a_process_pool_raises_a_copy_of_the_exception(process_pool, shared_executor, evidence):
    """result() raises a copy of the task's exception; its cause shows the traceback in the worker.

    Its args and attributes arrive, its traceback does not: it is text now, in __cause__, a
    _RemoteTraceback, which takes the place of what raise ... from said.  A thread pool raises the
    very exception (TEXEC06).
    """
    error = outcome(process_pool.submit(fail, 7, "text").result, PATIENCE)
    assert evidence(error=repr(error)) == "TaskError(7, 'text')"
    assert error.pid in {worker.pid for worker in shared_executor.workers}
    assert evidence(cause=type(error.__cause__).__name__) == "_RemoteTraceback"
    assert "in fail" in str(error.__cause__)
    assert "TaskError: (7, 'text')" in str(error.__cause__)


@claim("PEXEC13")
@cases(ending=(SystemExit, KeyboardInterrupt, GeneratorExit))
def test_an_exit_in_a_process_task_spares_the_worker(
    process_pool, shared_executor, ending, evidence
):
    """sys.exit(), or KeyboardInterrupt, in a task of a process pool is only kept in its future.

    The worker goes on.  (The worker of a multiprocessing.Pool ends, and its task is lost: POOL27.)
    """
    error = process_pool.submit(leave, ending).exception(PATIENCE)
    after = [process_pool.submit(square, number).result(PATIENCE) for number in range(4)]
    assert evidence(kept=type(error).__name__) == ending.__name__
    assert error.args[0] in {worker.pid for worker in shared_executor.workers}
    assert evidence(next_tasks=after, workers_alive=shared_executor.intact) == ([0, 1, 4, 9], True)


def return_a_lambda():
    return lambda: 7


@claim("PEXEC14")
@refuted(
    where=before("3.14.0") and not PYPY,
    because="AttributeError before 3.14 (gh-122311), except on PyPy",
    by="AssertionError: assert 'AttributeError' == 'PicklingError'",
)
def test_an_unpicklable_task_raises_pickling_error(process_pool, evidence):
    """A task that cannot be pickled, such as a lambda, raises PicklingError, from result().

    Not from submit(): pickling is done later, in another thread; and also under fork.  Up to 3.12.4
    CPython raises "AttributeError: Can't pickle local object '...<locals>.<lambda>'"; from 3.12.5
    to 3.13 "AttributeError: Can't get local object '...<locals>.<lambda>'"; since 3.14
    "_pickle.PicklingError: Can't pickle local object <function ...<locals>.<lambda> at ...>"
    (gh-122311).  The pool stays usable, but shutdown(cancel_futures=True) may hang (PEXEC34); in
    3.12.1 to 3.12.7 and 3.13.0 so may the end of a with block (gh-125451).  Use a function at the
    top of a module.
    """
    error = process_pool.submit(lambda: 7).exception(PATIENCE)
    evidence(raised=error)
    assert evidence(next_task=process_pool.submit(square, 2).result(PATIENCE)) == 4
    assert type(error).__name__ == "PicklingError"


CANCELLED_BESIDE_AN_ERROR = """
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor

class Unpicklable:
    def __reduce__(self):
        may_fail.wait(20)
        raise TypeError("not to be pickled")

if __name__ == "__main__":
    may_fail = threading.Event()
    pool = ProcessPoolExecutor(1)
    failing = pool.submit(id, Unpicklable())
    others = [pool.submit(abs, -1) for _ in range(5)]
    while not failing.running():
        pass
    ending = threading.Thread(target=pool.shutdown, kwargs={"cancel_futures": True})
    ending.start()
    while not others[-1].cancelled():
        pass
    may_fail.set()
    print(type(failing.exception(20)).__name__)
    ending.join(1)
    print("hangs" if ending.is_alive() else "returns")
    for worker in multiprocessing.active_children():
        worker.kill()
    ending.join(20)
"""


@claim("PEXEC34")
@predicts("N204")
@refuted(
    because="CPython and PyPy: the pool still waits for what could not be pickled (gh-116685)",
    by="AssertionError: assert 'hangs' == 'returns'",
)
def test_shutdown_cancels_beside_an_unpicklable_task(programs, evidence):
    """shutdown(cancel_futures=True) of a process pool returns, though a task cannot be pickled.

    If it cancels other tasks while one is being pickled that cannot be, it waits for ever, and so
    do the end of a with block and of the program.  result() of the task raises its exception
    (PEXEC14), and pool.shutdown(cancel_futures=True) after that is often a deadlock.  Instead:
    give the pool functions at the top of a module and values that can be pickled, or let the tasks
    end: shutdown() alone.  To get out, kill the workers in multiprocessing.active_children().
    """
    seen = programs.run(CANCELLED_BESIDE_AN_ERROR).lines
    control(seen[:1] == ["TypeError"], f"the task must fail, not {seen}")
    assert evidence(shutdown=seen[1]) == "returns"


@claim("PEXEC15")
@refuted(
    where=before("3.14.0") and not PYPY,
    because="AttributeError before 3.14 (gh-122311), except on PyPy",
    by="AssertionError: assert 'AttributeError' == 'PicklingError'",
)
def test_an_unpicklable_result_raises_pickling_error(process_pool, shared_executor, evidence):
    """A result that cannot be pickled raises PicklingError, from result(); the pool stays usable.

    Up to 3.12.4 CPython raises "AttributeError: Can't pickle local object
    'return_a_lambda.<locals>.<lambda>'"; from 3.12.5 to 3.13 "AttributeError: Can't get local
    object 'return_a_lambda.<locals>.<lambda>'" (gh-122311).  Return something that can be pickled.
    """
    error = process_pool.submit(return_a_lambda).exception(PATIENCE)
    evidence(raised=error)
    assert evidence(next_task=process_pool.submit(square, 2).result(PATIENCE)) == 4
    assert evidence(workers_alive=shared_executor.intact) is True
    assert type(error).__name__ == "PicklingError"


def sort_and_return(numbers):
    numbers.sort()
    return numbers


@claim("PEXEC16")
@refuted(
    because="POSIX and Windows: processes share no memory, arguments are pickled",
    by="AssertionError: assert [3, 1, 2] == [1, 2, 3]",
)
def test_a_process_task_changes_the_callers_argument(process_pool, evidence):
    """What a task of a process pool does to its argument is done to the caller's object.

    It is in a thread pool, but a worker process gets a copy, under fork too.  Return what has been
    changed: the result comes back as another copy.
    """
    numbers = [3, 1, 2]
    returned = process_pool.submit(sort_and_return, numbers).result(PATIENCE)
    control(returned == [1, 2, 3], f"the task returned {returned}")
    assert evidence(here=numbers) == [1, 2, 3]


@claim("PEXEC17")
@cases(size=(1, 3, 7, 100))
def test_chunks_of_map_keep_the_order_of_the_input(process_pool, size, evidence):
    """map(chunksize=n) sends n elements as one task, and yields single results in their order.

    chunksize=0 raises "ValueError: chunksize must be >= 1."  (Pool.map(chunksize=0) returns Nones:
    POOL17.)
    """
    results = process_pool.map(pid_and, range(8), itertools.count(10), chunksize=size)
    pids, arguments, _ = zip(*results)
    workers_of_each_chunk = [len(set(pids[i : i + size])) for i in range(0, 8, size)]
    assert evidence(arguments=arguments) == tuple((n, n + 10) for n in range(8))
    assert set(evidence(workers_of_each_chunk=workers_of_each_chunk)) == {1}


@claim("PEXEC17")
@cases(size=(0, -1))
def test_a_chunk_has_at_least_one_element(process_pool, size, evidence):
    """map(chunksize=0), or less, of a process pool raises ValueError."""
    got = outcome(process_pool.map, square, [1], chunksize=size)
    assert evidence(raised=repr(got)) == "ValueError('chunksize must be >= 1.')"


def fail_for_three(number):
    if number == 3:
        raise TaskError(number)
    return number * number


@claim("PEXEC18")
@refuted(
    where=before("3.16.0"),
    because="before 3.16 a chunk is one task, with one result or one exception (gh-108518)",
    by="AssertionError: assert '[TaskError(3)]' == '[1, 4, TaskError(3)]'",
)
def test_a_failure_spares_the_results_before_it_in_its_chunk(process_pool, evidence):
    """map(chunksize=n) yields all results that come before the element that fails.

    With chunksize=1, the default, it does.  Before 3.16 a larger chunk loses all of its results:
    its task raises instead.  Return exceptions as values if that matters.
    """

    def taken(size):
        results = process_pool.map(fail_for_three, [1, 2, 3, 4], chunksize=size)
        got = []
        while not any(isinstance(one, Exception) for one in got):
            got.append(outcome(next, results))
        return repr(got)

    expected = "[1, 4, TaskError(3)]"
    control(taken(1) == taken(2) == expected, "small chunks lose a result, too")
    assert evidence(chunksize_4=taken(4)) == expected


@claim("PEXEC19")
@cases(size=(1, 2))
def test_a_timeout_of_map_applies_to_processes_too(process_pool, reports, size, evidence):
    """map(timeout=) of a process pool raises TimeoutError, with and without chunks."""
    results = process_pool.map(hold, [reports.reporter] * 2, [1, 2], timeout=0.01, chunksize=size)
    reports.collect(2 // size)  # two tasks, or one with two elements
    late = outcome(next, results)
    reports.release()
    for _ in range(size - 1):
        reports.next()
        reports.release()
    assert evidence(raised=repr(late)) == "TimeoutError()"


def compute_with_an_executor_of_its_own(numbers):
    process = multiprocessing.current_process()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return process.daemon, executor.submit(sum, numbers).result(PATIENCE)


@claim("PEXEC20")
def test_a_task_may_have_an_executor_of_its_own(executors, evidence):
    """A task may make a ProcessPoolExecutor: workers are no daemons, so they may have children.

    Those of a multiprocessing.Pool are daemonic, and may not (POOL21).
    """
    executor = executors(ProcessPoolExecutor, 1, mp_context=CHEAP)
    got = executor.submit(compute_with_an_executor_of_its_own, [1, 2, 4]).result(PATIENCE)
    assert evidence(daemon_and_result=got) == (False, 7)


@claim("PEXEC21")
@refuted(because="CPython and PyPy keep calls ready beside those that run: one more than workers")
def test_no_more_futures_are_running_than_there_are_workers(executors, reports, evidence):
    """A future that is running() in a process pool is being run by a worker.

    In fact up to 2 * n + 1 futures of n workers say that they run: the tasks of n + 1 are only in
    the queue of calls.  cancel() returns False for them, though no worker has begun.
    """
    executor = executors(ProcessPoolExecutor, 1, mp_context=CHEAP)
    futures = [executor.submit(hold, reports.reporter, number) for number in range(5)]
    reports.next()
    outcome(until, futures[1].running, "the second future to be running")
    not_cancelled = [future for future in futures if not future.cancel()]
    running = [future for future in futures if future.running()]
    control(isinstance(outcome(reports.next, within=0.02), NotSeen), "one worker has two tasks")
    control(running == not_cancelled, "a running future was cancelled")
    control(len(running) <= 3, f"{len(running)} futures are running")
    assert evidence(running=len(running), workers=1) == (1, 1)


@claim("PEXEC22")
@refuted(
    where=since("3.10.5", "3.11.0"),
    start_method="fork",
    because="under fork all workers start with the first task, since threads do not survive a fork",
    by="AssertionError: assert [0, 2, 2, 2] == [0, 1, 2, 2]",
)
def test_a_process_pool_starts_a_worker_when_it_needs_one(ctx, executors, reports, evidence):
    """A process pool starts a worker when a task finds none idle; none before the first task.

    Under fork all of max_workers start with the first task (3.10.5, 3.11), since to fork later,
    beside the pool's threads, could deadlock (gh-90622).  So a large max_workers costs most there.
    """
    others = set(active_children())
    executor = executors(ProcessPoolExecutor, 2, mp_context=ctx)
    counts = [len(set(active_children()) - others)]
    for number in range(3):
        executor.submit(hold, reports.reporter, number)
        if number < 2:
            reports.next()
        counts.append(len(set(active_children()) - others))
    reports.release()
    reports.next()
    reports.release()
    assert evidence(workers_by_tasks=counts) == [0, 1, 2, 2]


@claim("PEXEC23")
def test_mp_context_says_how_workers_start(process_pool, shared_executor, start_method, evidence):
    """mp_context decides how the workers start, whatever the default is.

    Workers that fork or spawn are children of the program; with forkserver, of the fork server.
    """
    parent = process_pool.submit(os.getppid).result(PATIENCE)
    names = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
    assert set(evidence(kinds=kinds(shared_executor.workers))) == {names[start_method]}
    assert evidence(child_of_ours=parent == os.getpid()) is (start_method != "forkserver")


calls = []


def initialize(*arguments):
    calls.append(arguments)


def tell_calls(report):
    report.hold((os.getpid(), calls))


@claim("PEXEC24")
def test_the_initializer_runs_once_in_each_worker(executors, reports, evidence):
    """initializer(*initargs) runs once in each worker process, before its first task.

    Except under fork it is pickled: of a lambda or a local function submit() raises what start()
    does (GIVE02), by default from 3.14 on, on macOS since 3.8 and on Windows always.
    """
    executor = executors(ProcessPoolExecutor, 2, CHEAP, initializer=initialize, initargs=(1, "two"))
    seen = []
    for _ in range(2):
        for _ in range(2):
            executor.submit(tell_calls, reports.reporter)
        seen += reports.collect(2)
        reports.release()
    assert evidence(workers=len({pid for pid, _ in seen})) == 2
    assert evidence(calls=[calls for _, calls in seen]) == [[(1, "two")]] * 4


@claim("PEXEC24")
def test_an_initializer_has_to_be_callable(evidence):
    """ProcessPoolExecutor(initializer="no function") raises TypeError.

    "TypeError: initializer must be a callable": write initializer=connect, not
    initializer=connect().
    """
    got = outcome(ProcessPoolExecutor, 1, initializer="no function")
    assert evidence(raised=repr(got)) == "TypeError('initializer must be a callable')"


#: A worker shows a variable that the program has changed before it makes the executor.
CHANGED = """
from concurrent.futures import ProcessPoolExecutor
variable = "as in the module"

def look():
    return variable

if __name__ == "__main__":
    variable = "changed"
    with ProcessPoolExecutor(1) as executor:
        print(executor.submit(look).result())
"""


@claim("PEXEC25")
@refuted(
    where=DEFAULT_START_METHOD != "fork",
    because=NOT_FORKED,
    by="AssertionError: assert 'as in the module' == 'changed'",
)
def test_a_process_pool_forks_its_workers_by_default(programs, evidence):
    """The workers of ProcessPoolExecutor() see the parent's variables as they have become.

    They do if they are forked, the default up to 3.13 on Linux.  Since 3.14 it is forkserver there
    (gh-84559), and spawn on Windows always, on macOS since 3.8: the workers import the program's
    module anew and see variables as it makes them.  Instead: pass values as arguments, or by an
    initializer; or, if the program has no other threads,
    mp_context=multiprocessing.get_context("fork").
    """
    program = programs.run(CHANGED)
    control((program.exit_code, program.err) == (0, ""), f"the program ended with {program}")
    assert evidence(worker_saw=program.out.strip()) == "changed"


#: The program has no `if __name__ == "__main__":`.
UNGUARDED = """
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(1) as executor:
    print(executor.submit(abs, -7).result())
"""


@claim("PEXEC26")
@refuted(where=DEFAULT_START_METHOD != "fork", because=NOT_FORKED)
def test_a_program_with_an_executor_needs_no_main_guard(programs, evidence):
    """A program may use ProcessPoolExecutor() without `if __name__ == "__main__":`.

    Up to 3.13 it may on Linux.  Since 3.14 (forkserver), on Windows always, and on macOS since 3.8
    (spawn) each worker runs the program's file again, which fails there with a RuntimeError: "An
    attempt has been made to start a new process before the current process has finished its
    bootstrapping phase."  The program ends with BrokenProcessPool or, from 3.14.1 on in 3.14,
    "ConnectionResetError: [Errno 104] Connection reset by peer".  Instead: put what the program
    does below the guard.
    """
    program = programs.run(UNGUARDED)
    control(program.exit_code == 0 or "bootstrapping phase" in program.err, program.err)
    evidence(last_line_of_stderr=program.err.strip().rpartition("\n")[2])
    assert evidence(exit_code=program.exit_code, printed=program.lines) == (0, ["7"])


@claim("PEXEC27")
@refuted(where=before("3.11.0"), because=NO_RECYCLING, by=UNEXPECTED)
def test_a_worker_is_replaced_after_so_many_tasks(executors, evidence):
    """With max_tasks_per_child=2 a worker ends after two tasks, and another takes its place.

    So the memory that tasks leak is freed when the worker is respawned, after that number of tasks.
    Before 3.11: "TypeError: ProcessPoolExecutor.__init__() got an unexpected keyword argument
    'max_tasks_per_child'"; multiprocessing.Pool(maxtasksperchild=2) is older.
    """
    executor = executors(ProcessPoolExecutor, 1, mp_context=CHEAP, max_tasks_per_child=2)
    pids = [executor.submit(os.getpid).result(PATIENCE) for _ in range(5)]
    assert evidence(same_pid_as=[pids.index(pid) for pid in pids]) == [0, 0, 2, 2, 4]


@claim("PEXEC28")
@needs_fork
@refuted(where=before("3.11.0"), because=NO_RECYCLING, by=UNEXPECTED)
def test_max_tasks_per_child_refuses_the_fork_method(executors, evidence):
    """max_tasks_per_child goes with spawn, its default, and forkserver; with fork ValueError.

    "ValueError: max_tasks_per_child is incompatible with the 'fork' multiprocessing start method;
    supply a different mp_context."  Zero is a ValueError too, and what is no integer a TypeError.
    """
    executors(ProcessPoolExecutor, 1, max_tasks_per_child=5)
    error = outcome(ProcessPoolExecutor, 1, get_context("fork"), max_tasks_per_child=5)
    assert evidence(raised=repr(error)).startswith('ValueError("max_tasks_per_child is incompat')


@claim("PEXEC28")
@cases(refusal={"0": (0, "ValueError"), "-1": (-1, "ValueError"), "'5'": ("5", "TypeError")})
@refuted(where=before("3.11.0"), because=NO_RECYCLING)
def test_max_tasks_per_child_is_a_positive_integer(refusal, evidence):
    """max_tasks_per_child=0 raises ValueError, and a string TypeError."""
    number, kind = refusal
    error = outcome(ProcessPoolExecutor, 1, max_tasks_per_child=number)
    assert evidence(raised=repr(error)).startswith(f"{kind}('max_tasks_per_child must be ")


#: Six tasks for workers that serve two tasks each; prints the results that come.
RECYCLE = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor, wait

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    executor = ProcessPoolExecutor(1, context, max_tasks_per_child=2)
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


def last_line_of(programs, source, finishes):
    """Run a program with an executor, to which little patience is left if it never finishes.

    Return the last line that it has printed, or else that of its error.
    """
    patience = PATIENCE if finishes else 3 * GRACE
    source = source.format(method=CHEAP.get_start_method(), patience=patience)
    program = programs.run(source, within=2 * PATIENCE)
    return (program.out or program.err).strip().splitlines()[-1]


@claim("PEXEC29")
@predicts("RC37")
@refuted(where=before("3.11.0"), because=NO_RECYCLING, by='AssertionError: assert "TypeError: P')
@refuted(
    where=not FIXED,
    because="hung from 3.11 until 3.13.15, 3.14.7 and 3.15 (gh-115634)",
    # Four are done if the first worker is quicker than the last submit().
    by="AssertionError: assert '[0, 1",
)
def test_recycled_workers_finish_all_that_is_queued(programs, evidence):
    """ProcessPoolExecutor(1, max_tasks_per_child=2) finishes six tasks that are queued together.

    From 3.11 on it hangs after two: the worker has ended and none takes its place, result() waits
    without end (gh-115634).  It does since 3.13.15, 3.14.7 and 3.15.  Before, set
    max_tasks_per_child=1, which does not hang, or use multiprocessing.Pool(maxtasksperchild=2).
    (Before 3.11 there is no max_tasks_per_child.)
    """
    last = last_line_of(programs, RECYCLE, finishes=FIXED)
    assert evidence(last_line=last) == "[0, 1, 2, 3, 4, 5]"


#: Three tasks, each for a worker of its own; the first begins when the executor is shut down.
SHUT_DOWN = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor, wait

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    shut_down = context.Event()
    executor = ProcessPoolExecutor(1, context, shut_down.wait, max_tasks_per_child=1)
    futures = [executor.submit(abs, -number) for number in range(3)]
    executor.shutdown(wait=False)
    shut_down.set()
    wait(futures[:1])
    wait(futures, {patience})
    print([future.result() for future in futures if future.done()], flush=True)
    if not futures[-1].done():
        os._exit(0)  # the executor would keep the program from ending
"""

#: Whether a worker is replaced after shutdown(wait=False), too.
REPLACED_AFTER_SHUTDOWN = since("3.14.7", "3.15.0")


@claim("PEXEC31")
@predicts("N88")
@refuted(where=before("3.11.0"), because=NO_RECYCLING, by='AssertionError: assert "TypeError: P')
@refuted(
    where=not REPLACED_AFTER_SHUTDOWN,
    because="hung from 3.11 until 3.14.7 and 3.15 (gh-119592)",
    by="AssertionError: assert '[0]",
)
def test_recycled_workers_finish_after_shutdown(programs, evidence):
    """After shutdown(wait=False) all that was submitted runs, with max_tasks_per_child=1 too.

    Without max_tasks_per_child it does everywhere.  With it, before 3.14.7 and 3.15, no worker
    takes the place of one that has served its tasks: the other futures never become done, and
    result() waits without end (gh-119592).  The program hangs at exit; up to 3.13.5 it prints a
    traceback instead, TypeError, "object of type 'NoneType' has no len()" (gh-132969).  Instead:
    shutdown() with wait=True, the default, and max_tasks_per_child=1 (with more: PEXEC29), or leave
    it out.  (Before 3.11 there is none.)
    """
    last = last_line_of(programs, SHUT_DOWN, finishes=REPLACED_AFTER_SHUTDOWN)
    assert evidence(last_line=last) == "[0, 1, 2]"


#: For programs that fill the pipe of a pool with wake-ups; then `full` is set.  Where submit() does
#: not come back from that, the watcher takes some out of the pipe.
FILLING = """
import fcntl, multiprocessing, os, threading
from concurrent.futures import ProcessPoolExecutor, process

came_back, ending = threading.Event(), []
wake_up = process._ThreadWakeup.wakeup

def wake_up_or_find_it_full(self):
    if full.is_set():
        return wake_up(self)
    os.set_blocking(self._writer.fileno(), False)
    try:
        wake_up(self)
    except BlockingIOError:
        os.set_blocking(self._writer.fileno(), True)
        full.set()
        wake_up(self)

def watch(pipe):
    full.wait()
    if came_back.wait({patience}):
        ending.append("all come back")
    else:
        ending.append("the last one hangs")
        os.read(pipe, 2**16)

def fill(executor):
    pipe = executor._executor_manager_thread_wakeup._reader.fileno()
    room = 2**16  # the most that other systems have
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        room = fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 2**12)
    process._ThreadWakeup.wakeup = wake_up_or_find_it_full
    watcher = threading.Thread(target=watch, args=(pipe,))
    watcher.start()
    submits = 0
    while submits < room // 2 and not full.is_set():  # twice as many as there is room for
        executor.submit(int)
        submits += 1
    came_back.set()
    full.set()
    watcher.join()
    executor.shutdown(cancel_futures=True)
    print(submits, "submits:", *ending)
"""

#: Holds back the thread that starts the calls until its pipe is full, and lets it go then.
LATE = (
    FILLING
    + """
full, run = threading.Event(), process._ExecutorManagerThread.run

def run_late(self):
    full.wait()
    run(self)

if __name__ == "__main__":
    executor = ProcessPoolExecutor(1, multiprocessing.get_context({method!r}))
    process._ExecutorManagerThread.run = run_late
    fill(executor)
"""
)

#: Whether the pool's own thread needs no lock to empty its pipe.
EMPTIED = since("3.11.6", "3.12.1", "3.13.0")


@claim("PEXEC32")
@predicts("N140")
@needs_posix
@refuted(
    where=not EMPTIED,
    because="3.11.6 and 3.12.1 empty the pipe without the lock that submit() has (gh-105829)",
    by="AssertionError: the last one hangs",
)
def test_submit_comes_back_however_many_tasks_are_pending(programs, evidence):
    """ProcessPoolExecutor.submit() comes back, however many tasks are pending.

    Before 3.11.6 and 3.12.1 it may hang for ever, and map() with it: at the 16385th task or so, if
    they are submitted faster than the pool's own thread gets to run.  Each submit() writes four
    bytes into a pipe, of 64 KiB on Linux, while it holds a lock, which that thread wants before it
    reads them.  A stack then ends with wakeup() and _send().  Instead: upgrade; there, submit some
    thousands at a time and wait for them, or map(chunksize=100), which makes few tasks of many.
    """
    patience = PATIENCE if EMPTIED else 3 * GRACE
    source = LATE.format(method=CHEAP.get_start_method(), patience=patience)
    program = programs.run(source, within=2 * PATIENCE)
    submits, _, ending = program.out.strip().partition(" submits: ")
    evidence(submits=submits, in_the_end=ending)
    control(ending, f"it must tell: {program}")
    assert ending == "all come back", ending


#: A worker that has served its task ends when the pool's pipe is full of wake-ups: it waits for a
#: thread until then, and the pool's own thread waits for the worker.
ENDS_LATE = (
    FILLING
    + """
def end_late(full):
    threading.Thread(target=full.wait).start()

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    full = context.Event()
    executor = ProcessPoolExecutor(1, context, end_late, (full,), max_tasks_per_child=1)
    executor.submit(int).result()
    fill(executor)
"""
)


@claim("PEXEC33")
@needs_posix
@refuted(where=before("3.11.0"), because=NO_RECYCLING, by='AssertionError: assert "TypeError: P')
@refuted(
    where=since("3.11.0"),
    because="since 3.11 the pool's thread takes submit()'s lock to replace a worker (bpo-44733)",
    by="AssertionError: assert '",
)
def test_submit_comes_back_while_a_worker_is_replaced(programs, evidence):
    """submit() comes back while a process pool replaces a worker for max_tasks_per_child.

    It may hang for ever, on every Python that has max_tasks_per_child, and map() with it.  The
    pool's own thread waits until the worker has ended, then for the lock of submit(); meanwhile
    each submit() writes a wake-up into a pipe, of 64 KiB on Linux, and the 16385th stands in
    wakeup() and _send(), with that lock.  So it takes many tasks at once, and workers that need a
    while to end, because of threads or exit handlers.  Instead: submit some thousands at a time
    and wait for them; map(chunksize=100), which makes few tasks of many; since 3.14
    map(buffersize=1000); or multiprocessing.Pool(maxtasksperchild=1).
    """
    last = last_line_of(programs, ENDS_LATE, finishes=False)
    _, _, ending = evidence(last_line=last).rpartition(" submits: ")
    assert ending == "all come back"


class Burden:
    """What reports when a process other than its maker's has dropped it."""

    def __init__(self, report):
        self.report, self.maker = report, os.getpid()

    def __del__(self):
        if os.getpid() != self.maker:
            self.report("dropped")


def give_back(burden):
    return burden


@claim("PEXEC36")
@cases(kind=("Pool", "ProcessPoolExecutor"))
@applies(where=not PYPY, because="PyPy drops an object when it collects garbage")
def test_an_idle_worker_keeps_nothing_of_its_last_task(kind, executors, reports, evidence):
    """An idle worker has dropped the arguments and the result of its last task.

    So large ones fill no memory while it waits, in a Pool as in a ProcessPoolExecutor.  That its
    process does not shrink has other causes: caches and globals of the task's module, and an
    allocator that keeps what has been freed.  Let workers end: max_tasks_per_child, or
    maxtasksperchild (POOL25).
    """
    burden = Burden(reports.reporter)
    if kind == "Pool":
        with CHEAP.Pool(1) as pool:
            pool.apply(give_back, (burden,))
            told = outcome(reports.next)
    else:
        executor = executors(ProcessPoolExecutor, 1, mp_context=CHEAP)
        executor.submit(give_back, burden).result(PATIENCE)
        told = outcome(reports.next)
    assert evidence(told=told) == "dropped"
