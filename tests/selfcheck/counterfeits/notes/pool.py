"""Counterfeits for the claims of notes/test_6_pool.py."""

from .. import counterfeit


def _resize(size):
    """Make every pool of more than one process another size."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self, processes=None, *args, **kwargs):
        asked = processes or 2
        original(self, size(asked) if asked > 1 else asked, *args, **kwargs)

    Pool.__init__ = __init__


@counterfeit("6.01", "6.11")
def a_pool_has_one_worker_too_many():
    """Pool(5) starts six processes."""
    _resize(lambda asked: asked + 1)


@counterfeit("6.01")
def a_pool_starts_its_workers_with_its_first_task():
    """Pool(5) starts nothing; apply_async() and the others start the processes."""
    from multiprocessing.pool import Pool, ThreadPool

    populate, check = Pool._repopulate_pool, Pool._check_running
    maintain = Pool._maintain_pool

    def _maintain_pool(*args):
        pool = args[3]
        if pool:
            maintain(*args)

    def _check_running(self):
        check(self)
        if not self._pool and not isinstance(self, ThreadPool):
            populate(self)

    Pool._repopulate_pool = lambda self: None
    Pool._maintain_pool = staticmethod(_maintain_pool)
    Pool._check_running = _check_running


@counterfeit("6.02", "6.17")
def a_pool_starts_a_process_for_each_task():
    """Every worker is replaced after its first task, as with maxtasksperchild=1."""
    from multiprocessing.context import BaseContext

    original = BaseContext.Pool

    def Pool(self, *args, **kwargs):
        return original(self, *args, **{**kwargs, "maxtasksperchild": 1})

    BaseContext.Pool = Pool


def _replace_apply_async(hand_out):
    """Make apply_async() hand its task out by ``hand_out(pool, result, func, args, kwds)``."""
    from multiprocessing.pool import ApplyResult, Pool

    def apply_async(
        self,
        func,
        args=(),
        kwds={},  # noqa: B006
        callback=None,
        error_callback=None,
    ):
        self._check_running()
        result = ApplyResult(self, callback, error_callback)
        hand_out(self, result, func, args, kwds)
        return result

    Pool.apply_async = apply_async


@counterfeit("6.05", "6.11", "6.17")
def tasks_of_a_pool_run_in_the_parent():
    """apply_async() and apply() run their task in a thread of the calling process."""
    import threading

    def hand_out(pool, result, func, args, kwds):
        def run():
            try:
                outcome = (True, func(*args, **kwds))
            except Exception as error:  # noqa: BLE001
                outcome = (False, error)
            result._set(0, outcome)

        threading.Thread(target=run, daemon=True).start()

    _replace_apply_async(hand_out)


def _wrap_apply_async(after):
    """Make apply_async() return ``after(pool, result)``."""
    from multiprocessing.pool import Pool

    original = Pool.apply_async

    def apply_async(self, *args, **kwargs):
        return after(self, original(self, *args, **kwargs))

    Pool.apply_async = apply_async


@counterfeit("6.03")
def apply_async_waits_for_its_task():
    """apply_async() returns only after the task has ended."""

    def wait(pool, result):
        result.wait()
        return result

    _wrap_apply_async(wait)


@counterfeit("6.03")
def apply_async_waits_for_a_free_worker():
    """apply_async() returns only once no more tasks wait than there are workers."""
    import time

    def wait(pool, result):
        while len(pool._cache) > pool._processes:
            time.sleep(0.001)
        return result

    _wrap_apply_async(wait)


@counterfeit("6.04", "6.06")
def results_are_printed_as_their_values():
    """repr() of an ApplyResult that is ready shows the value, or else that there is none."""
    from multiprocessing.pool import ApplyResult

    def __repr__(self):
        return repr(self._value) if self.ready() else "<pending>"

    ApplyResult.__repr__ = __repr__


@counterfeit("6.04")
def async_result_is_a_class_of_its_own():
    """AsyncResult is a subclass of ApplyResult, not the same class."""
    from multiprocessing import pool

    pool.AsyncResult = type("AsyncResult", (pool.ApplyResult,), {})


@counterfeit("6.05")
def apply_returns_a_result_object():
    """apply() does not wait: it returns what apply_async() returns."""
    from multiprocessing.pool import Pool

    Pool.apply = lambda self, func, args=(), kwds={}: self.apply_async(func, args, kwds)


@counterfeit("6.05")
def apply_runs_in_the_parent():
    """apply() calls the function in the calling process."""
    from multiprocessing.pool import Pool

    Pool.apply = lambda self, func, args=(), kwds={}: func(*args, **kwds)


@counterfeit("6.06", "6.10", "6.18")
def a_pool_has_one_result_object():
    """apply_async() returns the same object each time."""
    first = {}
    _wrap_apply_async(lambda pool, result: first.setdefault(id(pool), result))


@counterfeit("6.07", "6.11", "6.18")
def a_task_is_run_twice():
    """apply_async() hands its task out twice; the first result counts."""

    def hand_out(pool, result, func, args, kwds):
        pool._taskqueue.put(([(result._job, 0, func, args, kwds)] * 2, None))

    _replace_apply_async(hand_out)


@counterfeit("6.07", "6.11", "6.16", "6.18")
def the_tenth_task_is_forgotten():
    """Every tenth task of a pool is not run; its result is None."""
    from multiprocessing.pool import ApplyResult, Pool

    original = Pool.apply_async

    def apply_async(self, func, *args, **kwargs):
        self._asked = getattr(self, "_asked", 0) + 1
        if self._asked % 10:
            return original(self, func, *args, **kwargs)
        result = ApplyResult(self, None, None)
        result._set(0, (True, None))
        return result

    Pool.apply_async = apply_async


@counterfeit("6.03", "6.09", "6.10", "6.11")
def workers_take_turns():
    """A pool hands out a task only after the one before has ended."""
    import threading
    from multiprocessing.pool import TERMINATE, Pool

    original = Pool._setup_queues

    def _setup_queues(self):
        original(self)
        turn = threading.Semaphore(1)
        put, get = self._quick_put, self._quick_get

        def put_in_turn(task):
            while not turn.acquire(timeout=0.1) and self._state != TERMINATE:
                pass
            put(task)

        def get_result():
            result = get()
            turn.release()
            return result

        self._quick_put, self._quick_get = put_in_turn, get_result

    Pool._setup_queues = _setup_queues


@counterfeit("6.10")
def results_come_in_completion_order():
    """The value that arrives first goes to the oldest result; map() and imap() likewise."""
    from multiprocessing import pool

    set_one, set_part = pool.ApplyResult._set, pool.MapResult._set

    def _set(self, i, obj):
        same = [each for each in self._cache.values() if type(each) is pool.ApplyResult]
        set_one(same[0], i, obj)

    def _set_part(self, i, obj):
        set_part(self, len(self._value) // self._chunksize - self._number_left, obj)

    pool.ApplyResult._set = _set
    pool.MapResult._set = _set_part
    pool.IMapIterator._set = pool.IMapUnorderedIterator._set


@counterfeit("6.10")
def map_is_unordered():
    """map() returns results in the order in which tasks end."""
    from multiprocessing.pool import Pool

    Pool.map = lambda self, func, iterable, chunksize=None: list(
        self.imap_unordered(func, iterable, chunksize or 1)
    )


@counterfeit("6.10")
def imap_is_unordered():
    """imap() yields results in the order in which tasks end."""
    from multiprocessing.pool import Pool

    Pool.imap = Pool.imap_unordered


@counterfeit("6.10")
def starmap_is_sorted_backwards():
    """starmap() returns its results in the opposite order."""
    from multiprocessing.pool import Pool

    original = Pool.starmap
    Pool.starmap = lambda *args, **kwargs: original(*args, **kwargs)[::-1]


@counterfeit("6.10")
def map_loses_its_last_result():
    """map() returns all results but the last."""
    from multiprocessing.pool import Pool

    original = Pool.map
    Pool.map = lambda *args, **kwargs: original(*args, **kwargs)[:-1]


@counterfeit("6.10")
def map_ignores_its_chunksize():
    """map() gives all its input to one worker."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(self, func, iterable, mapper, chunksize=None, *args):
        return original(self, func, iterable, mapper, len(list(iterable)), *args)

    Pool._map_async = _map_async


@counterfeit("6.12")
def a_closed_pool_takes_tasks():
    """A pool takes tasks after close()."""
    from multiprocessing.pool import Pool

    Pool._check_running = lambda self: None


@counterfeit("6.12", "6.13")
def close_throws_unfinished_tasks_away():
    """close() does what terminate() does."""
    from multiprocessing.pool import Pool

    Pool.close = Pool.terminate


@counterfeit("6.12")
def close_waits_for_the_workers():
    """close() returns only after the tasks have ended."""
    from multiprocessing.pool import Pool

    original = Pool.close

    def close(self):
        original(self)
        self.join()

    Pool.close = close


@counterfeit("6.13")
def join_of_a_pool_does_not_wait():
    """join() only looks whether the pool has been closed."""
    from multiprocessing.pool import RUN, Pool

    def join(self):
        if self._state == RUN:
            raise ValueError("Pool is still running")

    Pool.join = join


@counterfeit("6.13")
def join_closes_the_pool():
    """join() needs no close() before: it closes the pool itself."""
    from multiprocessing.pool import RUN, Pool

    original = Pool.join

    def join(self):
        if self._state == RUN:
            self.close()
        original(self)

    Pool.join = join


@counterfeit("6.14")
def terminate_finishes_the_work():
    """terminate(), and so the end of a with block, lets submitted tasks finish."""
    from multiprocessing.pool import Pool

    def terminate(self):
        self.close()
        self.join()

    Pool.terminate = terminate


@counterfeit("6.14")
def a_with_block_only_closes_its_pool():
    """The end of a with block closes the pool and leaves its tasks at work."""
    from multiprocessing.pool import Pool

    Pool.__exit__ = lambda self, *error: self.close()


@counterfeit("6.14")
def terminate_does_nothing():
    """terminate() leaves the pool as it is."""
    from multiprocessing.pool import Pool

    Pool.terminate = lambda self: None


@counterfeit("6.15")
def get_swallows_the_exception():
    """get() returns None where the task raised."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult._set
    ApplyResult._set = lambda self, i, obj: original(self, i, obj if obj[0] else (True, None))


@counterfeit("6.14", "6.15")
def get_ignores_its_timeout():
    """get(timeout) waits for as long as it takes."""
    from multiprocessing.pool import ApplyResult

    ApplyResult.wait = lambda self, timeout=None: self._event.wait() and None


@counterfeit("6.15")
def get_does_not_wait():
    """get() returns None at once where there is no value yet."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self, timeout=None):
        return original(self, 0) if self.ready() else None

    ApplyResult.get = get


@counterfeit("6.15")
def get_works_only_once():
    """The second get() of a result returns None."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self, timeout=None):
        if getattr(self, "_taken", False):
            return None
        value = original(self, timeout)
        self._taken = True
        return value

    ApplyResult.get = get


@counterfeit("6.15")
def get_raises_the_builtin_timeout_error():
    """multiprocessing.TimeoutError is the builtin TimeoutError."""
    import multiprocessing
    from multiprocessing import context, pool

    multiprocessing.TimeoutError = context.TimeoutError = TimeoutError
    pool.TimeoutError = TimeoutError


@counterfeit("6.15")
def a_worker_keeps_its_traceback_to_itself():
    """The exception that get() raises has no cause."""
    from multiprocessing import pool

    pool.ExceptionWithTraceback = lambda error, traceback: error


@counterfeit("6.18")
def a_spawned_child_is_the_main_program():
    """A child under spawn or forkserver runs the program with the name "__main__" again."""
    from multiprocessing import spawn

    original = spawn.prepare

    def prepare(data):
        path = data.pop("init_main_from_path", None)
        original(data)
        if path:
            import runpy

            runpy.run_path(path, run_name="__main__")

    spawn.prepare = prepare
