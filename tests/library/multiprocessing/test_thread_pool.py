"""multiprocessing.pool.ThreadPool: the interface of Pool, with threads of this process as workers.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.ThreadPool
"""

import multiprocessing
import os
import threading
from functools import partial
from multiprocessing.pool import ApplyResult, Pool, ThreadPool

from tests.harness import PATIENCE, claim, outcome, raises


class TaskError(Exception):
    """What a task may raise."""


def fail(number):
    raise TaskError(number)


def together(barrier, number):
    """Meet the other tasks, and return the thread's ident, name and daemon flag."""
    barrier.wait(PATIENCE)
    thread = threading.current_thread()
    return number, thread.ident, thread.daemon, os.getpid()


@claim("PO18")
def test_a_thread_pool_runs_tasks_in_threads_of_this_process(evidence):
    """A ThreadPool runs its tasks in daemonic threads of this process, as many as it is told.

    They are handed objects, not copies of them.
    """
    barrier = threading.Barrier(3)
    with ThreadPool(3) as pool:
        told = pool.map(partial(together, barrier), range(6), chunksize=1)
        same = pool.apply(lambda thing: thing, (barrier,))
    pool.join()
    evidence(threads=len({ident for _, ident, _, _ in told}))
    assert [number for number, *_ in told] == [*range(6)]
    assert len({ident for _, ident, _, _ in told} - {threading.get_ident()}) == 3
    assert {(daemon, pid) for *_, daemon, pid in told} == {(True, os.getpid())}
    assert same is barrier


@claim("PO34")
def test_a_thread_pool_has_the_interface_of_a_pool(evidence):
    """A ThreadPool is a Pool: its methods give the same results, also for lambdas."""
    forms = {
        "apply": lambda pool: pool.apply(lambda a, b: a - b, (5,), {"b": 3}),
        "apply_async": lambda pool: pool.apply_async(lambda: 3).get(PATIENCE),
        "map": lambda pool: pool.map(lambda n: n * n, [3, 1, 2]),
        "map_async": lambda pool: pool.map_async(lambda n: n * n, [3, 1, 2]).get(PATIENCE),
        "imap": lambda pool: list(pool.imap(lambda n: n * n, [3, 1, 2])),
        "imap_unordered": lambda pool: sorted(pool.imap_unordered(lambda n: n * n, [3, 1, 2])),
        "starmap": lambda pool: pool.starmap(lambda a, b: a - b, [(5, 3), (1, 1)]),
        "starmap_async": lambda pool: pool.starmap_async(max, [(5, 3), (1, 2)]).get(PATIENCE),
    }
    with ThreadPool(2) as pool:
        results = {name: form(pool) for name, form in forms.items()}
        pool.close()
        pool.join()
        late = outcome(pool.apply, abs, (1,))
    evidence(**results)
    assert isinstance(pool, Pool)
    assert results == {
        "apply": 2,
        "apply_async": 3,
        "map": [9, 1, 4],
        "map_async": [9, 1, 4],
        "imap": [9, 1, 4],
        "imap_unordered": [1, 4, 9],
        "starmap": [2, 0],
        "starmap_async": [5, 2],
    }
    assert type(late) is ValueError


@claim("PO35")
def test_a_thread_pool_raises_the_very_exception_of_its_task(evidence):
    """A ThreadPool raises the very exception of its task, and calls callbacks like a Pool."""
    told = []
    with ThreadPool(1) as pool:
        result = pool.apply_async(fail, (3,), callback=told.append, error_callback=told.append)
        with raises(TaskError) as failed:
            result.get(PATIENCE)
        good = pool.apply_async(abs, (-1,), callback=told.append).get(PATIENCE)
    pool.join()
    evidence(told=told, good=good)
    assert type(result) is ApplyResult
    assert told == [failed.error, 1]
    assert failed.error.__cause__ is None
    assert good == 1


@claim("PO36")
def test_a_thread_pool_initializes_every_thread(evidence):
    """ThreadPool(processes, initializer, initargs) calls the initializer once in each thread.

    Fewer than one thread are a ValueError.
    """
    initialized, barrier = [], threading.Barrier(3)

    def initialize(*arguments):
        initialized.append((threading.get_ident(), arguments))

    with ThreadPool(3, initialize, ("one", 2)) as pool:
        told = pool.map(partial(together, barrier), range(3), chunksize=1)
    pool.join()
    error = outcome(ThreadPool, 0)
    evidence(initialized=len(initialized), none=repr(error))
    assert sorted(ident for ident, _ in initialized) == sorted(ident for _, ident, _, _ in told)
    assert [arguments for _, arguments in initialized] == [("one", 2)] * 3
    assert type(error) is ValueError


@claim("PO37")
def test_pools_know_their_timeout_error_apart(evidence):
    """get(timeout) of a ThreadPool raises multiprocessing.TimeoutError, like that of a Pool."""
    gate = threading.Event()
    with ThreadPool(1) as pool:
        result = pool.apply_async(gate.wait, (PATIENCE,))
        error = outcome(result.get, 0.01)
        early = result.ready()
        gate.set()
        late = result.get(PATIENCE)
    pool.join()
    evidence(early=repr(error), late=late)
    assert type(error) is multiprocessing.TimeoutError
    assert issubclass(multiprocessing.TimeoutError, multiprocessing.ProcessError)
    assert (early, late) == (False, True)
