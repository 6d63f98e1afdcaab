"""Process.exitcode: what the parent learns of how a child has ended, and ways to end one.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.exitcode
"""

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

from tests.harness import (
    DEFAULT_START_METHOD,
    PATIENCE,
    PYPY,
    WINDOWS,
    NotSeen,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    needs_fork,
    outcome,
    predicts,
    refuted,
    since,
    started,
    until,
)
from tests.library.multiprocessing.starting import METHODS, held


def give(value):
    return value


def fail():
    raise LookupError("the child fails")


def kill_oneself():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


no_signals = refuted(
    where=WINDOWS, because="Windows: there are no signals; kill() is terminate(), code -15"
)

#: Ways to end, and the exit code of each.
ENDS = {
    "return 7": (give, 7, 0),
    "sys.exit(None)": (sys.exit, None, 0),
    "sys.exit(0)": (sys.exit, 0, 0),
    "sys.exit(3)": (sys.exit, 3, 3),
    "sys.exit(255)": (sys.exit, 255, 255),
    "sys.exit(256)": (sys.exit, 256, 0),
    "sys.exit(-1)": (sys.exit, -1, 255),
    "sys.exit(True)": (sys.exit, True, 1),
    "sys.exit('a text')": (sys.exit, "a text", 1),
    "sys.exit(2.5)": (sys.exit, 2.5, 1),
    "os._exit(7)": (os._exit, 7, 7),
    "os._exit(0)": (os._exit, 0, 0),
}


#: fork, or spawn where there is no fork.
FIRST_METHOD = METHODS[0]


@claim("EXIT01")
@cases(end=ENDS)
@refuted(
    where=WINDOWS,
    end=("sys.exit(256)", "sys.exit(-1)"),
    because="Windows keeps 32 bits of an exit code",
)
def test_the_exit_code_says_how_a_child_has_ended(end, evidence):
    """exitcode is 0 after a return, n % 256 after sys.exit(n), 1 after an error, -N by signal N.

    That is how to get the exit code of a multiprocessing process: read it after join().  What the
    target returns is lost, and so is the exception: send them through a queue or pipe.
    sys.exit(None) gives 0; what is no integer, such as sys.exit("a text"), gives 1.  One byte is
    left of n: 256 gives 0, -1 gives 255.  On Windows they give 256 and 4294967295.  Instead: keep
    to 0 to 255.
    """
    target, value, code = end
    child = multiprocessing.get_context(FIRST_METHOD).Process(target=target, args=(value,))
    child.start()
    joined(child)
    assert evidence(exit_code=child.exitcode) == code
    assert type(child.exitcode) is int


@claim("EXIT01")
@no_signals
def test_an_error_gives_one_and_a_signal_its_negative(evidence):
    """exitcode is 1 after an exception in the target, and -9 if SIGKILL ends the child."""
    ctx = multiprocessing.get_context(FIRST_METHOD)
    children = started(ctx.Process(target=end) for end in (fail, kill_oneself))
    assert evidence(codes=joined(*children)) == [1, -9]


@claim("EXIT01")
def test_the_exit_code_is_none_until_the_end(reports, evidence):
    """exitcode is None before start() and while the child runs."""
    child = multiprocessing.get_context(FIRST_METHOD).Process(target=reports.reporter.hold)
    unstarted = child.exitcode
    child.start()
    reports.next()
    running = child.exitcode
    reports.release()
    joined(child)
    assert evidence(unstarted=unstarted, running=running, ended=child.exitcode) == (None, None, 0)


@claim("EXIT02")
@cases(method=("spawn", "forkserver"))
@applies(method=METHODS, because="Windows has no fork server")
@no_signals
def test_spawn_and_forkserver_give_the_same_exit_codes(method, evidence):
    """Under spawn and forkserver the exit codes are those of fork: 0, 3, 7, 1, -9."""
    ctx = multiprocessing.get_context(method)
    ends = [(give, (7,)), (sys.exit, (3,)), (os._exit, (7,)), (fail, ()), (kill_oneself, ())]
    children = started(ctx.Process(target=end, args=values) for end, values in ends)
    assert evidence(codes=joined(*children)) == [0, 3, 7, 1, -9]


@claim("EXIT03")
@predicts("RC32")
@no_signals
def test_a_terminated_child_has_the_signal_as_exit_code(ctx, reports, evidence):
    """terminate() gives the exit code -15, kill() -9, and SIGKILL from elsewhere -9 as well.

    To stop a process, call terminate(), and if it does not die after terminate(), as it ignores
    SIGTERM, kill().  That is the difference between terminate() and kill(): kill() cannot be
    ignored.  is_alive() may still be True right after terminate(): join() the process first.  The
    code is minus the signal (-SIGTERM, -SIGKILL) on POSIX, under every start method; a shell shows
    143 and 137.  -11 is a crash in C code (SIGSEGV, segmentation fault).  A -9 that nobody sent
    often comes from the kernel's out-of-memory killer.  On Windows terminate() and kill() give -15,
    and os.kill(pid, number) gives the number.
    """
    children = held(ctx, reports, 3)
    control(all(child.is_alive() for child in children), "the children run")
    children[0].terminate()
    children[1].kill()
    os.kill(children[2].pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert evidence(codes=joined(*children)) == [-15, -9, -9]


def tell_interruption(report):
    try:
        report.hold("ready")
    except KeyboardInterrupt as error:
        report((type(error).__name__, error.args))


def repeatedly(send, ended):
    """Send a signal until the process has ended: one that comes just before it blocks is lost.

    Not too soon: a second one interrupts what the process does about the first.
    """
    for _ in range(3):
        send()
        if outcome(until, ended, "its end", within=PATIENCE / 3) is None:
            return
    raise NotSeen("no signal has ended the process")


@claim("EXIT04")
@refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 added Process.interrupt() (gh-131913)",
    by=AttributeError,
)
@refuted(
    where=WINDOWS and since("3.14.0"),
    because="Windows has no signals: 3.14 and 3.15 give the method to its processes all the same",
    by="AttributeError: 'Popen' object has no attribute 'interrupt'",
)
def test_interrupt_raises_keyboard_interrupt_in_the_child(ctx, reports, evidence):
    """Process.interrupt() raises KeyboardInterrupt in the child, which may clean up and exit 0.

    terminate() ends the child without running finally blocks; interrupt() sends SIGINT, so they
    run.  Before 3.14: "AttributeError: '...Process' object has no attribute 'interrupt'"
    (gh-131913).  There: os.kill(process.pid, signal.SIGINT).  On Windows: "AttributeError: 'Popen'
    object has no attribute 'interrupt'".
    """
    child = ctx.Process(target=tell_interruption, args=(reports.reporter,))
    interrupt = child.interrupt
    child.start()
    try:
        reports.next()
        repeatedly(interrupt, lambda: not child.is_alive())
    finally:
        child.kill()
        joined(child)
    told = evidence(child_saw=reports.next(), exit_code=child.exitcode)
    assert told == (("KeyboardInterrupt", ()), 0)


def wait_interruptibly(report):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report.hold()


@claim("EXIT05")
@needs_fork
def test_sigint_ends_a_child_with_code_1(ctx, reports, evidence):
    """SIGINT ends a child of multiprocessing with exit code 1, but a bare interpreter with -2.

    Process catches the KeyboardInterrupt like any exception and prints it: "Process ...:" and
    a traceback that ends in KeyboardInterrupt.  A bare interpreter dies of the signal.
    """
    child = ctx.Process(target=wait_interruptibly, args=(reports.reporter,))
    child.start()
    reports.next()
    repeatedly(lambda: os.kill(child.pid, signal.SIGINT), lambda: not child.is_alive())
    assert evidence(exit_code=child.exitcode) == 1


WAIT_FOR_INPUT = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
sys.stdin.read()
"""


@claim("EXIT05")
@needs_fork
def test_sigint_ends_a_bare_interpreter_by_the_signal(programs, evidence):
    """SIGINT ends a bare interpreter with exit code -2, after a traceback."""
    program = programs.start(WAIT_FOR_INPUT)
    control(program.stdout.readline().strip() == b"ready", "the program has come to its wait")
    repeatedly(lambda: program.send_signal(signal.SIGINT), lambda: program.poll() is not None)
    ended = programs.finish(program)
    assert evidence(exit_code=ended.exit_code) == -signal.SIGINT
    assert ended.err.endswith("\nKeyboardInterrupt\n")


@claim("EXIT06")
def test_a_process_without_target_exits_with_0(ctx, evidence):
    """A Process without a target starts, does nothing, and exits with 0."""
    child = ctx.Process()
    child.start()
    assert evidence(exit_code=joined(child)[0]) == 0
    assert isinstance(child.pid, int)


@claim("EXIT07")
def test_signals_to_an_ended_process_are_ignored(evidence):
    """terminate() and kill() of a process that has ended do nothing; its exit code stays.

    They raise no ProcessLookupError, and hit no other process that has the pid since then.
    """
    child = multiprocessing.Process(target=sys.exit, args=(5,))
    child.start()
    joined(child)
    sent = []
    real_kill, os.kill = os.kill, lambda *arguments: sent.append(arguments)
    try:
        outcomes = [outcome(child.terminate), outcome(child.kill)]
    finally:
        os.kill = real_kill
    assert evidence(outcomes=outcomes, signals_sent=sent) == ([None, None], [])
    assert (child.exitcode, child.is_alive()) == (5, False)


def say_ready_and_wait(sending):
    sending.send("ready")
    while True:  # a signal that comes just before a wait is handled only after it
        threading.Event().wait(0.1)


def terminate_a_child():
    """Handle SIGTERM, terminate a child, and return its exit code; kill it if it lives on."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    signal.signal(signal.SIGTERM, lambda *_: sending.send("handled"))
    child = multiprocessing.Process(target=say_ready_and_wait, args=(sending,))
    child.start()
    receiving.recv()
    child.terminate()
    wait([receiving, child.sentinel], PATIENCE)
    child.kill()
    return joined(child)[0]


@claim("EXIT08")
@refuted(
    where=DEFAULT_START_METHOD == "fork",
    because="fork, the default of Linux before 3.14, copies the parent's signal handlers",
)
def test_terminate_ends_the_child_of_a_parent_that_handles_sigterm(programs, evidence):
    """terminate() ends a child even if its parent handles SIGTERM, by the default start method.

    A forked child inherits the handler, which runs in the child at terminate(): the child lives on,
    and join() hangs.  spawn (the default of macOS since 3.8, of Windows always) and forkserver (of
    Linux since 3.14) start with default handlers.  Instead: signal.signal(signal.SIGTERM,
    signal.SIG_DFL) in the target, or kill().
    """
    assert evidence(exit_code=programs.call(terminate_a_child)) == -signal.SIGTERM


def start_a_child_and_wait(report, daemon):
    child = multiprocessing.get_context("fork").Process(
        target=wait_and_tell, args=(report,), daemon=daemon
    )
    child.start()
    report.hold("parent")


def wait_and_tell(report):
    report.hold(os.getpid())
    report("lives on")
    os._exit(0)


def fate_of_a_grandchild(end, reports):
    """End a child that has a daemonic child; return the exit code, and what the latter does."""
    child = multiprocessing.get_context("fork").Process(
        target=start_a_child_and_wait, args=(reports.reporter, True)
    )
    child.start()
    (pid,) = (told for told in reports.collect(2) if told != "parent")
    end(child)
    until(lambda: not child.is_alive(), "the end of the child")  # see EXIT11 for join(timeout)
    lives = outcome(os.kill, pid, 0) is None
    reports.release()
    return child.exitcode, reports.next() if lives else "is gone"


@claim("EXIT09")
@needs_fork
@refuted(because="POSIX: a signal goes to one process, and SIGTERM ends it before it can clean up")
def test_terminate_ends_the_children_of_the_child_too(reports, evidence):
    """terminate() ends the whole tree of processes that the child has started.

    It ends that one process; its children go on as orphans (their parent is then pid 1 or a
    "subreaper").  Even daemonic ones do, as no exit handler runs.  Instead: a SIGTERM handler
    that ends them, or a process group and os.killpg().
    """
    code, grandchild = fate_of_a_grandchild(lambda child: child.terminate(), reports)
    control(code == -signal.SIGTERM, f"the child was terminated: {code}")
    assert evidence(grandchild=grandchild) == "is gone"


@claim("EXIT10")
@predicts("H43")
@needs_fork
def test_a_daemon_child_survives_a_killed_parent(reports, evidence):
    """If the parent is killed by SIGKILL, even its daemon child lives on, as an orphan.

    So child processes stay after the parent was killed.  "daemon" only means that the parent
    terminates the child when it exits *normally*: an exit handler does it, and SIGKILL (the
    out-of-memory killer, docker kill) lets none run.  The idle workers of an executor are left in
    the same way, waiting for a task for ever; those of a Pool read the end of their pipe, and end.
    Instead: let the child watch its parent (EXIT19).
    """
    seen = fate_of_a_grandchild(lambda parent: os.kill(parent.pid, signal.SIGKILL), reports)
    assert evidence(parent_and_daemon=seen) == (-9, "lives on")


@claim("EXIT11")
@needs_fork
@refuted(
    start_method=("fork", "spawn"),
    because="POSIX: the forked grandchild inherits the pipe that stands for the child's life",
)
def test_the_sentinel_is_ready_at_the_end_beside_a_grandchild(ctx, start_method, reports, evidence):
    """The sentinel is ready once the child has ended, even if a grandchild lives on.

    join(timeout) waits for it.  It is a pipe that closes with its last holder, and a grandchild
    made by fork holds it too: join(timeout) hangs for its whole timeout, though the child has
    long ended, while join() without a timeout returns.  Instead: poll is_alive().
    """
    child = ctx.Process(target=start_a_child_and_wait, args=(reports.reporter, False))
    child.start()
    reports.collect(2)
    child.kill()
    until(lambda: child.exitcode is not None, "the end of the child")
    ready = wait([child.sentinel], PATIENCE if start_method == "forkserver" else 0)
    reports.release()
    control(reports.next() == "lives on", "the grandchild outlives the child")
    assert evidence(sentinel_ready=ready) == [child.sentinel]


TOO_BIG = """\
import multiprocessing, os, sys

if __name__ == "__main__":
    parent = os.getpid()
    child = multiprocessing.get_context({method!r}).Process(target=sys.exit, args=(2**31,))
    try:
        child.start()
    except OverflowError:
        os.write(1, b"start() raises in the child\\n" if os.getpid() != parent else b"or here\\n")
        os._exit(1)
    child.join()
    print("the exit code is", child.exitcode)
"""


@claim("EXIT12")
@refuted(
    start_method="fork",
    because="CPython and PyPy: os._exit(n) of the forked child raises OverflowError",
)
def test_sys_exit_of_a_child_never_returns_from_start(start_method, programs, evidence):
    """sys.exit(n) in a target ends the child there, whatever number n is.

    Under fork a number of 2**31 or more makes the child's own os._exit() raise OverflowError:
    start() raises it *in the child*, which then runs on through the parent's code, a second
    time.  Under spawn the child of this program exits with 0 (on Windows with 4294967295), that of
    another number with what is left of it; under forkserver with 1.  Keep to 0-255.
    """
    finished = programs.run(TOO_BIG.format(method=start_method))
    control(finished.lines[-1].startswith("the exit code is"), f"the parent goes on: {finished}")
    assert "start() raises in the child" not in evidence(printed=finished.lines)


def end_beside_a_thread(how):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    how()


@claim("EXIT13")
@cases(end={"return": (dict, 0), "sys.exit()": (sys.exit, 0), "an error": (fail, 1)})
def test_an_exit_beside_a_daemon_thread_keeps_its_code(end, evidence):
    """A daemon thread of a child neither holds it back at its end nor changes its exit code."""
    how, code = end
    child = multiprocessing.Process(target=end_beside_a_thread, args=(how,))
    child.start()
    assert evidence(exit_code=joined(child)[0]) == code
