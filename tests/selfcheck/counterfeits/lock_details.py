"""Counterfeits of what Lock and RLock return and refuse, beside excluding."""

import sys
from typing import Any

from . import counterfeit
from .locks import _replace_lock

UNRELATED = ("8.0", "8.10", "8.12")

VERSION = sys.version_info[:2]


@counterfeit("TH51")
def acquire_tells_nothing() -> None:
    """Lock.acquire() returns None where it should return True, if it may block."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> Any:
        got = self.lock.acquire(blocking, timeout)
        return got and (None if blocking else got)

    _replace_lock(acquire=acquire)


@counterfeit("TH51")
def a_failing_with_keeps_the_lock() -> None:
    """A "with" that ends by an exception does not release the lock."""

    def leave(self: Any, kind: object, *rest: object) -> None:
        if kind is None:
            self.release()

    _replace_lock(__exit__=leave)


@counterfeit("TH52", "TH15")
def a_lock_knows_its_holder() -> None:
    """A Lock is an RLock."""
    import threading

    threading.Lock = threading.RLock


@counterfeit("TH13")
def locks_accept_any_timeout() -> None:
    """acquire() takes a timeout without blocking, and a negative one for none."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        if not blocking:
            return self.lock.acquire(False)
        return self.lock.acquire(True, -1 if timeout < 0 else min(timeout, 1e6))

    _replace_lock(acquire=acquire)


@counterfeit("TH14", where=VERSION >= (3, 13))
def lock_is_a_function() -> None:
    """threading.Lock is a function, as it was up to 3.12."""
    import threading
    from _thread import allocate_lock

    threading.Lock = lambda: allocate_lock()


@counterfeit("Z05", "TH83")
def lock_is_an_ordinary_class() -> None:
    """threading.Lock is a class that others may inherit from, and has no old names."""
    _replace_lock()


@counterfeit("TH15", "TH84")
def an_unlocked_lock_may_be_released() -> None:
    """Releasing a Lock that is not locked is ignored."""

    def release(self: Any) -> None:
        if self.lock.locked():
            self.lock.release()

    _replace_lock(release=release)


@counterfeit("TH43")
def locks_can_be_copied() -> None:
    """A Lock can be pickled and copied: a new one comes out."""
    import _thread
    import copyreg

    copyreg.pickle(type(_thread.allocate_lock()), lambda lock: (_thread.allocate_lock, ()))


@counterfeit("TH80")
def locked_is_forgotten_by_a_refused_acquire() -> None:
    """After an acquire() in vain locked() is False."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        self.refused = not self.lock.acquire(blocking, timeout)
        return not self.refused

    _replace_lock(
        acquire=acquire,
        locked=lambda self: self.lock.locked() and not getattr(self, "refused", False),
    )


@counterfeit("TH81")
def a_release_lets_two_in() -> None:
    """release() lets two of those who wait in."""
    import time

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        if not blocking:
            return self.lock.acquire(False)
        self.waiting = getattr(self, "waiting", 0) + 1
        try:
            return self.lock.acquire(blocking, timeout)
        finally:
            self.waiting -= 1

    def release(self: Any) -> None:
        again = getattr(self, "waiting", 0) > 1
        self.lock.release()
        if again:
            time.sleep(0.01)
            if self.lock.locked():
                self.lock.release()

    _replace_lock(acquire=acquire, release=release)


@counterfeit("TH82")
def a_timeout_of_a_lock_is_over_at_once() -> None:
    """acquire(timeout=...) does not wait."""

    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        return self.lock.acquire(blocking and timeout < 0)

    _replace_lock(acquire=acquire)


@counterfeit("TH82")
def a_timeout_of_a_lock_is_no_bound() -> None:
    """acquire(timeout=...) waits until it has the lock."""
    _replace_lock(acquire=lambda self, blocking=True, timeout=-1: self.lock.acquire(blocking))


@counterfeit("TH84")
def a_thread_error_is_its_own() -> None:
    """threading.ThreadError is an exception of its own."""
    import threading

    threading.ThreadError = type("ThreadError", (Exception,), {})


@counterfeit("TH85")
def with_gives_the_lock_itself() -> None:
    """The x of "with lock as x" is the lock."""

    def enter(self: Any) -> Any:
        self.acquire()
        return self

    _replace_lock(__enter__=enter)


def _replace_rlock(**methods: Any) -> None:
    """Make threading.RLock make objects that pass everything on to one but these methods."""
    import threading

    original = threading.RLock

    class Wrapper:
        def __init__(self) -> None:
            self.lock = original()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.lock, name)

        def __enter__(self) -> bool:
            return self.acquire()

        def __exit__(self, *exception: object) -> None:
            self.release()

    for name, method in methods.items():
        setattr(Wrapper, name, method)
    threading.RLock = lambda: Wrapper()


@counterfeit("TH16")
def an_rlock_may_be_released_by_anyone() -> None:
    """release() of an RLock by who does not own it is ignored."""

    def release(self: Any) -> None:
        if self.lock._is_owned():
            self.lock.release()

    _replace_rlock(release=release)


@counterfeit("TH16", "TH86", "TH87")
def an_rlock_does_not_count() -> None:
    """The first release() of an RLock frees it, however often it was acquired."""

    def release(self: Any) -> None:
        owned = self.lock._is_owned()
        self.lock.release()
        while owned and self.lock._is_owned():
            self.lock.release()

    def leave(self: Any, *exception: object) -> None:
        if self.lock._is_owned():
            self.release()

    _replace_rlock(release=release, __exit__=leave)


def _locked(lock: Any) -> bool:
    """Tell whether a lock of any kind is locked: its repr has always told."""
    return "<locked" in repr(lock)


@counterfeit("TH17", "TH19")
def locked_exists_before_its_time_and_lies_later() -> None:
    """RLock.locked() and Condition.locked() exist before 3.14; from 3.14 they are always False."""
    import threading

    new = VERSION < (3, 14)
    original = threading.Condition.__init__

    def init(self: Any, lock: Any = None) -> None:
        original(self, lock)
        self.locked = lambda: new and _locked(getattr(self._lock, "lock", self._lock))

    threading.Condition.__init__ = init
    _replace_rlock(locked=lambda self: new and _locked(self.lock))


@counterfeit("TH18")
def rlock_takes_arguments_where_it_did_not() -> None:
    """RLock() refuses arguments before 3.15, and takes them since."""
    import threading

    original = threading.RLock
    if VERSION < (3, 15):
        threading.RLock = lambda: original()
    else:
        threading.RLock = lambda *args, **kwargs: original()


@counterfeit("TH88")
def rlock_is_a_class() -> None:
    """threading.RLock is the class of the RLocks."""
    import threading

    threading.RLock = type(threading.RLock())
