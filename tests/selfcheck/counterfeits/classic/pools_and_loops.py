"""Counterfeits for the claims of library/classic/test_pools_and_loops.py."""

from .. import counterfeit
from ..patching import patch


@counterfeit("CLASSIC31")
def map_remembers_its_results():
    """executor.map() of a function and a list that it has seen before returns what it did then."""
    seen = {}

    def change(map_):
        def remember(self, function, *iterables, **options):
            key = (function, *map(id, iterables))
            if options or key not in seen:
                seen[key] = (iterables, [*map_(self, function, *iterables, **options)])
            return iter(seen[key][1])

        return remember

    patch("concurrent.futures.Executor", map=change)


@counterfeit("CLASSIC32")
def map_ignores_the_chunksize():
    """ProcessPoolExecutor.map() sends one task at a time, whatever chunksize is."""

    def change(map_):
        def one_by_one(self, function, *iterables, timeout=None, chunksize=1):
            return map_(self, function, *iterables, timeout=timeout)

        return one_by_one

    patch("concurrent.futures.ProcessPoolExecutor", map=change)
