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
    FORK,
    PATIENCE,
    PYPY,
    NotSeen,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    started,
    until,
)

WINDOWS = sys.platform == "win32"
NO_INTERRUPT = before("3.14.0") or PYPY


def give(value):
    return value


def fail():
    raise LookupError("the child fails")


def kill_oneself():
    os.kill(os.getpid(), signal.SIGKILL)


#: Ways to end, and the exit code that each must give.
ENDINGS = (
    (give, 7, 0),
    (sys.exit, None, 0),
    (sys.exit, 0, 0),
    (sys.exit, 3, 3),
    (sys.exit, 255, 255),
    (sys.exit, 256, 0),
    (sys.exit, -1, 255),
    (sys.exit, True, 1),
    (sys.exit, "a text", 1),
    (sys.exit, 2.5, 1),
    (os._exit, 7, 7),
    (os._exit, 0, 0),
)


@claim("MP01")
@applies(where=FORK, because="POSIX: exit codes of one byte and death by a signal")
def test_the_exit_code_says_how_a_child_has_ended(reports, evidence):
    """exitcode is 0 after a return, n % 256 after sys.exit(n), 1 after an error, -N by signal N.

    None means that the child has not ended (or not started).  What the target returns is lost,
    and so is the exception: send them through a queue or pipe.  sys.exit(None) gives 0, and 1
    what is no integer, such as sys.exit("a text").  One byte is left of n: 256 gives 0, -1 255.
    """
    ctx = multiprocessing.get_context("fork")
    waiting = ctx.Process(target=reports.reporter.hold)
    before = waiting.exitcode
    waiting.start()
    reports.next()
    during = waiting.exitcode
    children = started(ctx.Process(target=end, args=(value,)) for end, value, _ in ENDINGS)
    children += started(ctx.Process(target=end) for end in (fail, kill_oneself))
    codes = joined(*children)
    reports.release()
    evidence(before_start=before, while_it_runs=during, codes=codes)
    assert joined(waiting) == [0]
    assert (before, during) == (None, None)
    assert codes == [code for _, _, code in ENDINGS] + [1, -9]
    assert [type(code) for code in codes] == [int] * len(codes)


@claim("MP02")
@cases(importing_method=["spawn", "forkserver"])
@applies(where=FORK, because="POSIX: exit codes of one byte and death by a signal")
def test_spawn_and_forkserver_give_the_same_exit_codes(importing_method, evidence):
    """Under spawn and forkserver the exit codes are those of fork: 0, 3, 7, 1, -9."""
    ctx = multiprocessing.get_context(importing_method)
    ways = [(give, (7,)), (sys.exit, (3,)), (os._exit, (7,)), (fail, ())]
    children = started(ctx.Process(target=end, args=values) for end, values in ways)
    children += started([ctx.Process(target=kill_oneself)])
    codes = joined(*children)
    evidence(codes=codes)
    assert codes == [0, 3, 7, 1, -9]


@claim("MP03")
@predicts("RC32")
@refuted(where=WINDOWS, because="Windows: there are no signals; kill() is terminate(), code -15")
def test_a_terminated_child_has_the_signal_as_exit_code(ctx, reports, evidence):
    """terminate() gives the exit code -15, kill() -9, and SIGKILL from elsewhere -9 as well.

    The code is minus the signal (-SIGTERM, -SIGKILL) on POSIX, under every start method; a shell
    would say 143 and 137.  -9 that nobody sent is often the kernel's out-of-memory killer.
    """
    report = reports.reporter
    children = started(ctx.Process(target=report.hold, args=(i,)) for i in range(3))
    assert sorted(reports.collect(3)) == [0, 1, 2]
    alive = [child.is_alive() for child in children]
    returned = [children[0].terminate(), children[1].kill()]
    os.kill(children[2].pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    codes = joined(*children)
    evidence(codes=codes)
    assert alive == [True] * 3
    assert returned == [None, None]
    assert codes == [-15, -9, -9]


def tell_interruption(report):
    try:
        report.hold("ready")
    except KeyboardInterrupt as error:
        report((type(error).__name__, error.args))


def repeatedly(send, ended):
    """Send a signal until the process has ended: one that comes just before it blocks is lost."""
    for _ in range(int(PATIENCE)):
        send()
        if outcome(until, ended, "its end", within=1) is None:
            return
    raise NotSeen("no signal has ended the process")


def interrupted(child, send):
    repeatedly(send, lambda: not child.is_alive())
    return joined(child)[0]


@claim("MP04")
@refuted(where=NO_INTERRUPT, because="3.14 added Process.interrupt() (gh-131913)")
def test_interrupt_raises_keyboard_interrupt_in_the_child(ctx, reports, evidence):
    """Process.interrupt() raises KeyboardInterrupt in the child, which may clean up and exit 0.

    terminate() ends the child without running finally blocks; interrupt() sends SIGINT, so they
    run.  Before 3.14: AttributeError: 'Process' object has no attribute 'interrupt'
    (gh-131913).  There: os.kill(process.pid, signal.SIGINT).
    """
    child = ctx.Process(target=tell_interruption, args=(reports.reporter,))
    child.start()
    ready = reports.next()
    interrupt = outcome(getattr, child, "interrupt")
    missing = isinstance(interrupt, AttributeError)
    if missing:
        child.kill()
        joined(child)
    else:
        code = interrupted(child, interrupt)
    control(ready == "ready", "the child has come to its wait")
    assert not missing, "Process has no interrupt()"
    told = reports.next()
    evidence(child_saw=told, exit_code=code)
    assert told == ("KeyboardInterrupt", ())
    assert code == 0


WAIT_ON_A_PIPE = """\
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
sys.stdin.read()
"""


_bare_interpreter = {}


def interrupted_program(programs):
    """Start a bare interpreter, interrupt it, and return how it ended (only once)."""
    program = programs.start(WAIT_ON_A_PIPE)
    control(program.stdout.readline().strip() == b"ready", "the program has come to its wait")
    repeatedly(lambda: program.send_signal(signal.SIGINT), lambda: program.poll() is not None)
    _bare_interpreter["ended"] = programs.finish(program)
    return _bare_interpreter["ended"]


def wait_interruptibly(report):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report.hold()


@claim("Z24")
@applies(where=FORK, because="POSIX: death by a signal")
def test_sigint_ends_a_process_with_code_1(ctx, reports, programs, evidence):
    """SIGINT ends a child of multiprocessing with exit code 1, but a bare interpreter with -2.

    Process catches the KeyboardInterrupt like any exception and prints it: "Process ...:" and
    a traceback that ends in KeyboardInterrupt.  An interpreter dies of the signal instead.
    """
    child = ctx.Process(target=wait_interruptibly, args=(reports.reporter,))
    child.start()
    reports.next()
    as_process = interrupted(child, lambda: os.kill(child.pid, signal.SIGINT))

    bare = _bare_interpreter.get("ended") or interrupted_program(programs)
    last_line = (bare.err.splitlines() or [""])[-1]
    evidence(exit_code=as_process, bare_interpreter=bare.exit_code, its_last_line=last_line)
    assert as_process == 1
    assert bare.exit_code == -2
    assert last_line == "KeyboardInterrupt"


@claim("MP23")
def test_a_process_without_target_exits_with_0(ctx, evidence):
    """A Process without a target starts, does nothing, and exits with 0."""
    child = ctx.Process()
    child.start()
    code = joined(child)[0]
    evidence(exit_code=code)
    assert isinstance(child.pid, int)
    assert code == 0


@claim("MP28")
def test_signals_to_an_ended_process_are_ignored(evidence):
    """terminate() and kill() of a process that has ended do nothing; its exit code stays.

    No ProcessLookupError is raised, and no other process that got the pid since is hit.
    """
    child = multiprocessing.Process(target=sys.exit, args=(5,))
    child.start()
    code = joined(child)[0]
    sent = []
    real_kill, os.kill = os.kill, lambda *arguments: sent.append(arguments)
    try:
        outcomes = [outcome(child.terminate), outcome(child.kill)]
    finally:
        os.kill = real_kill
    evidence(outcomes=outcomes, exit_code=child.exitcode)
    assert code == 5
    assert (outcomes, sent) == ([None, None], [])
    assert (child.exitcode, child.is_alive()) == (5, False)


HANDLED = """\
import multiprocessing
import os
import signal

def wait(ready):
    ready.send(os.getpid())
    ready.recv()

def handler(number, frame):
    os.write(1, b"the handler of the parent runs in " + (
        b"the parent\\n" if os.getpid() == main_pid else b"the child\\n"))

if __name__ == "__main__":
    main_pid = os.getpid()
    signal.signal(signal.SIGTERM, handler)
    multiprocessing = multiprocessing.get_context({method!r})
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=wait, args=(theirs,))
    child.start()
    print(ours.recv() == child.pid, flush=True)
    child.terminate()
    child.join(0.15 if {method!r} == "fork" else {patience})
    print(child.exitcode, flush=True)
    child.kill()
    child.join()
    print(child.exitcode, flush=True)
"""


@claim("MP29")
@applies(where=FORK, because="POSIX: signal handlers and terminate() by SIGTERM")
@refuted(
    where=DEFAULT_START_METHOD == "fork",
    because="POSIX: fork, the default before 3.14, copies the parent's signal handlers",
)
def test_terminate_ends_the_child_of_a_parent_that_handles_sigterm(programs, evidence):
    """terminate() ends a child even if its parent handles SIGTERM, by the default start method.

    A forked child inherits the handler, which runs in the child at terminate(): the child lives
    on, and join() hangs.  spawn and forkserver (default since 3.14) start with default
    handlers.  Instead: signal.signal(signal.SIGTERM, signal.SIG_DFL) in the target, or kill().
    """
    method = DEFAULT_START_METHOD
    finished = programs.run(HANDLED.format(method=method, patience=PATIENCE))
    evidence(start_method=method, printed=finished.lines)
    known = (
        ["True", "the handler of the parent runs in the child", "None", "-9"],
        ["True", "-15", "-15"],
    )
    control(finished.lines in known, f"the program printed {finished.lines}\n{finished.err}")
    assert finished.lines == known[1]


def start_a_child_and_wait(report, daemon):
    child = multiprocessing.get_context("fork").Process(
        target=wait_and_tell, args=(report,), daemon=daemon
    )
    child.start()
    report.hold("parent")


def wait_and_tell(report):
    report.hold(os.getpid())
    report("still here")
    os._exit(0)


def survivor_of(how, daemon, reports):
    """Start a child that starts a child, end the first, and return what the second tells."""
    parent = multiprocessing.get_context("fork").Process(
        target=start_a_child_and_wait, args=(reports.reporter, daemon)
    )
    parent.start()
    ready = reports.collect(2)
    how(parent)
    until(lambda: not parent.is_alive(), "the end of the child")  # see MP33 for join(timeout)
    code = parent.exitcode
    (pid,) = (value for value in ready if value != "parent")
    alive = outcome(os.kill, pid, 0) is None
    reports.release()
    told = outcome(reports.next) if alive else "it is gone"
    return code, told


@claim("MP30")
@applies(where=FORK, because="POSIX: raw signals, and fork for the processes")
@refuted(because="POSIX: a signal goes to one process, and SIGTERM ends it before it can clean up")
def test_terminate_ends_the_children_of_the_child_too(reports, evidence):
    """terminate() ends the whole tree of processes that the child has started.

    It ends that one process; its children go on as orphans (their parent is then pid 1 or a
    "subreaper").  Even daemonic ones do, as no exit handler runs.  Instead: a SIGTERM handler
    that ends them, or a process group and os.killpg().
    """
    code, told = survivor_of(lambda parent: parent.terminate(), True, reports)
    evidence(exit_code=code, grandchild=told)
    control(code == -signal.SIGTERM, f"the child was terminated: {code}")
    control(told in ("still here", "it is gone"), f"the grandchild told {told!r}")
    assert told == "it is gone"


@claim("Z16")
@applies(where=FORK, because="POSIX: SIGKILL, and fork for the processes")
def test_a_daemon_child_survives_a_killed_parent(reports, evidence):
    """If the parent is killed by SIGKILL, even its daemon child lives on, as an orphan.

    "daemon" only means that the parent terminates the child when it exits *normally*: an exit
    handler does it, and SIGKILL (the out-of-memory killer, docker kill) lets none run.
    Instead: let the child watch parent_process().sentinel, or parent_process().is_alive().
    """
    code, told = survivor_of(lambda parent: os.kill(parent.pid, signal.SIGKILL), True, reports)
    evidence(parent=code, daemon_child=told)
    assert code == -9
    assert told == "still here"


@claim("MP33")
@applies(where=FORK, because="POSIX: fork for the grandchild")
@refuted(
    start_method=("fork", "spawn"),
    because="POSIX: the forked grandchild inherits the pipe that stands for the child's life",
)
def test_the_sentinel_is_ready_at_the_end_beside_a_grandchild(ctx, start_method, reports, evidence):
    """The sentinel is ready once the child has ended, even if a child of its own lives on.

    join(timeout) waits for it.  It is a pipe that closes with its last holder, and a grandchild
    made by fork holds it too: join(timeout) hangs for its whole timeout, though the child has
    long ended, while join() without a timeout returns.  Instead: poll is_alive().
    """
    child = ctx.Process(target=start_a_child_and_wait, args=(reports.reporter, False))
    child.start()
    ready = len(reports.collect(2))
    child.kill()
    until(lambda: child.exitcode is not None, "the end of the child")
    signalled = wait([child.sentinel], PATIENCE if start_method == "forkserver" else 0)
    reports.release()
    told = reports.next()
    evidence(exit_code=child.exitcode, sentinel_ready=bool(signalled))
    control((ready, child.exitcode, told) == (2, -9, "still here"), f"{child!r}, {told}")
    assert signalled == [child.sentinel]


TOO_BIG = """\
import multiprocessing
import os
import sys

def leave():
    sys.exit(2 ** 31)

if __name__ == "__main__":
    parent = os.getpid()
    child = multiprocessing.get_context({method!r}).Process(target=leave)
    try:
        child.start()
    except OverflowError:
        os.write(1, b"start() raises OverflowError, but not in the parent\\n")
        os._exit(77 if os.getpid() != parent else 78)
    child.join()
    print("exit code", child.exitcode)
"""
EXIT_CODE_TOO_BIG = {
    "fork": ["start() raises OverflowError, but not in the parent", "exit code 77"],
    "spawn": ["exit code 0"],
    "forkserver": ["exit code 1"],
}


@claim("MP31")
@applies(where=FORK, because="POSIX: Windows has exit codes of 32 bits")
@refuted(
    start_method="fork",
    because="CPython and PyPy: os._exit(n) of the forked child raises OverflowError",
)
def test_sys_exit_of_a_child_never_returns_from_start(start_method, programs, evidence):
    """sys.exit(n) in a target ends the child there, whatever number n is.

    Under fork a number of 2**31 or more makes the child's own os._exit() raise OverflowError:
    start() raises it *in the child*, which then runs on through the parent's code, a second
    time.  Under spawn it exits with 0, under forkserver with 1.  Keep to 0-255.
    """
    finished = programs.run(TOO_BIG.format(method=start_method))
    evidence(printed=finished.lines)
    control(
        finished.lines == EXIT_CODE_TOO_BIG[start_method],
        f"the program printed {finished.lines}\n{finished.err}",
    )
    assert "start() raises" not in finished.out


def end_beside_a_thread(how):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    how()


@claim("MP32")
def test_an_exit_beside_a_daemon_thread_keeps_its_code(evidence):
    """A daemon thread of a child neither holds it back at its end nor changes its exit code."""
    children = started(
        multiprocessing.Process(target=end_beside_a_thread, args=(how,))
        for how in (fail, dict, sys.exit)
    )
    codes = joined(*children)
    evidence(codes=codes)
    assert codes == [1, 0, 0]
