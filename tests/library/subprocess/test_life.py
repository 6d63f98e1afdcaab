"""A Popen's life: who asks for the end of its child, who reaps it, signals, threads and forks.

Source: https://docs.python.org/3/library/subprocess.html#popen-objects
"""

import gc
import os
import signal
import subprocess
import warnings

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    before,
    cases,
    claim,
    control,
    in_a_fork,
    needs_fork,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    since,
    state_of,
    until,
)
from tests.library.subprocess.tether import tether

every_spec = [needs_posix]

#: A child that ends with 3 as soon as its standard input does.
WAITING = ["/bin/sh", "-c", "read line; exit 3"]


def zombie(command):
    """Start a command, and return its Popen when it has ended; nobody has asked for that."""
    process = subprocess.Popen(command)
    until(lambda: state_of(process.pid) == "Z", "the child to be a zombie")
    return process


@claim("POPEN07")
@cases(ask=("poll", "wait", "communicate"))
def test_a_popen_learns_of_the_end_only_when_it_is_asked(ask, evidence):
    """Popen.returncode stays None after its child has ended, until someone calls poll() or wait().

    You might test returncode in a loop, which never ends.  And until poll(), wait() or
    communicate() asks, the child is a zombie: ps lists it as "<defunct>", and it counts as one of
    the user's processes.
    """
    process = zombie(["/bin/sh", "-c", "exit 3"])
    unasked = process.returncode
    getattr(process, ask)()
    assert evidence(before=unasked, after=process.returncode) == (None, 3)
    assert evidence(state=state_of(process.pid)) == ""


@claim("POPEN08")
def test_a_popen_that_is_dropped_while_its_child_runs_warns(evidence):
    """Dropping a Popen does not end its child: "ResourceWarning: subprocess ... is still running".

    Python shows that warning only with -X dev or -W default.  The child runs on; if it has ended
    when the next Popen is made, that one reaps it, so it is a zombie until then.
    """
    with tether() as line, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        process = subprocess.Popen(["cat"], **line.streams)
        pid = process.pid
        del process
        gc.collect()
        lives = line.lives()
        line.cut()
        # Where there is no /proc, the Popen of ps has reaped it.
        until(lambda: state_of(pid) in ("Z", ""), "the child to be a zombie")
        subprocess.run(["true"])
    texts = [f"{one.category.__name__}: {one.message}" for one in caught]
    assert evidence(warnings=texts) == [f"ResourceWarning: subprocess {pid} is still running"]
    assert evidence(child_lives=lives, state_after_another_popen=state_of(pid)) == (True, "")


@claim("POPEN09")
def test_the_end_of_a_with_block_waits_for_the_child(background, evidence):
    """A with block of a Popen closes its pipes, and then waits for the child without a timeout.

    It does not kill the child: one that does not end makes the block hang.
    """

    def run_to_its_end(line):
        with subprocess.Popen(["cat"], stdout=subprocess.PIPE, **line.streams) as process:
            pass  # the child lives
        return process.returncode, process.stdout.closed

    with tether() as line:
        block = background(run_to_its_end, line)
        waits = never(lambda: block.finished)
        line.cut()
        assert evidence(waits=waits, returncode_and_closed=block.result()) == (True, (0, True))


def send_signal(process):
    process.send_signal(signal.SIGUSR1)


@claim("POPEN10")
@cases(function=(subprocess.Popen.kill, subprocess.Popen.terminate, send_signal))
def test_a_signal_to_a_child_that_has_ended_goes_nowhere(function, evidence):
    """Popen.kill(), terminate() and send_signal() do nothing if the child has ended.

    They poll() first, so that they never hit another process that has the child's pid by now.
    os.kill(process.pid, ...) has no such care.
    """
    process = zombie(["/bin/sh", "-c", "exit 3"])
    raised = outcome(function, process)
    assert evidence(raised=raised, returncode=process.returncode) == (None, 3)


@claim("POPEN11")
def test_a_child_can_ignore_terminate_but_not_kill(evidence):
    """terminate() only asks, by SIGTERM, which the child may ignore; kill() ends it by SIGKILL.

    A child that is killed cannot flush its output, nor end its own children.  Instead: terminate(),
    wait(timeout), and then kill().
    """
    command = ["/bin/sh", "-c", "trap '' TERM; echo ready >&2; cat"]
    with tether() as line, subprocess.Popen(command, **line.streams) as process:
        line.ready()
        process.terminate()
        survives = never(lambda: process.poll() is not None)
        process.kill()
        assert evidence(survives=survives, ended_by=process.wait(PATIENCE)) == (True, -9)


@claim("POPEN11")
def test_terminate_sends_a_sigterm_to_the_child(evidence):
    """terminate() sends SIGTERM: the returncode of a child that does not handle it is -15."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        process.terminate()
        assert evidence(ended_by=process.wait(PATIENCE)) == -signal.SIGTERM


@claim("POPEN12")
def test_a_shell_makes_a_positive_code_of_its_commands_signal(evidence):
    """A shell's exit code is 128 + N if signal N has ended its command; Popen's returncode is -N.

    So the same death is -9 without a shell, and may be 137 with one (shell=True, docker, make):
    there "137" is mostly the OOM killer's SIGKILL.
    """
    suicide = ["/bin/sh", "-c", "kill -9 $$"]
    below = subprocess.run(
        "/bin/sh -c 'kill -9 $$'; exit $?", shell=True, stderr=subprocess.DEVNULL
    )
    assert evidence(itself=subprocess.run(suicide).returncode) == -signal.SIGKILL
    assert evidence(below_a_shell=below.returncode) == 128 + signal.SIGKILL


def reaped_by(somebody):
    """Return what wait(), poll() and os.waitpid() give of children that exit with 3."""
    handler = {"a handler of SIGCHLD": reap, "SIG_IGN": signal.SIG_IGN}.get(somebody)
    signal.signal(signal.SIGCHLD, handler or signal.SIG_DFL)
    told = []
    for ask in ("wait", "poll"):
        process = subprocess.Popen(["/bin/sh", "-c", "exit 3"])
        if somebody == "waitpid(-1)":
            os.waitpid(-1, 0)
        until(lambda pid=process.pid: not state_of(pid), "the child to be reaped")
        told.append(getattr(process, ask)())
    error = outcome(os.waitpid, process.pid, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return told, f"{type(error).__name__}: {error}"


def reap(_number, _frame):
    """Reap all children that have ended, as servers do."""
    while not isinstance(pid := outcome(os.waitpid, -1, os.WNOHANG), OSError) and pid[0]:
        pass


SOMEBODY = ("waitpid(-1)", "a handler of SIGCHLD", "SIG_IGN")


def reaped_by_somebody():
    return {somebody: reaped_by(somebody) for somebody in SOMEBODY}


@claim("POPEN13")
@predicts("H04")
@cases(somebody=SOMEBODY)
def test_a_child_that_somebody_else_has_reaped_is_a_success(somebody, programs, evidence):
    """If somebody else has reaped the child, its returncode is 0, whatever its exit code was.

    You might expect an error.  Popen takes "ChildProcessError: [Errno 10] No child processes" for a
    success, so check=True passes, and nothing tells that the command has failed.  Culprits:
    os.waitpid(-1), os.wait(), a handler of SIGCHLD that reaps all, and SIGCHLD ignored (which
    children inherit).  Instead: let each Popen reap its own child; wait for pids by their number.
    """
    told, error = programs.once(reaped_by_somebody)[somebody]
    control(error.startswith("ChildProcessError: "), f"somebody reaps the child: {error}")
    assert evidence(wait_and_poll=told, os_waitpid=error)[0] == [0, 0]


def seen_from_a_fork():
    """Return what a fork sees of its parent's child and kill() does there, and the returncode."""
    with subprocess.Popen(WAITING, stdin=subprocess.PIPE) as process:
        told = in_a_fork(lambda: (process.poll(), outcome(process.kill)))
        lives = process.poll() is None
    return told, lives, process.returncode


@claim("POPEN14")
@needs_fork
def test_in_a_forked_child_the_processes_of_its_parent_have_succeeded(programs, evidence):
    """In a forked child poll() of its parent's running process is 0, and kill() does nothing.

    Only a parent can wait for a process, so waitpid() fails in the forked child, and Popen takes
    that for the end: for a success.  The process runs on.  So it is under the start method fork of
    multiprocessing, too.  Ask and kill in the process that made the Popen.
    """
    told, lives, returncode = programs.call(seen_from_a_fork)
    assert evidence(poll_and_kill_in_the_fork=told) == (0, None)
    assert evidence(lives=lives, returncode=returncode) == (True, 3)


@claim("POPEN15")
@cases(timeout=("None", "a long one"))
def test_several_threads_can_wait_for_one_child(timeout, background, evidence):
    """Popen.wait() can be called by several threads: each gets the exit code.

    A lock in the Popen lets only one of them reap the child, else the others would be told 0.
    """
    seconds = PATIENCE if timeout == "a long one" else None
    with subprocess.Popen(WAITING, stdin=subprocess.PIPE) as process:
        waiting = [background(process.wait, seconds) for _ in range(3)]
        wait = never(lambda: any(one.finished for one in waiting), during=GRACE / 3)
        process.stdin.close()
        codes = [one.result() for one in waiting]
    assert evidence(all_wait=wait, codes=codes) == (True, [3, 3, 3])


@claim("POPEN16")
def test_a_child_can_be_killed_while_a_thread_waits_for_it(background, evidence):
    """A thread can poll() and kill() the child for which another thread is in wait().

    wait() holds a lock as long as it waits, but poll() and kill() do not queue for it: poll()
    returns None, and kill() sends its signal at once.
    """
    with subprocess.Popen(WAITING, stdin=subprocess.PIPE) as process:
        waiting = background(process.wait)
        control(never(lambda: waiting.finished, during=GRACE / 3), "the thread waits")
        polled = process.poll()
        killing = background(process.kill)
        ended = outcome(waiting.result)
        assert evidence(polled=polled, wait_gives=ended) == (None, -signal.SIGKILL)
        killing.result()


LEAVING = """
import subprocess
subprocess.Popen(["/bin/sh", "-c", "read line; echo the child got $line"])
print("the program ends")
"""


@claim("POPEN17")
def test_a_program_does_not_wait_for_its_subprocesses(programs, evidence):
    """A program that ends leaves its subprocesses running: they are orphans from then on.

    You might expect them to be waited for, as threads and multiprocessing's processes are, or to be
    killed.  init, or what stands for it, adopts them.  Instead: use the Popen in a with block.
    """
    program = programs.start(LEAVING)
    exit_code = outcome(program.wait, PATIENCE)
    finished = programs.finish(program, send=b"a line\n")
    assert (exit_code, finished.err) == (0, "")
    assert evidence(printed=finished.lines) == ["the program ends", "the child got a line"]


DROPPING_AT_EXIT = """
import subprocess

class Handle:
    def __init__(self):
        self.process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)

    def __del__(self):
        print("at exit", flush=True)
        self.process.{method}()
        print(self.process.wait())

handle = Handle()
"""


@claim("POPEN53")
@predicts("N97")
@cases(method={"terminate": signal.SIGTERM, "kill": signal.SIGKILL})
@applies(where=not PYPY, because="PyPy does not call __del__ at exit")
@refuted(
    where=since("3.12.9", "3.13.2") and before("3.12.10", "3.13.3"),
    because="gh-118761: 3.12.9 and 3.13.2 imported signal in terminate() and kill()",
)
def test_a_finalizer_can_end_its_child_at_exit(method, programs, evidence):
    """terminate() and kill() work in a __del__ that Python calls at its exit.

    In 3.12.9 and 3.13.2 alone they import a module, too late: "Exception ignored in: <function
    Handle.__del__ ...", ImportError: "sys.meta_path is None, Python is likely shutting down", and
    the child is left running.  Your own __del__ must not import anything either.  Instead: end
    children in a with block, by atexit.register(), or by weakref.finalize().
    """
    name = {signal.SIGTERM: "terminate", signal.SIGKILL: "kill"}[method]
    program = programs.run(DROPPING_AT_EXIT.format(method=name))
    control(program.lines[:1] == ["at exit"], f"Python calls __del__: {program}")
    evidence(error=program.err.strip().rpartition("\n")[2])
    assert evidence(ended_by=program.lines[1:]) == [str(-method)]
