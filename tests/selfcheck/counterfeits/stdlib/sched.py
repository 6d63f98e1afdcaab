"""Counterfeits for the claims of library/stdlib/test_sched.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("STDLIB49")
def a_scheduler_sleeps_in_short_steps():
    """A scheduler wakes every one and a half seconds, and looks at its events again."""

    def change(init):
        def in_steps(self, now, delay):
            init(self, now, lambda seconds: delay(min(seconds, 1.5)))

        return in_steps

    patch("sched.scheduler", __init__=change)
