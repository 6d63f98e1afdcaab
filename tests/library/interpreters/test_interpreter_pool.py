"""InterpreterPoolExecutor: tasks for threads that have an interpreter, and a GIL, each.

Source: https://docs.python.org/3/library/concurrent.futures.html#interpreterpoolexecutor
"""

import concurrent.futures
import contextlib
import logging
import os
import threading

from tests.harness import PATIENCE, claim, control, outcome, refuted
from tests.library.interpreters import inside
from tests.library.interpreters.making import AVAILABLE, ROOT, interpreters, name_of, since_3_14


def find_modules(root):
    import sys

    sys.path.insert(0, root)


def find_modules_and_reset(root, state):
    import sys

    sys.path.insert(0, root)
    from tests.library.interpreters import inside

    inside.reset(state)


@contextlib.contextmanager
def pool_of(max_workers, **parameters):
    """Make a pool whose interpreters can import the specs' modules, and shut it down."""
    parameters = {"initializer": find_modules, "initargs": (ROOT,), **parameters}
    with concurrent.futures.InterpreterPoolExecutor(max_workers, **parameters) as pool:
        yield pool


def where_am_i():
    import os
    import threading
    from concurrent import interpreters

    return interpreters.get_current().id, os.getpid(), threading.get_ident()


def meet_and_tell(arrived, number):
    import time
    from concurrent import interpreters

    arrived.put(number)
    deadline = time.monotonic() + 10
    while arrived.qsize() < 3 and time.monotonic() < deadline:
        pass
    return number, arrived.qsize(), interpreters.get_current().id


@claim("CF36")
@refuted(where=not AVAILABLE, because="InterpreterPoolExecutor is new in 3.14 (PEP 734)")
def test_there_is_a_pool_of_interpreters(evidence):
    """concurrent.futures.InterpreterPoolExecutor exists and runs tasks.

    It is new in 3.14.  Before: "AttributeError: module 'concurrent.futures' has no attribute
    'InterpreterPoolExecutor'".  Use ProcessPoolExecutor there.
    """

    def use():
        with concurrent.futures.InterpreterPoolExecutor(max_workers=1) as pool:
            return pool.submit(pow, 2, 5).result(PATIENCE)

    got = outcome(use)
    evidence(got=got)
    control(got == 32 or isinstance(got, AttributeError), f"neither there nor missing: {got!r}")
    assert got == 32


@claim("IN15")
@since_3_14
def test_a_pool_of_interpreters_raises_the_tasks_own_exception(evidence):
    """A task's KeyError or TypeError is raised by result() as such, caused by an ExecutionFailed.

    Unlike with Interpreter.call(), `except KeyError` catches it.  A lambda without globals or
    closure is a task too; one with a closure is NotShareableError.
    """
    local = 1
    with pool_of(1) as pool:
        futures = [
            pool.submit(inside.fail),
            pool.submit(inside.add),
            pool.submit(lambda: {}["k"]),
            pool.submit(lambda: local),
        ]
        errors = [outcome(future.result, PATIENCE) for future in futures]
        value = pool.submit(lambda number: number + 1, 41).result(PATIENCE)
        script = outcome(pool.submit, "print('a script')")
    evidence(errors=errors, value=value)
    assert [type(error).__name__ for error in errors[:3]] == ["KeyError", "TypeError", "KeyError"]
    assert [error.args for error in (errors[0], errors[2])] == [("inside",), ("k",)]
    assert all(type(error.__cause__) is interpreters.ExecutionFailed for error in errors[:3])
    assert type(errors[3]) is interpreters.NotShareableError
    assert value == 42
    assert type(script) is TypeError


@claim("X19")
@since_3_14
def test_each_worker_keeps_globals_of_its_own(evidence):
    """A worker's module globals last from task to task, and are neither the main program's ones.

    So what an initializer sets up is there for every later task of that worker.
    """
    with pool_of(1) as pool:
        states = [pool.submit(inside.bump).result(PATIENCE) for _ in range(3)]
        more = pool.submit(inside.bump, by=10).result(PATIENCE)
    evidence(states=states, more=more, here=inside.state)
    assert (states, more) == ([1, 2, 3], 13)
    assert inside.state == 0


@claim("IN33")
@since_3_14
def test_the_initializer_runs_once_in_each_worker(evidence):
    """initializer(*initargs) runs in each worker's interpreter, once, before its first task."""
    parameters = {"initializer": find_modules_and_reset, "initargs": (ROOT, 100)}
    arrived = interpreters.create_queue()
    with pool_of(3, **parameters) as pool:
        met = [pool.submit(meet_and_tell, arrived, number) for number in range(3)]
        ids = {future.result(PATIENCE)[2] for future in met}
    with pool_of(1, **parameters) as pool:
        states = [pool.submit(inside.bump).result(PATIENCE) for _ in range(3)]
    evidence(interpreters=len(ids), states=states)
    assert len(ids) == 3
    assert states == [101, 102, 103]
    assert inside.state == 0


@claim("IN34")
@since_3_14
def test_the_workers_are_interpreters_that_run_at_once(evidence):
    """max_workers tasks run at the same time, each in an interpreter that gives up no GIL."""
    arrived = interpreters.create_queue()
    with pool_of(3) as pool:
        futures = [pool.submit(meet_and_tell, arrived, number) for number in range(3)]
        met = [future.result(PATIENCE) for future in futures]
    evidence(met=met)
    assert [number for number, _, _ in met] == [0, 1, 2]
    assert {seen for _, seen, _ in met} == {3}
    assert len({id for _, _, id in met} - {0}) == 3


@claim("IN35")
@since_3_14
def test_a_worker_is_a_thread_of_this_process(evidence):
    """A worker is a thread of this process, named after thread_name_prefix, in an interpreter."""
    with pool_of(1, thread_name_prefix="tasks") as pool:
        id, pid, ident = pool.submit(where_am_i).result(PATIENCE)
        threads = {thread.ident: thread.name for thread in threading.enumerate()}
        listed = [one.id for one in interpreters.list_all()]
    after = [one.id for one in interpreters.list_all()]
    with pool_of(1) as unnamed:
        names = [thread.name for thread in threading.enumerate()] if start(unnamed) else []
    evidence(interpreter=id, thread=threads.get(ident), unnamed=names)
    assert pid == os.getpid()
    assert threads[ident] == "tasks_0"
    assert (id in listed, id in after) == (True, False)
    assert any(name.startswith("InterpreterPoolExecutor-") for name in names)


def start(pool):
    return pool.submit(pow, 2, 2).result(PATIENCE)


@claim("IN36")
@since_3_14
def test_the_map_of_a_pool_of_interpreters_keeps_the_order(evidence):
    """map() gives results in the order of the arguments, and raises where a task has raised."""
    with pool_of(2) as pool:
        powers = list(pool.map(pow, [2, 3, 5, 7], [5, 3, 1, 0], timeout=PATIENCE))
        results = pool.map(divmod, [7, 9, 1], [2, 4, 0])
        begun = [next(results), next(results)]
        error = outcome(next, results)
    late = outcome(pool.submit, pow, 2, 2)
    evidence(powers=powers, begun=begun, error=error, after_shutdown=late)
    assert powers == [32, 27, 5, 1]
    assert begun == [(3, 1), (2, 1)]
    assert type(error) is ZeroDivisionError
    assert type(late) is RuntimeError


@claim("IN37")
@since_3_14
def test_a_failing_initializer_breaks_the_pool_of_interpreters(evidence):
    """If the initializer raises, every task fails with BrokenInterpreterPool, and submit() too.

    It is a BrokenExecutor; the initializer's own exception is only logged.
    """
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("concurrent.futures")
    logger.addHandler(handler)
    logger.propagate, before = False, logger.propagate
    try:
        with pool_of(1, initializer=find_and_refuse, initargs=(ROOT,)) as pool:
            task = outcome(pool.submit(inside.add, 1).result, PATIENCE)
            later = outcome(pool.submit, inside.add, 1)
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
    broken = concurrent.futures.interpreter.BrokenInterpreterPool
    logged = [record.exc_info[0].__name__ for record in records]
    evidence(task=task, later=name_of(later), logged=logged)
    assert (type(task), type(later)) == (broken, broken)
    assert issubclass(broken, concurrent.futures.BrokenExecutor)
    assert logged == ["ValueError"]
    assert type(outcome(concurrent.futures.InterpreterPoolExecutor, 0)) is ValueError


def find_and_refuse(root):
    raise ValueError("refused")
