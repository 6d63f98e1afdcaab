"""Counterfeits of time: clocks and sleep."""

from . import counterfeit

UNRELATED = ("8.0", "8.10", "8.12")


@counterfeit("3.11")
def perf_counter_steps_back() -> None:
    """time.perf_counter() is now and then a second back."""
    import functools
    import itertools
    import time

    now, calls = time.perf_counter, itertools.count(1)

    @functools.wraps(now)  # pytest-benchmark looks its timer up by name
    def perf_counter() -> float:
        return now() - (next(calls) % 1000 == 0)

    time.perf_counter = perf_counter


@counterfeit("3.11")
def perf_counter_is_the_wall_clock() -> None:
    """time.perf_counter() is time.time(), which may be set back."""
    import time

    describe = time.get_clock_info
    time.perf_counter = time.time
    time.get_clock_info = lambda name: describe("time" if name == "perf_counter" else name)


@counterfeit("4.04")
def sleep_ends_early() -> None:
    """time.sleep() sleeps for half the time."""
    import time

    sleep = time.sleep
    time.sleep = lambda seconds: sleep(seconds / 2)


@counterfeit("1.13", "4.04")
def sleep_returns_at_once() -> None:
    """time.sleep() does not sleep."""
    import time

    time.sleep = lambda seconds: None
