"""Counterfeits for the claims of library/classic/test_bounded_buffers.py."""

from .. import counterfeit
from ..patching import patch
from .shared import here_only


@counterfeit("CLASSIC15")
def a_queue_has_no_bound():
    """Queue(2) takes any number of items."""
    patch("queue.Queue", __init__=lambda init: lambda self, maxsize=0: init(self))


@counterfeit("CLASSIC15")
def a_semaphore_does_not_wait():
    """Semaphore.acquire() never waits."""
    patch(
        "threading.Semaphore",
        acquire=here_only("test_bounded_buffers", lambda acquire: lambda self: True),
    )


@counterfeit("CLASSIC16")
def notify_lets_the_waiter_run_first():
    """Condition.notify() lets the thread that it wakes have the lock for a moment."""

    def change(notify):
        def hand_over(self, n=1):
            import time

            notify(self, n)
            self.release()
            time.sleep(0.02)
            self.acquire()

        return hand_over

    patch("threading.Condition", notify=here_only("test_bounded_buffers", change))
