"""Threads, processes or asyncio: which of them when, and what does not go together."""

import re

import pytest

from tests.harness import NO_GIL, PYPY, WINDOWS, Inconclusive, claim, question, since

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

    Multiprocessing vs threading: when to use multiprocessing, and when threading?  Should I use
    ThreadPoolExecutor or ProcessPoolExecutor?  The GIL lets one thread at a time execute Python, on
    however many cores; a thread that waits for the network (downloads, web scraping), a file or
    time.sleep() gives it up.  All coroutines of an event loop are in one thread.  So multithreaded
    code that computes does not run in parallel, only one core is used, and it is no faster than
    single-threaded code, sometimes slower.  Each process has a GIL of its own.  In a free-threaded
    build threads compute side by side as well.

    Instead: measure, as the program does: how many seconds of work are done in a second?  Waiting:
    threads for tens, asyncio for thousands at a time.  Computing: a process for each core.  Both:
    all three gain, processes the most (2.05, 3.09, 4.07, 1.13).
    """
    threads = TOGETHER if NO_GIL else ALONE
    expected = {"computing, threads": threads}
    assert measured(broken, expected) == expected
    expected = {
        f"{what}, {way}": TOGETHER for what in ("waiting", "computing", "both") for way in WAYS
    }
    expected |= {"computing, threads": threads, "computing, asyncio": ALONE}
    assert measured(repaired, expected) == expected


@claim("ASK43")
@question("I call time.sleep() in a coroutine. Why do the others not run meanwhile?")
def test_time_sleep_stops_the_other_coroutines(broken, repaired):
    """An event loop runs a coroutine until that awaits something, and time.sleep() does not await.

    All coroutines share one thread, so requests in asyncio are not concurrent.  Whatever blocks it,
    time.sleep(), requests.get(), a database driver, a long computation, blocks the whole event
    loop, timeouts included: one async def endpoint of FastAPI blocks all other requests.

    Instead: await asyncio.sleep(), and libraries made for asyncio; to run a blocking function in
    the background, send it to a thread by await asyncio.to_thread(function) (LOOP50, LOOP31).
    """
    assert broken() == ["rice begins", "rice is ready", "soup begins", "soup is ready"]
    assert repaired() == ["rice begins", "soup begins", "rice is ready", "soup is ready"]


@claim("ASK56")
@question("Two infinite loops in asyncio (while True): why does the second coroutine never run?")
def test_of_two_endless_loops_the_second_never_starts(broken, repaired):
    """await waits until the coroutine has returned: what comes after an endless one never runs.

    Two awaits run one after another, not at the same time, though both functions are async, and the
    body of an "async for" runs to its end before the next item is asked for: asyncio code does not
    run in parallel, or concurrently, by itself.  Here await waits for the first loop, which has no
    end, so nobody has called the second yet.

    Instead: await asyncio.gather(one(), two()), or an asyncio.TaskGroup (3.11), runs both
    concurrently; asyncio.create_task() runs one in the background (TASK05); keep the task (TASK02).
    A loop that never awaits anything blocks the event loop all the same: it needs at least await
    asyncio.sleep(0).
    """
    asked = "ask for mail", "ask for news"
    assert broken() == [asked[0], "hangs at: asyncio.run(main())"]
    assert repaired() == [*asked, "hangs at: asyncio.run(main())"]


@claim("ASK44")
@question("A thread puts its result into an asyncio.Queue. Why does await queue.get() hang?")
def test_asyncio_queue_hangs_when_a_thread_puts(broken, repaired):
    """asyncio.Queue is not thread-safe: put_nowait() in another thread does not wake up the loop.

    The item is in the queue, but the event loop sleeps, and only something that it waits for itself
    wakes it.  If it happens to wake for another reason, all seems well: a race condition.

    Instead: loop.call_soon_threadsafe(queue.put_nowait, item) from the thread.  To run a coroutine
    from a thread: asyncio.run_coroutine_threadsafe(coroutine, loop).  Between threads: queue.Queue
    (ASYNC15, LOOP20, LOOP22).
    """
    assert broken() == ["hangs at: asyncio.run(main())"]
    assert repaired() == ["the result"]


@claim("ASK45")
@question(
    "RuntimeError: There is no current event loop in thread 'Thread-1 (work)', and since 3.14 also"
    " in thread 'MainThread'. Where do I get one?"
)
def test_there_is_no_current_event_loop(broken, repaired):
    """asyncio.get_event_loop() makes no loop in another thread, and since 3.14 in none at all.

    In the main thread it used to make one where none was set; 3.12 warns of that
    ("DeprecationWarning: There is no current event loop", as 3.10.9, 3.11.0, 3.11.1 and older ones
    did), and 3.14 raises the RuntimeError there as well.

    Instead: asyncio.run(main()), in any thread: it makes a loop, runs the coroutine, and closes it.
    Inside of a coroutine: asyncio.get_running_loop().  For the loop of another thread:
    asyncio.run_coroutine_threadsafe().
    """
    in_the_thread = [
        "Exception in thread Thread-1 (work):",
        "RuntimeError: There is no current event loop in thread 'Thread-1 (work)'.",
    ]
    in_main = ["the page"]
    if since("3.14.0"):
        error = "RuntimeError: There is no current event loop in thread 'MainThread'."
        in_main = [error, "exit code 1"]
    lines = [line for line in broken() if not line.startswith("DeprecationWarning: ")]
    assert lines == [*in_the_thread, *in_main]
    assert repaired() == ["the page", "the page"]


@claim("ASK29")
@question("RuntimeWarning: coroutine 'save' was never awaited. Why does my function do nothing?")
def test_my_async_function_does_nothing_when_called(broken, repaired):
    """Calling an async function runs nothing: it makes a coroutine, which somebody must await.

    The coroutine is thrown away, and only the warning tells; PyPy warns when it collects garbage,
    which may be never.  It is the same with asyncio.sleep() without await: nobody waits.

    Instead: await it.  asyncio.create_task() lets it run beside what follows; keep the task, and
    await that in the end (TASK04, TASK02).
    """
    warned = [
        "RuntimeWarning: coroutine 'save' was never awaited",
        "RuntimeWarning: Enable tracemalloc to get the object allocation traceback",
    ]
    assert broken() == [*([] if PYPY else warned), "saved: []"]
    assert repaired() == ["saved: ['the file']"]
