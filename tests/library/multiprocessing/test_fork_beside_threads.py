"""Forking in a process with several threads: who warns of it, and what -W error makes of that.

The child has a copy of every lock, and of the threads only the one that forked: a lock that
another thread held stays locked for ever.  Everything here runs in a fresh interpreter, since a
test's own process may have threads that are not Python's.

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import multiprocessing
import os
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor

from tests.harness import (
    PATIENCE,
    PYPY,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.multiprocessing.starting import FORKS_BY_DEFAULT, METHODS, posix

WARNS = since("3.12.0") and not PYPY
warns = refuted(
    where=WARNS, because="since 3.12 fork warns in a process with several threads (gh-100228)"
)
WARNING = ("DeprecationWarning", "is multi-threaded, use of fork() may lead to deadlocks")


def warnings_of(action, *, threads=1):
    """Return the warnings of an action, as the names of their categories and their messages.

    A thread that has been joined may still be ending: fork counts the system's threads.
    """
    if os.path.exists("/proc/self/task"):
        until(lambda: len(os.listdir("/proc/self/task")) == threads, f"{threads} threads")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [(warning.category.__name__, str(warning.message)) for warning in caught]


def nothing():
    """Do nothing, in a child."""


def by_process(context):
    child = context.Process(target=nothing)
    child.start()
    joined(child)


def by_fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def after_a_put(context):
    """Put something into a queue, whose feeder thread then lives, and start a process."""
    queue = context.Queue()
    queue.put("something")
    by_process(context)
    queue.close()
    queue.join_thread()


def by_executor(context):
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        assert [*executor.map(abs, [-1, -2, -3])] == [1, 2, 3]


def by_pool(context, **how):
    with context.Pool(1, **how) as pool:
        assert pool.map(abs, [-1, -2, -3], chunksize=1) == [1, 2, 3]
        pool.close()
        pool.join()


def warnings_by_case():
    fork = multiprocessing.get_context("fork")
    seen = {
        "alone": warnings_of(lambda: by_process(fork)) + warnings_of(by_fork),
        "pool": warnings_of(lambda: by_pool(fork)),
        "executor": warnings_of(lambda: by_executor(fork)),
        "replacing pool": warnings_of(lambda: by_pool(fork, maxtasksperchild=1)),
        "queue": warnings_of(lambda: after_a_put(fork)),
    }
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=(PATIENCE,))
    thread.start()
    seen["os.fork"] = warnings_of(by_fork, threads=2)
    for method in METHODS:
        context = multiprocessing.get_context(method)
        seen[method] = warnings_of(lambda context=context: by_process(context), threads=2)
    seen["default"] = warnings_of(lambda: by_process(multiprocessing), threads=2)
    end.set()
    thread.join()
    seen["after"] = warnings_of(by_fork)
    return seen


_seen = []


def of(programs, case):
    """Return the warnings of a case; each can only be the known one."""
    if not _seen:
        _seen.append(outcome(programs.call, warnings_by_case))
    control(isinstance(_seen[0], dict), f"the program ends well: {_seen[0]!r}")
    control(_seen[0]["alone"] == _seen[0]["after"] == [], "no thread, no warning")
    found = _seen[0][case]
    known = all(kind == WARNING[0] and WARNING[1] in message for kind, message in found)
    control(known, f"no other warnings: {found}")
    return found


@claim("MP25")
@predicts("RC08")
@posix
@warns
def test_a_forked_process_starts_beside_threads_silently(programs, evidence):
    """Starting a process of the fork context while another thread lives gives no warning.

    Since 3.12: "DeprecationWarning: This process (pid=...) is multi-threaded, use of fork() may
    lead to deadlocks in the child." (gh-100228).  The danger is older than the warning: a lock
    that another thread holds is locked for ever in the child.  Instead: start processes before
    threads, or ask for get_context("spawn") or "forkserver".
    """
    found = of(programs, "fork")
    evidence(warnings=found)
    control(len(found) < 2, f"at most one warning: {found}")
    assert found == []


@claim("CX42")
@predicts("RC08")
@posix
@warns
def test_os_fork_beside_threads_is_silent(programs, evidence):
    """os.fork() in a process with a second thread gives no warning.

    Since 3.12 it does: "DeprecationWarning: This process (pid=...) is multi-threaded, use of
    fork() may lead to deadlocks in the child." (gh-100228).  It counts threads of the system too,
    such as those of a C library.  PyPy does not warn.  Instead: subprocess, or fork earlier.
    """
    found = of(programs, "os.fork")
    evidence(warnings=found)
    control(len(found) < 2, f"at most one warning: {found}")
    assert found == []


@claim("CX43")
@predicts("RC08")
@posix
@refuted(
    where=WARNS and FORKS_BY_DEFAULT,
    because="3.12 and 3.13 warn of fork, their default, beside threads (gh-100228, gh-84559)",
)
def test_a_default_process_starts_beside_threads_silently(programs, evidence):
    """By default a process is started beside a living thread without a warning.

    3.12 and 3.13 fork by default and warn of it: "DeprecationWarning: This process (pid=...) is
    multi-threaded, use of fork() may lead to deadlocks in the child." (gh-100228).  From 3.14 the
    fork server forks, which has no other thread (gh-84559).  Instead: start processes before
    threads, or ask for get_context("forkserver").
    """
    found = of(programs, "default")
    evidence(warnings=found)
    control(len(found) < 2, f"at most one warning: {found}")
    assert found == []


@claim("CX44")
@posix
def test_spawn_and_forkserver_never_warn_of_threads(programs, evidence):
    """Processes of spawn and forkserver are started beside threads without a warning."""
    found = {method: of(programs, method) for method in METHODS[1:]}
    evidence(**found)
    assert found == {"spawn": [], "forkserver": []}


@claim("Z04")
@predicts("RC08")
@posix
@warns
def test_a_put_into_a_queue_leaves_forks_silent(programs, evidence):
    """A process can be forked without a warning after put() into a multiprocessing.Queue.

    Since 3.12 there is one, without any thread of one's own: the first put() starts the queue's
    feeder thread (gh-100228).  Instead: start the processes before the first put().
    """
    found = of(programs, "queue")
    evidence(warnings=found)
    control(len(found) < 2, f"at most one warning: {found}")
    assert found == []


@claim("Z03")
@posix
def test_pools_over_fork_do_not_warn_by_themselves(programs, evidence):
    """ProcessPoolExecutor and Pool over fork give no warning: they fork before their threads.

    Provided that the program has no other thread, and that no worker is replaced.
    """
    found = {case: of(programs, case) for case in ("executor", "pool")}
    evidence(**found)
    assert found == {"executor": [], "pool": []}


@claim("CX45")
@predicts("RC08")
@posix
@warns
def test_a_pool_that_replaces_workers_is_silent(programs, evidence):
    """Pool(maxtasksperchild=n) over fork replaces its workers without a warning.

    One would expect no warning from what has no threads of one's own.  Since 3.12 each replacement
    gives the DeprecationWarning about fork in a multi-threaded process: a thread of the pool's
    forks it, beside its other threads (gh-100228).  Instead:
    get_context("forkserver").Pool(maxtasksperchild=n).
    """
    found = of(programs, "replacing pool")
    evidence(warnings=len(found))
    control(len(found) in (0, 2, 3), f"one for each worker that is replaced: {found}")
    assert found == []


STRICT = """
import os, threading
from multiprocessing import get_context

def work():
    os.write(1, b"the child works\\n")

if __name__ == "__main__":
    end = threading.Event()
    thread = threading.Thread(target=end.wait, args=(20,))
    thread.start()
    child = get_context("fork").Process(target=work)
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


@claim("MX12")
@predicts("RC08")
@posix
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
    evidence(printed=sorted(program.lines), exit_code=program.exit_code)
    control(program.exit_code == 0, f"the program ends well: {program}")
    control("the child works" in program.lines, "the child runs in any case")
    raised = sorted(program.lines) == ["start() raised", "the child works"]
    control(raised or program.lines[-1] == "its exit code is 0", f"it raised, or it runs {program}")
    assert program.lines == ["the child works", "its exit code is 0"]
