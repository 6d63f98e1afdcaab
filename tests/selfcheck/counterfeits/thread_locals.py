"""Counterfeits of threading.local, of shared iterators, and of warnings filters."""

import sys
from typing import Any

from . import counterfeit

UNRELATED = ("QU0", "CV2")

VERSION = sys.version_info[:2]


@counterfeit("TH11", "TH114")
def a_local_is_shared() -> None:
    """threading.local is an object like any other."""
    import threading

    class local:
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__new__(cls)

    threading.local = local


@counterfeit("TH115")
def a_local_copies_its_class() -> None:
    """Every thread gets its own copy of what stands in the class body of a local."""
    import threading

    class local(threading.local):
        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if type(value) is list and value is getattr(type(self), name, None):
                value = list(value)
                setattr(self, name, value)
            return value

    threading.local = local


@counterfeit("TH116")
def a_local_keeps_everything() -> None:
    """What was ever stored in a threading.local stays."""
    import threading

    kept: list[Any] = []

    class local(threading.local):
        def __setattr__(self, name: str, value: Any) -> None:
            kept.append(value)
            super().__setattr__(name, value)

    threading.local = local


@counterfeit("TH117")
def a_local_takes_any_arguments() -> None:
    """threading.local(1) is accepted."""
    import threading

    class local(threading.local):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            pass

    threading.local = local


@counterfeit("TH35")
def a_busy_generator_gives_none() -> None:
    """next() on a generator that another thread runs returns None."""
    import builtins

    original = builtins.next

    def lenient(iterator: Any, *default: Any) -> Any:
        try:
            return original(iterator, *default)
        except ValueError:
            return None

    builtins.next = lenient


def _backport() -> None:
    """Add what 3.15 added."""
    import copy
    import functools
    import itertools
    import threading

    class serialize_iterator:
        def __init__(self, iterable: Any) -> None:
            self._iterator = iter(iterable)
            self._lock = threading.Lock()

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            with self._lock:
                return next(self._iterator)

        def _pass_on(self, name: str, *args: Any) -> Any:
            with self._lock:
                return getattr(self._iterator, name)(*args)

        send = functools.partialmethod(_pass_on, "send")
        throw = functools.partialmethod(_pass_on, "throw")
        close = functools.partialmethod(_pass_on, "close")

    def synchronized_iterator(function: Any) -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return serialize_iterator(function(*args, **kwargs))

        return wrapped

    def concurrent_tee(iterable: Any, n: int = 2) -> tuple[Any, ...]:
        lock = threading.Lock()
        if n < 0:
            raise ValueError("n must be a non-negative integer")
        (tee,) = itertools.tee(iterable, 1)

        def stream(one: Any) -> Any:
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
def iterators_can_be_shared_before_3_15() -> None:
    """threading has the wrappers that 3.15 added."""
    _backport()


@counterfeit("X17", "TH119", "TH120", "TH121", where=VERSION >= (3, 15))
def the_wrappers_of_iterators_lock_nothing() -> None:
    """serialize_iterator and synchronized_iterator return the bare iterator, tee shares one."""
    import threading

    threading.serialize_iterator = iter
    threading.synchronized_iterator = lambda function: function
    threading.concurrent_tee = lambda iterable, n=2: (iter(iterable),) * n


@counterfeit("TH34", where=VERSION >= (3, 15))
def the_wrappers_of_iterators_are_gone() -> None:
    """threading has no serialize_iterator."""
    import threading

    del threading.serialize_iterator


@counterfeit("TH48", "TH49", "TH118")
def warnings_are_never_caught() -> None:
    """catch_warnings() catches nothing, in programs that run from a file."""
    import warnings

    if sys.orig_argv[-1].endswith("program.py"):

        class catch_warnings(warnings.catch_warnings):
            def __enter__(self) -> Any:
                return []

            def __exit__(self, *exception: object) -> None:
                pass

        warnings.catch_warnings = catch_warnings
