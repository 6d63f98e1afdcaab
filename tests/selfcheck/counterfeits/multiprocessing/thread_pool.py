"""Counterfeits for the claims of library/multiprocessing/test_thread_pool.py."""

from .. import counterfeit
from .shared import around_set


@counterfeit("POOL36", "DUMMY05")
def a_thread_pool_has_one_thread():
    """ThreadPool(3) starts one thread."""
    from multiprocessing.pool import ThreadPool

    original = ThreadPool.__init__

    def __init__(self, processes=None, *args, **kwargs):
        original(self, min(processes or 1, 1), *args, **kwargs)

    ThreadPool.__init__ = __init__


@counterfeit("POOL36")
def a_thread_pool_pickles_its_tasks():
    """ThreadPool.apply() pickles its task, as Pool does."""
    import pickle
    from multiprocessing.pool import Pool, ThreadPool

    def apply(self, func, *args, **kwargs):
        return Pool.apply(self, pickle.loads(pickle.dumps(func)), *args, **kwargs)

    ThreadPool.apply = apply


@counterfeit("POOL37")
def a_thread_pool_raises_copies():
    """The exception of a thread pool's task is a copy."""
    import copy

    def change(self, success, value):
        return success, value if success else copy.copy(value)

    around_set("ApplyResult", change)
    from multiprocessing.pool import ApplyResult

    original = ApplyResult._set

    def _set(self, number, outcome):
        told = self._error_callback
        self._error_callback = None
        original(self, number, outcome)
        if told and not outcome[0]:
            told(outcome[1])

    ApplyResult._set = _set
