"""What several modules of this folder need."""

from ..patching import Wrapped


def wrap_locks(*kinds, **changes):
    """Replace acquire and release of these classes by what the functions make of them.

    Each function gets the lock and its method.
    """
    from multiprocessing import synchronize

    make = synchronize.SemLock._make_methods

    def make_others(self):
        make(self)
        if type(self).__name__ in kinds:
            for name, change in changes.items():
                setattr(self, name, change(self, getattr(self, name)))

    synchronize.SemLock._make_methods = make_others


def replace_lock(**methods):
    """Make threading.Lock a class that wraps a lock and has the given methods instead."""
    import threading

    class Lock(Wrapped):
        def _at_fork_reinit(self):
            Wrapped.__init__(self)

    for name, method in methods.items():
        setattr(Lock, name, method)
    threading.Lock = Lock
