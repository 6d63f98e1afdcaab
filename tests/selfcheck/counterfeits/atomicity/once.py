"""Counterfeits for the claims of library/atomicity/test_once.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from .shared import called_by_a_spec, replace_method


@counterfeit("ONCE04")
def cached_properties_have_the_other_lock():
    """functools.cached_property has a lock from 3.12 on, and caches nothing before."""
    import functools
    from threading import RLock

    class Locked(functools.cached_property):
        lock = RLock()

        def __get__(self, instance, owner=None):
            with self.lock:
                return super().__get__(instance, owner)

    class Forgetful(functools.cached_property):
        def __get__(self, instance, owner=None):
            return self if instance is None else self.func(instance)

    functools.cached_property = Locked if VERSION >= (3, 12) else Forgetful


@counterfeit("ONCE05")
def cached_functions_have_a_lock():
    """functools.lru_cache holds a lock while it calls the function."""
    import functools
    from threading import RLock

    original = functools.lru_cache

    def with_a_lock(maxsize=128, typed=False):
        def decorate(function):
            cached, lock = original(maxsize, typed)(function), RLock()

            @functools.wraps(cached)
            def call(*args, **kwargs):
                with lock:
                    return cached(*args, **kwargs)

            call.cache_info, call.cache_clear = cached.cache_info, cached.cache_clear
            return call

        return decorate if not callable(maxsize) else with_a_lock()(maxsize)

    functools.lru_cache = with_a_lock


@counterfeit("ONCE06")
def cached_functions_are_never_cached():
    """functools.lru_cache remembers nothing, and its cache_info() knows of no call."""
    import functools

    original = functools.lru_cache

    def forgetful(maxsize=128, typed=False):
        return original(0) if not callable(maxsize) else original(0)(maxsize)

    functools.lru_cache = forgetful


@counterfeit("ONCE01")
def looking_a_key_up_waits_for_it():
    """dict.get() in a second thread waits until the first one has stored the key."""
    import threading
    import time

    asking = set()

    def make(get):
        def get_or_wait(self, key, default=None):
            if key != "key" or not called_by_a_spec():
                return get(self, key, default)
            asking.add(threading.get_ident())
            first = len(asking) == 1
            deadline = time.monotonic() + 5
            while not first and key not in self and time.monotonic() < deadline:
                time.sleep(0.001)
            return get(self, key, default)

        return get_or_wait

    replace_method(dict, "get", make)


@counterfeit("ONCE03")
def a_defaultdict_locks_its_factory():
    """A defaultdict lets one thread at a time look for a key that is missing."""
    import collections
    import threading

    class Locked(dict):
        def __init__(self, factory):
            self.factory, self.lock = factory, threading.RLock()

        def __missing__(self, key):
            with self.lock:
                if key not in self:
                    self[key] = self.factory()
                return self[key]

    collections.defaultdict = Locked


@counterfeit("ONCE08")
def a_defaultdict_stores_the_other_value():
    """A defaultdict keeps the last value of several calls, and the first where it kept the last."""
    import collections

    first = VERSION >= (3, 14, 3) or (3, 13, 12) <= VERSION < (3, 14)

    class Other(dict):
        def __init__(self, factory):
            self.factory = factory

        def __missing__(self, key):
            value = self.factory()
            if first or key not in self:
                self[key] = value
            return value if first else self[key]

    collections.defaultdict = Other


@counterfeit("ONCE07", *(["ONCE09"] if VERSION >= (3, 15) else []))
def modules_have_no_locks():
    """A thread does not wait for a module that another thread is importing."""
    import _frozen_importlib

    _frozen_importlib._ModuleLock.acquire = lambda self: True
    _frozen_importlib._ModuleLock.release = lambda self: None


@counterfeit("ONCE09", where=VERSION < (3, 15))
def one_lock_is_that_of_all_modules():
    """A thread imports with all its parts, or waits until no other thread imports."""
    import builtins
    import threading

    original, lock = builtins.__import__, threading.RLock()

    def import_alone(*arguments, **keywords):
        with lock:
            return original(*arguments, **keywords)

    builtins.__import__ = import_alone


@counterfeit("ONCE11")
def a_failing_import_is_told_the_other_way():
    """Nobody learns of a failing import where all threads do, and all do where one does not."""
    import builtins
    import sys
    from types import ModuleType

    original = builtins.__import__
    since = {(3, 13): (3, 13, 13), (3, 14): (3, 14, 4)}.get(VERSION[:2], (3, 15))
    all_learn = PYPY or since <= VERSION

    def import_otherwise(name, *arguments, **keywords):
        try:
            module = original(name, *arguments, **keywords)
        except OSError:
            if name == "shop" and all_learn:
                return ModuleType(name)
            raise
        if name == "shop" and name not in sys.modules:
            raise OSError("no stock")
        return module

    builtins.__import__ = import_otherwise


#: Whether the modules of a LazyLoader have a lock.
LAZY_LOCK = VERSION >= (3, 12, 3) or (3, 11, 9) <= VERSION < (3, 12)


@counterfeit("ONCE10", where=LAZY_LOCK)
def lazy_modules_have_no_locks():
    """A thread does not wait for the lazy module that another thread is executing."""
    import importlib.util
    from contextlib import nullcontext

    exec_module = importlib.util.LazyLoader.exec_module

    def exec_without_lock(self, module):
        exec_module(self, module)
        object.__getattribute__(module, "__spec__").loader_state["lock"] = nullcontext()

    importlib.util.LazyLoader.exec_module = exec_without_lock


@counterfeit("ONCE10", where=not LAZY_LOCK)
def lazy_modules_have_locks():
    """A thread waits for the lazy module that another thread is executing."""
    import importlib.util
    import threading
    import types

    def exec_module(self, module):
        lock, begun = threading.RLock(), []

        class Lazy(types.ModuleType):
            def __getattribute__(this, name):
                if name.startswith("__"):
                    return super().__getattribute__(name)
                with lock:
                    if not begun:
                        begun.append(True)
                        self.loader.exec_module(this)
                    return super().__getattribute__(name)

        module.__class__ = Lazy

    importlib.util.LazyLoader.exec_module = exec_module


@counterfeit("ONCE06")
def a_cache_holds_more_than_it_may():
    """lru_cache(maxsize=16) holds five results more."""
    import functools

    original = functools.lru_cache

    def generous(maxsize=128, typed=False):
        return original(maxsize + 5 if maxsize == 16 else maxsize, typed)

    functools.lru_cache = generous
