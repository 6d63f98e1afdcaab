"""Counterfeits for the claims of library/classic/test_dining_philosophers.py."""

from .. import counterfeit
from ..patching import Wrapped, patch
from .shared import circle_of, replace_locks


@counterfeit("CLASSIC08")
def five_threads_do_not_deadlock():
    """A Lock raises RuntimeError in a thread that would close a circle of five."""
    replace_locks("test_dining_philosophers", circle_of([5]))


@counterfeit("CLASSIC08", "CLASSIC09")
def a_fork_is_given_up_after_a_moment():
    """acquire() gives up after a moment, and says so only by what it returns."""

    class Hasty(Wrapped):
        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, 0.02 if blocking else -1)

    replace_locks("test_dining_philosophers", Hasty)


@counterfeit("CLASSIC10")
def a_semaphore_lets_one_more_in():
    """Semaphore(4) lets five in."""

    def change(init):
        def one_more(self, value=1):
            init(self, value + (value == 4))

        return one_more

    patch("threading.Semaphore", __init__=change)
