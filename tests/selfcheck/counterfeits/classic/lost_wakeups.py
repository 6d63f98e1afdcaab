"""Counterfeits for the claims of library/classic/test_lost_wakeups.py."""

from .. import counterfeit
from ..patching import patch
from .shared import here_only


@counterfeit("CLASSIC17")
def an_event_forgets_that_it_was_set():
    """Event.set() wakes who waits, and is forgotten."""

    def change(set_event):
        def forget(self):
            set_event(self)
            self.clear()

        return forget

    patch("threading.Event", set=here_only("test_lost_wakeups", change))


@counterfeit("CLASSIC17", "CLASSIC18", "COND06")
def a_notification_waits_for_a_waiter():
    """Condition.notify() while nobody waits lets the next wait() return at once."""
    kept = {}

    def keep(notify):
        def notify_or_keep(self, n=1):
            if not self._waiters:
                kept[id(self)] = kept.get(id(self), 0) + n
            notify(self, n)

        return notify_or_keep

    def take(wait):
        def wait_or_take(self, timeout=None):
            return bool(kept.pop(id(self), 0)) or wait(self, timeout)

        return wait_or_take

    patch("threading.Condition", notify=keep, wait=take)


@counterfeit("CLASSIC19")
def notify_wakes_everybody():
    """Condition.notify() wakes all who wait, notify_all() the one that has waited longest."""

    def change(notify):
        return lambda self, n=1: notify(self, len(self._waiters) or 1)

    patch("threading.Condition", notify=here_only("test_lost_wakeups", change))
