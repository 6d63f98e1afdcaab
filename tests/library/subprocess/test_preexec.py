"""preexec_fn: Python code between fork and exec, beside threads, locks, fork handlers and vfork.

Specs that use it run in fresh interpreters, for it forks beside the threads there are.

Source: https://docs.python.org/3/library/subprocess.html#subprocess.Popen
"""

import os
import signal
import subprocess
import threading
import warnings

from tests.harness import PATIENCE, claim, needs_fork, never, outcome
from tests.harness.interpreters import evaluate, needs_interpreters, new_interpreter
from tests.harness.threads import Task

every_spec = [needs_fork]

called = []


def output_of(preexec_fn):
    """Return what a child prints, of which a preexec_fn is called."""
    return subprocess.run(["true"], stdout=subprocess.PIPE, preexec_fn=preexec_fn).stdout.decode()


def fail():
    raise KeyError("in the child")


def change():
    called.append("preexec_fn")
    os.write(1, f"{os.getppid()} {called}".encode())


def what_preexec_fn_does():
    """Return what is seen of a preexec_fn in the parent, and in the child."""
    seen = {"pid": os.getpid(), "child": output_of(change), "list": list(called)}
    error = outcome(output_of, fail)
    seen["error"] = f"{type(error).__name__}: {error}", repr(error.__cause__)
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        subprocess.run(["true"])
        output_of(int)
    release.set()
    thread.join()
    seen["warnings"] = [f"{one.category.__name__}: {one.message}" for one in caught]
    called.clear()
    for when in ("before", "after_in_parent", "after_in_child"):
        os.register_at_fork(**{when: lambda when=when: called.append(when)})
    subprocess.run(["true"])
    seen["handlers without"] = list(called)
    seen["handlers in the child"] = output_of(lambda: os.write(1, repr(called).encode()))
    seen["handlers in the parent"] = list(called)
    return seen


@claim("POPEN41")
def test_preexec_fn_runs_in_the_child(programs, evidence):
    """preexec_fn is called in the forked child, before exec: the parent sees nothing it changes.

    So it can change what belongs to the process, such as its limits or its directory, but cannot
    tell the parent by a variable.  For most of it there are arguments that are safe beside threads:
    cwd, env, umask, user, group, start_new_session, process_group.
    """
    seen = programs.once(what_preexec_fn_does)
    assert evidence(in_the_child=seen["child"]) == f"{seen['pid']} ['preexec_fn']"
    assert evidence(in_the_parent=seen["list"]) == []


@claim("POPEN42")
def test_an_exception_in_preexec_fn_is_anonymous(programs, evidence):
    """Of an exception in preexec_fn the parent learns only that there was one.

    "SubprocessError: Exception occurred in preexec_fn." is all: its type and traceback
    are lost.  Catch it in the function itself, and write it by os.write(2, ...).
    """
    error, cause = programs.once(what_preexec_fn_does)["error"]
    assert evidence(raised=error) == "SubprocessError: Exception occurred in preexec_fn."
    assert evidence(cause=cause) == "None"


@claim("POPEN43")
def test_popen_does_not_warn_of_threads_as_fork_does(programs, evidence):
    """Popen beside threads raises no warning, with a preexec_fn neither.

    You might expect what os.fork() says since 3.12, that its use "may lead to deadlocks in the
    child" (FORK21).  Without preexec_fn the child runs no Python code, so there is nothing to warn
    of.  With it the danger is the same (POPEN45), and is only documented.
    """
    seen = programs.once(what_preexec_fn_does)
    assert evidence(warnings=seen["warnings"]) == []


@claim("POPEN44")
def test_fork_handlers_run_only_with_a_preexec_fn(programs, evidence):
    """What os.register_at_fork() registered is called by Popen only if there is a preexec_fn.

    Without it Popen uses vfork() on Linux, and nothing of Python runs in the child.  With it Popen
    forks as os.fork() does, and first calls the callbacks: of logging, random and others.
    """
    seen = programs.once(what_preexec_fn_does)
    assert evidence(without=seen["handlers without"]) == []
    assert evidence(in_the_child=seen["handlers in the child"]) == "['before', 'after_in_child']"
    assert evidence(in_the_parent=seen["handlers in the parent"]) == ["before", "after_in_parent"]


def preexec_fn_needs_a_lock():
    """Return whether Popen hangs whose preexec_fn needs a lock that a thread holds, and its end."""
    lock, release = threading.Lock(), threading.Event()
    held = threading.Event()

    def hold():
        with lock:
            held.set()
            release.wait(PATIENCE)

    reading, writing = os.pipe()

    def preexec_fn():
        os.write(writing, b"%d" % os.getpid())
        lock.acquire()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(PATIENCE)
    starting = Task(lambda: subprocess.Popen(["true"], preexec_fn=preexec_fn))
    child = int(os.read(reading, 100))
    release.set()
    thread.join()
    hangs = never(lambda: starting.finished)
    os.kill(child, signal.SIGKILL)
    ended = outcome(starting.result)
    return hangs, ended.wait() if isinstance(ended, subprocess.Popen) else repr(ended)


@claim("POPEN45")
def test_preexec_fn_hangs_at_a_lock_that_a_thread_holds(programs, evidence):
    """If preexec_fn needs a lock that another thread holds at the fork, Popen() itself hangs.

    The lock is copied locked, and the thread that would release it is not in the child: a deadlock.
    The parent waits in Popen() until the child calls exec(), with no timeout.  The lock may be one
    that you do not see, as print() and import take some; those of logging's handlers are made anew
    in the child (FORK29).  Use no preexec_fn beside threads.
    """
    hangs, ended = programs.call(preexec_fn_needs_a_lock)
    assert evidence(popen_hangs=hangs, child_ended_by=ended) == (True, -signal.SIGKILL)


RUNNING = """
import subprocess
plain = subprocess.run(["/bin/sh", "-c", "exit 3"]).returncode
try:
    subprocess.run(["true"], preexec_fn=int)
    refused = None
except Exception as error:
    refused = f"{type(error).__name__}: {error}"
"""


@claim("POPEN46")
@needs_interpreters
def test_a_subinterpreter_can_run_a_program_but_no_preexec_fn(evidence):
    """In an interpreter of concurrent.interpreters Popen works, but with a preexec_fn is refused.

    "RuntimeError: preexec_fn not supported within subinterpreters".  os.fork() does not work there,
    either; multiprocessing's spawn and subprocess do.
    """
    with new_interpreter() as one:
        one.exec(RUNNING)
        plain, refused = evaluate(one, "plain"), evaluate(one, "refused")
    assert evidence(plain=plain) == 3
    assert (
        evidence(refused=refused) == "RuntimeError: preexec_fn not supported within subinterpreters"
    )
