"""Waiting for children: os.wait and its kin, and what a wait status says.

Where a spec waits for any child, it runs in a fresh interpreter, which has no others.

Source: https://docs.python.org/3/library/os.html#os.waitpid
"""

import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager

from tests.harness import (
    LINUX,
    MACOS,
    PATIENCE,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    kinds,
    leaving,
    needs_posix,
    outcome,
    refuted,
)
from tests.library.os.pidfds import pidfd_of


@contextmanager
def child():
    """Run a child that lives as long as the block, if nothing ends it before."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process


@claim("WAIT01")
@needs_posix
@cases(code=(0, 7, 255, -15, -9))
def test_a_wait_status_tells_how_a_child_ended(code, evidence):
    """waitstatus_to_exitcode() makes n of a status for exit code n, and -N of a death by signal N.

    The status that os.waitpid() and os.system() return is neither: exit code 7 is 1792.
    """
    status = os.system(f"exit {code}" if code >= 0 else f"kill {code} $$")
    evidence(status=status)
    assert evidence(exit_code=os.waitstatus_to_exitcode(status)) == code


@claim("WAIT01")
@needs_posix
@cases(code=(0, 7, 255))
def test_a_wait_status_of_an_exit_is_taken_apart(code, evidence):
    """Of a child that exited WIFEXITED() is true, and WEXITSTATUS() is its exit code."""
    status = os.system(f"exit {code}")
    assert evidence(exit_code=os.WEXITSTATUS(status)) == code
    assert os.WIFEXITED(status)
    assert not os.WIFSIGNALED(status)


@claim("WAIT01")
@needs_posix
@cases(number=(15, 9))
def test_a_wait_status_of_a_death_by_signal_is_taken_apart(number, evidence):
    """Of a child that a signal ended WIFSIGNALED() is true, and WTERMSIG() is the signal.

    WCOREDUMP() says whether the child left a core file.
    """
    status = os.system(f"kill -{number} $$")
    assert evidence(signal=os.WTERMSIG(status), core_file=os.WCOREDUMP(status)) == (number, False)
    assert os.WIFSIGNALED(status)
    assert not os.WIFEXITED(status)


@claim("WAIT02")
@needs_posix
def test_a_child_that_is_stopped_or_continued_is_told_only_if_asked_for(evidence):
    """waitpid() reports stopped children with WUNTRACED, and continued ones with WCONTINUED.

    Such a status is no end: waitstatus_to_exitcode() raises ValueError for a stopped child.
    """
    with child() as process:
        process.send_signal(signal.SIGSTOP)
        _, stopped = os.waitpid(process.pid, os.WUNTRACED)
        process.send_signal(signal.SIGCONT)
        _, continued = os.waitpid(process.pid, os.WCONTINUED)
    assert evidence(stopped=os.WIFSTOPPED(stopped), by=os.WSTOPSIG(stopped)) == (
        True,
        signal.SIGSTOP,
    )
    assert evidence(continued=os.WIFCONTINUED(continued)) is True
    exit_code = outcome(os.waitstatus_to_exitcode, stopped)
    assert evidence(exit_code_of_the_stopped=kinds([exit_code])) == ["ValueError"]


def polls():
    """Return what waitpid gives: without children, while one runs, at its end, and after it."""
    none = outcome(os.waitpid, -1, os.WNOHANG)
    reading, writing = os.pipe()
    child = leaving(lambda: os.read(reading, 1))
    running = os.waitpid(-1, os.WNOHANG)
    os.write(writing, b".")
    ended = os.waitpid(child, 0) == (child, 0)
    again = outcome(os.waitpid, child, os.WNOHANG)
    return kinds([none]), running, ended, kinds([again])


@claim("WAIT03")
@needs_posix
def test_polling_for_a_child_gives_nothing_while_it_runs(programs, evidence):
    """waitpid(-1, WNOHANG) is (0, 0) while children run; without any it is a ChildProcessError.

    A child can be waited for once: the second waitpid() is a ChildProcessError as well.
    """
    none, running, ended, again = programs.call(polls)
    assert evidence(while_one_runs=running, at_its_end=ended) == ((0, 0), True)
    assert evidence(without_children=none) == ["ChildProcessError"]
    assert evidence(a_second_time=again) == ["ChildProcessError"]


def exit_codes_as_waited_for():
    """Return the exit codes of children as each function returns them."""

    def exiting(code):
        return leaving(lambda: os._exit(code))

    found = []
    for code, wait in enumerate((os.wait, lambda: os.wait3(0), lambda: os.waitpid(-1, 0)), 3):
        exiting(code)
        found.append(os.WEXITSTATUS(wait()[1]))
    children = [exiting(code) for code in (10, 11, 12)]
    last_first = [os.wait4(child, 0) for child in reversed(children)]
    return found, [os.WEXITSTATUS(status) for _, status, _ in last_first]


@claim("WAIT04")
@needs_posix
def test_wait_takes_any_child_and_waitpid_the_one_that_is_named(programs, evidence):
    """os.wait(), wait3() and waitpid(-1) take any child that has ended; wait4(pid) just that one.

    "Any" may belong to other code: a child that subprocess or multiprocessing has started is then
    lost to it.  Name your child.
    """
    any_child, named = programs.call(exit_codes_as_waited_for)
    assert evidence(any_child=any_child, named=named) == ([3, 4, 5], [12, 11, 10])


def usage():
    leaving(lambda: None)
    *_, by_wait3 = os.wait3(0)
    *_, by_wait4 = os.wait4(leaving(lambda: None), 0)
    return kinds([by_wait3.ru_utime, by_wait4.ru_stime])


@claim("WAIT04")
@needs_posix
def test_wait3_and_wait4_tell_what_a_child_has_used(programs, evidence):
    """wait3() and wait4() also return the resources that the child has used, such as CPU time."""
    assert evidence(seconds=programs.call(usage)) == ["float", "float"]


def ends_of_children(wait):
    """Return how children end that exit with 7: while SIGCHLD is ignored, and by default."""
    ends = []
    for disposition in (signal.SIG_IGN, signal.SIG_DFL):
        signal.signal(signal.SIGCHLD, disposition)
        ends.append(outcome(wait))
    return ends


def waited_for():
    ignored, default = ends_of_children(lambda: os.waitpid(leaving(lambda: os._exit(7)), 0))
    return f"{type(ignored).__name__}: {ignored}", os.WEXITSTATUS(default[1])


@claim("WAIT05")
@needs_posix
def test_with_sigchld_ignored_children_vanish(programs, evidence):
    """With SIGCHLD ignored, children vanish when they end: waitpid() raises ChildProcessError.

    You might expect the system to keep the exit code until someone asks.  POSIX lets it reap the
    children of a process that ignores SIGCHLD, and waitpid() blocks until all are gone:
    "ChildProcessError: [Errno 10] No child processes".  SIG_IGN is inherited, so the parent's
    parent may have set it.  Restore signal.SIG_DFL before you start children.
    """
    ignored, default = programs.call(waited_for)
    evidence(sigchld_ignored=ignored, by_default=default)
    assert (ignored.split(":")[0], default) == ("ChildProcessError", 7)


def returncodes():
    return ends_of_children(lambda: subprocess.run(["/bin/sh", "-c", "exit 7"]).returncode)


@claim("WAIT05")
@needs_posix
def test_with_sigchld_ignored_every_subprocess_is_a_success(programs, evidence):
    """With SIGCHLD ignored, subprocess takes every child for a success: returncode is 0."""
    ignored, default = programs.call(returncodes)
    assert evidence(sigchld_ignored=ignored, by_default=default) == (0, 7)


@claim("WAIT06")
@needs_posix
@refuted(
    where=PYPY or (MACOS and before("3.13.0")),
    because="PyPy has no os.waitid(), and macOS only since 3.13 (gh-113536)",
    by="AttributeError: module 'os' has no attribute 'waitid'",
)
def test_waitid_tells_how_a_child_ended_and_can_leave_it_to_others(evidence):
    """os.waitid() returns a child's pid, and its exit code or signal, and may leave it unreaped.

    si_code says what si_status is: with CLD_EXITED the exit code, with CLD_KILLED the signal.  With
    WNOWAIT the child stays a zombie, until the next wait.  On PyPy, and on macOS before 3.13,
    "AttributeError: module 'os' has no attribute 'waitid'": use os.waitpid().
    """
    with child() as process:
        running = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG)
        process.kill()
        left = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        taken = os.waitid(os.P_PID, process.pid, os.WEXITED)
    by_kill = (process.pid, os.CLD_KILLED, signal.SIGKILL)
    assert evidence(while_it_runs=running) is None
    user = 0 if MACOS else os.getuid()  # macOS does not tell the user
    for ended in (left, taken):
        assert type(ended) is os.waitid_result
        assert (ended.si_uid, ended.si_signo) == (user, signal.SIGCHLD)
        assert evidence(ended=(ended.si_pid, ended.si_code, ended.si_status)) == by_kill


@claim("WAIT07")
@applies(where=LINUX, because="os.pidfd_open() exists only on Linux")
@refuted(
    where=not hasattr(os, "pidfd_open"),
    because="PyPy has no os.pidfd_open(), nor has what was built with the headers of an old Linux",
    by="AttributeError: module 'os' has no attribute 'pidfd_open'",
)
def test_a_pidfd_becomes_readable_when_its_process_ends(evidence):
    """A descriptor from os.pidfd_open() becomes readable when its process ends.

    So select and asyncio can await a child among other things, without SIGCHLD and without the risk
    that the pid is another process's by now.  On PyPy, and on builds for old Linux, use
    multiprocessing.connection.wait() on the sentinel of a Process.
    """
    with child() as process:
        descriptor = pidfd_of(process.pid)
        running = select.select([descriptor], [], [], 0)[0]
        process.kill()
        ended = select.select([descriptor], [], [], PATIENCE)[0]
        os.close(descriptor)
    assert evidence(while_it_runs=running, at_its_end=ended) == ([], [descriptor])


@claim("WAIT08")
@needs_posix
def test_kill_sends_a_signal_to_one_process(evidence):
    """os.kill() sends one process a signal, killpg() a whole group; signal 0 only probes.

    A process that has ended, and was waited for, is a ProcessLookupError.  A pid file is no sign of
    life: after a restart another process has that number, in a container often the program itself,
    and it is "already running" for ever.  Instead: lock the file, by fcntl.flock().
    """
    with child() as process:
        there = outcome(os.kill, process.pid, 0)
        os.kill(process.pid, signal.SIGTERM)
    gone = outcome(os.kill, process.pid, 0)
    assert evidence(ended_by=process.returncode) == -signal.SIGTERM
    assert evidence(there=there, gone=kinds([gone])) == (None, ["ProcessLookupError"])


@claim("WAIT08")
@needs_posix
def test_killpg_sends_a_signal_to_a_group(evidence):
    """os.killpg() sends a signal to a whole group, such as a child that leads one and its children.

    os.setsid() makes a process such a leader, or start_new_session=True of subprocess.
    """
    command = ["/bin/sh", "-c", "sleep 1000 & echo ready; wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as leader:
        leader.stdout.readline()
        os.killpg(leader.pid, signal.SIGKILL)
        rest = leader.stdout.read()  # ends when no process of the group is left to write
    assert evidence(leader_ended_by=leader.returncode, rest=rest) == (-signal.SIGKILL, b"")


@claim("WAIT09")
def test_a_subprocess_has_its_exit_code_as_returncode(evidence):
    """A subprocess has its exit code as returncode: None while it runs, -N if signal N ended it.

    subprocess is the portable way to run another program: it forks, or spawns, and waits.
    """
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        running = process.poll()
    assert evidence(while_it_runs=running, at_its_end=process.returncode) == (None, 7)


@claim("WAIT09")
@cases(number=(15, 9))
@refuted(where=WINDOWS, number="15", because="Windows: send_signal(15) is terminate()")
@refuted(
    where=WINDOWS,
    number="9",
    because="Windows: send_signal() takes 15 and what stands for Ctrl-C",
    by="ValueError: Unsupported signal: 9",
)
def test_a_subprocess_that_a_signal_ended_has_a_negative_returncode(number, evidence):
    """The returncode of a subprocess that signal N has ended is -N.

    On Windows it is what the process was ended with: 1 by terminate() and kill().  send_signal(9)
    raises on Windows "ValueError: Unsupported signal: 9".
    """
    with child() as process:
        process.send_signal(number)
    assert evidence(returncode=process.returncode) == -number
