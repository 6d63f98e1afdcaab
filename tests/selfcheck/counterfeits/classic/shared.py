"""How these counterfeits reach the locks, and the calls, of one module of specs alone.

The problems of the textbook are made of locks, as everything is: a lock that is wrong everywhere
would break hundreds of claims, and the harness.
"""

import sys
from collections import deque

from ..patching import Wrapped


def called_by(module, depth=2):
    """Tell whether the function that asks was called by this module of the classic specs."""
    name = sys._getframe(depth).f_globals.get("__name__", "")
    return name == f"tests.library.classic.{module}"


def here_only(module, changed):
    """Return a change of a method that concerns the calls in this module; see ``patch``."""

    def change(method):
        other = changed(method)

        def either(self, *args, **kwargs):
            return (other if called_by(module) else method)(self, *args, **kwargs)

        return either

    return change


def replace_locks(module, make):
    """Let threading.Lock() be another one where this module calls it."""
    import threading

    lock = threading.Lock
    threading.Lock = lambda: make() if called_by(module) else lock()


def circle_of(lengths):
    """Return a kind of lock that refuses to close a circle of so many threads."""
    wanted = {}

    class Seeing(Wrapped):
        owner = None

        def acquire(self, blocking=True, timeout=-1):
            import threading

            me = threading.get_ident()
            if blocking and timeout < 0:
                wanted[me] = self
                if self.threads_to(me) in lengths:
                    del wanted[me]
                    raise RuntimeError("this would be a deadlock")
            got = self.lock.acquire(blocking, timeout)
            wanted.pop(me, None)
            if got:
                self.owner = me
            return got

        def threads_to(self, thread):
            """Return after how many threads that wait for each other this one comes."""
            lock, seen = self, 0
            while lock is not None and seen < 9:
                seen += 1
                if lock.owner == thread:
                    return seen
                lock = wanted.get(lock.owner)
            return 0

        def release(self):
            self.owner = None
            self.lock.release()

    return Seeing


class Fair(Wrapped):
    """A lock that is handed over to who has waited longest."""

    def __init__(self):
        super().__init__()
        self.taken, self.queue = False, deque()

    def acquire(self, blocking=True, timeout=-1):
        """Acquire the lock, or wait until it is handed over."""
        import _thread

        with self.lock:
            if not self.taken:
                self.taken = True
                return True
            if not blocking:
                return False
            turn = _thread.allocate_lock()
            turn.acquire()
            self.queue.append(turn)
        return turn.acquire()

    def release(self):
        """Release the lock, or hand it over."""
        with self.lock:
            if self.queue:
                self.queue.popleft().release()
            else:
                self.taken = False


class Unfair(Wrapped):
    """A lock whose waiters look now and then whether it is free."""

    def acquire(self, blocking=True, timeout=-1):
        """Acquire the lock."""
        import time

        while not self.lock.acquire(False):
            if not blocking:
                return False
            time.sleep(0.001)
        return True
