"""Counterfeits for the claims of library/threading/test_timer.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("TIMER01")
def cancelling_a_timer_does_nothing():
    """Timer.cancel() does nothing."""
    patch("threading.Timer", cancel=lambda cancel: lambda self: None)


@counterfeit("TIMER01")
def cancelling_a_timer_runs_it():
    """Timer.cancel() lets the function run at once."""

    def change(cancel):
        def run(self):
            cancel(self)
            self.function(*self.args, **self.kwargs)

        return run

    patch("threading.Timer", cancel=change)


@counterfeit("TIMER02")
def a_timer_drops_the_keywords():
    """Timer calls its function without kwargs."""

    def change(init):
        def drop(self, interval, function, args=None, kwargs=None):
            init(self, interval, function, args)

        return drop

    patch("threading.Timer", __init__=change)


@counterfeit("TIMER02")
def a_timer_runs_twice():
    """Timer calls its function twice."""

    def change(run):
        def twice(self):
            run(self)
            self.function(*self.args, **self.kwargs)

        return twice

    patch("threading.Timer", run=change)


@counterfeit("TIMER03")
def a_timer_does_not_wait():
    """Timer calls its function at once."""

    def change(run):
        def at_once(self):
            self.interval = 0
            run(self)

        return at_once

    patch("threading.Timer", run=change)


@counterfeit("TIMER04")
def a_late_cancel_is_refused():
    """Timer.cancel() after the function has run raises RuntimeError."""

    def change(cancel):
        def refuse(self):
            if self.finished.is_set():
                raise RuntimeError("the timer has run")
            cancel(self)

        return refuse

    patch("threading.Timer", cancel=change)


@counterfeit("TIMER05")
def timers_are_daemons():
    """A program ends without waiting for its Timers."""

    def change(init):
        def daemon(self, *args, **kwargs):
            init(self, *args, **kwargs)
            self.daemon = True

        return daemon

    patch("threading.Timer", __init__=change)
