"""Counterfeits for the claims on semaphores of threads, of processes and of managers."""

from .. import counterfeit
from ..patching import patch
from .shared import wrap_locks


def _init(kind, change):
    """Change the value with which semaphores of this kind start."""
    from multiprocessing import synchronize

    one = getattr(synchronize, kind)
    init = one.__init__
    one.__init__ = lambda self, value=1, *, ctx: init(self, change(value), ctx=ctx)


@counterfeit("SYNC05", "SEM02", "SEM05")
def semaphores_have_a_permit_more():
    """A Semaphore starts with a permit too many."""
    _init("Semaphore", lambda value: value + 1)


@counterfeit("SEM02", "SEM05")
def bounded_semaphores_have_no_bound():
    """A BoundedSemaphore is a Semaphore."""
    from multiprocessing import synchronize

    synchronize.BoundedSemaphore.__init__ = lambda self, value=1, *, ctx: (
        synchronize.Semaphore.__init__(self, value, ctx=ctx)
    )


@counterfeit("SEM02")
def semaphores_are_bounded():
    """A Semaphore does not exceed the value that it started with."""

    def change(self, release):
        def bounded():
            if self.get_value() < 2:
                release()

        return bounded

    wrap_locks("Semaphore", release=change)


@counterfeit("SEM05")
def get_value_counts_who_is_inside():
    """get_value() is off by one."""
    from multiprocessing import synchronize

    synchronize.Semaphore.get_value = lambda self: self._semlock._get_value() - 1


@counterfeit("SEM04")
def negative_semaphores_are_empty():
    """Semaphore(-1) is Semaphore(0)."""
    _init("Semaphore", lambda value: max(value, 0))


@counterfeit("SEM04")
def negative_semaphores_are_value_errors():
    """Semaphore(-1) raises ValueError."""

    def check(value):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        return value

    _init("Semaphore", check)
    _init("BoundedSemaphore", check)


@counterfeit("SEM03")
def a_release_adds_one():
    """Semaphore.release(n) adds 1."""
    patch("threading.Semaphore", release=lambda release: lambda self, n=1: release(self, min(n, 1)))


@counterfeit("SEM02")
def a_bounded_semaphore_has_no_bound():
    """BoundedSemaphore.release() adds beyond the first value."""
    import threading

    threading.BoundedSemaphore.release = lambda self, n=1: threading.Semaphore.release(self, n)


@counterfeit("LOCK06", "LOCK08")
def an_empty_semaphore_says_yes():
    """Semaphore.acquire() is True even if there was nothing to take."""

    def change(acquire):
        def yes(self, blocking=True, timeout=None):
            return acquire(self, blocking, timeout) or blocking

        return yes

    patch("threading.Semaphore", acquire=change)


@counterfeit("SEM03")
def a_semaphore_s_release_wakes_one():
    """Semaphore.release(n) wakes one waiter."""
    import threading

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._cond:
            self._value += n
            self._cond.notify()

    threading.Semaphore.release = release


@counterfeit("SEM01")
def a_failing_with_keeps_the_semaphore():
    """A "with" that ends by an exception does not release the semaphore."""
    import threading

    def leave(self, kind, *rest):
        if kind is None:
            self.release()

    threading.Semaphore.__exit__ = leave


@counterfeit("LOCK07")
def a_semaphore_takes_any_timeout():
    """Semaphore.acquire() takes a timeout without blocking."""

    def change(acquire):
        def lenient(self, blocking=True, timeout=None):
            return acquire(self, blocking, timeout if blocking else None)

        return lenient

    patch("threading.Semaphore", acquire=change)
