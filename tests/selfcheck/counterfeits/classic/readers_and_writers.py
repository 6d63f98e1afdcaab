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
