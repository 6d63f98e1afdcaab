"""In production: pipes that fill, limits that are reached, databases, signals and windows."""

import importlib.util
import os

from tests.harness import LINUX, applies, claim, needs_posix, question

#: Some builds have only one of the two, the package or what it is made of.
TKINTER = all(map(importlib.util.find_spec, ("tkinter", "_tkinter")))


@claim("ASK48")
@question("subprocess.Popen(stdout=PIPE) and wait() hang, but only with much output. Why?")
def test_subprocess_hangs_when_i_wait(broken, repaired):
    """The pipe is full: the child waits until somebody reads it, and wait() waits for the child.

    Popen's communicate() vs wait(): a deadlock of two processes.  A pipe holds 64 KiB or less, so
    little output does not show it.  The same goes for stderr=PIPE, and for reading all of stdout
    first while stderr fills.

    Instead: communicate(), which reads everything while it waits, or subprocess.run() with
    capture_output=True; for large output a file (POPEN18, POPEN19).
    """
    assert broken() == ["hangs at: child.wait()"]
    assert repaired() == ["200000 characters"]


@claim("ASK49")
@question("OSError: [Errno 24] Too many open files. After a while; where do I open so many?")
@needs_posix
def test_too_many_open_files_after_a_while(broken, repaired):
    """Each Queue, Pipe, Process, Pool and socket holds descriptors until it is closed or dropped.

    On Alpine (musl) it says "No file descriptors available".

    A Queue, Pipe or Process has two, a Pool of n workers 2n + 6; on macOS each semaphore is one
    more, three in a Queue and six in a Pool.  The system allows a process 1024 of them or so
    (ulimit -n; 256 on macOS).  A list, a traceback or a cache that keeps the objects keeps the
    descriptors open.

    Instead: make one Queue or Pool and use it again; otherwise close() each Queue and Process, and
    drop a Pool after close() and join(), since its descriptors go with the object.  Raising the
    limit only puts it off (DEPLOY12, DEPLOY13, DEPLOY14, DEPLOY15).
    """
    # Before these, debug builds say "Exception ignored in the internal traceback machinery".
    assert broken()[-2:] == [f"OSError: [Errno 24] {os.strerror(24)}", "exit code 1"]
    assert repaired() == [str(sum(range(30)))]


@claim("ASK50")
@question("RuntimeError: can't start new thread. In a container, under load; what is the limit?")
@applies(where=LINUX, because="only Linux holds a program to the limit of memory that it sets")
def test_cannot_start_a_new_thread(broken, repaired):
    """A thread for each request meets a limit: of threads, or of memory for their stacks.

    Containers count threads as processes (pids.max, docker --pids-limit), users have ulimit -u, and
    each thread reserves the memory of its stack, 8 MiB by default on Linux.

    Instead: a pool with a bounded number of threads, ThreadPoolExecutor(n): further tasks wait in
    its queue.  Where many threads are needed, threading.stack_size() makes them smaller (LIMIT06,
    TEXEC02, LIMIT01).
    """
    assert broken() == ["RuntimeError: can't start new thread", "exit code 1"]
    assert repaired() == ["100 requests were served"]


@claim("ASK51")
@question(
    "sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in that same"
    " thread. How do I share the connection?"
)
def test_sqlite_connection_refuses_another_thread(broken, repaired):
    """A connection of sqlite3 checks the thread that uses it, for it keeps one transaction.

    Two threads that use one connection would commit each other's half-made changes.

    Instead: connect() in each thread that needs the database, or once per thread in a
    threading.local.  With check_same_thread=False the check is off, and a lock around each
    transaction is up to you (STDLIB01, STDLIB03).
    """
    message = (
        "sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in that"
        " same thread"
    )
    assert [line.partition(". The object")[0] for line in broken()] == [
        "Exception in thread Thread-1 (work):",
        message,
    ]
    assert repaired() == ["(42,)"]


@claim("ASK52")
@question(
    "UserWarning: resource_tracker: There appear to be 1 leaked semaphore objects to clean up at"
    " shutdown. Is it harmful?"
)
@needs_posix
def test_leaked_semaphore_objects_at_shutdown(broken, repaired):
    """The program was killed before it could remove its locks; the resource tracker has done so.

    Each Lock of spawn and forkserver is a named semaphore of the system, and a Queue has three of
    them, a Pool six.  A helper process, the resource tracker, removes those that are left when the
    program has gone: by SIGTERM, as from docker stop, by SIGKILL of the out-of-memory killer, a
    crash or os._exit().  The warning is harmless, the death may not be: no finally block and no
    atexit handler has run.

    Instead: find out what killed the program.  If it was SIGTERM, install a handler that calls
    sys.exit(): then the program ends cleanly, and its finally blocks run (TRACKER03, SIGNAL08,
    SIGNAL09).
    """
    warning = (
        "UserWarning: resource_tracker: There appear to be 1 leaked semaphore objects to clean up"
        " at shutdown"
    )
    lines = [line.partition(": {")[0] for line in broken()]  # since 3.13 it names the semaphores
    assert lines == ["working", warning, "exit code -15"]
    assert repaired() == ["working", "cleaned up"]


@claim("ASK53")
@question("Is preexec_fn safe beside threads? subprocess.run() hangs, and nothing has started.")
@needs_posix
def test_preexec_fn_hangs_beside_a_thread(broken, repaired):
    """preexec_fn runs in a forked copy, where locks that other threads hold are never released.

    Between fork and exec the child is a copy of the parent with only one thread.  If preexec_fn
    wants a lock that another thread held at that moment, even one of logging or of an import, it
    waits forever: a deadlock, and Popen() waits with it.  So it goes wrong once in a while.

    Instead: start_new_session, process_group (3.11), user, group, umask, cwd or env of Popen(),
    which do the same in C; for limits a small program that sets them and then execs (POPEN45,
    FORK26).
    """
    assert broken() == ["hangs at: subprocess.run(command, preexec_fn=prepare)"]
    assert repaired() == ["True"]


@claim("ASK54")
@question("tkinter in a thread: RuntimeError: main thread is not in main loop. What is wrong?")
@applies(where=TKINTER, because="needs tkinter, which this interpreter was built without")
def test_main_thread_is_not_in_main_loop(broken, repaired):
    """Only the main thread may touch the windows; other threads send it what they want to show.

    All GUI toolkits are like that (tkinter, Qt, Cocoa): the event loop of the windows belongs to
    one thread.  Qt says "QObject::setParent: Cannot set parent, new parent is in a different
    thread" or "QObject::startTimer: Timers cannot be started from another thread", and Matplotlib
    "Starting a Matplotlib GUI outside of the main thread will likely fail."  tkinter hands a call
    of another thread over to the main loop, and gives up after a second if that does not run.

    Instead: the thread puts its result into a queue.Queue, and the main thread looks into it at
    intervals, by window.after(100, look) (QUEUE05).  A QThread of Qt emits a signal with its
    result, and a slot in the main thread shows it.
    """
    assert broken() == [
        "Exception in thread Thread-1 (work):",
        "RuntimeError: main thread is not in main loop",
        "the program goes on",
    ]
    assert repaired() == ["progress: 100"]


@claim("ASK60")
@question("My background thread (APScheduler) runs twice, or n times, under gunicorn. Why?")
def test_my_background_thread_runs_in_each_worker(broken, repaired):
    """A server with n workers is n processes; each imports the application, and starts the thread.

    Processes share no memory: the workers of gunicorn or uvicorn share no global variable and no
    state, which a database or a cache can keep.  So a flag or a lock of threading cannot tell them
    that another has started it.  The reloader of Flask and Django runs the program in two processes
    as well.  With preload the thread is started once, in the parent, and after fork() it is in no
    worker (1.04).

    Instead: run the job in one process of its own, beside the workers: a program that a supervisor
    or cron starts.  Or have the workers take a file lock (STDLIB35): the one that gets it starts
    the thread.
    """
    assert broken() == ["mail", "mail"]
    assert repaired() == ["mail"]


@claim("ASK78")
@question("How should I log from several processes to one file? Lines are missing.")
def test_lines_are_missing_in_the_log_of_my_processes(broken, repaired):
    """Each process that opens a file with "w" empties it, and writes over what others have written.

    A lock of logging keeps threads apart, but no processes.  To write to a CSV, or to append to the
    same file, from multiple processes meets the same.  Several processes can write to one file with
    mode "a", and short lines then mostly stay whole on Linux and macOS, but need not on Windows,
    and not where one of them rotates the file (STDLIB16).

    Instead: one process writes, and the others send it their records through a queue.  The workers
    have a QueueHandler and no other, the parent has a QueueListener, whose thread writes; start it
    after the processes.  stop() waits until all is written (STDLIB11).  To a Pool the queue goes by
    initializer and initargs (POOL24).
    """
    assert broken() == ["lines of 3 processes: 1"]
    assert repaired() == ["lines of 3 processes: 3"]
