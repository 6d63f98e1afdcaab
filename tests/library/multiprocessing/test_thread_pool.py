"""multiprocessing.pool.ThreadPool: where it differs from Pool, as its workers are threads.

What both have in common is said of Pool.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.ThreadPool
"""

import os
import threading
import traceback
from multiprocessing.pool import Pool, ThreadPool

from tests.harness import PATIENCE, claim, outcome


@claim("POOL36")
def test_a_thread_pool_runs_tasks_in_threads_of_this_process(evidence):
    """A ThreadPool runs its tasks in daemonic threads of this process, as many as you ask for.

    It is the threading pool that is similar to the multiprocessing Pool: it has the same methods.
    ThreadPoolExecutor vs multiprocessing.pool.ThreadPool: the program's end cuts the tasks of a
    ThreadPool off; an executor gives Futures, and the end waits for them.  Take a
    ThreadPoolExecutor, unless you need imap() or a program that can be either.
    """
    together = threading.Barrier(3)

    def whereabouts(_):
        together.wait(PATIENCE)
        return os.getpid(), threading.current_thread()

    with ThreadPool(3) as pool:
        pids, threads = zip(*pool.map(whereabouts, range(6), chunksize=1), strict=True)
    pool.join()
    assert isinstance(pool, Pool)
    assert evidence(threads=len({*threads})) == 3
    assert all(thread.daemon for thread in threads)
    assert {*pids} == {os.getpid()}


@claim("POOL36")
def test_a_thread_pool_pickles_neither_tasks_nor_results(evidence):
    """A ThreadPool hands its tasks objects, not copies of them; a task may be a lambda."""
    lock = threading.Lock()
    with ThreadPool(1) as pool:
        same = pool.apply(lambda thing: thing, (lock,))
    pool.join()
    assert evidence(same=same is lock)


def fail():
    raise LookupError("in a task")


@claim("POOL37")
def test_a_thread_pool_raises_the_very_exception_of_its_task(evidence):
    """A ThreadPool raises the very exception of its task, with its traceback; a Pool raises a copy.

    So no RemoteTraceback is its cause.
    """
    seen = []
    with ThreadPool(1) as pool:
        error = outcome(pool.apply_async(fail, error_callback=seen.append).get, PATIENCE)
    pool.join()
    assert evidence(raised=error) is seen[0]
    assert error.__cause__ is None
    assert traceback.extract_tb(error.__traceback__)[-1].name == "fail"
