"""asyncio: what await waits for, which loop it is, and what threads may do."""

from tests.harness import PYPY, claim, question, since


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


@claim("ASK61")
@question("I await several downloads. Why do they run one after another?")
def test_my_awaits_run_one_after_another(broken, repaired):
    """await waits until the coroutine has returned, so a loop that awaits does one after another.

    A function that is async runs only while somebody awaits it: asyncio code is not concurrent by
    itself, and such a program is no faster than one without asyncio.

    So await in a for loop is slow: each request waits for the one before.

    Instead: hand all of them to the event loop, and wait for all: await asyncio.gather(*coroutines)
    returns the results in the order of its arguments.  An asyncio.TaskGroup (3.11) does it, too,
    and cancels the others if one fails (TASK30, TASK05).
    """
    assert broken() == ["asked for one", "got one", "asked for two", "got two"]
    assert repaired() == ["asked for one", "asked for two", "got one", "got two"]


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


@claim("ASK62")
@question("gather() opens all 1000 connections at once. How do I limit concurrent coroutines?")
def test_gather_starts_everything_at_once(broken, repaired):
    """gather() and a TaskGroup start whatever they are given: asyncio knows no number of workers.

    A thread pool has its max_workers; a thousand coroutines are a thousand tasks, all of which run
    up to their first await.  The server refuses so many requests at the same time, or files and
    sockets run out ("[Errno 24] Too many open files").

    Instead: an asyncio.Semaphore(10) around the work lets ten at a time in (ASYNC44).  If there are
    millions, ten tasks that take from a queue need less memory, too.
    """
    assert broken() == ["at most 1000 connections"]
    assert repaired() == ["at most 10 connections"]


@claim("ASK43")
@question("I call time.sleep() in a coroutine. Why do the others not run meanwhile?")
def test_time_sleep_stops_the_other_coroutines(broken, repaired):
    """An event loop runs a coroutine until that awaits something, and time.sleep() does not await.

    All coroutines share one thread, so requests in asyncio are not concurrent.  Whatever blocks it,
    time.sleep(), requests.get(), a database driver, a long computation, blocks the whole event
    loop, timeouts included: one async def endpoint of FastAPI that blocks will block all others,
    the "def" functions, too: one request will wait for another one to complete.

    Instead: await asyncio.sleep(), and libraries made for asyncio; to make a blocking library call
    non-blocking, to run a blocking function in the background, or any blocking code in an async
    function, send it to a thread by await asyncio.to_thread(function) (LOOP50, LOOP31).
    """
    assert broken() == ["rice begins", "rice is ready", "soup begins", "soup is ready"]
    assert repaired() == ["rice begins", "soup begins", "rice is ready", "soup is ready"]


@claim("ASK63")
@question("RuntimeError: asyncio.run() cannot be called from a running event loop, in a notebook?")
def test_asyncio_run_fails_in_a_notebook(broken, repaired):
    """Jupyter runs an event loop, and each cell inside of it; no loop runs within another one.

    It is the same in a coroutine, in an async test of pytest, and in the handler of an async web
    framework: "This event loop is already running" is what run_until_complete() says (LOOP04).  The
    coroutine that run() did not run is reported, too: "RuntimeWarning: coroutine 'download' was
    never awaited".

    Instead: await the coroutine, in a cell as in a coroutine.  A function that is not async
    cannot await: make it async, or call it by await asyncio.to_thread(function), as asyncio.run()
    works in that thread.
    """
    error = "RuntimeError: asyncio.run() cannot be called from a running event loop"
    lines = [line for line in broken() if "RuntimeWarning: " not in line]
    assert lines == [error, "exit code 1"]
    assert repaired() == ["the page"]


@claim("ASK64")
@question("My second asyncio.run() raises RuntimeError: Event loop is closed. Why?")
def test_the_second_run_says_event_loop_is_closed(broken, repaired):
    """A connection belongs to the loop that opened it, and asyncio.run() closes its loop when done.

    Each asyncio.run() makes a new event loop.  Clients, sessions, connections and pools of an
    earlier one have lost theirs: they raise "RuntimeError: Event loop is closed", or "got Future
    <Future pending> attached to a different loop" (LOOP05, TASK16).  Tests with a loop for each
    function fail the same way, and so does a client that was made when a module was imported.

    Instead: one asyncio.run(main()) for the whole program, and open and close inside of main() what
    it needs.  asyncio.Runner (3.11) runs several coroutines, one after another, in one loop.
    """
    assert broken() == ["RuntimeError: Event loop is closed", "exit code 1"]
    assert repaired() == ["received: hello"]


@claim("ASK74")
@question("Task was destroyed but it is pending! At the end of my program. What does it mean?")
def test_task_was_destroyed_but_it_is_pending(broken, repaired):
    """The loop was closed while a task still waited: nobody can go on with it, and it is dropped.

    It comes from loops that are made and closed by hand, run_until_complete() and close(), where
    other tasks were not awaited.  What they hold open, such as a connection, is not closed in the
    loop.  Within a running loop it means that nobody kept the task (TASK02).

    Instead: asyncio.run(), which cancels the tasks that are left, and waits for them (LOOP08).  In
    a loop of your own: cancel() them, await asyncio.gather(*tasks, return_exceptions=True), then
    close().
    """
    lines = broken()
    assert lines[:2] == ["done", *([] if PYPY else ["Task was destroyed but it is pending!"])]
    assert repaired() == ["done"]


@claim("ASK45")
@question(
    "RuntimeError: There is no current event loop in thread 'Thread-1 (work)', and since 3.14 also"
    " in thread 'MainThread'. Where do I get one?"
)
def test_there_is_no_current_event_loop(broken, repaired):
    """asyncio.get_event_loop() makes no loop in another thread, and since 3.14 in no thread at all.

    In the main thread it used to make one where none was set; 3.12 warns of that
    ("DeprecationWarning: There is no current event loop", as 3.10.9, 3.11.0, 3.11.1 and older ones
    did), and 3.14 raises the RuntimeError there as well.

    Instead: asyncio.run(main()).  That is how to run an async function in a thread, the main one or
    another: it makes a loop, runs the coroutine, and closes the loop.  Inside of a coroutine:
    asyncio.get_running_loop().  For the loop of another thread: asyncio.run_coroutine_threadsafe().
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
