"""Counterfeits for the claims of library/classic/test_stopping_threads.py."""

from .. import counterfeit
from ..facts import PYPY
from ..patching import patch
from .shared import called_by, here_only


@counterfeit("CLASSIC23")
def threads_have_a_method_kill():
    """Thread.kill() does something."""
    import threading

    threading.Thread.kill = lambda self: None


@counterfeit("CLASSIC24")
def a_wait_with_a_timeout_does_not_see_a_late_set():
    """Event.wait(timeout) is False if the event is set while it waits."""

    def change(wait):
        def wait_and_see_nothing(self, timeout=None):
            return self.is_set() or (wait(self, timeout) and timeout is None)

        return wait_and_see_nothing

    patch("threading.Event", wait=here_only("test_stopping_threads", change))


@counterfeit("CLASSIC25")
def only_a_thread_changes_its_attributes():
    """An attribute of a Thread that runs cannot be set by another thread."""

    def change(setattr_):
        def refuse(self, name, value):
            if name == "stopped":
                raise AttributeError("another thread's attribute")
            setattr_(self, name, value)

        return refuse

    patch("threading.Thread", __setattr__=change)


@counterfeit("CLASSIC26", where=not PYPY)
def no_exception_can_be_raised_in_another_thread():
    """PyThreadState_SetAsyncExc() finds the thread, and does nothing."""
    import ctypes

    def nothing(ident, exception):
        return 1

    ctypes.pythonapi.PyThreadState_SetAsyncExc = nothing


@counterfeit("CLASSIC27", where=not PYPY)
def waiting_for_an_event_can_be_interrupted():
    """Event.wait() looks again every moment, so an exception from another thread gets in."""

    def change(wait):
        def wait_in_steps(self, timeout=None):
            import time

            while timeout is None and not self.is_set():
                time.sleep(0.001)
            return wait(self, timeout)

        return wait_in_steps

    patch("threading.Event", wait=here_only("test_stopping_threads", change))


@counterfeit("CLASSIC28", where=not PYPY)
def a_sleep_is_made_of_short_ones():
    """time.sleep() sleeps a hundred times for a hundredth, so an exception gets in."""
    import time

    sleep = time.sleep

    def sleep_in_steps(seconds):
        if not called_by("test_stopping_threads"):
            return sleep(seconds)
        for _ in range(100):
            sleep(seconds / 100)
        return None

    time.sleep = sleep_in_steps


@counterfeit("CLASSIC35")
def a_none_wakes_all_who_wait():
    """Queue.put(None) lets every get() return None from then on."""

    def change(get):
        def get_or_none(self, block=True, timeout=None):
            item = get(self, block, timeout)
            if item is None:
                self.put(None)
            return item

        return get_or_none

    patch("queue.Queue", get=here_only("test_stopping_threads", change))
