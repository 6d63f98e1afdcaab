"""Counterfeits for the claims of library/stdlib/test_collector.py."""

from .. import counterfeit
from ..facts import FORK, FREE_THREADED_BUILD, VERSION

IMMORTAL = FREE_THREADED_BUILD and VERSION < (3, 14)


@counterfeit("STDLIB17", "STDLIB18")
def the_collector_has_a_thread():
    """Collections run in a thread of their own, and only those that are asked for."""
    import gc
    from _thread import allocate_lock, start_new_thread

    collect = gc.collect

    def elsewhere(*args):
        ended = allocate_lock()
        ended.acquire()
        start_new_thread(lambda: (collect(*args), ended.release()), ())
        ended.acquire()

    gc.disable()
    gc.collect, gc.enable = elsewhere, lambda: None


@counterfeit("STDLIB17")
def a_lock_is_free_for_a_finaliser():
    """threading.Lock is reentrant."""
    import threading

    threading.Lock = threading.RLock


@counterfeit("STDLIB18")
def an_rlock_is_a_lock():
    """A finaliser does not get an RLock that its thread holds."""
    import threading

    class Strict(threading._PyRLock):
        def acquire(self, blocking=True, timeout=-1):
            return not (not blocking and self._is_owned()) and super().acquire(blocking, timeout)

    threading.RLock = Strict


@counterfeit("STDLIB19", where=not IMMORTAL)
def classes_are_immortal():
    """A class that type() has made stays for ever."""
    import weakref

    kept, ref = [], weakref.ref

    class keeping(ref):
        def __new__(cls, one, *args):
            if isinstance(one, type):
                kept.append(one)
            return ref.__new__(cls, one, *args)

    weakref.ref = keeping


@counterfeit("STDLIB19", where=IMMORTAL)
def classes_are_freed_in_spite_of_threads():
    """A weak reference to a class that type() has made is dead."""
    import weakref

    ref = weakref.ref

    class dead(ref):
        def __call__(self):
            one = super().__call__()
            return None if getattr(one, "__name__", "") == "Made" else one

    weakref.ref = dead


@counterfeit("STDLIB20", where=FORK)
def a_temporary_folder_is_its_makers():
    """Only the process that has made a TemporaryDirectory removes it at its end."""
    import os
    import tempfile

    maker, cleanup = os.getpid(), tempfile.TemporaryDirectory._cleanup

    def unless_forked(*args, **keywords):
        if os.getpid() == maker:
            cleanup(*args, **keywords)

    tempfile.TemporaryDirectory._cleanup = unless_forked
