"""Signals and child processes: what a child inherits, and how the parent hears of its end.

Source: https://docs.python.org/3/library/signal.html#signal.SIGCHLD
"""

import os
import signal
import subprocess
import sys
import threading

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    joined,
    outcome,
    refuted,
    until,
)
from tests.library.signal.observing import Observed, observe

needs_posix = applies(where=hasattr(signal, "SIGCHLD"), because="SIGCHLD exists only on POSIX")


def note(_number, _frame):
    pass


def tell_handlers(report):
    handlers = [signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGUSR2)]
    report(["note" if each is note else getattr(each, "name", str(each)) for each in handlers])


@claim("SG21")
@needs_posix
@refuted(
    start_method=("spawn", "forkserver"),
    because="POSIX keeps no handlers in a new program, and forkserver makes children of its own",
)
def test_a_child_process_has_its_parents_signal_handlers(ctx, start_method, reports, evidence):
    """A child process has the signal handlers that its parent has set.

    So it is under fork, where even a handler made for the parent runs in the child.  Under spawn a
    signal that is ignored stays so, and no handler is kept; under forkserver the child has what
    the server had when it was started.  Set handlers in the child's own function.
    """
    earlier = ctx.Process(target=note, args=(None, None))  # so that a fork server is there
    earlier.start()
    joined(earlier)
    before = [signal.signal(signal.SIGUSR1, note), signal.signal(signal.SIGUSR2, signal.SIG_IGN)]
    try:
        child = ctx.Process(target=tell_handlers, args=(reports.reporter,))
        child.start()
        handlers = reports.next()
    finally:
        signal.signal(signal.SIGUSR1, before[0])
        signal.signal(signal.SIGUSR2, before[1])
    evidence(handlers=handlers)
    control(joined(child) == [0], "the child failed")
    known = {
        "fork": ["note", "SIG_IGN"],
        "spawn": ["SIG_DFL", "SIG_DFL" if PYPY else "SIG_IGN"],
        "forkserver": ["SIG_DFL", "SIG_DFL"],
    }
    control(start_method == "fork" or handlers == known[start_method], f"others: {handlers}")
    assert handlers == known["fork"]


def tell_mask(report):
    report(sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))))


@claim("SG22")
@needs_posix
@refuted(
    start_method="forkserver",
    because="on POSIX a child inherits the mask of its parent, which is the fork server",
)
def test_a_child_process_has_its_parents_signal_mask(ctx, start_method, reports, evidence):
    """A child process blocks the signals that the thread which starts it blocks.

    So it is under fork, and under spawn, too: the mask outlives the start of a new program.  A
    child that seems to ignore SIGTERM may have been started by a thread that blocks it.
    """
    blocked = {signal.SIGUSR1, signal.SIGUSR2}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        child = ctx.Process(target=tell_mask, args=(reports.reporter,))
        child.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    mask = reports.next()
    evidence(mask=mask)
    control(joined(child) == [0], "the child failed")
    control({*mask} & blocked in (set(), blocked), f"some are blocked: {mask}")
    assert {*mask} == {*map(int, before), *map(int, blocked)}


def children_end():
    """A handler for SIGCHLD, while three threads wait for a child each."""
    noted = []
    signal.signal(
        signal.SIGCHLD,
        lambda number, _: noted.append((int(number), threading.current_thread().name)),
    )
    returncodes = []

    def run(code):
        child = subprocess.Popen(["/bin/sh", "-c", f"exit {code}"])
        returncodes.append((code, child.wait(PATIENCE)))

    for code in (0, 3, 4):
        thread = threading.Thread(target=run, args=(code,))
        thread.start()
        joined(thread)
        until(lambda: len(noted) >= len(returncodes), "the handler to run")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return sorted(set(noted)), returncodes


@claim("SG23")
@needs_posix
def test_sigchld_tells_the_main_thread_that_a_child_ended(programs, evidence):
    """The end of a child sends SIGCHLD: its handler runs in the main thread, whoever waits.

    It takes nothing away: wait() in another thread still gets the exit code.
    """
    noted, returncodes = seen(children_end, programs, evidence)
    assert noted == [(signal.SIGCHLD, "MainThread")]
    assert returncodes == [(0, 0), (3, 3), (4, 4)]


def ignore_children():
    codes = []
    for handler in (signal.SIG_DFL, signal.SIG_IGN):
        signal.signal(signal.SIGCHLD, handler)
        for code in (3, 4):
            codes.append(subprocess.run(["/bin/sh", "-c", f"exit {code}"]).returncode)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return codes


@claim("SG24")
@needs_posix
@refuted(because="POSIX: the system forgets children at once whose parent ignores SIGCHLD")
def test_a_parent_that_ignores_sigchld_gets_exit_codes(programs, evidence):
    """A parent that ignores SIGCHLD still gets the exit codes of its children.

    It does not: subprocess then takes every child for a success, returncode 0, and os.waitpid() is
    ChildProcessError: No child processes.  A parent of the parent may have set SIG_IGN, for it is
    inherited; set SIG_DFL before the first child.
    """
    codes = seen(ignore_children, programs, evidence)
    control(codes[:2] == [3, 4], f"not even by default: {codes[:2]}")
    control(codes[2:] in ([3, 4], [0, 0]), f"other codes: {codes[2:]}")
    assert codes[2:] == [3, 4]


def start_programs():
    """What SIGINT is to a new program whose starter ignores it, or does not."""
    tell = "import signal; print(repr(signal.getsignal(signal.SIGINT)))"
    told = []
    for handler in (signal.SIG_IGN, signal.SIG_DFL, signal.default_int_handler):
        signal.signal(signal.SIGINT, handler)
        out = subprocess.run([sys.executable, "-c", tell], stdout=subprocess.PIPE)
        told.append("SIG_IGN" if b"SIG_IGN" in out.stdout else b"default_int" in out.stdout)
    return told


@claim("SG25")
@needs_posix
@refuted(where=PYPY, because="PyPy does not ask what SIGINT was before")
def test_a_program_whose_starter_ignores_sigint_ignores_it(programs, evidence):
    """Python handles SIGINT by default_int_handler, unless whoever started it ignored the signal.

    So Ctrl-C does nothing in a program that a shell script started with "&", unless it is PyPy's.
    """
    told = seen(start_programs, programs, evidence)
    control(told[1:] == [True, True], f"it has no handler by default: {told}")
    control(told[0] in ("SIG_IGN", True), f"another handler: {told}")
    assert told == ["SIG_IGN", True, True]


def send_by_pidfd():
    if not hasattr(signal, "pidfd_send_signal"):
        return "AttributeError"
    noted = []
    signal.signal(signal.SIGUSR1, lambda number, _: noted.append(int(number)))
    own = os.pidfd_open(os.getpid())
    returned = signal.pidfd_send_signal(own, signal.SIGUSR1)
    until(lambda: noted, "the handler to run")
    child = subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE)
    number = os.pidfd_open(child.pid)
    signal.pidfd_send_signal(number, signal.SIGKILL)
    code = child.wait(PATIENCE)
    child.stdin.close()
    late = type(outcome(signal.pidfd_send_signal, number, signal.SIGKILL)).__name__
    os.close(number)
    os.close(own)
    return returned, noted, code, late


@claim("SG26")
@applies(where=sys.platform == "linux", because="only Linux has files that stand for processes")
@refuted(where=PYPY, because="PyPy has no pidfd_send_signal()")
def test_a_pidfd_sends_to_its_own_process_only(programs, evidence):
    """signal.pidfd_send_signal() sends to the process of the file, and to no later one of that pid.

    When it has been waited for: ProcessLookupError.  Instead, on PyPy: os.kill().
    """
    told = seen(send_by_pidfd, programs, evidence)
    control(told == "AttributeError" or len(told) == 4, f"another end: {told}")
    assert told == (None, [signal.SIGUSR1], -signal.SIGKILL, "ProcessLookupError")


OBSERVATIONS = [children_end, ignore_children, start_programs, send_by_pidfd]


def observe_all():
    return observe(OBSERVATIONS)


seen = Observed(observe_all)
