"""Forking in a process with several threads: what warns of it, and what -W error makes of that.

The child has a copy of every lock, and of the threads only the one that forked: a lock that
another thread held stays locked forever.  Everything here runs in a fresh interpreter, since a
test's own process may have threads that are not Python's.  (os.fork() itself is FORK21.)

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import multiprocessing
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    cases,
    claim,
    control,
    joined,
    needs_fork,
    predicts,
    refuted,
    since,
)
from tests.library.multiprocessing.starting import FORKS_BY_DEFAULT, METHODS

WARNS = since("3.12.0") and not PYPY
warns = refuted(
    where=WARNS,
    because="since 3.12 fork warns in a process with several threads (gh-100228)",
    by="AssertionError: DeprecationWarning: This process (pid=",
)


def nothing():
    """Do nothing, in a child."""


def start_a_process(context):
    child = context.Process(target=nothing)
    child.start()
    joined(child)


def start_after_a_put(context):
    """Put something into a queue, whose feeder thread then lives, and start a process."""
    queue = context.Queue()
    queue.put("something")
    start_a_process(context)
    queue.close()
    queue.join_thread()


def use_an_executor(context):
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        assert [*executor.map(abs, [-1, -2, -3])] == [1, 2, 3]


def use_a_pool(context, **how):
    with context.Pool(1, **how) as pool:
        assert pool.map(abs, [-1, -2, -3], chunksize=1) == [1, 2, 3]
        pool.close()
        pool.join()


def use_a_pool_that_replaces_workers(context):
    use_a_pool(context, maxtasksperchild=1)


def warnings_of(action, method):
    """Return what the action warns of, in this process or with processes of this method."""
    context = multiprocessing.get_context(method) if method else multiprocessing
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        globals()[action](context)
    return [f"{warning.category.__name__}: {warning.message}" for warning in caught]


def warnings_beside_a_thread(method):
    """Return what warns of the start of a process while a second thread lives."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=(PATIENCE,))
    thread.start()
    try:
        return warnings_of(start_a_process.__name__, method)
    finally:
        end.set()
        thread.join()


@claim("FORK01")
@needs_fork
@predicts("RC08")
@warns
def test_a_forked_process_starts_beside_threads_silently(programs, evidence):
    """Starting a process of the fork context while another thread lives gives no warning.

    Since 3.12: "DeprecationWarning: This process (pid=...) is multi-threaded, use of fork() may
    lead to deadlocks in the child." (gh-100228).  The danger is older than the warning: a lock
    that another thread holds is locked forever in the child.  Instead: start processes before
    threads, or ask for get_context("spawn") or "forkserver".
    """
    found = evidence(warnings=programs.call(warnings_beside_a_thread, "fork"))
    assert not found, found[0]


@claim("FORK02")
@predicts("RC08")
@refuted(
    where=WARNS and FORKS_BY_DEFAULT,
    because="3.12 and 3.13 warn of fork, their default, beside threads (gh-100228, gh-84559)",
    by="AssertionError: DeprecationWarning: This process (pid=",
)
def test_a_default_process_starts_beside_threads_silently(programs, evidence):
    """By default a process is started beside a living thread without a warning.

    3.12 and 3.13 fork by default and warn of it: "DeprecationWarning: This process (pid=...) is
    multi-threaded, use of fork() may lead to deadlocks in the child." (gh-100228).  From 3.14 the
    fork server forks, which has no other thread (gh-84559); macOS and Windows spawn.  Instead:
    start processes before threads, or ask for get_context("forkserver").
    """
    found = evidence(warnings=programs.call(warnings_beside_a_thread, ""))
    assert not found, found[0]


@claim("FORK03")
@cases(method=("spawn", "forkserver"))
@applies(method=METHODS, because="Windows has no fork server")
def test_spawn_and_forkserver_never_warn_of_threads(method, programs, evidence):
    """Processes of spawn and forkserver are started beside threads without a warning."""
    assert evidence(warnings=programs.call(warnings_beside_a_thread, method)) == []


@claim("FORK04")
@needs_fork
@predicts("RC08")
@warns
def test_a_put_into_a_queue_leaves_forks_silent(programs, evidence):
    """A process can be forked without a warning after put() into a multiprocessing.Queue.

    Since 3.12 there is one even if the program starts no thread: the first put() starts the
    queue's feeder thread (gh-100228).  Instead: start the processes before the first put().
    """
    found = evidence(warnings=programs.call(warnings_of, start_after_a_put.__name__, "fork"))
    assert not found, found[0]


@claim("FORK05")
@needs_fork
@cases(action=(use_an_executor, use_a_pool))
def test_pools_over_fork_do_not_warn_by_themselves(action, programs, evidence):
    """ProcessPoolExecutor and Pool over fork give no warning: they fork before their threads.

    Provided that the program has no other thread, and that no worker is replaced.
    """
    assert evidence(warnings=programs.call(warnings_of, action.__name__, "fork")) == []


@claim("FORK06")
@needs_fork
@predicts("RC08")
@warns
def test_a_pool_that_replaces_workers_is_silent(programs, evidence):
    """Pool(maxtasksperchild=n) over fork replaces its workers without a warning.

    You might expect no warning in a program that starts no thread.  Since 3.12 each replacement
    gives the DeprecationWarning about fork in a multi-threaded process: a thread of the pool
    forks it, beside the pool's other threads (gh-100228).  Instead:
    get_context("forkserver").Pool(maxtasksperchild=n).
    """
    action = use_a_pool_that_replaces_workers.__name__
    found = evidence(warnings=programs.call(warnings_of, action, "fork"))
    assert not found, found[0]


STRICT = """
import os, threading
from multiprocessing import get_context

if __name__ == "__main__":
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=(20,))
    thread.start()
    child = get_context("fork").Process(target=os.write, args=(1, b"the child works\\n"))
    try:
        child.start()
    except DeprecationWarning:
        os.write(1, b"start() raised\\n")
        os.wait()
    else:
        child.join()
        os.write(1, b"its exit code is %d\\n" % child.exitcode)
    end.set()
    thread.join()
"""


@claim("FORK07")
@needs_fork
@predicts("RC08")
@refuted(
    where=since("3.15.0"),
    because="from 3.15 fork raises the warning that is to be an error (gh-135427)",
)
def test_a_fork_warning_as_error_stops_no_start(programs, evidence):
    """With -W error::DeprecationWarning a process can still be forked beside a thread.

    Up to 3.14 the error is swallowed, and the process runs.  From 3.15 start() raises
    DeprecationWarning in the parent (gh-135427) although the child has been made and runs: it has
    no pid there, and cannot be joined.  Test suites with filterwarnings = error meet it.
    Instead: get_context("spawn"), or a filter that ignores the message.
    """
    program = programs.run(STRICT, options=("-W", "error::DeprecationWarning"))
    control("the child works" in program.lines, f"the child runs in any case: {program}")
    assert evidence(printed=program.lines) == ["the child works", "its exit code is 0"]
