"""Threads, processes or asyncio: which of them when."""

import re

import pytest

from tests.harness import NO_GIL, WINDOWS, Inconclusive, claim, question

WAYS = ("threads", "processes", "asyncio")

ALONE, TOGETHER, UNCLEAR = "one at a time", "side by side", "unclear"

FIGURE = re.compile(r"(\w+, \w+): (\d+\.\d) seconds of work in a second")


def side(speed):
    """Tell what the seconds of work that are done in a second show; a loop does one at most."""
    return TOGETHER if speed >= 1.25 else ALONE if speed <= 1.1 else UNCLEAR


def measured(run, expected):
    """Return what the figures that a program prints show, at the second try if need be.

    Raises Inconclusive if only that is missing which needs cores that nobody else uses, or where
    CPU time is not counted finely enough.
    """
    for _ in range(2):
        lines = run()
        seen = {what: side(float(speed)) for what, speed in FIGURE.findall("\n".join(lines))}
        if seen == expected:
            return seen
    if seen.keys() != expected.keys():
        return seen
    if WINDOWS:
        raise Inconclusive(f"Windows counts CPU time in steps of 1/64 s: {lines}")
    missed = [what for what in expected if seen[what] != expected[what]]
    if all(expected[what] == TOGETHER and "waiting" not in what for what in missed):
        raise Inconclusive(f"no second core was free: {lines}")
    return seen


@claim("ASK42")
@pytest.mark.ratio
@question(
    "My threads are no faster than a loop. Threads, processes or asyncio: which should I take?"
)
def test_threads_are_no_faster_than_a_loop(broken, repaired):
    """Threads and asyncio speed up what waits (I/O-bound); computing (CPU-bound) needs processes.

    How do I parallelize a simple for loop, run functions in parallel, or make multiple API calls in
    parallel?  Multiprocessing vs threading, the difference between multithreading and
    multiprocessing: when to use multiprocessing, when threading, and when to use asyncio instead of
    threads?  Should I use ThreadPoolExecutor or ProcessPoolExecutor?  The GIL lets one thread at a
    time execute Python, on however many cores; a thread that waits for the network (downloads, web
    scraping), a file or time.sleep() gives it up.  All coroutines of an event loop are in one
    thread.  So multithreaded code that computes does not run in parallel, only one core is used,
    and it is no faster than single-threaded code, sometimes slower.  Each process has a GIL of its
    own.  In a free-threaded build threads compute side by side as well.

    Instead: measure, as the program does: how many seconds of work are done in a second?  Waiting:
    threads for tens, asyncio for thousands at a time.  Computing: a process for each core.  Both:
    all three gain, processes the most (2.05, 3.09, 4.07, 1.13).  A simple loop becomes
    list(executor.map(function, items)).
    """
    threads = TOGETHER if NO_GIL else ALONE
    expected = {"computing, threads": threads}
    assert measured(broken, expected) == expected
    expected = {
        f"{what}, {way}": TOGETHER for what in ("waiting", "computing", "both") for way in WAYS
    }
    expected |= {"computing, threads": threads, "computing, asyncio": ALONE}
    assert measured(repaired, expected) == expected
