"""How most counterfeits change a class, and a lock that they can make another one of."""

from importlib import import_module


def patch(place, **changes):
    """Replace methods of a class, named such as ``queue.Queue``, by what the functions return.

    Each is called with the old method.
    """
    module, _, name = place.rpartition(".")
    one = getattr(import_module(module), name)
    for method, change in changes.items():
        setattr(one, method, change(getattr(one, method)))


class Wrapped:
    """A lock that counterfeits inherit from; it is as others are."""

    def __init__(self):
        import _thread

        self.lock = _thread.allocate_lock()

    def acquire(self, blocking=True, timeout=-1):
        """Acquire the lock."""
        return self.lock.acquire(blocking, timeout)

    def release(self):
        """Release the lock."""
        self.lock.release()

    def locked(self):
        """Tell whether anybody has the lock."""
        return self.lock.locked()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *error):
        self.release()
