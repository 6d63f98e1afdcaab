"""Waiting for children: os.wait and its kin, and what a wait status says.

Each spec runs in a fresh interpreter, which has no children but those that the spec makes.

Source: https://docs.python.org/3/library/os.html#os.waitpid
"""

import os
import select
import signal
import subprocess
import sys

from tests.harness import (
    FORK,
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    claim,
    control,
    leaving,
    outcome,
    refuted,
)

needs_fork = applies(where=FORK, because="os.fork() exists only on POSIX")


def die_by(number):
    """End this process by a signal that nobody handles, and without a core file."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), number)


def statuses():
    """Return, for children with various ends, what each function makes of the wait status."""
    found = []
    codes = [lambda code=code: os._exit(code) for code in (0, 7, 255)]
    signals = (signal.SIGTERM, signal.SIGKILL, signal.SIGABRT)
    for end in codes + [lambda number=number: die_by(number) for number in signals]:
        _, status = os.waitpid(leaving(end), 0)
        exited, killed = os.WIFEXITED(status), os.WIFSIGNALED(status)
        detail = os.WEXITSTATUS(status) if exited else os.WTERMSIG(status)
        dumped = os.WCOREDUMP(status)
        found.append((os.waitstatus_to_exitcode(status), exited, killed, detail, dumped))
    return found


@claim("FK01")
@needs_fork
def test_a_wait_status_tells_how_a_child_ended(programs, evidence):
    """waitstatus_to_exitcode() makes n of a status for exit code n, and -N of a death by signal N.

    The status of waitpid() itself is neither: exit code 7 is 1792.  The W... functions take it
    apart: WIFEXITED and WEXITSTATUS, WIFSIGNALED and WTERMSIG, WCOREDUMP.
    """
    found = programs.call(statuses)
    evidence(exit_codes=[code for code, *_ in found])
    by_exit = [(code, True, False, code, False) for code in (0, 7, 255)]
    by_signal = [(-number, False, True, number, False) for number in (15, 9, 6)]
    assert found == by_exit + by_signal


def stopped_and_continued():
    """Return what is told of a child that is stopped, continued, and killed."""
    child = leaving(signal.pause)
    told = []
    for number, options in ((signal.SIGSTOP, os.WUNTRACED), (signal.SIGCONT, os.WCONTINUED)):
        os.kill(child, number)
        _, status = os.waitpid(child, options)
        stopped = os.WIFSTOPPED(status)
        code = outcome(os.waitstatus_to_exitcode, status)
        by = os.WSTOPSIG(status) if stopped else None
        told.append((stopped, by, os.WIFCONTINUED(status), type(code).__name__))
    os.kill(child, signal.SIGKILL)
    return told, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@claim("FK33")
@needs_fork
def test_a_child_that_is_stopped_or_continued_is_told_only_if_asked_for(programs, evidence):
    """waitpid() tells of stopped children with WUNTRACED, and of continued ones with WCONTINUED.

    Such a status is no end: waitstatus_to_exitcode() raises ValueError for a stopped child.
    """
    (stopped, continued), end = programs.call(stopped_and_continued)
    evidence(stopped=stopped, continued=continued, end=end)
    assert stopped == (True, signal.SIGSTOP, False, "ValueError")
    assert continued[:3] == (False, None, True)
    assert end == -signal.SIGKILL


def polled():
    """Return what WNOHANG gives: without children, with a live one, with an ended one, after."""
    none = outcome(os.waitpid, -1, os.WNOHANG)
    reading, writing = os.pipe()
    child = leaving(lambda: os.read(reading, 1))
    alive = os.waitpid(-1, os.WNOHANG)
    os.write(writing, b".")
    ended = os.waitpid(child, 0)
    again = outcome(os.waitpid, child, os.WNOHANG)
    return type(none).__name__, alive, ended == (child, 0), type(again).__name__


@claim("FK12")
@needs_fork
def test_polling_for_a_child_gives_nothing_while_it_runs(programs, evidence):
    """waitpid(-1, WNOHANG) is (0, 0) while children run; without any it is a ChildProcessError.

    A child can be waited for once: the second waitpid() is a ChildProcessError as well.
    """
    none, alive, ended, again = programs.call(polled)
    evidence(without_children=none, while_one_runs=alive, after_its_end=again)
    assert none == "ChildProcessError"
    assert alive == (0, 0)
    assert ended is True
    assert again == "ChildProcessError"


def waited_one_by_one():
    """Return the exit codes that each of the functions gives for the child that has ended."""
    given = []
    waiters = (os.wait, lambda: os.wait3(0), lambda: os.waitpid(-1, 0))
    for number, wait in enumerate(waiters, start=3):
        child = leaving(lambda number=number: os._exit(number))
        pid, status, *usage = wait()
        seconds = [type(one.ru_utime).__name__ for one in usage]
        given.append((pid == child, os.WEXITSTATUS(status), seconds))
    children = [leaving(lambda number=number: os._exit(number)) for number in (10, 11, 12)]
    last_first = [os.wait4(child, 0) for child in reversed(children)]
    given.append([os.WEXITSTATUS(status) for _, status, _ in last_first])
    return given, [pid for pid, *_ in last_first] == children[::-1], outcome(os.wait).errno


@claim("FK34")
@needs_fork
def test_wait_takes_any_child_and_waitpid_the_one_that_is_named(programs, evidence):
    """os.wait(), wait3() and waitpid(-1) take any child that has ended; wait4(pid) just that one.

    wait3() and wait4() also tell what resources the child used.  "Any" may be somebody else's: a
    child that subprocess or multiprocessing has started is then lost to it.  Name your child.
    """
    (any1, any3, anyp, named), in_order, error = programs.call(waited_one_by_one)
    evidence(any=[any1, any3, anyp], named=named)
    assert any1 == (True, 3, [])
    assert any3 == (True, 4, ["float"])
    assert anyp == (True, 5, [])
    assert (named, in_order) == ([12, 11, 10], True)
    assert error == 10  # ECHILD


def reaped_by_the_system():
    """Return what waitpid gives for a child that ends while SIGCHLD is ignored, and then not."""
    ends = []
    for disposition in (signal.SIG_IGN, signal.SIG_DFL):
        signal.signal(signal.SIGCHLD, disposition)
        child = leaving(lambda: os._exit(7))
        ends.append(outcome(os.waitpid, child, 0))
    ignored, default = ends
    return type(ignored).__name__, os.WEXITSTATUS(default[1])


@claim("FK27")
@needs_fork
def test_with_sigchld_ignored_children_vanish(programs, evidence):
    """With SIGCHLD ignored, children vanish when they end: waitpid() raises ChildProcessError.

    One would expect the exit code to wait for whoever asks.  POSIX lets the system reap the
    children of a process that ignores SIGCHLD, and waitpid() blocks until all are gone.  subprocess
    then reports 0.  Restore signal.SIG_DFL before you start children.
    """
    ignored, default = programs.call(reaped_by_the_system)
    evidence(with_sigchld_ignored=ignored, by_default=default)
    assert ignored == "ChildProcessError"
    assert default == 7


def waited_by_id():
    """Return what waitid tells of children: left waitable, by pid, and killed; None without it."""
    if not hasattr(os, "waitid"):
        return None
    child = leaving(lambda: os._exit(7))
    left = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    taken = os.waitid(os.P_PID, child, os.WEXITED)
    killed = leaving(signal.pause)
    early = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)
    os.kill(killed, signal.SIGKILL)
    ended = os.waitid(os.P_ALL, 0, os.WEXITED)
    mine = [told.si_pid - pid for told, pid in ((left, child), (taken, child), (ended, killed))]
    same = (left.si_uid, left.si_signo) == (os.getuid(), signal.SIGCHLD)
    codes = [(told.si_code, told.si_status) for told in (left, taken, ended)]
    return mine, same, codes, early, isinstance(left, os.waitid_result)


@claim("FK15")
@needs_fork
@refuted(where=PYPY, because="PyPy has no os.waitid()")
def test_waitid_tells_how_a_child_ended_and_can_leave_it_to_others(programs, evidence):
    """os.waitid() tells a child's pid, and its exit code or signal, and may leave it to be waited.

    si_code says what si_status is: with CLD_EXITED the exit code, with CLD_KILLED the signal.  With
    WNOWAIT the child stays a zombie, for whoever waits next.  Instead, on PyPy: os.waitpid().
    """
    told = programs.call(waited_by_id)
    evidence(told=told)
    control((told is None) == (not hasattr(os, "waitid")), "it is there, but was not called")
    assert told is not None
    mine, same_user, codes, early, of_its_type = told
    assert (mine, same_user, early, of_its_type) == ([0, 0, 0], True, None, True)
    exited = (os.CLD_EXITED, 7)
    assert codes == [exited, exited, (os.CLD_KILLED, signal.SIGKILL)]


def watched_by_pidfd():
    """Return when a pidfd is ready to read, and what waitid gives for it; None without pidfds."""
    if not hasattr(os, "pidfd_open"):
        return None
    child = leaving(signal.pause)
    descriptor = os.pidfd_open(child)
    before = select.select([descriptor], [], [], 0)[0]
    os.kill(child, signal.SIGKILL)
    after = select.select([descriptor], [], [], PATIENCE)[0] == [descriptor]
    told = os.waitid(os.P_PIDFD, descriptor, os.WEXITED)
    inheritable = os.get_inheritable(descriptor)
    os.close(descriptor)
    return before, after, (told.si_pid == child, told.si_status), inheritable


@claim("FK16")
@needs_fork
@applies(where=sys.platform == "linux", because="os.pidfd_open() exists only on Linux")
@refuted(where=PYPY, because="PyPy has no os.pidfd_open()")
def test_a_pidfd_becomes_readable_when_its_process_ends(programs, evidence):
    """A descriptor from os.pidfd_open() becomes readable when its process ends.

    So select and asyncio can await a child beside other things, without SIGCHLD and without the
    risk that the pid is another process's by now.  Instead, on PyPy:
    multiprocessing.connection.wait() on the sentinel of a Process.
    """
    seen = programs.call(watched_by_pidfd)
    evidence(seen=seen)
    control((seen is None) == (not hasattr(os, "pidfd_open")), "it is there, but was not called")
    assert seen == ([], True, (True, signal.SIGKILL), False)


def signals_to_children():
    """Return what kill and killpg do: probe, end one, and end a group."""
    child = leaving(signal.pause)
    probe = os.kill(child, 0)
    os.kill(child, signal.SIGTERM)
    one = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    gone = outcome(os.kill, child, 0)
    reading, writing = os.pipe()

    def lead():
        os.setsid()
        leaving(lambda: (os.write(writing, b"."), signal.pause()))
        os.write(writing, b".")
        signal.pause()

    leader = leaving(lead)
    os.close(writing)
    both = os.read(reading, 1) + os.read(reading, 1)
    os.killpg(leader, signal.SIGKILL)
    group = os.waitstatus_to_exitcode(os.waitpid(leader, 0)[1])
    # The pipe's end tells that nobody of the group has it any more.
    ended = (
        select.select([reading], [], [], PATIENCE)[0] == [reading] and os.read(reading, 1) == b""
    )
    return probe, one, type(gone).__name__, both, group, ended


@claim("FK35")
@needs_fork
def test_kill_sends_a_signal_to_a_process_and_killpg_to_a_group(programs, evidence):
    """os.kill() sends one process a signal, killpg() a whole group; signal 0 only asks for it.

    Whoever is gone, and waited for, is a ProcessLookupError.  A child that calls os.setsid() leads
    a new group, with which its own children can be ended too.
    """
    probe, one, gone, both, group, ended = programs.call(signals_to_children)
    evidence(ended_by=one, probed_later=gone, leader_ended_by=group, grandchild_ended=ended)
    assert (probe, one, gone) == (None, -signal.SIGTERM, "ProcessLookupError")
    assert (both, group, ended) == (b"..", -signal.SIGKILL, True)


WAITING = "import sys; sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.read()"


@claim("FK24")
@applies(where=hasattr(signal, "SIGKILL"), because="POSIX: Windows ends processes without signals")
def test_a_subprocess_that_a_signal_ended_has_a_negative_returncode(evidence):
    """A subprocess has its exit code as returncode: None while it runs, -N if signal N ended it.

    subprocess is the portable way to run another program: it forks, or spawns, and waits.
    """
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"]) as leaving_with_7:
        pass
    ends = [leaving_with_7.returncode]
    for end in (subprocess.Popen.terminate, subprocess.Popen.kill):
        command = [sys.executable, "-c", WAITING]
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        with subprocess.Popen(command, **pipes) as process:
            control(process.stdout.read(5) == b"ready", "the program has not started")
            late = outcome(process.wait, timeout=GRACE)
            running = process.poll()
            end(process)
            ends.append(process.wait())
        assert (type(late), running) == (subprocess.TimeoutExpired, None)
    evidence(returncodes=ends)
    assert ends == [7, -15, -9]
