"""Pools and executors: speed, lost exceptions, arguments, close() and the end of the program."""

from tests.harness import WINDOWS, Inconclusive, claim, predicts, question


@claim("ASK12")
@question("Why is my Pool slower than a plain for loop?")
def test_the_pool_is_slower_than_the_loop(broken, repaired):
    """Sending a small task to a process costs more than doing it; a pool pays for large ones.

    Starting the processes takes milliseconds, and each task is pickled, sent through a pipe, and
    its result comes back in the same way.  This overhead is worthwhile only where one task takes
    much longer; otherwise the speed with 8 processes is the same as with 1 process, or lower.  Here
    the main process alone uses more CPU time to send 300 squares than to compute them; whether you
    wait less also needs a free core for each worker.

    Instead: make fewer and larger tasks, by a chunksize, too (PEXEC17), keep one pool for the whole
    program, and send small arguments.  Small tasks belong in a loop.
    """
    seen = broken() + repaired()
    expected = [f"the pool takes {how} of my time than the loop" for how in ("more", "less")]
    if WINDOWS and seen != expected and {*seen} <= {*expected}:
        raise Inconclusive(f"Windows counts CPU time in steps of 1/64 s: {seen}")
    assert seen == expected


@claim("ASK13")
@question("My task in a ThreadPoolExecutor does nothing, and there is no error. Why?")
def test_the_executor_swallows_my_exception(broken, repaired):
    """An executor keeps the exception of a task in its Future; without result() nobody sees it.

    The task's print() shows nothing if the exception comes before it, and the program ends with
    exit code 0 (FUTURE26).  A ProcessPoolExecutor does the same, and map(), as long as nobody takes
    its results.  In a multiprocessing Pool an exception that is thrown in a task of apply_async()
    is not detected either, until get() is called.

    Instead: keep the Future that submit() returns, and call result(): it returns the value or
    raises the exception of the task.  For many of them there is as_completed() (FUTURE01).
    """
    assert broken() == ["no error?"]
    assert repaired() == [
        "ValueError: invalid literal for int() with base 10: 'twelve'",
        "exit code 1",
    ]


@claim("ASK66")
@question("BrokenProcessPool: A process in the process pool was terminated abruptly. By what?")
def test_a_process_in_the_process_pool_was_terminated_abruptly(broken, repaired):
    """A worker died without an exception: its task, and all pending ones, fail with this error.

    Usually the system killed it because memory ran out (exit code -9; look into dmesg), or a C
    library crashed (-11, segmentation fault).  From 3.15 on the error's cause names the process and
    its exit code (PEXEC04).  On Windows and macOS, and on Linux since 3.14, a missing guard if
    __name__ == "__main__" ends like this, too.  The executor takes no more tasks (PEXEC01).

    Instead: find the task that kills: submit them one by one, and go on with a new executor.  If it
    is memory, use fewer workers (max_workers), or smaller tasks.
    """
    error = (
        "concurrent.futures.process.BrokenProcessPool: A process in the process pool was "
        "terminated abruptly while the future was running or pending."
    )
    lines = broken()
    assert (lines[0], *lines[-2:]) == ("small: resized", error, "exit code 1")
    assert repaired() == ["small: resized", "huge: too large", "tiny: resized"]


@claim("ASK14")
@question("How do I pass several arguments to pool.map()? missing 1 required positional argument")
def test_map_with_two_arguments_fails(broken, repaired):
    """Pool.map() calls the function with one argument, the whole tuple; starmap() unpacks it.

    The worker raises a TypeError, which map() raises again: "TypeError: power() missing 1 required
    positional argument: 'exponent'".

    Instead: pool.starmap(power, [(2, 3), (3, 2)]) (POOL04).  An executor's map() takes one iterable
    for each argument, executor.map(power, [2, 3], [3, 2]) (EXEC09).  An argument that is always the
    same can be fixed by functools.partial, and so can a keyword argument: starmap() has no kwargs.
    For kwargs that differ: pool.apply_async(power, (2,), {"exponent": 3}), or submit().
    """
    error = "TypeError: power() missing 1 required positional argument: 'exponent'"
    assert broken() == ["multiprocessing.pool.RemoteTraceback:", error, error, "exit code 1"]
    assert repaired() == ["[8, 9]"]


@claim("ASK77")
@question("How do I parallelize a for loop? submit() and result() in the loop are no faster.")
def test_my_for_loop_waits_for_each_result(broken, repaired):
    """result() in the loop waits, so one item runs after another; map() hands all out at once.

    Pool.apply() in a loop waits, too.  A Process for each item starts them all at the same time,
    but loses what they return (ASK01).

    Instead: make the body of the loop a function of one item, at the top level of the file, no
    lambda and no nested function (PEXEC14).  Under the guard if __name__ == "__main__":
    with ProcessPoolExecutor() as executor: results = list(executor.map(function, items)).
    The results are in the order of the items (EXEC01); chunksize=100 sends small ones together
    (PEXEC17).  That is for a loop that computes.  One that waits (downloads) takes a
    ThreadPoolExecutor(max_workers=20) in the same way.  Where an item needs the result of the one
    before it, the loop cannot run in parallel.  To apply a function to a pandas DataFrame in
    parallel, split it into as many parts as there are workers: a part is then one item.
    """
    given = [f"a worker gets {number}" for number in range(4)]
    results = [f"result: {number * number}" for number in range(4)]
    assert broken() == [line for both in zip(given, results, strict=True) for line in both]
    assert repaired() == [*given, *results]


@claim("ASK15")
@question("Why must I call pool.close() before pool.join()? ValueError: Pool is still running")
def test_pool_join_says_pool_is_still_running(broken, repaired):
    """join() waits until the workers have ended, and they end only after close() or terminate().

    close() says that no more tasks will come; the workers finish those they have, and end (6.12).
    Before that join() would wait forever, so it raises ValueError (POOL32).

    Instead: close(), then join(); or a with block, but that calls terminate() at its end, so take
    all results, by map() or get(), within the block (6.14).  Where get() has returned all results
    nothing is left to wait for.
    """
    assert broken() == ["[0, 1, 4]", "ValueError: Pool is still running", "exit code 1"]
    assert repaired() == ["[0, 1, 4]", "all workers have ended"]


@claim("ASK65")
@question("AssertionError: daemonic processes are not allowed to have children. A Pool in a Pool?")
def test_a_pool_in_a_worker_of_a_pool(broken, repaired):
    """The workers of a Pool are daemonic, and a daemonic process may not start processes.

    A daemonic process is terminated when its parent ends, and would leave its own children behind
    as orphans (EXIT17).  So a task cannot make a Pool, nor start a Process (POOL21): there is no
    nested multiprocessing in a Pool.

    Instead: a ProcessPoolExecutor, whose workers are not daemonic, for the outer level.  Better:
    one level only, with smaller tasks, for each further level multiplies the processes.
    """
    assert "AssertionError: daemonic processes are not allowed to have children" in broken()
    assert repaired() == ["[[1, 4], [9, 16]]"]


@claim("ASK16")
@question("Only two of six downloads run at a time. How many workers (max_workers) should I take?")
def test_only_two_downloads_run_at_a_time(broken, repaired):
    """No more than max_workers tasks run at a time: take as many as should wait at the same time.

    Tasks that wait (I/O-bound: downloads, databases) use no CPU, so the number of cores does not
    matter: take as many threads as the other side can take, dozens or hundreds.  Tasks that compute
    (CPU-bound) need one process for each core; more of them only get in each other's way, and
    threads under a GIL are no faster than one (3.09).  numpy's linear algebra takes all cores
    already: set OMP_NUM_THREADS=1 before many processes use it, or they are slow by
    oversubscription.

    That is how to limit the number of threads that run at the same time, or to set a maximum number
    of simultaneous processes: submit tasks to an executor or a Pool, and do not start a Thread or a
    multiprocessing.Process for each of them.

    Instead: set max_workers by what the tasks wait for.  The defaults are min(32, cores + 4)
    threads, or as many processes as there are cores (EXEC20, EXEC19, POOL23).
    """
    assert broken() == ["2 downloads at a time"]
    assert repaired() == ["6 downloads at a time"]


@claim("ASK80")
@question("Pool(maxtasksperchild=1).map() gives equal PIDs, and memory keeps growing. Why?")
def test_maxtasksperchild_keeps_my_worker_too_long(broken, repaired):
    """maxtasksperchild counts chunks, not tasks, and map() cuts its input into large chunks.

    map() makes about four chunks for each worker.  With two workers a chunk has two of 16 tasks,
    and 125000 of a million: so many does a worker with maxtasksperchild=1 before another takes its
    place, and what they leak stays until then.

    Instead: map(function, items, chunksize=1), which imap() and imap_unordered() have by default:
    a chunk is one task then (POOL25).  A larger maxtasksperchild starts fewer processes.  A
    ProcessPoolExecutor has max_tasks_per_child since 3.11, which may hang (PEXEC29).
    """
    assert broken() == ["8 processes for 16 tasks"]
    assert repaired() == ["16 processes for 16 tasks"]


@claim("ASK81")
@question("How do I see the progress of my Pool? map() shows nothing until all is done.")
def test_my_pool_shows_no_progress(broken, repaired):
    """map() returns when the last task has ended; imap_unordered() gives each result as it comes.

    So a progress bar around map() stands at 0 %, and then at 100 %: here one download takes an
    hour, and nobody sees that the others are done.  A global counter does not help, as each worker
    counts in its own (ASK01).

    Instead: for result in pool.imap_unordered(function, items), or tqdm around it, with total=
    (POOL05); for an executor as_completed() (FUTURE01).  To send a status from inside of a task,
    while it runs: give the workers a multiprocessing.Queue by initializer and initargs (POOL24),
    put() into it, and let the parent get() it while map_async() runs.
    """
    assert broken() == ["hangs at: for done, page in enumerate(pool.map(download, pages), 1):"]
    assert repaired() == ["1 of 3 downloads are done", "2 of 3 downloads are done"]


@claim("ASK84")
@question("pool.terminate() hangs when a callback calls it. How do I stop at the first result?")
@predicts("N205")
def test_terminate_in_a_callback_hangs(broken, repaired):
    """terminate() waits for the lock that a worker holds while it sends a result.

    A callback runs in the thread that takes the results (POOL12).  While it runs nobody takes them,
    so a worker with a result of more than 64 KiB fills the pipe and waits, with the lock.  This is
    a deadlock: join() hangs as well.  Elsewhere it is a race: terminate(), and so a break out of
    `with Pool()`, may kill a worker that holds this lock, and then hangs at random.

    Instead: a ProcessPoolExecutor, whose shutdown(cancel_futures=True) kills nobody: it drops the
    tasks that wait, and waits for those that run (EXEC16).  With a Pool: take all results, or let
    the tasks look at an Event and return early, and then call close() and join().
    """
    assert broken() == ["found a page", "hangs at: pool.join()"]
    assert repaired() == ["found a page", "the end"]


@claim("ASK17")
@question("I submit millions of tasks to an executor. Why does it fill the memory?")
def test_submitting_everything_fills_the_memory(broken, repaired):
    """submit() never waits: its queue has no bound, so all tasks are in memory before they run.

    The loop that submits is faster than the workers, and memory grows: a ThreadPoolExecutor has no
    limit on the number of queued tasks.  Each task with its arguments, and each result in its
    Future, stays in memory; map() reads all of its input before it returns (EXEC03), and so does
    Pool.map().  Pool.imap() reads all of it, too, ahead of the results (POOL14).

    Instead: submit a batch, take its results, and go on; or a semaphore that is acquired before
    submit() and released by a done-callback.  From 3.14 on there is map(buffersize=n) (EXEC05).
    """
    assert broken() == ["at most 1000 lines in memory"]
    assert repaired() == ["at most 10 lines in memory"]


@claim("ASK18")
@question("Why 'RuntimeError: cannot schedule new futures after interpreter shutdown' in a thread?")
def test_cannot_schedule_new_futures_after_interpreter_shutdown(broken, repaired):
    """When the main thread reaches its end all executors shut down, though threads still run.

    Python waits for the threads that are no daemons, but executors take no more tasks from then on:
    not from such a thread, such as a scheduler's, and not from atexit handlers (EXEC18).  What was
    submitted before is done (EXEC17).

    Instead: let the main thread live as long as tasks may come: join() the thread that submits
    them, as the last line.  Servers and schedulers have a function that blocks for this.
    """
    assert broken() == [
        "Exception in thread Thread-1 (schedule):",
        "RuntimeError: cannot schedule new futures after interpreter shutdown",
    ]
    assert repaired() == ["the job runs"]


@claim("ASK59")
@question("multiprocessing Pool vs Process: when should I use which?")
def test_each_task_starts_a_process(broken, repaired):
    """A Process is started for one task and then ends; a Pool's workers do task after task.

    Eight Processes are eight starts, and with a thousand tasks a thousand processes at once.  Each
    start costs more than a small task, and a Process returns nothing: it needs a Queue.

    Instead: a Pool, or a ProcessPoolExecutor, for many tasks that return something, with as many
    workers as there are cores.  A Process for something that runs as long as the program, or that
    you want to terminate() by itself.
    """
    squares = str([number * number for number in range(8)])
    assert broken() == [squares, "at most two processes: False"]
    assert repaired() == [f"({squares[1:-1]})", "at most two processes: True"]


@claim("ASK82")
@question("AttributeError: module 'multiprocessing' has no attribute 'pool'. Did you mean: 'Pool'?")
def test_multiprocessing_has_no_attribute_pool(broken, repaired):
    """import multiprocessing does not import its submodules, and multiprocessing.pool is one.

    It works by chance once something has imported it, as the first call of multiprocessing.Pool()
    does: so the program may fail only elsewhere, or later.  multiprocessing.managers, .connection,
    .shared_memory and .dummy are alike.  So are concurrent.futures.thread and .process up to 3.14:
    "module 'concurrent.futures' has no attribute 'thread'"; 3.15 imports them when they are used.

    Instead: import multiprocessing.pool, or from multiprocessing.pool import ThreadPool.  A pool of
    processes is multiprocessing.Pool, with a capital P.
    """
    error, *more = broken()
    assert error.startswith("AttributeError: module 'multiprocessing' has no attribute 'pool'")
    assert more == ["exit code 1"]
    assert repaired() == ["[1, 2]"]
