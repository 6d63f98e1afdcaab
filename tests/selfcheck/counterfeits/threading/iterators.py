"""Counterfeits for the claims of library/threading/test_iterators.py."""

from .. import counterfeit
from ..facts import VERSION


def _backport():
    """Add what 3.15 added."""
    import copy
    import functools
    import itertools
    import threading

    class serialize_iterator:
        def __init__(self, iterable):
            self._iterator = iter(iterable)
            self._lock = threading.Lock()

        def __iter__(self):
            return self

        def __next__(self):
            with self._lock:
                return next(self._iterator)

        def _pass_on(self, name, *args):
            with self._lock:
                return getattr(self._iterator, name)(*args)

        send = functools.partialmethod(_pass_on, "send")
        throw = functools.partialmethod(_pass_on, "throw")
        close = functools.partialmethod(_pass_on, "close")

    def synchronized_iterator(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            return serialize_iterator(function(*args, **kwargs))

        return wrapped

    def concurrent_tee(iterable, n=2):
        lock = threading.Lock()
        if n < 0:
            raise ValueError("n must be a non-negative integer")
        (tee,) = itertools.tee(iterable, 1)

        def stream(one):
            while True:
                with lock:
                    try:
                        item = next(one)
                    except StopIteration:
                        return
                yield item

        return tuple(stream(copy.copy(tee)) for _ in range(n))

    threading.serialize_iterator = serialize_iterator
    threading.synchronized_iterator = synchronized_iterator
    threading.concurrent_tee = concurrent_tee


@counterfeit("TH34", "X17", "TH119", "TH120", "TH121", where=VERSION < (3, 15))
def iterators_can_be_shared_before_3_15():
    """threading has the wrappers that 3.15 added."""
    _backport()


@counterfeit("X17", "TH119", "TH120", "TH121", where=VERSION >= (3, 15))
def the_wrappers_of_iterators_lock_nothing():
    """serialize_iterator and synchronized_iterator return the bare iterator, tee shares one."""
    import threading

    threading.serialize_iterator = iter
    threading.synchronized_iterator = lambda function: function
    threading.concurrent_tee = lambda iterable, n=2: (iter(iterable),) * n


@counterfeit("TH34", where=VERSION >= (3, 15))
def the_wrappers_of_iterators_are_gone():
    """threading has no serialize_iterator."""
    import threading

    del threading.serialize_iterator
