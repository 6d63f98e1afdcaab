"""Counterfeits for the claims of library/queue/test_producers_and_consumers.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("QUEUE05", "QUEUE06", "QUEUE04")
def an_item_gets_lost():
    """Every twentieth item that is put is lost."""

    def change(put):
        def lose(self, item, *args, **kwargs):
            self.count = getattr(self, "count", 0) + 1
            if self.count % 20:
                put(self, item, *args, **kwargs)

        return lose

    patch("queue.Queue", put=change)


@counterfeit("QUEUE04")
def two_neighbours_change_places():
    """An item may be overtaken by the next one."""

    def change(put):
        def overtake(self, item):
            put(self, item)
            if len(self.queue) > 5 and len(self.queue) % 7 == 0:
                self.queue[-1], self.queue[-2] = self.queue[-2], self.queue[-1]

        return overtake

    patch("queue.Queue", _put=change)
