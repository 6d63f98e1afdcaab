"""Counterfeits for the claims on RLocks of threads, of processes and of managers."""

from .. import counterfeit
from ..facts import VERSION
from .shared import wrap_locks


def _replace_rlock(**methods):
    """Make threading.RLock make objects that pass everything on to one but these methods."""
    import threading

    original = threading.RLock

    class Wrapper:
        def __init__(self):
            self.lock = original()

        def __getattr__(self, name):
            return getattr(self.lock, name)

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *exception):
            self.release()

    for name, method in methods.items():
        setattr(Wrapper, name, method)
    threading.RLock = lambda: Wrapper()


@counterfeit("LOCK17")
def an_rlock_may_be_released_by_anyone():
    """release() of an RLock by who does not own it is ignored."""

    def release(self):
        if self.lock._is_owned():
            self.lock.release()

    _replace_rlock(release=release)


@counterfeit("LOCK18")
def an_rlock_does_not_count():
    """The first release() of an RLock frees it, however often it was acquired."""

    def release(self):
        owned = self.lock._is_owned()
        self.lock.release()
        while owned and self.lock._is_owned():
            self.lock.release()

    def leave(self, *exception):
        if self.lock._is_owned():
            self.release()

    _replace_rlock(release=release, __exit__=leave)


def _locked(lock):
    """Tell whether a lock of any kind is locked: its repr has always told."""
    return "<locked" in repr(lock)


@counterfeit("LOCK04")
def locked_exists_before_its_time_and_lies_later():
    """RLock.locked() and Condition.locked() exist before 3.14; from 3.14 they are always False."""
    import threading

    new = VERSION < (3, 14)
    original = threading.Condition.__init__

    def init(self, lock=None):
        original(self, lock)
        self.locked = lambda: new and _locked(getattr(self._lock, "lock", self._lock))

    threading.Condition.__init__ = init
    _replace_rlock(locked=lambda self: new and _locked(self.lock))


@counterfeit("LOCK19")
def rlock_takes_arguments_where_it_did_not():
    """RLock() refuses arguments before 3.15, and takes them since."""
    import threading

    original = threading.RLock
    if VERSION < (3, 15):
        threading.RLock = lambda: original()
    else:
        threading.RLock = lambda *args, **kwargs: original()


@counterfeit("LOCK11")
def rlock_is_a_class():
    """threading.RLock is the class of the RLocks."""
    import threading

    threading.RLock = type(threading.RLock())


@counterfeit("LOCK17")
def anybody_may_release_an_rlock():
    """release() of an RLock by who does not own it does nothing."""

    def change(self, release):
        def lenient():
            if self._semlock._is_mine():
                release()

        return lenient

    wrap_locks("RLock", release=change)


@counterfeit("LOCK18")
def one_release_frees_an_rlock():
    """release() frees an RLock however often it has been acquired."""

    def change(self, release):
        def free():
            for _ in range(max(self._semlock._count(), 1)):
                release()

        return free

    wrap_locks("RLock", release=change)
