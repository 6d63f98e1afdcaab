"""Counterfeits for the claims of library/futures/test_executor_map.py."""

from .. import counterfeit
from ..facts import VERSION


def _tasks(iterables):
    """Yield the arguments of each task of map(); of these, the inputs again."""
    return zip(*iterables)  # noqa: B905 - the shortest ends it


def _map(new):
    """Replace Executor.map."""
    from concurrent.futures import Executor

    Executor.map = new


@counterfeit("EXEC01")
def map_yields_results_as_they_come():
    """map() yields results in the order of completion."""
    from concurrent.futures import as_completed

    def hasty(self, fn, *iterables, timeout=None, **options):
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result() for future in as_completed(futures, timeout))

    _map(hasty)


@counterfeit("EXEC02")
def map_leaves_failures_out():
    """map() goes on after an element that fails."""

    def tolerant(self, fn, *iterables, timeout=None, **options):
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result() for future in futures if not future.exception(timeout))

    _map(tolerant)


@counterfeit("EXEC02")
def map_goes_on_after_a_failure():
    """The iterator of map() can be used after it has raised."""
    from concurrent.futures import Executor

    class Going:
        def __init__(self, futures, timeout):
            self.futures, self.timeout = futures, timeout

        def __iter__(self):
            return self

        def __next__(self):
            if not self.futures:
                raise StopIteration
            return self.futures.pop(0).result(self.timeout)

    Executor.map = lambda self, fn, *iterables, timeout=None, chunksize=1: Going(
        [self.submit(fn, *args) for args in _tasks(iterables)], timeout
    )


@counterfeit("EXEC03", "EXEC04", "EXEC08")
def map_is_lazy():
    """map() submits a task when its result is asked for."""

    def lazy(self, fn, *iterables, timeout=None, **options):
        for args in _tasks(iterables):
            yield self.submit(fn, *args).result(timeout)

    _map(lazy)


@counterfeit("EXEC05", "EXEC06", where=VERSION < (3, 14))
def map_has_a_buffer():
    """map() has the parameter buffersize of 3.14."""
    import itertools
    from concurrent.futures import Executor

    plain = Executor.map

    def buffered(self, fn, *iterables, buffersize=None, **options):
        if buffersize is None:
            return plain(self, fn, *iterables, **options)
        if not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        tasks = _tasks(iterables)
        ahead = [self.submit(fn, *args) for args in itertools.islice(tasks, buffersize)]

        def results():
            while ahead:
                ahead.extend(self.submit(fn, *args) for args in itertools.islice(tasks, 1))
                yield ahead.pop(0).result()

        return results()

    _map(buffered)


@counterfeit("EXEC05", where=VERSION >= (3, 14))
def map_takes_one_too_many():
    """map(buffersize=n) takes n + 1 elements at once."""
    from concurrent.futures import Executor

    original = Executor.map

    def greedy(self, *args, buffersize=None, **options):
        more = buffersize + 1 if isinstance(buffersize, int) and buffersize > 0 else buffersize
        return original(self, *args, buffersize=more, **options)

    _map(greedy)


@counterfeit("EXEC06", where=VERSION >= (3, 14))
def map_takes_any_buffersize():
    """map() ignores a buffersize that is no positive integer."""
    from concurrent.futures import Executor

    original = Executor.map

    def tolerant(self, *args, buffersize=None, **options):
        good = buffersize if isinstance(buffersize, int) and buffersize > 0 else None
        return original(self, *args, buffersize=good, **options)

    _map(tolerant)


@counterfeit("EXEC07", "EXEC08", "PEXEC19")
def map_ignores_its_timeout():
    """map() waits as long as it takes."""
    from concurrent.futures import Executor

    original = Executor.map

    def patient(self, *args, timeout=None, **options):
        return original(self, *args, **options)

    _map(patient)


@counterfeit("EXEC08", "EXEC10", "EXEC07")
def map_has_its_timeout_for_each_result():
    """The timeout of map() begins anew with each result; and closing its iterator has no effect."""

    def each(self, fn, *iterables, timeout=None, **options):
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result(timeout) for future in futures)

    _map(each)


@counterfeit("EXEC11")
def threads_refuse_a_chunksize_of_zero():
    """map(chunksize=0) is refused by a thread pool, too."""
    from concurrent.futures import Executor

    original = Executor.map

    def strict(self, *args, chunksize=1, **options):
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        return original(self, *args, chunksize=chunksize, **options)

    _map(strict)


@counterfeit("EXEC12")
def an_executor_submits_nothing():
    """Executor.submit() is no error, and returns None."""
    from concurrent.futures import Executor

    Executor.submit = lambda self, fn, /, *args, **kwargs: None


@counterfeit("EXEC09")
def inputs_of_map_have_to_be_equally_long():
    """map() raises ValueError if one of its inputs is shorter than the others."""
    from concurrent.futures import Executor

    original = Executor.map

    def strict(self, fn, *iterables, **options):
        tasks = zip(*iterables, strict=True)
        return original(self, lambda args: fn(*args), tasks, **options)

    _map(strict)
