"""Counterfeits for the claims of library/atomicity/test_updates.py."""

from .. import counterfeit


@counterfeit("AT07", "AT38")
def locks_let_everybody_in():
    """threading.Lock() excludes nobody."""
    import _thread
    import threading

    class Open:
        def __init__(self):
            self.lock = _thread.allocate_lock()

        def acquire(self, *args, **kwargs):
            return True

        def release(self):
            pass

        def locked(self):
            return False

        def __enter__(self):
            return True

        def __exit__(self, *error):
            pass

    original = threading.Lock

    def lock():
        import sys

        caller = sys._getframe(1).f_globals.get("__name__", "")
        return Open() if caller.startswith("tests.library.atomicity") else original()

    threading.Lock = lock
