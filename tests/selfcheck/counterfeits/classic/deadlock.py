"""Counterfeits for the claims of library/classic/test_deadlock.py."""

from .. import counterfeit
from ..patching import Wrapped, patch
from .shared import circle_of, here_only, replace_locks


@counterfeit("CLASSIC01")
def two_threads_do_not_deadlock():
    """A Lock raises RuntimeError in a thread that would close a circle of two."""
    replace_locks("test_deadlock", circle_of([2]))


@counterfeit("CLASSIC04")
def a_thread_does_not_deadlock_alone():
    """A Lock raises RuntimeError in the thread that holds it."""
    replace_locks("test_deadlock", circle_of([1]))


@counterfeit("CLASSIC02")
def who_waits_for_a_lock_takes_others():
    """A thread that has to wait for a Lock takes all others that are free meanwhile."""
    everyone = []

    class Greedy(Wrapped):
        def __init__(self):
            super().__init__()
            everyone.append(self)

        def acquire(self, blocking=True, timeout=-1):
            if self.lock.acquire(False) or not blocking:
                return self.lock.locked()
            taken = [one for one in everyone if one.lock.acquire(False)]
            try:
                return self.lock.acquire(blocking, timeout)
            finally:
                for one in taken:
                    one.lock.release()

    replace_locks("test_deadlock", Greedy)


@counterfeit("CLASSIC03")
def a_timeout_says_it_has_the_lock():
    """acquire(timeout=...) is True, whether it has the lock or not."""

    class Boastful(Wrapped):
        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, timeout) or timeout > 0

    replace_locks("test_deadlock", Boastful)


@counterfeit("CLASSIC05")
def waiting_for_a_result_gives_up():
    """Future.result() without a timeout gives up after a moment."""
    patch(
        "concurrent.futures.Future",
        result=lambda result: lambda self, timeout=None: result(self, timeout or 0.01),
    )


@counterfeit("CLASSIC06")
def join_forgets_the_item_in_hand():
    """Queue.join() returns when the queue is empty."""

    def change(join):
        def until_empty(self):
            with self.all_tasks_done:
                while self._qsize():
                    self.all_tasks_done.wait(0.01)

        return until_empty

    patch("queue.Queue", join=change)


@counterfeit("CLASSIC07")
def a_lock_of_processes_gives_up():
    """acquire() of a Lock of multiprocessing gives up after a moment."""
    from ..synchronizers.shared import wrap_locks

    def bound(lock, acquire):
        return lambda block=True, timeout=None: acquire(block, timeout or 0.01)

    wrap_locks("Lock", acquire=bound)


@counterfeit("CLASSIC36")
def waiting_releases_everything():
    """Condition.wait_for() releases all locks that its thread holds."""
    held = {}

    class Known(Wrapped):
        def acquire(self, blocking=True, timeout=-1):
            import threading

            got = self.lock.acquire(blocking, timeout)
            if got:
                held.setdefault(threading.get_ident(), []).append(self)
            return got

        def release(self):
            for locks in held.values():
                if self in locks:
                    locks.remove(self)
                    self.lock.release()

    def change(wait_for):
        def release_all(self, predicate, timeout=None):
            import threading

            for lock in held.get(threading.get_ident(), [])[:]:
                lock.release()
            return wait_for(self, predicate, timeout)

        return release_all

    replace_locks("test_deadlock", Known)
    patch("threading.Condition", wait_for=here_only("test_deadlock", change))
