"""ThreadPoolExecutor: its threads, what they run, and what a task gets from its surroundings.

Source: https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
"""

import concurrent.futures
import contextvars
import gc
import sys
import threading
import warnings
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool
from multiprocessing import get_context

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    in_a_fork,
    in_the_main_thread,
    joined,
    kinds,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    until,
)
from tests.library.futures.scenery import Gate, TaskError

variable = contextvars.ContextVar("variable", default="default")


def threads_called(prefix):
    """Return the live threads whose names begin so."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(prefix)]


@claim("TEXEC01")
def test_an_idle_thread_is_used_before_another_is_made(executors, evidence):
    """A pool makes no thread before it is needed, and uses an idle thread before it makes another.

    So a large max_workers costs nothing for tasks that come one by one.
    """
    executor, idents = executors(ThreadPoolExecutor, 5), []
    for _ in range(4):
        idents.append(executor.submit(threading.get_ident).result())
        # A thread counts as idle only a moment after its result is there; nothing public says when.
        until(lambda: executor._idle_semaphore._value, "the thread to be idle")  # noqa: SLF001
    assert evidence(threads=len(set(idents))) == 1


@claim("TEXEC01")
def test_a_pool_makes_a_thread_when_all_others_are_busy(executors, evidence):
    """A new pool has no thread; each task that finds all threads busy gets another thread."""
    executor = executors(ThreadPoolExecutor, 5, "needed")
    with Gate() as gate:
        counts = [len(threads_called("needed"))]
        for _ in range(3):
            executor.submit(gate)
            counts.append(len(threads_called("needed")))
    assert evidence(threads_by_tasks=counts) == [0, 1, 2, 3]


@claim("TEXEC02")
def test_a_pool_has_never_more_threads_than_asked_for(executors, evidence):
    """A ThreadPoolExecutor(3) runs three tasks at the same time, each in a thread, never more."""
    executor = executors(ThreadPoolExecutor, 3, "three")
    with Gate() as gate:
        futures = [executor.submit(gate, number) for number in range(10)]
        gate.reached(3)
        stayed = never(lambda: len(gate.arrived) > 3, during=0.05)
        threads, running = threads_called("three"), [future.running() for future in futures]
    assert evidence(threads=len(threads), running=running) == (3, [True] * 3 + [False] * 7)
    assert stayed
    assert [future.result() for future in futures] == [*range(10)]


@claim("TEXEC03")
def test_one_worker_runs_its_tasks_in_their_order(executors, evidence):
    """A pool of one thread runs its tasks one after another, in the order of submission."""
    executor, ran = executors(ThreadPoolExecutor, 1), []
    for number in range(30):
        executor.submit(ran.append, number)
    executor.shutdown()
    assert evidence(order=ran) == [*range(30)]


def names_of_threads(executor, count):
    """Return the names of the threads of a new executor, after a task in each of them."""
    with Gate() as gate:
        for _ in range(count):
            executor.submit(gate)
        gate.reached(count)
        return sorted(thread.name for thread in gate.threads)


@claim("TEXEC04")
@in_the_main_thread
def test_workers_are_named_by_prefix_and_number(executors, evidence):
    """The threads are called <prefix>_0, <prefix>_1, ..., and are not daemons.

    They would be daemons if a daemon thread submitted the tasks.  Without a prefix it is
    ThreadPoolExecutor-<n>, with another number for each pool.
    """
    executor = executors(ThreadPoolExecutor, 3, thread_name_prefix="fetch")
    names = names_of_threads(executor, 3)
    daemons = [thread.daemon for thread in threads_called("fetch")]
    assert evidence(names=names) == ["fetch_0", "fetch_1", "fetch_2"]
    assert evidence(daemons=daemons) == [False] * 3


@claim("TEXEC04")
def test_each_pool_without_a_prefix_has_a_number(executors, evidence):
    """Without a prefix the threads are called ThreadPoolExecutor-<n>_0, ..., and n counts pools."""
    names = [names_of_threads(executors(ThreadPoolExecutor, 2), 2) for _ in range(2)]
    first = int(names[0][0].removeprefix("ThreadPoolExecutor-").removesuffix("_0"))
    assert evidence(names=names) == [
        [f"ThreadPoolExecutor-{number}_0", f"ThreadPoolExecutor-{number}_1"]
        for number in (first, first + 1)
    ]


@claim("TEXEC05")
@cases(ending=(SystemExit, KeyboardInterrupt, GeneratorExit))
def test_an_exit_in_a_task_ends_only_the_task(executors, ending, evidence):
    """sys.exit(), or KeyboardInterrupt, in a task of a thread pool ends neither thread nor program.

    The future keeps it, and result() raises it in its caller, where it may end the program.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def leave():
        raise ending(threading.current_thread())

    error = executor.submit(leave).exception()
    thread_of_the_next = executor.submit(threading.current_thread).result()
    assert evidence(kept=type(error).__name__) == ending.__name__
    assert evidence(same_thread=error.args == (thread_of_the_next,)) is True


@claim("TEXEC06")
def test_a_thread_pool_hands_over_the_very_objects(executors, evidence):
    """Threads get the very arguments, and give back the very result, or exception: no copies.

    So a task may change its arguments, for better or worse.
    """
    executor, numbers, error = executors(ThreadPoolExecutor, 1), [3, 1, 2], TaskError(1)

    def fail():
        raise error

    executor.submit(numbers.sort).result()
    assert evidence(numbers=numbers) == [1, 2, 3]
    assert executor.submit(lambda one: one, numbers).result() is numbers
    assert outcome(executor.submit(fail).result) is error
    assert evidence(cause=error.__cause__) is None


@claim("TEXEC07")
@refuted(
    because="CPython and PyPy: a waiting task keeps its thread (documented as a deadlock)",
    by=concurrent.futures.TimeoutError,
)
def test_a_task_may_wait_for_a_task_of_its_own_pool(executors, evidence):
    """A task may wait for a task that it submits to its own pool, whatever the size of the pool.

    You might expect that a nested submit() from inside a worker works.  In fact the waiting task
    occupies its thread: with one worker, or when all workers wait, no thread is left to run the
    other task.  It is a deadlock of the ThreadPoolExecutor: result() hangs.  Wait outside, use a
    second pool, or call the function itself.
    """

    def ask(executor, seconds):
        return executor.submit(abs, -7).result(seconds)

    two, one = executors(ThreadPoolExecutor, 2), executors(ThreadPoolExecutor, 1)
    control(two.submit(ask, two, PATIENCE).result() == 7, "it fails with two workers")
    assert evidence(one_worker=one.submit(ask, one, 0.05).result()) == 7


@claim("TEXEC08")
def test_the_initializer_runs_first_in_each_thread(executors, evidence):
    """initializer(*initargs) runs in each thread once, before its first task.

    With it you can give each thread its own connection, say, in a threading.local.
    """
    calls = []

    def initialize(*arguments):
        calls.append((threading.current_thread(), arguments))

    executor = executors(ThreadPoolExecutor, 3, initializer=initialize, initargs=(1, "two"))
    at_first = len(calls)
    with Gate() as gate:
        for _ in range(6):
            executor.submit(gate)
        gate.reached(3)
        calls_at_the_first_tasks = len(calls)
    executor.shutdown()
    assert evidence(at_first=at_first, at_the_first_tasks=calls_at_the_first_tasks) == (0, 3)
    assert dict(calls) == dict.fromkeys(gate.threads, (1, "two"))
    assert evidence(calls=len(calls)) == 3


@claim("TEXEC08")
def test_an_initializer_has_to_be_callable(evidence):
    """ThreadPoolExecutor(initializer="no function") raises TypeError.

    "TypeError: initializer must be a callable": write initializer=connect, not
    initializer=connect().
    """
    got = outcome(ThreadPoolExecutor, 1, initializer="no function")
    assert evidence(raised=repr(got)) == "TypeError('initializer must be a callable')"


@claim("TEXEC09")
def test_a_failing_initializer_breaks_a_thread_pool(executors, evidence):
    """If an initializer raises, all pending and later tasks fail with BrokenThreadPool.

    "concurrent.futures.thread.BrokenThreadPool: A thread initializer failed, the thread pool is not
    usable anymore".  The exception itself is only logged.  BrokenThreadPool is a BrokenExecutor,
    and that a RuntimeError.
    """

    def fail():
        gate()
        raise TaskError

    with Gate() as gate:
        executor = executors(ThreadPoolExecutor, 1, initializer=fail)
        futures = [executor.submit(abs, -1) for _ in range(3)]
    pending = [outcome(future.result) for future in futures]
    later = outcome(executor.submit, abs, -1)
    assert kinds([*evidence(pending=pending), later]) == ["BrokenThreadPool"] * 4
    assert str(evidence(submit=later)).startswith("A thread initializer failed")
    assert BrokenThreadPool.__mro__[1:3] == (BrokenExecutor, RuntimeError)


@claim("TEXEC10")
def test_threads_end_when_nobody_refers_to_the_pool(evidence):
    """The threads of a pool end after their tasks when the last reference to the pool goes.

    On CPython they end immediately, on PyPy with the next garbage collection.  Still, say `with`.
    """
    executor = ThreadPoolExecutor(2)
    with Gate() as gate:
        futures = [executor.submit(gate, number) for number in range(4)]
        gate.reached(2)
        del executor
        gc.collect()
        working = [thread.is_alive() for thread in gate.threads]
    joined(*gate.threads)
    results = [future.result(0) for future in futures]
    assert evidence(working=working, results=results) == ([True, True], [0, 1, 2, 3])


def seen_by_a_task(executor):
    """Return what a task sees of the variable that the submitting thread has set."""

    def submit():
        variable.set("set by the submitter")
        return executor.submit(variable.get).result()

    return contextvars.copy_context().run(submit)


@claim("TEXEC11")
@refuted(
    where=not getattr(sys.flags, "thread_inherit_context", 0),
    because="a thread starts with an empty context (PEP 567), unless an option of 3.14 is set",
    by="AssertionError: assert 'default' == 'set by the submitter'",
)
def test_a_task_sees_the_context_variables_of_its_submitter(executors, evidence):
    """A task in a new thread of a pool sees the ContextVar values of the code that submits it.

    You might expect so, as asyncio.to_thread() does it.  In fact a pool's threads have contexts of
    their own, with the defaults.  Since 3.14 -X thread_inherit_context=1, the default of
    free-threaded builds, lets a thread start with the context of the thread that starts it, which
    holds for its first task only.  Pass the context yourself, which works everywhere:
    `executor.submit(contextvars.copy_context().run, function, ...)`.
    """
    passed = contextvars.copy_context()
    passed.run(variable.set, "passed")
    by_copy = executors(ThreadPoolExecutor, 1).submit(passed.run, variable.get).result()
    control(by_copy == "passed", "copy_context().run does not help")
    seen = seen_by_a_task(executors(ThreadPoolExecutor, 1))
    assert evidence(seen=seen) == "set by the submitter"


@claim("TEXEC12")
@refuted(
    because="an idle thread keeps the context that it started with (PEP 567), 3.14 or not",
    by="AssertionError: assert 'set by a task' == 'set by the submitter'",
)
def test_a_task_in_a_used_thread_sees_the_submitters_context(executors, evidence):
    """A task in a thread that has run tasks before sees the ContextVar values of its submitter.

    It does not, even where a new thread inherits a context (3.14): the thread goes on with the one
    that it has.  A value that a task sets stays in the thread, and later tasks see it: a leak.
    Pass the context: `executor.submit(contextvars.copy_context().run, function, ...)`.
    """
    executor = executors(ThreadPoolExecutor, 1)
    executor.submit(variable.set, "set by a task").result()
    assert evidence(seen=seen_by_a_task(executor)) == "set by the submitter"


#: Prints what a task in a new thread sees.
CONTEXT = """
import contextvars
from concurrent.futures import ThreadPoolExecutor
variable = contextvars.ContextVar("variable", default="default")
variable.set("set by the submitter")
with ThreadPoolExecutor(1) as executor:
    print(executor.submit(variable.get).result())
"""


@claim("TEXEC13")
@refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 added -X thread_inherit_context (gh-128555)",
    by="AssertionError: assert 'default' == 'set by the submitter'",
)
def test_threads_inherit_a_context_if_the_option_says_so(programs, evidence):
    """With -X thread_inherit_context=1 a new thread of a pool starts with its submitter's context.

    Older versions ignore the option and print "default".  PYTHON_THREAD_INHERIT_CONTEXT=1 in the
    environment does the same.  Free-threaded builds have it switched on.
    """
    on, off = (
        programs.run(CONTEXT, options=["-X", f"thread_inherit_context={value}"]) for value in (1, 0)
    )
    control(off.lines == ["default"], f"without it the task saw {off}")
    assert evidence(on=on.out.strip()) == "set by the submitter"


def use_inherited_executors():
    """Return what a forked child gets from its parent's thread and process pool, and a new one."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the fork beside threads
    pools = ThreadPoolExecutor(1), ProcessPoolExecutor(1, mp_context=get_context("fork"))

    def in_the_child():
        new = ThreadPoolExecutor(1).submit(abs, -8).result(PATIENCE)
        return [*(repr(outcome(pool.submit(abs, -8).result, 0.1)) for pool in pools), new]

    for pool in pools:
        pool.submit(abs, -7).result(PATIENCE)
    got = in_a_fork(in_the_child)
    for pool in pools:
        control(pool.submit(abs, -9).result(PATIENCE) == 9, "the parent's are broken")
        pool.shutdown()
    return got


@claim("TEXEC14")
@needs_fork
@refuted(
    because="POSIX: fork copies the thread that forks and no other",
    by="AssertionError: assert 'TimeoutError()' == '8'",
)
def test_a_forked_child_can_use_an_inherited_thread_pool(programs, evidence):
    """A forked child can use the ThreadPoolExecutor that it has inherited from its parent.

    You might expect so: the object is there, submit() returns a Future.  But its threads are not:
    the child believes that one is idle and hangs; result(timeout) raises TimeoutError.  Make a new
    executor in the child, in os.register_at_fork() or a worker's initializer.
    """
    inherited, _, new = programs.once(use_inherited_executors)
    control(new == 8, "no executor at all works in a child")
    assert evidence(inherited=inherited) == "8"


@claim("TEXEC15")
@needs_fork
@refuted(
    because="POSIX: fork copies the thread that forks, not the one that feeds the pool",
    by="AssertionError: assert 'TimeoutError()' == '8'",
)
def test_a_forked_child_can_use_an_inherited_process_pool(programs, evidence):
    """A forked child can use the ProcessPoolExecutor that it has inherited from its parent.

    A ProcessPoolExecutor that hangs forever, without an error, may be such a copy.  The workers are
    there, but not the thread that hands out tasks and fetches results: result() hangs.  A worker of
    a fork-started pool that uses a global executor does the same.
    """
    _, inherited, _ = programs.once(use_inherited_executors)
    assert evidence(inherited=inherited) == "8"


@claim("TEXEC16")
def test_leaving_the_with_block_waits_for_the_tasks(executors, background, evidence):
    """Leaving the with block of an executor waits for its tasks, pending ones too.

    It is shutdown(wait=True), even if the block ends by an exception, which then goes on.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def block():
        with executor:
            raise TaskError("in the block")

    with Gate() as gate:
        futures = [executor.submit(gate, number) for number in range(3)]
        leaving = background(block)
        waited = never(lambda: leaving.finished, during=0.05)
    left, done = outcome(leaving.result), [future.done() for future in futures]
    assert evidence(waited=waited, done=done) == (True, [True] * 3)
    assert evidence(raised=repr(left)) == "TaskError('in the block')"
    assert [future.result() for future in futures] == [0, 1, 2]
    assert evidence(submit=kinds([outcome(executor.submit, abs, -1)])) == ["RuntimeError"]


@claim("TEXEC17")
@cases(cancel=(False, True))
def test_ctrl_c_in_the_with_block_waits_for_pending_tasks(executors, background, cancel, evidence):
    """Ctrl-C in the with block of an executor runs all pending tasks before the program ends.

    KeyboardInterrupt leaves the block, which is shutdown(wait=True): the program seems to ignore
    Ctrl-C.  Instead: "except KeyboardInterrupt: executor.shutdown(cancel_futures=True); raise"
    inside the block.  Then only the running tasks are waited for; the others are cancelled.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def block():
        with executor:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt:
                if cancel:
                    executor.shutdown(wait=False, cancel_futures=True)
                raise

    def program():
        try:
            block()
        except KeyboardInterrupt:
            return "KeyboardInterrupt"

    with Gate() as gate:
        futures = [executor.submit(gate, number) for number in range(5)]
        gate.reached(1)
        leaving = background(program)
        if cancel:
            until(futures[-1].cancelled, "the tasks to be cancelled")
        waited = never(lambda: leaving.finished, during=0.05)
    assert evidence(waited=waited, raised=leaving.result()) == (True, "KeyboardInterrupt")
    ran = [number for number, future in enumerate(futures) if not future.cancelled()]
    assert evidence(ran=ran) == ([0] if cancel else [0, 1, 2, 3, 4])


STARTING = """
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

def run():
    child = multiprocessing.get_context("fork").Process()
    child.start()
    child.join()
    return child.exitcode

if __name__ == "__main__":
    with ThreadPoolExecutor(1) as executor:
        print(executor.submit(run).result())
"""


@claim("TEXEC18")
@predicts("N53")
@needs_fork
@refuted(
    where=before("3.12.8", "3.13.1"),
    because="before 3.12.8 and 3.13.1 the child joins at its end the thread that it is (gh-88110)",
)
def test_a_process_of_a_thread_pools_task_ends_well(programs, evidence):
    """A process that a task of a ThreadPoolExecutor starts, by fork, ends with exit code 0.

    Before 3.12.8 and 3.13.1 it ends with 1 though its target returned, and nothing is printed.
    Schedulers that run jobs in processes are like that.  There: get_context("spawn"), or a plain
    Thread.
    """
    program = programs.run(STARTING)
    control("Traceback" not in program.err, f"nothing else fails: {program}")
    assert evidence(exit_code=program.lines) == ["0"]


def work():
    return threading.current_thread()


@claim("TEXEC19")
def test_submit_of_a_call_submits_what_it_returns(executors, evidence):
    """submit(work()) calls work() at once, in the calling thread, and submits what it returned.

    If that is None, the future fails with "TypeError: 'NoneType' object is not callable", which
    nobody sees who does not ask for its result.  Instead: submit(work), and submit(work, 1, 2) with
    arguments; so for apply_async(), run_in_executor() and Thread(target=work).
    """
    executor, called = executors(ThreadPoolExecutor, 1), []
    future = executor.submit(called.append(work()))
    assert evidence(called_here=called == [threading.current_thread()]) is True
    error = future.exception(PATIENCE)
    assert repr(evidence(raised=error)) == """TypeError("'NoneType' object is not callable")"""
    assert executor.submit(work).result(PATIENCE) is not threading.current_thread()
