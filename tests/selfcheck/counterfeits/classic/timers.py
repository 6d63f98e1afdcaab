"""Counterfeits for the claims of library/classic/test_timers.py."""

from .. import counterfeit
from ..patching import patch
from .shared import here_only


@counterfeit("CLASSIC33")
def a_wait_with_a_timeout_does_not_wait():
    """Event.wait(timeout) returns at once."""

    def change(wait):
        return lambda self, timeout=None: wait(self, 0)

    patch("threading.Event", wait=here_only("test_timers", change))


@counterfeit("CLASSIC34")
def a_timer_runs_in_the_timer_that_starts_it():
    """A Timer that is started by a Timer's function uses its thread."""

    def change(start):
        def start_or_run(self):
            import threading

            if not isinstance(threading.current_thread(), threading.Timer):
                return start(self)
            self.interval = 0
            return self.run()

        return start_or_run

    import threading

    threading.Timer.start = change(threading.Thread.start)
