"""Signals and child processes: what a child inherits, and how the parent learns of its end.

Source: https://docs.python.org/3/library/signal.html#signal.SIGCHLD
"""

import os
import signal
import subprocess
import sys
import threading

from tests.harness import (
    LINUX,
    PYPY,
    applies,
    claim,
    control,
    in_the_main_thread,
    joined,
    kinds,
    needs_posix,
    outcome,
    refuted,
    started,
    until,
)
from tests.harness.threads import Task
from tests.library.os.pidfds import pidfd_of


def handle(number, frame):
    """Do nothing."""


def do_nothing():
    """So that the fork server is there, as it was before the parent changed."""


def report_handlers(report):
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    report([getattr(each, "name", "handler") for each in handlers])


@claim("SIGNAL10")
@in_the_main_thread
@refuted(
    start_method=("spawn", "forkserver"),
    because="POSIX, Windows: a new program has no handlers; the fork server is another parent",
)
def test_a_child_process_has_its_parents_signal_handlers(ctx, reports, evidence):
    """A child process has the signal handlers that its parent has set.

    So it is under fork, where even a handler made for the parent runs in the child.  Under spawn no
    handler is kept, and a signal that is ignored stays so (not on Windows); under forkserver the
    child has what the server had when it was started.  Set handlers in the child's own function.
    """
    joined(*started([ctx.Process(target=do_nothing)]))
    before = [signal.signal(signal.SIGTERM, handle), signal.signal(signal.SIGINT, signal.SIG_IGN)]
    [child] = started([ctx.Process(target=report_handlers, args=(reports.reporter,))])
    signal.signal(signal.SIGTERM, before[0])
    signal.signal(signal.SIGINT, before[1])
    control(joined(child) == [0], "the child failed")
    assert evidence(handled_and_ignored=reports.next()) == ["handler", "SIG_IGN"]


def report_mask(report):
    report(sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))))


@claim("SIGNAL11")
@needs_posix
@refuted(
    start_method="forkserver",
    because="on POSIX a child inherits the mask of its parent, which is the fork server",
)
def test_a_child_process_has_its_parents_signal_mask(ctx, reports, evidence):
    """A child process blocks the signals that the thread which starts it blocks.

    So it is under fork, and under spawn, too: the mask outlives the start of a new program.  A
    child that seems to ignore SIGTERM may have been started by a thread that blocks it.
    """
    joined(*started([ctx.Process(target=do_nothing)]))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGUSR2})
    [child] = started([ctx.Process(target=report_mask, args=(reports.reporter,))])
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    control(joined(child) == [0], "the child failed")
    assert {*evidence(mask=reports.next())} == {*before, signal.SIGUSR1, signal.SIGUSR2}


def child_of_a_thread_ends():
    """Return where the handler of SIGCHLD ran, and what a thread got that waited for the child."""
    noted = []
    signal.signal(signal.SIGCHLD, lambda *_: noted.append(threading.current_thread().name))
    waiting = Task(subprocess.run, (["/bin/sh", "-c", "exit 3"],))
    returncode = waiting.result().returncode
    until(lambda: noted, "the handler to run")
    return noted, returncode


@claim("SIGNAL12")
@needs_posix
def test_sigchld_tells_the_main_thread_that_a_child_ended(programs, evidence):
    """The end of a child sends SIGCHLD: its handler runs in the main thread.

    The handler takes nothing away: wait() in another thread still gets the exit code.
    """
    noted, returncode = programs.call(child_of_a_thread_ends)
    assert evidence(handled_in=noted, returncode=returncode) == (["MainThread"], 3)


SHOWING = """
import signal
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""


def started_while_sigint_is(name):
    """Return what the program prints that is started while this one handles SIGINT so."""
    signal.signal(signal.SIGINT, getattr(signal, name))
    command = [sys.executable, "-c", SHOWING]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.strip()


@claim("SIGNAL13")
@needs_posix
@refuted(where=PYPY, because="PyPy does not ask what SIGINT was before")
def test_a_program_whose_starter_ignores_sigint_ignores_it(programs, evidence):
    """Python handles SIGINT by default_int_handler, unless its starter ignored the signal.

    So Ctrl-C does nothing in a program that a shell script started with "&", unless it is PyPy's.
    """
    default = programs.call(started_while_sigint_is, "SIG_DFL")
    ignored = programs.call(started_while_sigint_is, "SIG_IGN")
    control(default == "True", "the program has no handler by default")
    assert evidence(handled_if_the_starter_ignores_it=ignored) == "False"


@claim("SIGNAL14")
@applies(where=LINUX, because="only Linux has files that stand for processes")
@refuted(
    where=not hasattr(os, "pidfd_open"),
    because="PyPy has no os.pidfd_open(), nor has what was built with the headers of an old Linux",
    by="AttributeError: module 'os' has no attribute 'pidfd_open'",
)
def test_a_pidfd_sends_to_its_own_process_only(evidence):
    """signal.pidfd_send_signal() sends to the process of the file, and to no later one of that pid.

    When the process has been waited for: ProcessLookupError.  On PyPy, and on builds for old Linux,
    use os.kill().
    """
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        descriptor = pidfd_of(process.pid)
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    late = outcome(signal.pidfd_send_signal, descriptor, signal.SIGKILL)
    os.close(descriptor)
    assert evidence(ended_by=process.returncode) == -signal.SIGKILL
    assert evidence(a_second_signal=kinds([late])) == ["ProcessLookupError"]
