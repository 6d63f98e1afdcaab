"""Counterfeits for the claims of library/atomicity/test_iterators.py."""

from .. import counterfeit


@counterfeit("AT11")
def a_deque_may_grow_in_a_loop():
    """A loop over a deque runs over a copy of it."""
    import collections

    class Calm(collections.deque):
        def __iter__(self):
            return iter([self[n] for n in range(len(self))])

    collections.deque = Calm


@counterfeit("AT13")
def a_count_skips_a_number():
    """itertools.count() leaves out every hundredth number."""
    import itertools

    original = itertools.count

    def skipping(start=0, step=1):
        return (n for n in original(start, step) if n % 100)

    itertools.count = skipping
