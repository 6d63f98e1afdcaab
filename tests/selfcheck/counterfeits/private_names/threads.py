"""Counterfeits for the claims of library/private_names/test_threads.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch

NEW = VERSION >= (3, 13) and not PYPY


@counterfeit("PRIVATE01", where=NEW)
def logging_has_its_functions_again():
    """logging._acquireLock() and _releaseLock() exist."""
    import logging

    logging._acquireLock, logging._releaseLock = logging._lock.acquire, logging._lock.release


@counterfeit("PRIVATE01", where=not NEW)
def logging_has_lost_its_functions():
    """logging._acquireLock() and _releaseLock() are gone, but for logging itself."""
    import logging

    class Module(type(logging)):
        def __getattribute__(self, name):
            if name in ("_acquireLock", "_releaseLock"):
                raise AttributeError(f"module 'logging' has no attribute {name!r}")
            return super().__getattribute__(name)

    logging.__class__ = Module


@counterfeit("PRIVATE02")
def a_thread_must_not_have_a_stop():
    """A Thread with one of five private names that it does not use itself cannot be started."""

    def change(start):
        def look(self):
            for name in ("_stop", "_handle", "_context", "_os_thread_handle", "_name"):
                if type(vars(self).get(name)).__name__ == "Event":
                    raise TypeError(f"{name} is taken")
            start(self)

        return look

    patch("threading.Thread", start=change)


@counterfeit("PRIVATE03", where=not NEW)
def threads_are_started_by_another_function():
    """Thread.start() does not look _start_new_thread up in its module."""
    import threading
    import types

    start = threading.Thread.start
    names = dict(vars(threading))
    threading.Thread.start = types.FunctionType(start.__code__, names, "start")


@counterfeit("PRIVATE03", where=NEW)
def threads_are_started_by_the_old_function():
    """threading._start_new_thread exists, and Thread.start() calls it."""
    import threading

    threading._start_new_thread = lambda function, *arguments: function(*arguments)

    def change(start):
        def starting(self):
            threading._start_new_thread(start, self)

        return starting

    patch("threading.Thread", start=change)


@counterfeit("PRIVATE24", where=VERSION >= (3, 12) and not PYPY)
def threading_takes_any_thread_module():
    """threading is imported, whatever _thread has."""
    import sys
    import types

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "threading":
                sys.modules[name] = types.ModuleType(name)
                return sys.meta_path[-1].find_spec("types")
            return None

    sys.meta_path.insert(0, Finder())


@counterfeit("PRIVATE25")
def a_reentrant_lock_counts_one_too_many():
    """RLock._recursion_count() is one too many, or 0 where there was none."""
    import threading

    make = threading.RLock

    class Counting:
        def __init__(self):
            lock = make()
            self.acquire, self.release = lock.acquire, lock.release
            self.count = getattr(lock, "_recursion_count", lambda: 0)

        def _recursion_count(self):
            return self.count() + 1

    threading.RLock = Counting


@counterfeit("PRIVATE26", where=VERSION >= (3, 14) and not PYPY)
def weak_sets_have_a_guard_again():
    """_weakrefset._IterationGuard lets a set be iterated over."""
    import _weakrefset
    import contextlib

    class Unchanged(list):
        def discard(self, reference):
            pass

    @contextlib.contextmanager
    def guard(weak):
        weak.data = Unchanged(weak.data)
        yield
        weak.data = set()

    _weakrefset._IterationGuard = guard


@counterfeit("PRIVATE26", where=not (VERSION >= (3, 14) and not PYPY))
def weak_sets_have_no_guard():
    """_weakrefset._IterationGuard does nothing."""
    import _weakrefset
    import contextlib

    _weakrefset._IterationGuard = contextlib.nullcontext
