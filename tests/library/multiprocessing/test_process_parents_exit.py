"""What becomes of children when the parent's program ends, and what daemonic ones may do.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.daemon
"""

import multiprocessing
import os
import signal

from tests.harness import FORK, PATIENCE, applies, claim, joined, outcome, started

PROGRAM = """\
import multiprocessing
import os
import signal
import sys
import threading

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
        signal.pause()
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
    sys.exit({status})
"""
STATUS = 3
_runs = {}


def ended_program(programs, method):
    """Run the program, which joins nobody, under a start method (only once)."""
    if method not in _runs:
        _runs[method] = programs.run(PROGRAM.format(method=method, status=STATUS))
    return _runs[method]


@claim("MP08")
@applies(where=FORK, because="POSIX: terminate() is a signal that can be handled")
def test_at_exit_children_are_joined_and_daemons_terminated(start_method, programs, evidence):
    """At its exit a program joins its children, but terminates the daemonic ones (SIGTERM)."""
    finished = ended_program(programs, start_method)
    told = sorted(set(finished.lines) - {"the daemon cleans up"})
    evidence(printed=told)
    assert finished.err == ""
    assert told == [
        "a daemon was asked to end",
        "the child is done; its parent is alive: True",
        "the daemon begins",
    ]
    assert len(finished.lines) == len(set(finished.lines))


@claim("MX34")
@applies(where=FORK, because="POSIX: terminate() is a signal")
def test_a_daemons_finally_block_does_not_run(start_method, programs, evidence):
    """A daemon that the exit of the program terminates does not run its finally block.

    Nor does it flush its output or run its exit handlers: SIGTERM ends a process at once.
    Instead: tell it to end and join it, or let a SIGTERM handler call sys.exit().
    """
    lines = ended_program(programs, start_method).lines
    evidence(printed=[line for line in lines if line.startswith("the daemon")])
    assert "the daemon begins" in lines
    assert "the daemon cleans up" not in lines


@claim("Z15")
@applies(where=FORK, because="POSIX: the program handles signals")
def test_sys_exit_waits_for_children_and_keeps_its_status(start_method, programs, evidence):
    """sys.exit(n) in the parent still waits for its children; the exit status is n."""
    finished = ended_program(programs, start_method)
    evidence(status=finished.exit_code)
    assert finished.exit_code == STATUS
    assert "the child is done; its parent is alive: True" in finished.lines


def try_to_have_children(report):
    child = multiprocessing.Process(target=print)
    result = outcome(child.start) if child.daemon else "not tried"
    report((child.daemon, type(result).__name__, str(result)))


@claim("MP07")
def test_a_daemonic_process_may_not_start_children(ctx, reports, evidence):
    """A daemonic process may not start children, which it would leave behind: AssertionError.

    "daemonic processes are not allowed to have children" is also what a pool in a worker of a
    pool raises, for those are daemons.  Instead: a non-daemonic Process or
    ProcessPoolExecutor.  Whoever is no daemon makes processes that are none.
    """
    children = started(
        ctx.Process(target=try_to_have_children, args=(reports.reporter,), daemon=daemon)
        for daemon in (True, False)
    )
    told = sorted(reports.collect(2), reverse=True)
    codes = joined(*children)
    evidence(daemon=told[0], other=told[1])
    assert codes == [0, 0]
    assert told == [
        (True, "AssertionError", "daemonic processes are not allowed to have children"),
        (False, "str", "not tried"),
    ]


def tell_daemon(report, number):
    report((number, multiprocessing.current_process().daemon))


@claim("MP50")
def test_a_process_is_a_daemon_only_if_it_is_told_so(reports, evidence):
    """Process.daemon is that of the creator unless it is given or set before start().

    The child knows it, as current_process().daemon.
    """
    ctx, report = multiprocessing, reports.reporter
    children = [
        ctx.Process(target=tell_daemon, args=(report, number), daemon=daemon)
        for number, daemon in enumerate((None, False, True, None, True))
    ]
    children[3].daemon, children[4].daemon = True, False
    known = [child.daemon for child in children]
    started(children)
    told = sorted(reports.collect(5))
    codes = joined(*children)
    evidence(parent=known, children=told)
    assert multiprocessing.current_process().daemon is False
    assert known == [False, False, True, True, False]
    assert told == list(enumerate(known))
    assert codes == [0] * 5


def become_an_orphan(report):
    child = multiprocessing.get_context("fork").Process(target=watch_the_parent, args=(report,))
    child.start()
    report.hold("parent")


def watch_the_parent(report):
    parent = multiprocessing.parent_process()
    early = (parent.join(0), parent.is_alive())
    report((parent.pid, early))
    late = (parent.join(PATIENCE), parent.is_alive())
    report((parent.pid, late))
    os._exit(0)


@claim("MP51")
@applies(where=FORK, because="POSIX: SIGKILL, and fork for the processes")
def test_a_child_can_notice_the_death_of_its_parent(reports, evidence):
    """A child notices the death of its parent by parent_process(): join() or is_alive().

    Unlike os.getppid(), it needs no polling, and works under every start method.
    """
    ctx = multiprocessing.get_context("fork")
    parent = ctx.Process(target=become_an_orphan, args=(reports.reporter,))
    parent.start()
    told = reports.collect(2)
    os.kill(parent.pid, signal.SIGKILL)
    late = reports.next()
    evidence(late=late)
    parent.join()
    told.remove("parent")
    assert parent.exitcode == -9
    assert told == [(parent.pid, (None, True))]
    assert late == (parent.pid, (None, False))
