"""What becomes of children when the parent's program ends, and what daemonic ones may do.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.daemon
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading

from tests.harness import (
    LINUX,
    PATIENCE,
    WINDOWS,
    applies,
    claim,
    joined,
    outcome,
    predicts,
    refuted,
    started,
)

PROGRAM = """\
import multiprocessing, os, signal, sys, threading

def tell(text):
    os.write(1, text.encode() + b"\\n")

def outlast_the_main_module():
    pause = threading.Event()
    while not os.path.exists("the main module has ended"):
        pause.wait(0.001)
    parent = multiprocessing.parent_process()
    parent.join(0.05)  # time for it to leave
    tell(f"the child is done; its parent is alive: {{parent.is_alive()}}")

def clean_up(ready):
    try:
        tell("the daemon begins")
        ready.send(1)
        threading.Event().wait()
    finally:
        tell("the daemon cleans up")

def obey(number, frame):
    tell("a daemon was asked to end")
    os._exit(0)

def handle_sigterm(ready):
    signal.signal(signal.SIGTERM, obey)
    ready.send(2)
    pause = threading.Event()
    while True:
        pause.wait(0.01)

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    ours, theirs = ctx.Pipe()
    for target in (clean_up, handle_sigterm):
        ctx.Process(target=target, args=(theirs,), daemon=True).start()
    ctx.Process(target=outlast_the_main_module).start()
    ready = sorted(ours.recv() for _ in range(2))
    os.mkdir("the main module has ended")
    sys.exit(3)
"""


@claim("EXIT14")
@refuted(where=WINDOWS, because="Windows has no signals: a daemon is ended without being asked")
def test_at_exit_children_are_joined_and_daemons_terminated(start_method, programs, evidence):
    """At its exit a program joins its children, but terminates the daemonic ones (SIGTERM).

    What is a daemon process?  One that ends with its parent, and not one that runs on, as a daemon
    of the system does: daemon=True kills all child processes when the parent script exits.  One
    that handles SIGTERM can end in good order, but not on Windows, where terminate() ends it at
    once.
    """
    finished = programs.once(PROGRAM.format(method=start_method))
    printed = sorted(line for line in finished.lines if line != "the daemon cleans up")
    assert finished.err == ""
    assert evidence(printed=printed) == [
        "a daemon was asked to end",
        "the child is done; its parent is alive: True",
        "the daemon begins",
    ]


@claim("EXIT15")
def test_a_daemons_finally_block_does_not_run(start_method, programs, evidence):
    """A daemon that the exit of the program terminates does not run its finally block.

    It does not flush its output or run exit handlers either: SIGTERM ends a process immediately.
    Instead: ask it to end and join it, or let a SIGTERM handler call sys.exit().
    """
    lines = programs.once(PROGRAM.format(method=start_method)).lines
    assert "the daemon begins" in evidence(printed=lines)
    assert "the daemon cleans up" not in lines


@claim("EXIT16")
def test_sys_exit_waits_for_children_and_keeps_its_status(start_method, programs, evidence):
    """sys.exit(n) in the parent still waits for its children; the exit status is n."""
    finished = programs.once(PROGRAM.format(method=start_method))
    assert evidence(status=finished.exit_code) == 3
    assert "the child is done; its parent is alive: True" in finished.lines


def try_to_have_children(report):
    report(repr(outcome(multiprocessing.Process(target=print).start)))


@claim("EXIT17")
def test_a_daemonic_process_may_not_start_children(ctx, reports, evidence):
    """A daemonic process may not start children, which it would leave behind: AssertionError.

    "AssertionError: daemonic processes are not allowed to have children" is also what a pool in a
    worker of a pool raises, for those workers are daemons.  Instead: a non-daemonic Process, or
    ProcessPoolExecutor.
    """
    child = ctx.Process(target=try_to_have_children, args=(reports.reporter,), daemon=True)
    child.start()
    refusal = AssertionError("daemonic processes are not allowed to have children")
    assert evidence(told=reports.next()) == repr(refusal)
    assert joined(child) == [0]


def tell_daemons(report, number):
    me = multiprocessing.current_process()
    report((number, me.daemon, multiprocessing.Process().daemon))


@claim("EXIT18")
def test_a_process_is_a_daemon_only_if_it_is_told_so(reports, evidence):
    """Process.daemon is that of the creator unless it is given or set before start().

    The child knows it, as current_process().daemon.
    """
    children = [
        multiprocessing.Process(target=tell_daemons, args=(reports.reporter, number), daemon=daemon)
        for number, daemon in enumerate((None, False, True, None, True))
    ]
    children[3].daemon, children[4].daemon = True, False
    known = [child.daemon for child in children]
    started(children)
    assert evidence(parent_knows=known) == [False, False, True, True, False]
    assert evidence(told=sorted(reports.collect(5))) == [
        (number, daemon, daemon) for number, daemon in enumerate(known)
    ]
    assert joined(*children) == [0] * 5
    assert multiprocessing.current_process().daemon is False


def become_an_orphan(method, report):
    child = multiprocessing.get_context(method).Process(target=watch_the_parent, args=(report,))
    child.start()
    report.hold("parent")


def watch_the_parent(report):
    parent = multiprocessing.parent_process()
    report((parent.pid, parent.join(0), parent.is_alive()))
    report((parent.pid, parent.join(PATIENCE), parent.is_alive()))
    os._exit(0)


@claim("EXIT19")
def test_a_child_can_notice_the_death_of_its_parent(ctx, start_method, reports, evidence):
    """A child notices the death of its parent by parent_process(): join() or is_alive().

    If you kill the parent process, a child or a subprocess is not killed at the same time: it keeps
    running after the script.  To make a child process die after its parent exits or is killed,
    start a daemon thread in it that calls parent_process().join() and then os._exit(1).  Unlike
    os.getppid(), that needs no polling.  But under fork each child that is started later holds the
    pipe, too: the elder ones notice only when it has ended as well.  There, poll os.getppid(): the
    child is an orphan when it differs from the one at the start.  (1 is no sign of that: in a
    container the program itself is often process 1.)
    """
    parent = ctx.Process(target=become_an_orphan, args=(start_method, reports.reporter))
    parent.start()
    told = reports.collect(2)
    parent.kill()
    told.append(reports.next())
    told.remove("parent")
    assert evidence(told=told) == [(parent.pid, None, True), (parent.pid, None, False)]


def start_in_a_thread():
    """Return the exit code of a child of a thread: while the thread lives, and after its end."""
    from ctypes import CDLL  # here, so that children need not

    prctl, pr_set_pdeathsig, children = CDLL(None).prctl, 1, []
    begun, release = threading.Event(), threading.Event()

    def ask():
        prctl(pr_set_pdeathsig, signal.SIGKILL)

    def start():
        command = [sys.executable, "-c", "input()"]
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, preexec_fn=ask))
        begun.set()
        release.wait()

    (thread,) = started([threading.Thread(target=start)])
    begun.wait()
    with children[0] as child:
        early = child.poll()
        release.set()
        joined(thread)
        outcome(child.wait, PATIENCE / 2)
        late = child.poll()
        child.kill()
    return early, late


@claim("EXIT20")
@predicts("N45")
@applies(where=LINUX, because="only Linux has prctl(PR_SET_PDEATHSIG)")
def test_a_parents_death_is_that_of_the_starting_thread(programs, evidence):
    """PR_SET_PDEATHSIG kills a child at the end of the thread that started it, not of the process.

    prctl(PR_SET_PDEATHSIG, SIGKILL) in preexec_fn, in a multiprocessing target or by python-prctl
    is meant to let no child outlive a parent that crashes.  A child that a thread of a server or of
    a pool has started ends as soon as that thread does: returncode -9, and no error is seen.  Under
    forkserver, the default from 3.14, the parent is the server, which lives on with its children
    when the program is killed: no signal comes.  Instead: start children in the main thread, or in
    one that lives as long; or let the child watch a pipe, or parent_process() (EXIT19).
    """
    early, late = programs.call(start_in_a_thread)
    assert evidence(early=early, late=late) == (None, -signal.SIGKILL)
