"""InterpreterPoolExecutor: tasks for threads that have an interpreter, and a GIL, each.

Source: https://docs.python.org/3/library/concurrent.futures.html#interpreterpoolexecutor
"""

import concurrent.futures
import contextlib
import logging
import os
import threading

from tests import ROOT
from tests.harness import PATIENCE, claim, kinds, outcome
from tests.harness.interpreters import interpreters, needs_interpreters
from tests.library.interpreters import inside

every_spec = [needs_interpreters]


def find_modules(root):
    import sys

    sys.path.insert(0, root)


@contextlib.contextmanager
def pool_of(max_workers, **parameters):
    """Make a pool whose interpreters can import the specs' modules, and shut it down."""
    parameters = {"initializer": find_modules, "initargs": (ROOT,), **parameters}
    with concurrent.futures.InterpreterPoolExecutor(max_workers, **parameters) as pool:
        yield pool


@claim("INTERP24")
def test_a_pool_of_interpreters_raises_the_tasks_own_exception(evidence):
    """A task's KeyError or TypeError is raised by result() as such, caused by an ExecutionFailed.

    Unlike with Interpreter.call(), `except KeyError` catches it.  A lambda without globals or
    closure is a task too; one with a closure is NotShareableError.
    """
    with pool_of(1) as pool:
        key, missing = pool.submit(inside.fail).exception(), pool.submit(inside.add).exception()
    assert evidence(raised=repr(key), cause=kinds([key.__cause__])) == (
        "KeyError('inside')",
        ["ExecutionFailed"],
    )
    assert evidence(raised=kinds([missing])) == ["TypeError"]


@claim("INTERP24")
def test_a_lambda_is_a_task_for_interpreters_but_no_closure(evidence):
    """A pool of interpreters runs a lambda, but a closure is NotShareableError, text TypeError."""
    local = 1
    with pool_of(1) as pool:
        value = pool.submit(lambda number: number + 1, 41).result()
        closure = pool.submit(lambda: local).exception()
        text = outcome(pool.submit, "print('a script')")
    assert evidence(value=value) == 42
    assert evidence(closure_and_text=kinds([closure, text])) == ["NotShareableError", "TypeError"]


@claim("INTERP25")
def test_each_worker_keeps_globals_of_its_own(evidence):
    """A worker's module globals last from task to task, and are not the main program's.

    So what an initializer sets up is there for every later task of that worker.
    """
    with pool_of(1) as pool:
        states = [pool.submit(inside.bump, by).result() for by in (1, 1, 10)]
    assert evidence(states=states, here=inside.state) == ([1, 2, 12], 0)


def find_modules_and_reset(root, state):
    import sys

    sys.path.insert(0, root)
    from tests.library.interpreters import inside

    inside.reset(state)


@claim("INTERP26")
def test_the_initializer_runs_once_in_each_worker(evidence):
    """initializer(*initargs) runs in each worker's interpreter, once, before its first task."""
    with pool_of(1, initializer=find_modules_and_reset, initargs=(ROOT, 100)) as pool:
        states = [pool.submit(inside.bump).result() for _ in range(3)]
    assert evidence(states=states) == [101, 102, 103]


def meet(arrived, patience):
    import sys
    import time
    from concurrent import interpreters

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # so that nobody else gets the GIL, if it is not this one's own
    arrived.put(None)
    deadline = time.monotonic() + patience
    while arrived.qsize() < 3 and time.monotonic() < deadline:
        pass
    sys.setswitchinterval(interval)
    return arrived.qsize(), interpreters.get_current().id


@claim("INTERP27")
def test_the_workers_are_interpreters_that_run_at_once(evidence):
    """max_workers tasks run at the same time, each in an interpreter that gives up no GIL."""
    arrived = interpreters.create_queue()
    with pool_of(3) as pool:
        futures = [pool.submit(meet, arrived, PATIENCE / 2) for _ in range(3)]
        met, ids = zip(*(future.result() for future in futures))
    assert evidence(seen_by_each=met) == (3, 3, 3)
    assert evidence(interpreters=len(set(ids) - {0})) == 3


def where_am_i():
    import os
    import threading
    from concurrent import interpreters

    return interpreters.get_current().id, os.getpid(), threading.get_ident()


@claim("INTERP28")
def test_a_worker_is_a_thread_of_this_process(evidence):
    """A worker is a thread of this process, named after thread_name_prefix, in an interpreter."""
    with pool_of(1, thread_name_prefix="tasks") as pool:
        id, pid, ident = pool.submit(where_am_i).result()
        threads = {thread.ident: thread.name for thread in threading.enumerate()}
        listed = [one.id for one in interpreters.list_all()]
    after = [one.id for one in interpreters.list_all()]
    assert evidence(thread=threads.get(ident), same_process=pid == os.getpid()) == ("tasks_0", True)
    assert evidence(listed_during_and_after=(id in listed, id in after)) == (True, False)


@claim("INTERP29")
def test_the_map_of_a_pool_of_interpreters_keeps_the_order(evidence):
    """map() gives results in the order of the arguments, and raises where a task has raised."""
    with pool_of(2) as pool:
        results = pool.map(divmod, [7, 9, 1], [2, 4, 0], timeout=PATIENCE)
        got = [outcome(next, results) for _ in range(3)]
    assert evidence(results=got[:2], then=kinds(got[2:])) == (
        [(3, 1), (2, 1)],
        ["ZeroDivisionError"],
    )


def refuse():
    raise ValueError("refused")


@claim("INTERP30")
def test_a_failing_initializer_breaks_the_pool_of_interpreters(caplog, evidence):
    """If the initializer raises, every task fails with BrokenInterpreterPool, and submit() too.

    It is a BrokenExecutor; the initializer's own exception is only logged.
    """
    caplog.set_level(logging.CRITICAL, "concurrent.futures")
    with pool_of(1, initializer=refuse, initargs=()) as pool:
        task, later = pool.submit(abs, -1).exception(), outcome(pool.submit, abs, -1)
    assert evidence(task_and_submit=kinds([task, later])) == ["BrokenInterpreterPool"] * 2
    assert isinstance(task, concurrent.futures.BrokenExecutor)
    assert evidence(logged=kinds(record.exc_info[1] for record in caplog.records)) == ["ValueError"]
