"""Counterfeits for the claims of library/multiprocessing/test_pool_failures.py."""

import sys
from functools import partial
from types import FunctionType

from .. import counterfeit


@counterfeit("POOL01")
def an_exception_that_cannot_be_unpickled_is_an_error_of_get():
    """What cannot be un-pickled is a RuntimeError with its text."""
    from multiprocessing.pool import ExceptionWithTraceback

    ExceptionWithTraceback.__reduce__ = lambda self: (RuntimeError, (repr(self.exc),))


@counterfeit("POOL02")
def exceptions_of_callbacks_are_swallowed():
    """A callback that raises does no harm."""
    from multiprocessing.pool import ApplyResult

    make = ApplyResult.__init__

    def safe(callback):
        def call(value):
            try:
                callback(value)
            except Exception:  # noqa: BLE001
                return

        return callback and call

    ApplyResult.__init__ = lambda self, pool, callback, error_callback: make(
        self, pool, safe(callback), safe(error_callback)
    )


@counterfeit("POOL03")
def a_worker_looks_for_its_task_when_it_runs_it():
    """A function is pickled in such a way that only its call fails if it is not found."""
    from multiprocessing.pool import Pool, ThreadPool

    original = Pool.apply_async

    def apply_async(self, func, *args, **kwargs):
        if type(func) is FunctionType and "<" not in func.__qualname__:
            func = partial(_call, func.__module__, func.__qualname__)
        return original(self, func, *args, **kwargs)

    Pool.apply_async = apply_async
    ThreadPool.apply_async = original


def _call(module, name, *args, **kwargs):
    return getattr(sys.modules[module], name)(*args, **kwargs)
