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


def _refuse(*names):
    """Refuse to start a Thread that has an Event by one of the names."""

    def change(start):
        def look(self):
            for name in names:
                if type(vars(self).get(name)).__name__ == "Event":
                    raise TypeError(f"{name} is taken")
            start(self)

        return look

    patch("threading.Thread", start=change)


@counterfeit("PRIVATE02", where=NEW)
def a_thread_must_not_have_a_stop():
    """A Thread with an Event called _stop cannot be started."""
    _refuse("_stop")


@counterfeit("PRIVATE02", where=not NEW)
def a_thread_does_without_its_stop():
    """A Thread looks for its method _stop() in the class."""
    import threading

    class Callable(threading.Event):
        def __call__(self):
            pass

    threading.Event = Callable


@counterfeit("PRIVATE30", where=not NEW or VERSION >= (3, 14))
def a_thread_must_not_have_a_handle():
    """A Thread with an Event called _handle cannot be started."""
    _refuse("_handle")


@counterfeit("PRIVATE30", where=NEW and VERSION < (3, 14))
def a_thread_keeps_its_handle_elsewhere():
    """A Thread keeps its handle under another name than _handle, as since 3.14."""
    import threading
    import types

    def renamed(code):
        names = tuple("_os_handle" if name == "_handle" else name for name in code.co_names)
        return code.replace(co_names=names)

    for one in (*vars(threading.Thread).values(), *vars(threading._DummyThread).values()):
        for function in (one, getattr(one, "fget", None)):
            if isinstance(function, types.FunctionType):
                function.__code__ = renamed(function.__code__)
    for thread in threading.enumerate():
        thread._os_handle = thread._handle


@counterfeit("PRIVATE31", where=not NEW or VERSION < (3, 14))
def a_thread_must_not_have_a_context():
    """A Thread with an Event called _context, _os_thread_handle or _name cannot be started."""
    _refuse("_context", "_os_thread_handle", "_name")


@counterfeit("PRIVATE31", where=NEW and VERSION >= (3, 14))
def a_thread_keeps_its_context_elsewhere():
    """A Thread keeps its context, its handle and its name under names that begin with _os_own."""
    import threading
    import types

    own = ("_context", "_os_thread_handle", "_name")

    def renamed(code):
        names = tuple(f"_os_own{name}" if name in own else name for name in code.co_names)
        return code.replace(co_names=names)

    classes = (threading.Thread, threading._MainThread, threading._DummyThread)
    for one in [one for cls in classes for one in vars(cls).values()]:
        for function in (one, getattr(one, "fget", None), getattr(one, "fset", None)):
            if isinstance(function, types.FunctionType):
                function.__code__ = renamed(function.__code__)
    for thread in threading.enumerate():
        for name in own:
            setattr(thread, f"_os_own{name}", getattr(thread, name))


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
