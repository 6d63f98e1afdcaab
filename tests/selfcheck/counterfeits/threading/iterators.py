"""Counterfeits for the claims of library/threading/test_iterators.py."""

from .. import counterfeit
from ..facts import VERSION


def _serialize_iterator():
    """Return what 3.15 added by this name."""
    import functools
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

    return serialize_iterator


@counterfeit("ITER01", "ITER02", "ITER03", where=VERSION < (3, 15))
def iterators_can_be_serialized_before_3_15():
    """threading has serialize_iterator."""
    import threading

    threading.serialize_iterator = _serialize_iterator()


@counterfeit("ITER04", where=VERSION < (3, 15))
def functions_can_be_synchronized_before_3_15():
    """threading has synchronized_iterator."""
    import functools
    import threading

    serialize_iterator = _serialize_iterator()

    def synchronized_iterator(function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            return serialize_iterator(function(*args, **kwargs))

        return wrapped

    threading.synchronized_iterator = synchronized_iterator


@counterfeit("ITER05", where=VERSION < (3, 15))
def iterators_can_be_teed_before_3_15():
    """threading has concurrent_tee."""
    import copy
    import itertools
    import threading

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

    threading.concurrent_tee = concurrent_tee


@counterfeit("ITER02", "ITER03", where=VERSION >= (3, 15))
def serialize_iterator_locks_nothing():
    """serialize_iterator returns the bare iterator."""
    import threading

    threading.serialize_iterator = iter


@counterfeit("ITER04", where=VERSION >= (3, 15))
def synchronized_iterator_locks_nothing():
    """synchronized_iterator returns the bare function."""
    import threading

    threading.synchronized_iterator = lambda function: function


@counterfeit("ITER01", "ITER05", where=VERSION >= (3, 15))
def concurrent_tee_shares_one_iterator():
    """concurrent_tee returns the same iterator n times."""
    import threading

    threading.concurrent_tee = lambda iterable, n=2: (iter(iterable),) * n
