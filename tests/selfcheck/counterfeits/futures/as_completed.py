"""Counterfeits for the claims of library/futures/test_as_completed.py."""

from .. import counterfeit


def _as_completed(change):
    """Replace as_completed()."""
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.as_completed = _base.as_completed = change(_base.as_completed)


@counterfeit("FUTURE01", "FUTURE02")
def futures_come_in_the_order_given():
    """as_completed() yields futures in the order given."""

    def given(fs, timeout=None):
        for future in dict.fromkeys(fs):
            future.exception(timeout)
            yield future

    _as_completed(lambda _: given)


@counterfeit("FUTURE02")
def the_last_that_was_done_comes_first():
    """as_completed() yields what is ready with the latest first."""
    from concurrent.futures import _base

    original = _base._yield_finished_futures

    def latest(fs, *args, **options):
        fs.reverse()
        return original(fs, *args, **options)

    _base._yield_finished_futures = latest


@counterfeit("FUTURE03", "FUTURE01", "FUTURE33")
def a_duplicate_comes_twice():
    """as_completed() yields the first future once more at the end."""

    def change(as_completed):
        def again(fs, timeout=None):
            fs = list(fs)
            yield from as_completed(fs, timeout)
            yield from fs[:1]
            yield from [None] * (not fs)

        return again

    _as_completed(change)


@counterfeit("FUTURE04")
def as_completed_just_ends():
    """as_completed() ends, without an exception, when its time is over."""

    def change(as_completed):
        def silent(fs, timeout=None):
            try:
                yield from as_completed(fs, timeout)
            except TimeoutError:
                return

        return silent

    _as_completed(change)


@counterfeit("FUTURE04")
def as_completed_ignores_its_timeout():
    """as_completed() waits as long as it takes."""
    _as_completed(lambda original: lambda fs, timeout=None: original(fs))


@counterfeit("FUTURE05")
def as_completed_takes_its_futures_at_once():
    """as_completed() takes its futures, and looks at its timeout, when it is called."""

    def change(as_completed):
        def at_once(fs, timeout=None):
            return as_completed([*fs], timeout)

        return at_once

    _as_completed(change)


@counterfeit("FUTURE06")
def leaving_as_completed_cancels_the_others():
    """The futures that a loop over as_completed() has not come to are cancelled at its end."""

    def change(as_completed):
        def cancelling(fs, timeout=None):
            fs = list(fs)
            try:
                yield from as_completed(fs, timeout)
            finally:
                for future in fs:
                    future.cancel()

        return cancelling

    _as_completed(change)
