"""Waiting and stopping: killing threads, timeouts, and workers that die."""

from tests.harness import claim, question


@claim("ASK25")
@question("How do I kill or stop a thread? 'Thread' object has no attribute 'terminate'")
def test_a_thread_cannot_be_killed(broken, repaired):
    """Nothing kills a thread from outside: it ends when its function ends, so ask it to stop.

    That is why a looping thread is not stopping, but keeps running.  A Thread has no kill(), stop()
    or terminate(), as it might hold a lock or write a file at that moment.  The program goes on as
    long as the thread does, and time.sleep(60) of another thread cannot be interrupted.

    Instead: an Event that the thread asks in its loop.  stop.wait(60) sleeps as time.sleep(60)
    does, but set() ends it at once (EVENT01).  A daemon thread is cut off at the end of the program
    (DAEMON05).  What must be stopped by force runs in a Process, which has terminate() (EXIT03).
    """
    assert broken() == [
        "AttributeError: 'Thread' object has no attribute 'terminate'",
        "hangs at: its end",
    ]
    assert repaired() == ["stopped"]


@claim("ASK69")
@question("My consumer threads wait in queue.get() forever. How do they know that nothing comes?")
def test_my_consumer_threads_never_end(broken, repaired):
    """An empty queue is no end: get() waits for the next item, whether or not anybody will put one.

    The thread never ends, so join() hangs; without it, the end of the program does.  empty() does
    not help, as an item may come a moment later.

    Instead: put a sentinel, such as None, after the last item, one for each consumer.  Since 3.13
    queue.shutdown() ends them all: get() raises ShutDown once the queue is empty (QUEUE26).
    """
    assert broken() == ["saved: one", "saved: two", "hangs at: consumer.join()"]
    assert repaired() == ["saved: one", "saved: two", "all saved"]


@claim("ASK26")
@question("result(timeout=...) raised TimeoutError. Why does my program wait for the task anyway?")
def test_the_task_goes_on_after_its_timeout(broken, repaired):
    """A timeout ends only the waiting: the task goes on, and the with block waits for it.

    How to use concurrent.futures with timeouts?  The timeout does not kill the thread.
    result(timeout=...) gives up, but no thread can be stopped from outside, and cancel() is too
    late for a task that runs (FUTURE12, FUTURE08).  At its end the with block of the executor waits
    for all tasks (TEXEC16), and without it the end of the program does.  A multiprocessing.Pool
    cannot abort a task after a timeout either: get(timeout=...) leaves it running in its worker
    (POOL10).

    Instead: to add a timeout to a function call, or to stop a long running function after some
    seconds, give the work a timeout of its own (sockets and requests have one), or run it in a
    Process: join(timeout), and terminate() it if it is still alive (EXIT03).
    """
    assert broken() == ["too slow", "hangs at: with futures.ThreadPoolExecutor() as executor:"]
    assert repaired() == ["too slow", "go on"]


@claim("ASK27")
@question("A worker was killed (out of memory). Why does pool.map() hang and never return?")
def test_pool_map_hangs_after_a_worker_was_killed(broken, repaired):
    """Pool starts a new worker for the killed one, but nobody does its task: map() waits forever.

    The pool hangs at join() as well.  Why is the multiprocessing Pool stuck?  The out-of-memory
    killer, a segmentation fault or os._exit() end a worker without a word, and a Pool does not
    notice that the task was lost with it (POOL28).  With sys.exit(1) in a task of a pool worker
    pool.map() hangs, too: see POOL27.

    Instead: a ProcessPoolExecutor, which raises BrokenProcessPool for all unfinished tasks
    (PEXEC01).  To be out of memory less often, take fewer workers or smaller tasks.
    """
    assert broken() == ["hangs at: print(pool.map(work, [1]))"]
    assert repaired() == ["a worker was killed"]


@claim("ASK79")
@question("My consumer hangs in queue.get() when the producer process has died. How do I notice?")
def test_my_consumer_hangs_after_the_producer_has_died(broken, repaired):
    """A Queue does not know who puts into it: when its last producer dies, get() waits on.

    The pipe of a Queue is open for writing in the consumer as well, so there is no end of file.  A
    producer that raises can still put a None in a finally block (ASK69); one that is killed cannot.

    Instead: get(timeout=...) in a loop that looks whether the producer is alive, and does so before
    get(), for its last item may come meanwhile.  The exitcode tells how it ended: 1 after an
    exception, negative if it was killed (EXIT01).  If it was killed while it put a large item,
    get() hangs in spite of its timeout (MPQUEUE26).  Or take a Pipe for each producer, and close
    its end in the parent: recv() raises EOFError when the producer has ended (PIPE06).
    """
    died = ["ConnectionError: the site is down", "Process Process-1:", "saved: one"]
    *lines, last = broken()
    assert (sorted(lines), last) == (died, 'hangs at: print("saved:", pages.get())')
    *lines, last = repaired()
    assert (sorted(lines), last) == (died, "exit code of the producer: 1")


@claim("ASK57")
@question("How do I pause and resume a thread? It has no pause().")
def test_a_thread_has_no_pause(broken, repaired):
    """Nobody can pause a thread from outside: it has to wait by itself, where that does no harm.

    "AttributeError: 'Thread' object has no attribute 'pause'".  There is no suspend() or stop()
    either.  A thread that stopped anywhere could hold a lock that the others need.

    Instead: an Event that the thread waits for in each round.  clear() pauses it before the next
    round, set() lets it resume, and while it waits it takes no CPU time (EVENT01).  To let two
    threads take turns, take two Semaphores (CLASSIC38).
    """
    assert broken()[-2:] == [
        "AttributeError: 'Thread' object has no attribute 'pause'",
        "exit code 1",
    ]
    assert repaired() == ["paused after [0]", "resumed: [0, 1, 2]"]
