"""What several modules of this folder need."""


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
    import _thread
    import threading

    class Lock:
        def __init__(self):
            self.lock = _thread.allocate_lock()

        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, timeout)

        def release(self):
            self.lock.release()

        def locked(self):
            return self.lock.locked()

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *exception):
            self.release()

        def _at_fork_reinit(self):
            self.lock = _thread.allocate_lock()

    for name, method in methods.items():
        setattr(Lock, name, method)
    threading.Lock = Lock
