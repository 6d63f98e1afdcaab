"""Counterfeits for the claims of notes/test_9_closing_comment.py."""

from .. import counterfeit


@counterfeit("9.01")
def the_library_offers_no_more_than_the_notes_use():
    """Multiprocessing declares just what the notes use (breaks 9.01)."""
    import multiprocessing

    multiprocessing.__all__ = ["Process", "Queue", "Pool"]


@counterfeit("9.01")
def the_library_has_lost_a_name_of_the_notes():
    """The threading module no longer declares Lock (breaks 9.01)."""
    import threading

    threading.__all__ = [name for name in threading.__all__ if name != "Lock"]
