"""Counterfeits of multiprocessing.Pool: its workers, its tasks, its results, its end."""

from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "4.", "5.", "8.")


def _resize(size: Callable[[int], int]) -> None:
    """Make every pool of more than one process another size."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:
        asked = processes or 2
        original(self, size(asked) if asked > 1 else asked, *args, **kwargs)

    Pool.__init__ = __init__  # type: ignore[method-assign]


@counterfeit("6.01", "6.03", "6.09", "6.10", "6.11")
def a_pool_has_one_worker_too_few() -> None:
    """Pool(5) starts four processes."""
    _resize(lambda asked: asked - 1)


@counterfeit("6.01", "6.11")
def a_pool_has_one_worker_too_many() -> None:
    """Pool(5) starts six processes."""
    _resize(lambda asked: asked + 1)


@counterfeit("6.01")
def a_pool_starts_its_workers_with_its_first_task() -> None:
    """Pool(5) starts nothing; apply_async() and the others start the processes."""
    from multiprocessing.pool import Pool, ThreadPool

    populate, check = Pool._repopulate_pool, Pool._check_running
    maintain = Pool._maintain_pool

    def _maintain_pool(*args: Any) -> None:
        pool = args[3]
        if pool:
            maintain(*args)

    def _check_running(self: Any) -> None:
        check(self)
        if not self._pool and not isinstance(self, ThreadPool):
            populate(self)

    Pool._repopulate_pool = lambda self: None
    Pool._maintain_pool = staticmethod(_maintain_pool)
    Pool._check_running = _check_running


@counterfeit("6.02", "6.17")
def a_pool_starts_a_process_for_each_task() -> None:
    """Every worker is replaced after its first task, as with maxtasksperchild=1."""
    from multiprocessing.context import BaseContext

    original = BaseContext.Pool

    def Pool(self: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, *args, **{**kwargs, "maxtasksperchild": 1})

    BaseContext.Pool = Pool  # type: ignore[method-assign]


@counterfeit("6.02", "6.05", "6.11", "6.17")
def tasks_of_a_pool_run_in_the_parent() -> None:
    """apply_async() and apply() run their task in a thread of the calling process."""
    import threading
    from multiprocessing.pool import ApplyResult, Pool

    def apply_async(
        self: Any,
        func: Any,
        args: Any = (),
        kwds: Any = {},  # noqa: B006
        callback: Any = None,
        error_callback: Any = None,
    ) -> Any:
        self._check_running()
        result = ApplyResult(self, callback, error_callback)

        def run() -> None:
            try:
                outcome = (True, func(*args, **kwds))
            except Exception as error:  # noqa: BLE001
                outcome = (False, error)
            result._set(0, outcome)

        threading.Thread(target=run, daemon=True).start()
        return result

    Pool.apply_async = apply_async  # type: ignore[method-assign]


def _wrap_apply_async(after: Callable[[Any, Any], Any]) -> None:
    """Make apply_async() return ``after(pool, result)``."""
    from multiprocessing.pool import Pool

    original = Pool.apply_async

    def apply_async(self: Any, *args: Any, **kwargs: Any) -> Any:
        return after(self, original(self, *args, **kwargs))

    Pool.apply_async = apply_async  # type: ignore[method-assign]


@counterfeit("6.03")
def apply_async_waits_for_its_task() -> None:
    """apply_async() returns only after the task has ended."""

    def wait(pool: Any, result: Any) -> Any:
        result.wait()
        return result

    _wrap_apply_async(wait)


@counterfeit("6.03")
def apply_async_waits_for_a_free_worker() -> None:
    """apply_async() returns only once no more tasks wait than there are workers."""
    import time

    def wait(pool: Any, result: Any) -> Any:
        while len(pool._cache) > pool._processes:
            time.sleep(0.001)
        return result

    _wrap_apply_async(wait)


@counterfeit("6.04", "6.06")
def results_are_printed_as_their_values() -> None:
    """repr() of an ApplyResult that is ready shows the value, or else that there is none."""
    from multiprocessing.pool import ApplyResult

    def __repr__(self: Any) -> str:
        return repr(self._value) if self.ready() else "<pending>"

    ApplyResult.__repr__ = __repr__  # type: ignore[method-assign]


@counterfeit("6.04")
def async_result_is_a_class_of_its_own() -> None:
    """AsyncResult is a subclass of ApplyResult, not the same class."""
    from multiprocessing import pool

    pool.AsyncResult = type("AsyncResult", (pool.ApplyResult,), {})  # type: ignore[misc]


@counterfeit("6.05")
def apply_returns_a_result_object() -> None:
    """apply() does not wait: it returns what apply_async() returns."""
    from multiprocessing.pool import Pool

    Pool.apply = lambda self, func, args=(), kwds={}: self.apply_async(func, args, kwds)  # type: ignore[method-assign]


@counterfeit("6.05")
def apply_runs_in_the_parent() -> None:
    """apply() calls the function in the calling process."""
    from multiprocessing.pool import Pool

    Pool.apply = lambda self, func, args=(), kwds={}: func(*args, **kwds)  # type: ignore[method-assign]


@counterfeit("6.06", "6.10", "6.18")
def a_pool_has_one_result_object() -> None:
    """apply_async() returns the same object each time."""
    first: dict[int, Any] = {}
    _wrap_apply_async(lambda pool, result: first.setdefault(id(pool), result))


@counterfeit("6.07", "6.11", "6.18")
def a_task_is_run_twice() -> None:
    """apply_async() hands its task out twice; the first result counts."""
    from multiprocessing.pool import ApplyResult, Pool

    def apply_async(
        self: Any,
        func: Any,
        args: Any = (),
        kwds: Any = {},  # noqa: B006
        callback: Any = None,
        error_callback: Any = None,
    ) -> Any:
        self._check_running()
        result = ApplyResult(self, callback, error_callback)
        self._taskqueue.put(([(result._job, 0, func, args, kwds)] * 2, None))
        return result

    Pool.apply_async = apply_async  # type: ignore[method-assign]


@counterfeit("6.07", "6.11", "6.16", "6.18")
def the_tenth_task_is_forgotten() -> None:
    """Every tenth task of a pool is not run; its result is None."""
    from multiprocessing.pool import ApplyResult, Pool

    original = Pool.apply_async

    def apply_async(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        self._asked = getattr(self, "_asked", 0) + 1
        if self._asked % 10:
            return original(self, func, *args, **kwargs)
        result = ApplyResult(self, None, None)
        result._set(0, (True, None))
        return result

    Pool.apply_async = apply_async  # type: ignore[method-assign]


@counterfeit("6.03", "6.09", "6.10", "6.11")
def workers_take_turns() -> None:
    """A pool hands out a task only after the one before has ended."""
    import threading
    from multiprocessing.pool import TERMINATE, Pool

    original = Pool._setup_queues

    def _setup_queues(self: Any) -> None:
        original(self)
        turn = threading.Semaphore(1)
        put, get = self._quick_put, self._quick_get

        def put_in_turn(task: Any) -> None:
            while not turn.acquire(timeout=0.1) and self._state != TERMINATE:
                pass
            put(task)

        def get_result() -> Any:
            result = get()
            turn.release()
            return result

        self._quick_put, self._quick_get = put_in_turn, get_result

    Pool._setup_queues = _setup_queues


@counterfeit("6.10")
def results_come_in_completion_order() -> None:
    """The value that arrives first goes to the oldest result; map() and imap() likewise."""
    from multiprocessing import pool

    set_one, set_part = pool.ApplyResult._set, pool.MapResult._set

    def _set(self: Any, i: int, obj: Any) -> None:
        same = [each for each in self._cache.values() if type(each) is pool.ApplyResult]
        set_one(same[0], i, obj)

    def _set_part(self: Any, i: int, obj: Any) -> None:
        set_part(self, len(self._value) // self._chunksize - self._number_left, obj)

    pool.ApplyResult._set = _set
    pool.MapResult._set = _set_part
    pool.IMapIterator._set = pool.IMapUnorderedIterator._set


@counterfeit("6.10")
def map_is_unordered() -> None:
    """map() returns results in the order in which tasks end."""
    from multiprocessing.pool import Pool

    Pool.map = lambda self, func, iterable, chunksize=None: list(  # type: ignore[method-assign]
        self.imap_unordered(func, iterable, chunksize or 1)
    )


@counterfeit("6.10")
def imap_is_unordered() -> None:
    """imap() yields results in the order in which tasks end."""
    from multiprocessing.pool import Pool

    Pool.imap = Pool.imap_unordered  # type: ignore[method-assign]


@counterfeit("6.10")
def starmap_is_sorted_backwards() -> None:
    """starmap() returns its results in the opposite order."""
    from multiprocessing.pool import Pool

    original = Pool.starmap
    Pool.starmap = lambda *args, **kwargs: original(*args, **kwargs)[::-1]  # type: ignore[method-assign]


@counterfeit("6.10")
def map_loses_its_last_result() -> None:
    """map() returns all results but the last."""
    from multiprocessing.pool import Pool

    original = Pool.map
    Pool.map = lambda *args, **kwargs: original(*args, **kwargs)[:-1]  # type: ignore[method-assign]


@counterfeit("6.10")
def map_ignores_its_chunksize() -> None:
    """map() gives all its input to one worker."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(
        self: Any, func: Any, iterable: Any, mapper: Any, chunksize: Any = None, *args: Any
    ) -> Any:
        return original(self, func, iterable, mapper, len(list(iterable)), *args)

    Pool._map_async = _map_async


@counterfeit("6.12")
def a_closed_pool_takes_tasks() -> None:
    """A pool takes tasks after close()."""
    from multiprocessing.pool import Pool

    Pool._check_running = lambda self: None


@counterfeit("6.12", "6.13")
def close_throws_unfinished_tasks_away() -> None:
    """close() does what terminate() does."""
    from multiprocessing.pool import Pool

    Pool.close = Pool.terminate  # type: ignore[method-assign]


@counterfeit("6.12")
def close_waits_for_the_workers() -> None:
    """close() returns only after the tasks have ended."""
    from multiprocessing.pool import Pool

    original = Pool.close

    def close(self: Any) -> None:
        original(self)
        self.join()

    Pool.close = close  # type: ignore[method-assign]


@counterfeit("6.13")
def join_of_a_pool_does_not_wait() -> None:
    """join() only looks whether the pool has been closed."""
    from multiprocessing.pool import RUN, Pool

    def join(self: Any) -> None:
        if self._state == RUN:
            raise ValueError("Pool is still running")

    Pool.join = join  # type: ignore[method-assign]


@counterfeit("6.13")
def join_closes_the_pool() -> None:
    """join() needs no close() before: it closes the pool itself."""
    from multiprocessing.pool import RUN, Pool

    original = Pool.join

    def join(self: Any) -> None:
        if self._state == RUN:
            self.close()
        original(self)

    Pool.join = join  # type: ignore[method-assign]


@counterfeit("6.14")
def terminate_finishes_the_work() -> None:
    """terminate(), and so the end of a with block, lets submitted tasks finish."""
    from multiprocessing.pool import Pool

    def terminate(self: Any) -> None:
        self.close()
        self.join()

    Pool.terminate = terminate  # type: ignore[method-assign]


@counterfeit("6.14")
def a_with_block_only_closes_its_pool() -> None:
    """The end of a with block closes the pool and leaves its tasks at work."""
    from multiprocessing.pool import Pool

    Pool.__exit__ = lambda self, *error: self.close()  # type: ignore[method-assign]


@counterfeit("6.14")
def terminate_does_nothing() -> None:
    """terminate() leaves the pool as it is."""
    from multiprocessing.pool import Pool

    Pool.terminate = lambda self: None  # type: ignore[method-assign]


@counterfeit("6.15")
def get_swallows_the_exception() -> None:
    """get() returns None where the task raised."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult._set
    ApplyResult._set = lambda self, i, obj: original(self, i, obj if obj[0] else (True, None))


@counterfeit("6.14", "6.15")
def get_ignores_its_timeout() -> None:
    """get(timeout) waits for as long as it takes."""
    from multiprocessing.pool import ApplyResult

    ApplyResult.wait = lambda self, timeout=None: self._event.wait() and None  # type: ignore[method-assign]


@counterfeit("6.15")
def get_does_not_wait() -> None:
    """get() returns None at once where there is no value yet."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self: Any, timeout: Any = None) -> Any:
        return original(self, 0) if self.ready() else None

    ApplyResult.get = get  # type: ignore[method-assign]


@counterfeit("6.15")
def get_works_only_once() -> None:
    """The second get() of a result returns None."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self: Any, timeout: Any = None) -> Any:
        if getattr(self, "_taken", False):
            return None
        value = original(self, timeout)
        self._taken = True
        return value

    ApplyResult.get = get  # type: ignore[method-assign]


@counterfeit("6.15")
def get_raises_the_builtin_timeout_error() -> None:
    """multiprocessing.TimeoutError is the builtin TimeoutError."""
    import multiprocessing
    from multiprocessing import context, pool

    multiprocessing.TimeoutError = context.TimeoutError = TimeoutError  # type: ignore[misc]
    pool.TimeoutError = TimeoutError  # type: ignore[attr-defined]


@counterfeit("6.15")
def a_worker_keeps_its_traceback_to_itself() -> None:
    """The exception that get() raises has no cause."""
    from multiprocessing import pool

    pool.ExceptionWithTraceback = lambda error, traceback: error  # type: ignore[attr-defined]


@counterfeit("6.18")
def a_spawned_child_is_the_main_program() -> None:
    """A child under spawn or forkserver runs the program with the name "__main__" again."""
    from multiprocessing import spawn

    original = spawn.prepare

    def prepare(data: Any) -> None:
        path = data.pop("init_main_from_path", None)
        original(data)
        if path:
            import runpy

            runpy.run_path(path, run_name="__main__")

    spawn.prepare = prepare
