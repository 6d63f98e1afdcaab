"""Queues and locks: what hangs, what counts too little, and who may use what."""

from tests.harness import (
    DEFAULT_START_METHOD,
    PYPY,
    START_METHODS,
    applies,
    cases,
    claim,
    question,
)


@claim("ASK19")
@question("Can I pass an ordinary queue.Queue to a process? cannot pickle '_thread.lock' object")
@cases(method=("default", "fork", "spawn"))
@applies(
    because="needs fork, which only POSIX systems have; not Windows or WebAssembly",
    method=("default", *START_METHODS),
)
def test_an_ordinary_queue_given_to_a_process(method, broken, repaired):
    """A queue.Queue is for threads: a process gets a copy of it (fork) or cannot be started.

    A forked child puts its items into its own copy, in its own memory, and the parent waits for
    them in vain.  spawn and forkserver would have to pickle the queue with its locks, and start()
    raises "TypeError: cannot pickle '_thread.lock' object" (5.11).

    Instead: multiprocessing.Queue, which sends pickled items through a pipe (5.01).  To pass a
    queue to the worker of a Pool, give a Manager's Queue to the task.
    """
    forks = "fork" in (method, DEFAULT_START_METHOD if method == "default" else "")
    error = "TypeError: cannot pickle '_thread.lock' object"
    if PYPY:  # it has another pickle
        error = (
            "_pickle.PicklingError: Can't pickle <class '_thread.lock'>: "
            "it's not found as _thread.lock"
        )
    assert broken(method) == (["empty"] if forks else [error, "exit code 1"])
    assert repaired(method) == ["a"]


@claim("ASK20")
@question("All tasks are done. Why does queue.join() block forever?")
def test_queue_join_blocks_for_ever(broken, repaired):
    """Queue.join() waits for task_done(), which somebody must call after each get().

    join() does not look whether the queue is empty: it counts the items that were put, and
    task_done() counts them down (QUEUE10).  Where a worker never calls it, or dies before it does,
    join() waits forever.

    Instead: call task_done() after each item, in a finally block if the work may raise
    (QUEUE09).  A JoinableQueue of multiprocessing is the same (MPQUEUE01).
    """
    assert broken() == ["done: one", "done: two", "hangs at: tasks.join()"]
    assert repaired() == ["done: one", "done: two", "all done"]


@claim("ASK21")
@question("My threads add to one global variable. Why is the total too small?")
def test_ten_threads_count_too_little(broken, repaired):
    """total += work() reads, works, and then writes, over what other threads wrote meanwhile.

    A race condition: here all ten threads have read 0 before the first one writes 1.  Reading and
    writing are two steps, and another thread may run in between; the GIL does not prevent it
    (ATOM16, ATOM18).  A plain total += 1 loses nothing in CPython with a GIL since 3.10, but that
    is luck, not a promise (ATOM12): += is not thread-safe.

    Instead: to share a variable between threads, put a Lock around reading and writing, the
    critical section, and nothing else (ATOM19); or let the threads return their counts, and add
    them up at the end.
    """
    assert broken() == ["total: 1"]
    assert repaired() == ["total: 10"]


@claim("ASK71")
@question("RuntimeError: dictionary changed size during iteration. Another thread adds to my dict?")
def test_dictionary_changed_size_during_iteration(broken, repaired):
    """A for loop over a dict takes step after step, and another thread may add a key in between.

    That depends on timing: such a loop is not thread-safe, and fails seldom, mostly in production.
    Only a new or a deleted key raises it; to replace a value is harmless (ITER10).

    Instead: iterate over a copy, list(d) or list(d.items()), which is taken in one step (ITER15).
    If nothing may change while the loop runs, a Lock around the loop and around each change.
    """
    error = "RuntimeError: dictionary changed size during iteration"
    assert broken() == ["Ada", error, "exit code 1"]
    assert repaired() == ["Ada", "Grace"]


@claim("ASK22")
@question("Two threads, two locks: sometimes my program hangs. What is this deadlock?")
def test_two_threads_with_two_locks_hang(broken, repaired):
    """If two threads take two locks in opposite order, each may hold one and wait for the other.

    Neither lets go of its lock, so both wait forever: a deadlock.  It happens only if both threads
    take their first lock before either takes its second one (that is what the sleep is for), so
    such a program may run well a thousand times.

    Instead: a fixed lock order: every thread takes the locks in the same order, be it by name or
    by number.  acquire(timeout=...) at least tells you that it could not get the lock (LOCK06).
    """
    assert broken() == ["hangs at: one.join()"]
    assert repaired() == ["transferred", "transferred", "done"]


@claim("ASK23")
@question("My process is done, it printed so. Why does process.join() hang?")
def test_process_join_hangs_with_a_full_queue(broken, repaired):
    """A process ends only when all it has put into a Queue is in the pipe, but the pipe is full.

    A thread of the child writes the items into a pipe, which takes some 64 KiB; for the rest it
    waits until somebody reads.  So the process completes its work but does not exit, and the
    program freezes when it calls join(), at the end, after the last iteration: the parent waits for
    the child, and the child for a get() of the parent: a deadlock.  With small results it works, so
    it shows up late (MPQUEUE09).  A multiprocessing.Queue that contains more data than the pipe
    takes prevents the exit of the main program, too: pytest hangs on test completion if a test was
    logging to such a queue.

    Instead: get() all results first, then join().  A Pool or an executor does that by itself.
    """
    assert broken() == ["the work is done", "hangs at: process.join()"]
    assert repaired() == ["the work is done", "1000000"]


@claim("ASK24")
@question("RuntimeError: Lock objects should only be shared between processes through inheritance?")
def test_a_lock_given_to_pool_map_is_refused(broken, repaired):
    """A multiprocessing Lock can be given to a process as it starts, not to a task of a Pool.

    A task is pickled and sent to a worker that already runs, and a Lock, Queue or Value cannot be
    pickled then: they are inherited by a new process (MPQUEUE06, PICKLE17).

    Instead: give it to the workers as they start, by initializer and initargs, and keep it in a
    global variable of the worker (POOL24).  A Manager's Lock, Manager().Lock(), can be an argument.
    """
    assert broken() == [
        "RuntimeError: Lock objects should only be shared between processes through inheritance",
        "exit code 1",
    ]
    assert repaired() == ["[1, 4]"]
