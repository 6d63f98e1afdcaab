"""Counterfeits for the claims on events of threads, of processes and of managers."""

from .. import counterfeit
from ..patching import patch


@counterfeit("SYNC08")
def waiting_for_a_managers_event_tells_nothing():
    """wait() of a Manager's Event returns None."""
    from multiprocessing import managers

    wait = managers.EventProxy.wait
    managers.EventProxy.wait = lambda self, timeout=None: wait(self, timeout) and None


@counterfeit("EVENT05")
def events_have_a_plain_repr():
    """repr() of an Event does not say whether it is set."""
    from multiprocessing import synchronize

    synchronize.Event.__repr__ = object.__repr__


@counterfeit("EVENT05")
def every_event_looks_set():
    """repr() of an Event says that it is set."""
    from multiprocessing import synchronize

    synchronize.Event.__repr__ = lambda self: f"<Event at {id(self):#x} set>"


@counterfeit("SYNC08", "EVENT01")
def an_event_wakes_one():
    """Event.set() wakes one of those who wait."""
    from multiprocessing import synchronize

    def set_once(self):
        with self._cond:
            self._flag.acquire(False)
            self._flag.release()
            self._cond.notify()

    synchronize.Event.set = set_once


@counterfeit("SYNC08", "EVENT01")
def an_event_is_unset_by_who_waited():
    """Event.wait() takes what was set."""
    from multiprocessing import synchronize

    wait = synchronize.Event.wait

    def take(self, timeout=None):
        got = wait(self, timeout)
        self.clear()
        return bool(got)

    synchronize.Event.wait = take


@counterfeit("EVENT02")
def events_stay_set():
    """Event.clear() does nothing."""
    from multiprocessing import synchronize

    synchronize.Event.clear = lambda self: None


@counterfeit("SYNC08", "EVENT01")
def waiting_for_an_event_returns_nothing():
    """Event.wait() returns None."""
    from multiprocessing import synchronize

    wait = synchronize.Event.wait
    synchronize.Event.wait = lambda self, timeout=None: wait(self, timeout) and None


@counterfeit("SYNC09")
def threading_events_can_be_pickled():
    """A threading.Event can be passed to any process."""
    import copyreg
    import threading

    copyreg.pickle(threading.Event, lambda event: (threading.Event, ()))


@counterfeit("EVENT02")
def an_event_counts_how_often_it_is_set():
    """An Event that was set twice has to be cleared twice."""

    def change(original):
        def more(self):
            if self.is_set():
                self._flag.release()
            else:
                original(self)

        return more

    patch("multiprocessing.synchronize.Event", set=change)


@counterfeit("EVENT02")
def clearing_an_event_does_nothing():
    """Event.clear() does nothing."""
    patch("threading.Event", clear=lambda clear: lambda self: None)


@counterfeit("EVENT03")
def a_waiter_looks_at_the_flag_again():
    """Event.wait() goes on waiting if the event has been cleared meanwhile."""
    import threading

    def wait(self, timeout=None):
        with self._cond:
            return self._cond.wait_for(lambda: self._flag, timeout)

    threading.Event.wait = wait
