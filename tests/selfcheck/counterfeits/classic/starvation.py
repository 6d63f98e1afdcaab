"""Counterfeits for the claims of library/classic/test_starvation.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import Wrapped, patch
from .shared import Fair, Unfair, here_only, replace_locks


@counterfeit("CLASSIC11")
def locks_are_as_fair_as_they_are_not():
    """A Lock is handed over before 3.13.1, and is taken by who is faster since then."""
    replace_locks("test_starvation", Unfair if VERSION >= (3, 13, 1) else Fair)


@counterfeit("CLASSIC12")
def a_try_always_succeeds():
    """acquire(False) is True, whether the lock was free or not."""

    class Lenient(Wrapped):
        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, timeout) or True

    replace_locks("test_starvation", Lenient)


@counterfeit("CLASSIC38")
def a_semaphore_lets_everybody_in():
    """Semaphore.acquire() never waits."""
    patch("threading.Semaphore", acquire=here_only("test_starvation", lambda _: lambda self: True))
