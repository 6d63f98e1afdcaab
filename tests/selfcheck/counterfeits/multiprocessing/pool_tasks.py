"""Counterfeits for the claims of library/multiprocessing/test_pool_tasks.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch
from .shared import around_set

#: Whether what cannot be pickled is a PicklingError here, whatever it is.
PICKLING_ERRORS = VERSION >= (3, 14) or PYPY


@counterfeit("POOL04", "POOL16")
def imap_is_imap_unordered():
    """imap() gives results as tasks end, and takes any chunksize."""
    from multiprocessing.pool import Pool

    unordered = Pool.imap_unordered

    def imap(self, func, iterable, chunksize=1):
        return unordered(self, func, iterable, max(chunksize, 1))

    Pool.imap = imap


@counterfeit("POOL04")
def starmap_does_not_unpack():
    """starmap() and starmap_async() swap the first two of the arguments."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(self, func, iterable, mapper, *args):
        items = list(iterable)
        if mapper.__name__ == "starmapstar":
            items = [tuple(reversed(item)) for item in items]
        return original(self, func, items, mapper, *args)

    Pool._map_async = _map_async


@counterfeit("POOL05")
def imap_unordered_is_imap():
    """imap_unordered() gives results in the order of the input."""
    from multiprocessing.pool import Pool

    Pool.imap_unordered = Pool.imap


@counterfeit("POOL06")
def apply_forgets_keywords():
    """apply() and apply_async() pass no keyword arguments on."""
    from multiprocessing.pool import Pool

    original = Pool.apply_async

    def apply_async(self, func, args=(), kwds=None, **kwargs):
        return original(self, func, args or tuple(dict(kwds or {}).values()), {}, **kwargs)

    Pool.apply_async = apply_async


@counterfeit("POOL07")
def only_functions_can_be_tasks():
    """apply() refuses whatever is no plain function."""
    from multiprocessing.pool import Pool
    from types import FunctionType

    original = Pool.apply

    def apply(self, func, *args, **kwargs):
        if not isinstance(func, FunctionType):
            raise TypeError("a task must be a function")
        return original(self, func, *args, **kwargs)

    Pool.apply = apply


@counterfeit("POOL08")
def exceptions_of_tasks_lose_their_cause():
    """The exception of a task comes without the worker's traceback."""
    from multiprocessing.pool import ExceptionWithTraceback

    ExceptionWithTraceback.__reduce__ = lambda self: (_only, (self.exc,))


def _only(error):
    return error


@counterfeit("POOL08")
def map_tries_a_task_again():
    """map() calls a task that has failed once more."""
    from multiprocessing import pool

    pool.mapstar = _mapped_or_mapped_again


def _mapped_or_mapped_again(args):
    try:
        return list(map(*args))
    except Exception:  # noqa: BLE001
        return list(map(*args))


@counterfeit("POOL08")
def map_gives_exceptions_as_results():
    """map() gives exceptions among its results, and does not raise them."""
    around_set("MapResult", lambda self, success, value: (True, value if success else [value]))


@counterfeit("POOL08", "POOL11")
def imap_in_chunks_gives_one_result_after_the_other():
    """imap() with a larger chunksize is what it is with 1."""
    from multiprocessing.pool import Pool

    for name in ("imap", "imap_unordered"):
        form = getattr(Pool, name)
        setattr(
            Pool, name, lambda self, func, values, chunksize=1, form=form: form(self, func, values)
        )


@counterfeit("POOL12")
def callbacks_are_called_after_the_result_is_there():
    """get() returns before the callback has been called."""
    from multiprocessing.pool import ApplyResult, MapResult

    for kind in (ApplyResult, MapResult):
        kind._set = _first_the_event(kind._set)


def _first_the_event(set_result):
    def _set(self, i, obj):
        callback, self._callback = self._callback, None
        set_result(self, i, obj)
        if callback and self._event.is_set() and self._success:
            callback(self._value)
        else:
            self._callback = callback

    return _set


@counterfeit("POOL09")
def every_result_is_successful():
    """successful() is always true, also before the result is there."""
    from multiprocessing.pool import ApplyResult

    ApplyResult.successful = lambda self: True


@counterfeit("POOL11")
def next_of_imap_raises_the_builtin_timeout_error():
    """next(timeout) of imap() raises the builtin TimeoutError."""
    import multiprocessing
    from multiprocessing.pool import IMapIterator

    original = IMapIterator.next

    def next_result(self, timeout=None):
        try:
            return original(self, timeout)
        except multiprocessing.TimeoutError:
            raise TimeoutError from None

    IMapIterator.next = IMapIterator.__next__ = next_result


@counterfeit("POOL12")
def callbacks_get_the_arguments_of_get():
    """A callback is called by get(), in the caller's thread."""
    from multiprocessing.pool import ApplyResult

    make, original = ApplyResult.__init__, ApplyResult.get

    def __init__(self, pool, callback, error_callback):
        make(self, pool, None, error_callback)
        self._late = callback

    def get(self, timeout=None):
        value = original(self, timeout)
        if self._late:
            self._late(value)
        return value

    ApplyResult.__init__, ApplyResult.get = __init__, get


@counterfeit("POOL12", "POOL37")
def error_callbacks_are_never_called():
    """Nobody is called back with an exception."""
    from multiprocessing.pool import ApplyResult

    make = ApplyResult.__init__
    ApplyResult.__init__ = lambda self, pool, callback, error_callback: make(
        self, pool, callback, None
    )


@counterfeit("POOL13")
def an_input_that_raises_just_ends():
    """An exception of the input ends it, and is not told."""
    from multiprocessing.pool import Pool

    def quiet(iterable):
        try:
            yield from iterable
        except Exception:  # noqa: BLE001
            return

    for name in ("map", "imap"):
        original = getattr(Pool, name)

        def form(self, func, iterable, original=original, **kw):
            return original(self, func, quiet(iterable), **kw)

        setattr(Pool, name, form)


@counterfeit("POOL14")
def imap_is_lazy():
    """imap() takes an item from its input when a result is asked for."""
    from multiprocessing.pool import Pool

    class Lazy:
        def __init__(self, pool, func, iterable):
            self.pool, self.func, self.items = pool, func, iter(iterable)

        def __iter__(self):
            return self

        def __next__(self, timeout=None):
            return self.pool.apply_async(self.func, (next(self.items),)).get(timeout)

    Lazy.next = Lazy.__next__
    original = Pool.imap

    def imap(self, func, iterable, chunksize=1):
        if isinstance(iterable, list):
            return original(self, func, iterable, chunksize)
        return Lazy(self, func, iterable)

    Pool.imap = imap


@counterfeit("POOL15")
def mapping_nothing_gives_none():
    """map() of an empty input is None."""
    from multiprocessing.pool import Pool

    original = Pool.map
    Pool.map = lambda self, *args, **kwargs: original(self, *args, **kwargs) or None


@counterfeit("POOL17")
def map_refuses_a_chunksize_of_zero():
    """map(chunksize=0) raises ValueError."""
    from multiprocessing.pool import Pool

    original = Pool._map_async

    def _map_async(self, func, iterable, mapper, chunksize=None, *args):
        if chunksize == 0:
            raise ValueError("Chunksize must be 1+, not 0")
        return original(self, func, iterable, mapper, chunksize, *args)

    Pool._map_async = _map_async


@counterfeit("POOL18")
def a_result_that_cannot_be_pickled_is_none():
    """A result that cannot be pickled is given as None."""
    from multiprocessing.pool import MaybeEncodingError

    around_set(
        "ApplyResult",
        lambda self, success, value: (
            (True, None) if isinstance(value, MaybeEncodingError) else (success, value)
        ),
    )


@counterfeit("POOL19")
def what_cannot_be_pickled_raises_the_other_error():
    """A task that cannot be pickled raises what it raised before 3.14, or, there, raises since."""
    import pickle

    def change(self, success, value):
        if not success and isinstance(value, AttributeError | pickle.PicklingError):
            return False, (AttributeError if PICKLING_ERRORS else pickle.PicklingError)(*value.args)
        return success, value

    around_set("ApplyResult", change)


@counterfeit("POOL20")
def a_pool_is_pickled_as_none():
    """A pool can be pickled, to nothing."""
    from multiprocessing.pool import Pool

    Pool.__reduce__ = lambda self: (type(None), ())


@counterfeit("POOL21")
def workers_are_not_daemonic():
    """The workers of a pool may start processes."""
    from multiprocessing.process import BaseProcess

    BaseProcess.daemon = property(lambda self: False, lambda self, value: None)


@counterfeit("POOL10")
def get_times_out_with_none():
    """get(timeout) gives None if the result is not there in time."""
    from multiprocessing.pool import ApplyResult

    original = ApplyResult.get

    def get(self, timeout=None):
        self.wait(timeout)
        return original(self) if self.ready() else None

    ApplyResult.get = get


@counterfeit("POOL38")
def a_task_takes_globals_along():
    """A Pool pickles the globals of a task's function with it."""

    def change(map_):
        def take_along(self, function, *args, **kwargs):
            import pickle

            pickle.dumps(getattr(function, "__globals__", {}).get("LARGE"))
            return map_(self, function, *args, **kwargs)

        return take_along

    patch("multiprocessing.pool.Pool", map=change)


@counterfeit("POOL38")
def a_worker_loads_globals_anew():
    """A Pool's workers make a global again, as its module does."""
    from multiprocessing import pool

    work = pool.worker

    def load_and_work(*args, **kwargs):
        import sys

        for module in [*sys.modules.values()]:
            if module.__name__.endswith("test_pool_tasks"):
                module.LARGE = module.Large()
        return work(*args, **kwargs)

    pool.worker = load_and_work


@counterfeit("POOL39")
def equal_arguments_are_pickled_once():
    """Pool.map() sends the same argument only once, and its result many times."""

    def change(map_):
        def once(self, function, iterable, chunksize=None):
            items = list(iterable)
            if len({id(item) for item in items}) > 1:
                return map_(self, function, items, chunksize)
            return map_(self, function, items[:1], chunksize) * len(items)

        return once

    patch("multiprocessing.pool.Pool", map=change)


@counterfeit("POOL12")
def map_async_calls_no_error_callback():
    """The error_callback of map_async() and starmap_async() is never called."""

    def change(make):
        def without(self, pool, chunksize, length, callback, error_callback):
            make(self, pool, chunksize, length, callback, None)

        return without

    patch("multiprocessing.pool.MapResult", __init__=change)


@counterfeit("POOL08")
def map_raises_at_once():
    """map() raises the exception of a task while others run."""

    def change(original):
        def early(self, i, success_result):
            if not success_result[0]:
                self._number_left = 1
            original(self, i, success_result)

        return early

    patch("multiprocessing.pool.MapResult", _set=change)
