"""What a pool adds to each task, by method and chunksize."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.costs.teams import CONTEXT
from tests.costs.work import double
from tests.plugins.costs import Question
from tests.plugins.pools import StartedExecutor, StartedPool, end_executor

QUESTION = Question(
    "pool-dispatch", "What does a pool of two add to each tiny task, by method?", per="task"
)

WORKERS = 2

#: The numbers to double; their count is a multiple of every chunksize here.
TASKS = range(192)

#: Pool.map and starmap make four chunks per worker by default.
DEFAULT = len(TASKS) // (4 * WORKERS)


@pytest.fixture(scope="module")
def started_pool():
    started = StartedPool.of(CONTEXT, WORKERS)
    yield started.pool
    started.end()


@pytest.fixture(scope="module")
def started_executor():
    started = StartedExecutor.of(CONTEXT, WORKERS)
    yield started.executor
    started.end()


@pytest.fixture(scope="module")
def thread_pool():
    executor = ThreadPoolExecutor(WORKERS)
    meeting = Barrier(WORKERS)  # so that the executor starts all its threads
    for future in [executor.submit(meeting.wait) for _ in range(WORKERS)]:
        future.result()
    yield executor
    end_executor(executor)


def one_by_one(pool):
    results = [pool.apply_async(double, (number,)) for number in TASKS]
    return [result.get() for result in results]


def submitted(executor):
    futures = [executor.submit(double, number) for number in TASKS]
    return [future.result() for future in futures]


def measure(cost, dispatch, method, chunksize):
    cost.answers(QUESTION, method=method, chunksize=chunksize)
    results = []

    def dispatch_all():
        results[:] = dispatch()

    cost.of(dispatch_all, operations=len(TASKS))
    assert sorted(results) == [double(number) for number in TASKS]


BY_POOL = {
    ("Pool.map", "1"): lambda pool: pool.map(double, TASKS, chunksize=1),
    ("Pool.map", "16"): lambda pool: pool.map(double, TASKS, chunksize=16),
    ("Pool.map", f"default ({DEFAULT})"): lambda pool: pool.map(double, TASKS),
    ("Pool.starmap", "1"): lambda pool: pool.starmap(double, zip(TASKS), chunksize=1),
    ("Pool.starmap", "16"): lambda pool: pool.starmap(double, zip(TASKS), chunksize=16),
    ("Pool.starmap", f"default ({DEFAULT})"): lambda pool: pool.starmap(double, zip(TASKS)),
    ("Pool.imap", "16"): lambda pool: pool.imap(double, TASKS, chunksize=16),
    ("Pool.imap", "default (1)"): lambda pool: pool.imap(double, TASKS),
    ("Pool.imap_unordered", "16"): lambda pool: pool.imap_unordered(double, TASKS, chunksize=16),
    ("Pool.imap_unordered", "default (1)"): lambda pool: pool.imap_unordered(double, TASKS),
    ("Pool.apply_async", "none"): one_by_one,
}
BY_EXECUTOR = {
    ("ProcessPoolExecutor.map", "16"): lambda pool: pool.map(double, TASKS, chunksize=16),
    ("ProcessPoolExecutor.map", "default (1)"): lambda pool: pool.map(double, TASKS),
    ("ProcessPoolExecutor.submit", "none"): submitted,
}
BY_THREADS = {
    ("ThreadPoolExecutor.map", "none"): lambda pool: pool.map(double, TASKS),
    ("ThreadPoolExecutor.submit", "none"): submitted,
}


@pytest.mark.parametrize(("method", "chunksize"), BY_POOL)
def test_pool(cost, started_pool, method, chunksize):
    """Double a number in a multiprocessing.Pool and get the result.

    The tasks of a chunk travel as one message.
    """
    dispatch = BY_POOL[method, chunksize]
    measure(cost, lambda: dispatch(started_pool), method, chunksize)


@pytest.mark.parametrize(("method", "chunksize"), BY_EXECUTOR)
def test_process_pool_executor(cost, started_executor, method, chunksize):
    """The same in the processes of concurrent.futures."""
    dispatch = BY_EXECUTOR[method, chunksize]
    measure(cost, lambda: dispatch(started_executor), method, chunksize)


@pytest.mark.parametrize(("method", "chunksize"), BY_THREADS)
def test_thread_pool_executor(cost, thread_pool, method, chunksize):
    """The same in the threads of concurrent.futures, where nothing is pickled or sent."""
    dispatch = BY_THREADS[method, chunksize]
    measure(cost, lambda: dispatch(thread_pool), method, chunksize)
