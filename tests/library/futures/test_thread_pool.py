"""ThreadPoolExecutor: its threads, what they run, and what a task gets from its surroundings.

Source: https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
"""

import ast
import concurrent.futures
import contextvars
import gc
import sys
import threading
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool

from tests.harness import (
    FORK,
    PATIENCE,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    raises,
    refuted,
    until,
)

variable = contextvars.ContextVar("variable", default="default")


class TaskError(Exception):
    """What a task may raise."""


def threads_called(prefix):
    """Return the live threads whose names begin so."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(prefix)]


def occupy(executor, gate, tasks):
    """Submit tasks that wait for the gate; return what they report, which is filled by and by."""
    inside = []

    def task(number):
        inside.append((number, threading.current_thread()))
        control(gate.wait(PATIENCE), "the gate was never opened")
        return number

    return inside, [executor.submit(task, number) for number in range(tasks)]


@claim("CF18")
def test_an_idle_thread_is_used_before_another_is_made(executors, evidence):
    """A pool makes no thread before it is needed, and uses an idle thread before it makes another.

    So a large max_workers costs nothing for tasks that come one by one.
    """
    executor = executors(ThreadPoolExecutor, 5, "idle")
    at_first, idents = len(threads_called("idle")), []
    for _ in range(4):
        idents.append(executor.submit(threading.get_ident).result(PATIENCE))
        # It counts as idle only a moment after its result is there, and nothing public says so.
        idle = executor._idle_semaphore  # noqa: SLF001
        control(idle.acquire(timeout=PATIENCE), "the thread never became idle")
        idle.release()
    (thread,) = threads_called("idle")
    gate = threading.Event()
    inside, _ = occupy(executor, gate, 3)
    try:
        until(lambda: len(inside) == 3, "three tasks to be inside")
        busy = len(threads_called("idle"))
    finally:
        gate.set()
    evidence(at_first=at_first, one_by_one=len(set(idents)), three_at_once=busy)
    assert at_first == 0
    assert set(idents) == {thread.ident}
    assert busy == 3


@claim("Z20")
def test_a_pool_has_never_more_threads_than_asked_for(executors, evidence):
    """A ThreadPoolExecutor(3) runs three tasks at once, in three threads, and never more."""
    executor, gate = executors(ThreadPoolExecutor, 3, "three"), threading.Event()
    inside, futures = occupy(executor, gate, 10)
    try:
        until(lambda: len(inside) == 3, "three tasks to be inside")
        stayed = never(lambda: len(inside) > 3, during=0.05)
        threads = len(threads_called("three"))
        states = [future.running() for future in futures]
    finally:
        gate.set()
    results = [future.result(PATIENCE) for future in futures]
    began = [number for number, _ in inside]
    evidence(at_once=sum(states), threads=threads, results=results)
    assert stayed
    assert threads == 3
    assert states == [True] * 3 + [False] * 7
    assert results == list(range(10))
    assert sorted(began[:3]) == [0, 1, 2]
    assert len({thread for _, thread in inside}) == 3


@claim("CF73")
def test_one_worker_runs_its_tasks_in_their_order(executors, evidence):
    """A pool of one thread runs its tasks one after another, in the order of submission."""
    executor, ran = executors(ThreadPoolExecutor, 1), []
    futures = [
        executor.submit(lambda n=n: ran.append((n, threading.get_ident()))) for n in range(30)
    ]
    concurrent.futures.wait(futures, PATIENCE)
    evidence(order=[number for number, _ in ran])
    assert [number for number, _ in ran] == list(range(30))
    assert len({ident for _, ident in ran}) == 1


@claim("CF19")
def test_workers_are_named_by_prefix_and_number(executors, evidence):
    """The threads are called <prefix>_0, <prefix>_1, ..., and are not daemons.

    Without a prefix it is ThreadPoolExecutor-<n>, with a number of its own for each pool.
    """
    gate, names = threading.Event(), []
    pools = [
        executors(ThreadPoolExecutor, max_workers=3, thread_name_prefix="fetch"),
        executors(ThreadPoolExecutor, 2),
        executors(ThreadPoolExecutor, 2),
    ]
    try:
        for pool, size in zip(pools, (3, 2, 2)):
            inside, _ = occupy(pool, gate, size)
            until(lambda inside=inside, size=size: len(inside) == size, "the tasks to be inside")
            threads = [thread for _, thread in inside]
            names.append(sorted(thread.name for thread in threads))
            control(all(thread.is_alive() for thread in threads), "a thread has ended")
            assert [thread.daemon for thread in threads] == [False] * size
    finally:
        gate.set()
    prefixes = [name.rpartition("_")[0] for _, name in names[1:]]
    evidence(names=names)
    assert names[0] == ["fetch_0", "fetch_1", "fetch_2"]
    assert names[1:] == [[f"{prefix}_0", f"{prefix}_1"] for prefix in prefixes]
    first, second = (int(prefix.removeprefix("ThreadPoolExecutor-")) for prefix in prefixes)
    assert second == first + 1


@claim("CF25")
@cases(ending=[SystemExit, KeyboardInterrupt, GeneratorExit])
def test_an_exit_in_a_task_ends_only_the_task(executors, ending, evidence):
    """sys.exit(), or KeyboardInterrupt, in a task of a thread pool ends neither thread nor program.

    It is kept in the future; result() raises it in whoever asks, where it may end the program.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def leave():
        raise ending(3, threading.get_ident())

    future = executor.submit(leave)
    with raises(ending) as raised:
        future.result(PATIENCE)
    after = executor.submit(lambda: (4, threading.get_ident())).result(PATIENCE)
    evidence(raised=raised.error, next_task=after[0])
    assert type(raised.error) is ending
    assert future.exception(0) is raised.error
    assert raised.error.args == (3, after[1])
    assert after[0] == 4


@claim("CF74")
def test_a_thread_pool_hands_over_the_very_objects(executors, evidence):
    """Threads get the very arguments, and give back the very result, or exception: no copies.

    So a task may change its arguments, for better or worse.
    """
    executor, numbers, error = executors(ThreadPoolExecutor, 1), [3, 1, 2], TaskError(1)

    def fail(numbers):
        numbers.sort()
        raise error

    future = executor.submit(fail, numbers)
    errors = [outcome(future.result, PATIENCE), future.exception(0)]
    same = executor.submit(lambda one: one, numbers).result(PATIENCE)
    evidence(numbers=numbers, cause=errors[0].__cause__)
    assert [one is error for one in errors] == [True, True]
    assert errors[0].__cause__ is None
    assert same is numbers
    assert numbers == [1, 2, 3]


@claim("CF35")
@refuted(because="CPython and PyPy: a waiting task keeps its thread (documented as a deadlock)")
def test_a_task_may_wait_for_a_task_of_its_own_pool(executors, background, evidence):
    """A task may wait for a task that it submits to its own pool, whatever the size of the pool.

    One would expect so.  But the waiting task occupies its thread: with one worker, or when all
    workers wait, nobody is left to run the other task.  It is a deadlock: result() never returns.
    Wait outside, use a second pool, or call the function itself.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def ask():
        inner = executor.submit(abs, -7)
        got = outcome(inner.result, 0.05)
        control(got == 7 or inner.cancel(), "the inner task was running after all")
        return got

    got = executor.submit(ask).result(PATIENCE)
    with_two = executors(ThreadPoolExecutor, 2)
    enough = with_two.submit(lambda: with_two.submit(abs, -7).result(PATIENCE)).result(PATIENCE)
    evidence(one_worker=got, two_workers=enough)
    control(enough == 7, f"with two workers it was {enough}")
    control(got == 7 or type(got) is concurrent.futures.TimeoutError, f"it ended with {got!r}")
    assert got == 7


@claim("CF75")
def test_the_initializer_runs_first_in_each_thread(executors, evidence):
    """initializer(*initargs) runs in each thread once, before its first task.

    With it each thread gets, say, a connection of its own, in a threading.local.
    """
    local, gate, calls = threading.local(), threading.Event(), []

    def initialize(*arguments):
        local.connection = arguments
        calls.append(threading.current_thread())

    executor = executors(
        ThreadPoolExecutor, max_workers=3, initializer=initialize, initargs=(1, "two")
    )
    before = list(calls)
    inside, futures = occupy(executor, gate, 3)
    try:
        until(lambda: len(inside) == 3, "the tasks to be inside")
    finally:
        gate.set()
    concurrent.futures.wait(futures, PATIENCE)
    got = {executor.submit(getattr, local, "connection", None).result(PATIENCE) for _ in range(9)}
    evidence(calls=len(calls), got=sorted(got))
    assert before == []
    assert set(calls) == {thread for _, thread in inside}
    assert len(calls) == 3
    assert got == {(1, "two")}
    assert type(outcome(ThreadPoolExecutor, 1, initializer="no function")) is TypeError


@claim("CF76")
def test_a_failing_initializer_breaks_a_thread_pool(executors, evidence):
    """If an initializer raises, all pending and later tasks fail with BrokenThreadPool.

    "A thread initializer failed, the thread pool is not usable anymore".  The exception itself is
    only logged.  BrokenThreadPool is a BrokenExecutor, and that a RuntimeError.
    """
    gate = threading.Event()

    def fail():
        control(gate.wait(PATIENCE), "the gate was never opened")
        raise TaskError("the initializer")

    executor = executors(ThreadPoolExecutor, 1, initializer=fail)
    futures = [executor.submit(abs, -1) for _ in range(3)]
    gate.set()
    pending = [outcome(future.result, PATIENCE) for future in futures]
    later = outcome(executor.submit, abs, -1)
    evidence(pending=[type(error).__name__ for error in pending], submit=later)
    assert [type(error) for error in [*pending, later]] == [BrokenThreadPool] * 4
    assert "A thread initializer failed" in str(later)
    assert BrokenThreadPool.__mro__[1:3] == (BrokenExecutor, RuntimeError)


@claim("CF77")
def test_threads_end_when_nobody_refers_to_the_pool(evidence):
    """The threads of a pool that nobody refers to any more end by themselves, after their tasks.

    CPython does so at once, PyPy with its next garbage collection.  Still, say `with`.
    """
    gate = threading.Event()
    executor = ThreadPoolExecutor(2, "forgotten")
    inside, futures = occupy(executor, gate, 4)
    try:
        until(lambda: len(inside) == 2, "two tasks to be inside")
        threads = threads_called("forgotten")
        del executor
        gc.collect()
        working = [thread.is_alive() for thread in threads]
    finally:
        gate.set()
    joined(*threads)
    evidence(threads=len(threads), results=[future.result(0) for future in futures])
    assert working == [True, True]
    assert [future.result(0) for future in futures] == [0, 1, 2, 3]


def seen_by_a_task(executor):
    """Return what a task sees of the variable that the submitting thread has set."""

    def submit():
        variable.set("set by the submitter")
        return executor.submit(variable.get).result(PATIENCE)

    return contextvars.copy_context().run(submit)


@claim("CF37")
@refuted(
    where=not getattr(sys.flags, "thread_inherit_context", 0),
    because="a thread has a context of its own (PEP 567), unless 3.14 is told otherwise",
)
def test_a_task_sees_the_context_variables_of_its_submitter(executors, evidence):
    """A task in a new thread of a pool sees the ContextVar values of the code that submits it.

    One would expect so, as asyncio.to_thread() does it.  But a pool's threads have contexts of
    their own, with the defaults.  Since 3.14 -X thread_inherit_context=1, the default of
    free-threaded builds, lets a thread start with the context of whoever starts it, which holds for
    its first task only.  Pass the context yourself, it works everywhere:
    `executor.submit(contextvars.copy_context().run, function, ...)`.
    """
    seen = seen_by_a_task(executors(ThreadPoolExecutor, 1))
    passed = contextvars.copy_context()
    passed.run(variable.set, "passed")
    by_copy = executors(ThreadPoolExecutor, 1).submit(passed.run, variable.get).result(PATIENCE)
    evidence(seen=seen, by_copy_context=by_copy)
    control(seen in ("default", "set by the submitter"), f"the task saw {seen!r}")
    control(by_copy == "passed", "copy_context().run does not help")
    assert seen == "set by the submitter"


@claim("CF78")
@refuted(because="an idle thread keeps the context that it started with (PEP 567), 3.14 or not")
def test_a_task_in_a_used_thread_sees_the_submitters_context(executors, evidence):
    """A task in a thread that has run tasks before sees the ContextVar values of its submitter.

    It does not, even where a new thread inherits a context (3.14): the thread goes on with the one
    that it has.  A value that a task sets stays in the thread, and later tasks see it: a leak.
    Pass the context: `executor.submit(contextvars.copy_context().run, function, ...)`.
    """
    executor = executors(ThreadPoolExecutor, 1)
    first = executor.submit(variable.get).result(PATIENCE)
    seen = seen_by_a_task(executor)
    executor.submit(variable.set, "set by a task").result(PATIENCE)
    leaked = executor.submit(variable.get).result(PATIENCE)
    evidence(first=first, seen=seen, after_a_task_has_set_it=leaked)
    control(first == "default", f"at first it was {first!r}")
    control(leaked == "set by a task", f"after a task had set it, it was {leaked!r}")
    control(seen in ("default", "set by the submitter"), f"the task saw {seen!r}")
    assert seen == "set by the submitter"


#: Prints what a task in a new thread sees.
CONTEXT = """
import contextvars
from concurrent.futures import ThreadPoolExecutor
variable = contextvars.ContextVar("variable", default="default")
variable.set("set by the submitter")
with ThreadPoolExecutor(1) as executor:
    print(executor.submit(variable.get).result())
"""


@claim("CF38")
@refuted(where=before("3.14.0"), because="3.14 added -X thread_inherit_context (gh-128555)")
def test_threads_inherit_a_context_if_the_option_says_so(programs, evidence):
    """With -X thread_inherit_context=1 a new thread of a pool starts with its submitter's context.

    Older versions ignore the option and print "default".  PYTHON_THREAD_INHERIT_CONTEXT=1 in the
    environment does the same.  Free-threaded builds have it switched on.
    """
    on, off = (
        programs.run(CONTEXT, options=["-X", f"thread_inherit_context={value}"]) for value in (1, 0)
    )
    evidence(on=on.out.strip(), off=off.out.strip())
    control((on.exit_code, on.err, off.exit_code, off.err) == (0, "", 0, ""), "the program failed")
    control(off.lines == ["default"], f"without it the task saw {off.lines}")
    control(on.lines in (["default"], ["set by the submitter"]), f"the task saw {on.lines}")
    assert on.lines == ["set by the submitter"]


def use_inherited_executors():
    """Return what a forked child gets from executors of its parent, used before the fork."""
    import multiprocessing
    import os
    import warnings
    from concurrent.futures import ProcessPoolExecutor

    warnings.simplefilter("ignore", DeprecationWarning)  # the fork beside threads
    threads = ThreadPoolExecutor(1)
    processes = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
    in_the_parent = [pool.submit(abs, -7).result(PATIENCE) for pool in (threads, processes)]
    report, reported = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            got = [outcome(threads.submit(abs, -8).result, 0.1)]
            got.append(outcome(processes.submit(abs, -8).result, 0.1))
            own = ThreadPoolExecutor(1)
            got.append(outcome(own.submit(abs, -8).result, PATIENCE))
            text = repr([one if one == 8 else type(one).__name__ for one in got])
            os.write(reported, text.encode())
        finally:
            os._exit(0)
    os.close(reported)
    with open(report, "rb") as answer:
        in_the_child = answer.read().decode()
    os.waitpid(child, 0)
    in_the_parent += [pool.submit(abs, -9).result(PATIENCE) for pool in (threads, processes)]
    threads.shutdown()
    processes.shutdown()
    return in_the_parent, in_the_child


inherited = {}


def inherited_executors(programs):
    """Run that program once for the specs on it; return (parent, [threads, processes, own])."""
    if not inherited:
        parent, child = programs.call(use_inherited_executors)
        inherited["got"] = parent, ast.literal_eval(child or "None")
    parent, child = inherited["got"]
    control(parent == [7, 7, 9, 9], f"in the parent the executors gave {parent}")
    control(child is not None and child[2] == 8, f"no executor at all works in a child: {child}")
    return child


@claim("CF41")
@applies(where=FORK, because="needs os.fork(), so POSIX")
@refuted(because="POSIX: fork copies the thread that forks and no other")
def test_a_forked_child_can_use_an_inherited_thread_pool(programs, evidence):
    """A forked child can use the ThreadPoolExecutor that it has inherited from its parent.

    One would expect so: the object is there, submit() returns a Future.  But its threads are not:
    the child believes that one is idle and waits for ever; result(timeout) raises TimeoutError.
    Make a new executor in the child, in os.register_at_fork() or a worker's initializer.
    """
    got, _, own = inherited_executors(programs)
    evidence(inherited=got, new=own)
    control(got in (8, "TimeoutError"), f"it gave {got}")
    assert got == 8


@claim("CF79")
@applies(where=FORK, because="needs os.fork(), so POSIX")
@refuted(because="POSIX: fork copies the thread that forks, not the one that feeds the pool")
def test_a_forked_child_can_use_an_inherited_process_pool(programs, evidence):
    """A forked child can use the ProcessPoolExecutor that it has inherited from its parent.

    The workers are there, but not the thread that hands out tasks and fetches results: result()
    waits for ever.  A worker of a fork-started pool that uses a global executor does the same.
    """
    _, got, own = inherited_executors(programs)
    evidence(inherited=got, new=own)
    control(got in (8, "TimeoutError"), f"it gave {got}")
    assert got == 8


@claim("CF80")
def test_leaving_the_with_block_waits_for_the_tasks(executors, background, evidence):
    """Leaving the with block of an executor waits for its tasks, pending ones too.

    It is shutdown(wait=True), even if the block ends by an exception, which then goes on.
    """
    gate, executor = threading.Event(), executors(ThreadPoolExecutor, 1, "with")
    inside, futures = occupy(executor, gate, 3)
    until(lambda: inside, "the first task to be inside")

    def block():
        with executor as entered:
            assert entered is executor
            raise TaskError("in the block")

    try:
        leaving = background(block)
        waited = never(lambda: leaving.finished, during=0.05)
    finally:
        gate.set()
    left = outcome(leaving.result)
    done, threads = [future.done() for future in futures], len(threads_called("with"))
    refused = outcome(executor.submit, abs, -1)
    evidence(waited=waited, raised=left, done=done, threads_left=threads)
    assert waited
    assert (type(left), left.args) == (TaskError, ("in the block",))
    assert done == [True] * 3
    assert [future.result(0) for future in futures] == [0, 1, 2]
    assert threads == 0
    assert type(refused) is RuntimeError
