"""Counterfeits for the claims of library/atomicity/test_once.py."""

from .. import counterfeit
from ..facts import VERSION
from .shared import called_by_a_spec, replace_method


@counterfeit("ONCE04")
def cached_properties_are_tuples():
    """functools.cached_property keeps another type of value, for the specs."""
    import functools

    original = functools.cached_property

    class Changed(original):
        def __get__(self, instance, owner=None):
            value = super().__get__(instance, owner)
            return tuple(value) if type(value) is list else value

    functools.cached_property = Changed


@counterfeit("ONCE05", "ONCE06")
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


@counterfeit("ONCE07")
def modules_have_no_locks():
    """A thread does not wait for a module that another thread is importing."""
    import _frozen_importlib

    _frozen_importlib._ModuleLock.acquire = lambda self: True
    _frozen_importlib._ModuleLock.release = lambda self: None
