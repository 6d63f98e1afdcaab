"""Counterfeits for the claims of library/queue/test_priority_queue.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("QUEUE01")
def a_refused_item_is_not_in_the_queue():
    """What PriorityQueue cannot compare it does not keep."""

    def change(put):
        def check(self, item):
            for other in self.queue:
                item < other  # noqa: B015
            put(self, item)

        return check

    patch("queue.PriorityQueue", _put=change)


@counterfeit("QUEUE02", "QUEUE01")
def equal_priorities_keep_their_order():
    """PriorityQueue compares nothing but the first half of a pair."""
    import itertools

    counter = itertools.count()

    def put(self, item):
        key = item[0] if isinstance(item, tuple) else item
        self.queue.append((key, next(counter), item))
        self.queue.sort(key=lambda entry: entry[:2])

    patch("queue.PriorityQueue", _put=lambda original: put)
    patch("queue.PriorityQueue", _get=lambda original: lambda self: self.queue.pop(0)[2])
