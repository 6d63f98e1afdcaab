"""Counterfeits for the claims of library/multiprocessing/test_against_threading.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("PROC01", where=VERSION >= (3, 14))
def a_process_has_no_interrupt():
    """Process has no interrupt(), as before 3.14."""
    from multiprocessing import process

    del process.BaseProcess.interrupt


@counterfeit("PROC02")
def multiprocessing_has_a_timer():
    """multiprocessing.Timer exists."""
    import multiprocessing
    import threading

    multiprocessing.Timer = threading.Timer
