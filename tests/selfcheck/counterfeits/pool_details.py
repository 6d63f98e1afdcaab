"""Counterfeits of Pool and ThreadPool: their forms, their failures, their workers, their sizes."""

import os
import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("3.", "8.0", "QU", "CV")

FORK = hasattr(os, "fork")
#: Whether what cannot be pickled is a PicklingError here, whatever it is.
PICKLING_ERRORS = sys.version_info >= (3, 14) or sys.implementation.name == "pypy"


def _around_set(kind: str, change: Callable[[Any, bool, Any], tuple[bool, Any]]) -> None:
    """Change what the results of a kind are set to: ``(success, value)``."""
    from multiprocessing import pool

    cls = getattr(pool, kind)
    original = cls._set

    def _set(self: Any, number: int, outcome: tuple[bool, Any]) -> None:
        original(self, number, change(self, *outcome))

    cls._set = _set


@counterfeit("PO01", "PO28")
def imap_is_imap_unordered() -> None:
    """imap() gives results as tasks end, and takes any chunksize."""
    from multiprocessing.pool import Pool

    unordered = Pool.imap_unordered

    def imap(self: Any, func: Any, iterable: Any, chunksize: int = 1) -> Any:
        return unordered(self, func, iterable, max(chunksize, 1))

    Pool.imap = imap


@counterfeit("PO01", "PO34")
def starmap_does_not_unpack() -> None:
    """starmap() and starmap_async() swap the first two of the arguments."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(self: Any, func: Any, iterable: Any, mapper: Any, *args: Any) -> Any:
        items = list(iterable)
        if mapper.__name__ == "starmapstar":
            items = [tuple(reversed(item)) for item in items]
        return original(self, func, items, mapper, *args)

    Pool._map_async = _map_async


@counterfeit("PO26")
def imap_unordered_is_imap() -> None:
    """imap_unordered() gives results in the order of the input."""
    from multiprocessing.pool import Pool

    Pool.imap_unordered = Pool.imap


@counterfeit("PO27")
def apply_forgets_keywords() -> None:
    """apply() and apply_async() pass no keyword arguments on."""
    from multiprocessing.pool import Pool

    original = Pool.apply_async

    def apply_async(self: Any, func: Any, args: Any = (), kwds: Any = None, **kwargs: Any) -> Any:
        return original(self, func, args or tuple(dict(kwds or {}).values()), {}, **kwargs)

    Pool.apply_async = apply_async


@counterfeit("PO22")
def only_functions_can_be_tasks() -> None:
    """apply() refuses whatever is no plain function."""
    from multiprocessing.pool import Pool
    from types import FunctionType

    original = Pool.apply

    def apply(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(func, FunctionType):
            raise TypeError("a task must be a function")
        return original(self, func, *args, **kwargs)

    Pool.apply = apply


@counterfeit("PO02")
def exceptions_of_tasks_lose_their_cause() -> None:
    """The exception of a task comes without the worker's traceback."""
    from multiprocessing.pool import ExceptionWithTraceback

    ExceptionWithTraceback.__reduce__ = lambda self: (_only, (self.exc,))


def _only(error: BaseException) -> BaseException:
    return error


@counterfeit("PO02")
def map_gives_exceptions_as_results() -> None:
    """map() gives exceptions among its results, and does not raise them."""
    _around_set("MapResult", lambda self, success, value: (True, value if success else [value]))


@counterfeit("PO14")
def every_result_is_successful() -> None:
    """successful() is always true, also before the result is there."""
    from multiprocessing.pool import ApplyResult

    ApplyResult.successful = lambda self: True


@counterfeit("PO15")
def next_of_imap_raises_the_builtin_timeout_error() -> None:
    """next(timeout) of imap() raises the builtin TimeoutError."""
    import multiprocessing
    from multiprocessing.pool import IMapIterator

    original = IMapIterator.next

    def next_result(self: Any, timeout: Any = None) -> Any:
        try:
            return original(self, timeout)
        except multiprocessing.TimeoutError:
            raise TimeoutError from None

    IMapIterator.next = IMapIterator.__next__ = next_result


@counterfeit("PO13")
def callbacks_get_the_arguments_of_get() -> None:
    """A callback is called by get(), in the caller's thread."""
    from multiprocessing.pool import ApplyResult

    make, original = ApplyResult.__init__, ApplyResult.get

    def __init__(self: Any, pool: Any, callback: Any, error_callback: Any) -> None:
        make(self, pool, None, error_callback)
        self._late = callback

    def get(self: Any, timeout: Any = None) -> Any:
        value = original(self, timeout)
        if self._late:
            self._late(value)
        return value

    ApplyResult.__init__, ApplyResult.get = __init__, get


@counterfeit("PO13", "PO35")
def error_callbacks_are_never_called() -> None:
    """Nobody is called back with an exception."""
    from multiprocessing.pool import ApplyResult

    make = ApplyResult.__init__
    ApplyResult.__init__ = lambda self, pool, callback, error_callback: make(
        self, pool, callback, None
    )


@counterfeit("PO16")
def an_input_that_raises_just_ends() -> None:
    """An exception of the input ends it, and is not told."""
    from multiprocessing.pool import Pool

    def quiet(iterable: Any) -> Any:
        try:
            yield from iterable
        except Exception:  # noqa: BLE001
            return

    for name in ("map", "imap"):
        original = getattr(Pool, name)

        def form(self: Any, func: Any, iterable: Any, original: Any = original, **kw: Any) -> Any:
            return original(self, func, quiet(iterable), **kw)

        setattr(Pool, name, form)


@counterfeit("X16")
def imap_is_lazy() -> None:
    """imap() takes an item from its input when a result is asked for."""
    from multiprocessing.pool import Pool

    class Lazy:
        def __init__(self, pool: Any, func: Any, iterable: Any) -> None:
            self.pool, self.func, self.items = pool, func, iter(iterable)

        def __iter__(self) -> Any:
            return self

        def __next__(self, timeout: Any = None) -> Any:
            return self.pool.apply_async(self.func, (next(self.items),)).get(timeout)

    Lazy.next = Lazy.__next__
    original = Pool.imap

    def imap(self: Any, func: Any, iterable: Any, chunksize: int = 1) -> Any:
        if isinstance(iterable, list):
            return original(self, func, iterable, chunksize)
        return Lazy(self, func, iterable)

    Pool.imap = imap


@counterfeit("PO20")
def mapping_nothing_gives_none() -> None:
    """map() of an empty input is None."""
    from multiprocessing.pool import Pool

    original = Pool.map
    Pool.map = lambda self, *args, **kwargs: original(self, *args, **kwargs) or None


@counterfeit("MX27")
def map_refuses_a_chunksize_of_zero() -> None:
    """map(chunksize=0) raises ValueError."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(
        self: Any, func: Any, iterable: Any, mapper: Any, chunksize: Any = None, *args: Any
    ) -> Any:
        if chunksize == 0:
            raise ValueError("Chunksize must be 1+, not 0")
        return original(self, func, iterable, mapper, chunksize, *args)

    Pool._map_async = _map_async


@counterfeit("PO04")
def a_result_that_cannot_be_pickled_is_none() -> None:
    """A result that cannot be pickled is given as None."""
    from multiprocessing.pool import MaybeEncodingError

    _around_set(
        "ApplyResult",
        lambda self, success, value: (
            (True, None) if isinstance(value, MaybeEncodingError) else (success, value)
        ),
    )


@counterfeit("PO05")
def what_cannot_be_pickled_raises_the_other_error() -> None:
    """A task that cannot be pickled raises what it raised before 3.14, or, there, raises since."""
    import pickle

    def change(self: Any, success: bool, value: Any) -> tuple[bool, Any]:
        if not success and isinstance(value, AttributeError | pickle.PicklingError):
            return False, (AttributeError if PICKLING_ERRORS else pickle.PicklingError)(*value.args)
        return success, value

    _around_set("ApplyResult", change)


@counterfeit("PO19")
def a_pool_is_pickled_as_none() -> None:
    """A pool can be pickled, to nothing."""
    from multiprocessing.pool import Pool

    Pool.__reduce__ = lambda self: (type(None), ())


@counterfeit("PO12")
def workers_are_not_daemonic() -> None:
    """The workers of a pool may start processes."""
    from multiprocessing.process import BaseProcess

    BaseProcess.daemon = property(lambda self: False, lambda self, value: None)


@counterfeit("PO29", "PO37")
def get_times_out_with_none() -> None:
    """get(timeout) gives None if the result is not there in time."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self: Any, timeout: Any = None) -> Any:
        self.wait(timeout)
        return original(self) if self.ready() else None

    ApplyResult.get = get


@counterfeit("PO08", "PO36")
def a_pool_always_has_a_worker() -> None:
    """Pool(0) and Pool(-1) start one process."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:
        original(self, None if processes is None else max(processes, 1), *args, **kwargs)

    Pool.__init__ = __init__


@counterfeit("PO24", where=hasattr(os, "sched_setaffinity"))
def the_default_size_is_counted_the_other_way() -> None:
    """A pool has as many processes as there are usable cores, or, from 3.13, cores at all."""
    from multiprocessing.pool import Pool

    counts_usable = sys.version_info >= (3, 13) and sys.implementation.name == "cpython"
    original = Pool.__init__

    def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:
        usable = len(os.sched_getaffinity(0))
        default = (os.cpu_count() if counts_usable else usable) or 1
        original(self, default if processes is None else processes, *args, **kwargs)

    Pool.__init__ = __init__


@counterfeit("PO09", "PO36")
def pools_forget_their_initializers() -> None:
    """No worker of a pool calls its initializer."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self: Any, processes: Any = None, initializer: Any = None, *args: Any, **kw: Any):
        original(self, processes, None, *args, **kw)

    Pool.__init__ = __init__


@counterfeit("PO10", "PO11")
def maxtasksperchild_is_ignored() -> None:
    """Workers are never replaced, whatever maxtasksperchild is."""
    from multiprocessing.pool import Pool

    original = Pool.__init__

    def __init__(self: Any, *args: Any, maxtasksperchild: Any = None, **kwargs: Any) -> None:
        original(self, *args[:3], **kwargs)

    Pool.__init__ = __init__


@counterfeit("PO06", "PO25", "PO07", "PO30", "PO33", "PO21", "MX18")
def a_lost_task_is_answered() -> None:
    """When a worker has gone, all results that are not there yet are set to an exception."""
    from multiprocessing import pool

    original = pool.Pool._join_exited_workers

    def _join_exited_workers(workers: Any) -> bool:
        cleaned = original(workers)
        if cleaned:
            for result in [r for ref in _results for r in [ref()] if r is not None]:
                if not result.ready():
                    result._set(0, (False, RuntimeError("the worker has gone")))
        return cleaned

    import weakref

    _results: list[Any] = []
    make = pool.ApplyResult.__init__

    def __init__(self: Any, *args: Any) -> None:
        make(self, *args)
        _results.append(weakref.ref(self))

    pool.ApplyResult.__init__ = __init__
    pool.Pool._join_exited_workers = staticmethod(_join_exited_workers)


@counterfeit("MX33")
def join_of_a_pool_returns_at_once() -> None:
    """join() does not wait for the workers."""
    from multiprocessing.pool import Pool

    Pool.join = lambda self: None


@counterfeit("PO31")
def the_end_of_a_with_block_leaves_a_pool_open() -> None:
    """The end of a with block does not end the pool."""
    from multiprocessing.pool import Pool

    Pool.__exit__ = lambda self, *error: None


@counterfeit("PO32")
def a_pool_can_be_closed_once() -> None:
    """A second close() raises ValueError."""
    from multiprocessing.pool import CLOSE, Pool

    original = Pool.close

    def close(self: Any) -> None:
        if self._state == CLOSE:
            raise ValueError("Pool is closed")
        original(self)

    Pool.close = close


@counterfeit("PO17")
def a_dropped_pool_is_silent() -> None:
    """No warning is given when a running pool is dropped."""
    from multiprocessing.pool import Pool

    Pool.__del__ = lambda self, **kwargs: None


@counterfeit("MX28")
def a_pool_left_running_fails_the_program() -> None:
    """A program that leaves a pool running ends with status 1."""
    import atexit
    from multiprocessing.pool import Pool

    original = Pool.__init__
    pid = os.getpid()

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        atexit.register(lambda: os.getpid() == pid and os._exit(1))

    Pool.__init__ = __init__


@counterfeit("MX15", where=FORK)
def a_forked_child_does_the_tasks_of_its_pool() -> None:
    """In a process that has not made the pool, apply_async() does the task at once."""
    from multiprocessing.pool import ApplyResult, Pool

    make, original = Pool.__init__, Pool.apply_async

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self._maker = os.getpid()

    def apply_async(self: Any, func: Any, args: Any = (), *more: Any, **kwargs: Any) -> Any:
        if self._maker == os.getpid():
            return original(self, func, args, *more, **kwargs)
        result = ApplyResult(self, None, None)
        result._set(0, (True, func(*args)))
        return result

    Pool.__init__, Pool.apply_async = __init__, apply_async


@counterfeit("PO03")
def an_exception_that_cannot_be_unpickled_is_an_error_of_get() -> None:
    """What cannot be un-pickled is a RuntimeError with its text."""
    from multiprocessing.pool import ExceptionWithTraceback

    ExceptionWithTraceback.__reduce__ = lambda self: (RuntimeError, (repr(self.exc),))


@counterfeit("X08")
def exceptions_of_callbacks_are_swallowed() -> None:
    """A callback that raises does no harm."""
    from multiprocessing.pool import ApplyResult

    make = ApplyResult.__init__

    def safe(callback: Any) -> Any:
        def call(value: Any) -> None:
            try:
                callback(value)
            except Exception:  # noqa: BLE001
                return

        return callback and call

    ApplyResult.__init__ = lambda self, pool, callback, error_callback: make(
        self, pool, safe(callback), safe(error_callback)
    )


@counterfeit("PO18", "PO36")
def a_thread_pool_has_one_thread() -> None:
    """ThreadPool(3) starts one thread."""
    from multiprocessing.pool import ThreadPool

    original = ThreadPool.__init__

    def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:
        original(self, min(processes or 1, 1), *args, **kwargs)

    ThreadPool.__init__ = __init__


@counterfeit("PO34")
def a_thread_pool_cannot_be_told_lambdas() -> None:
    """ThreadPool.apply() pickles its task, as Pool does."""
    import pickle
    from multiprocessing.pool import Pool, ThreadPool

    def apply(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        return Pool.apply(self, pickle.loads(pickle.dumps(func)), *args, **kwargs)

    ThreadPool.apply = apply


@counterfeit("PO35")
def a_thread_pool_raises_copies() -> None:
    """The exception of a thread pool's task is a copy."""
    import copy

    def change(self: Any, success: bool, value: Any) -> tuple[bool, Any]:
        return success, value if success else copy.copy(value)

    _around_set("ApplyResult", change)
    from multiprocessing.pool import ApplyResult

    original = ApplyResult._set

    def _set(self: Any, number: int, outcome: tuple[bool, Any]) -> None:
        told = self._error_callback
        self._error_callback = None
        original(self, number, outcome)
        if told and not outcome[0]:
            told(outcome[1])

    ApplyResult._set = _set
