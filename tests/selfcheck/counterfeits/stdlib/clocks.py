"""Counterfeits for the claims of library/stdlib/test_clocks.py."""

import sys

from .. import counterfeit


@counterfeit("STDLIB21", where=sys.platform == "linux")
def processes_locks_are_those_of_threads():
    """multiprocessing.Lock() returns a lock of threads, with its clock."""
    import multiprocessing
    import threading

    multiprocessing.Lock = lambda: threading.Lock()  # not the very function, a case of its own
