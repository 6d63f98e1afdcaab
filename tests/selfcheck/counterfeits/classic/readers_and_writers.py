"""Counterfeits for the claims of library/classic/test_readers_and_writers.py."""

from .. import counterfeit
from ..patching import patch
from .shared import here_only


@counterfeit("CLASSIC13", "CLASSIC14")
def nobody_waits_for_anybody():
    """Condition.wait_for() returns at once, whatever its predicate says."""
    patch(
        "threading.Condition",
        wait_for=here_only(
            "reading_and_writing", lambda wait_for: lambda self, predicate, timeout=None: True
        ),
    )


@counterfeit("CLASSIC37")
def a_second_writer_ends_the_wait_of_the_first():
    """Condition.wait_for() gives up when two threads wait."""

    def change(wait_for):
        def give_up(self, predicate, timeout=None):
            return wait_for(self, lambda: predicate() or len(self._waiters) > 0, timeout)

        return give_up

    patch("threading.Condition", wait_for=here_only("reading_and_writing", change))
