"""Counterfeits for the claims of notes/test_8_fork.py."""

import os

from .. import counterfeit
from ..facts import FORK


def _forked(in_parent, in_child):
    """Replace os.fork: what it returns goes through one of the two functions."""
    fork = os.fork

    def counterfeited():
        pid = fork()
        return in_parent(pid) if pid else in_child()

    os.fork = counterfeited


@counterfeit("8.03", where=FORK)
def fork_returns_the_childs_own_pid_in_the_child():
    """In the child fork returns the child's pid as well (breaks 8.03)."""
    _forked(lambda pid: pid, os.getpid)


@counterfeit("8.03", where=FORK)
def fork_returns_one_in_the_child():
    """In the child fork returns 1 (breaks 8.03)."""
    _forked(lambda pid: pid, lambda: 1)


@counterfeit("8.03", where=FORK)
def fork_returns_zero_only_to_the_first_generation():
    """In a child of a child fork returns the generation (breaks the "always" of 8.03)."""
    generation = [-1]

    def in_child():
        generation[0] += 1
        return generation[0]

    _forked(lambda pid: pid, in_child)


@counterfeit("8.04", where=FORK)
def fork_returns_the_next_pid_in_the_parent():
    """In the parent fork returns a number one too high (breaks 8.04)."""
    _forked(lambda pid: pid + 1, lambda: 0)


@counterfeit("8.04", where=FORK)
def fork_returns_the_first_pid_again():
    """In the parent fork returns the first child's pid for every child (breaks 8.04)."""
    first = []

    def in_parent(pid):
        first.append(pid)
        return first[0]

    _forked(in_parent, lambda: 0)


@counterfeit("8.01", "8.09", where=FORK)
def fork_makes_no_process():
    """Fork returns 0 in the caller, and there is no other process (breaks 8.01)."""
    os.fork = lambda: 0


@counterfeit("8.01", where=FORK)
def fork_makes_two_processes():
    """Fork returns three times: once in the caller, and in two children (breaks 8.01)."""
    fork = os.fork

    def twice():
        pid = fork()
        if pid and fork() == 0:
            pid = 0
        return pid

    os.fork = twice


@counterfeit("8.02", where=FORK)
def a_forked_child_shares_lists():
    """A change of the caller's lists by the child is brought back to the parent (breaks 8.02)."""
    import json
    import sys

    fork, leave, wait = os.fork, os._exit, os.wait
    shared = []

    def forking():
        reading, writing = os.pipe()
        found = [v for v in sys._getframe(1).f_locals.values() if isinstance(v, list)]
        pid = fork()
        shared[:] = [(reading if pid else writing, found)]
        return pid

    def leaving(code):
        for pipe, lists in shared:
            os.write(pipe, json.dumps(lists).encode())
        leave(code)

    def waiting():
        result = wait()
        for pipe, lists in shared:
            for mine, childs in zip(lists, json.loads(os.read(pipe, 65536)), strict=True):
                mine[:] = childs
        return result

    os.fork, os._exit, os.wait = forking, leaving, waiting


@counterfeit("8.02", "8.07", where=FORK)
def a_forked_child_starts_empty():
    """The child does not have what the caller's lists contain (breaks 8.02)."""
    import sys

    fork = os.fork

    def forking():
        found = [v for v in sys._getframe(1).f_locals.values() if isinstance(v, list)]
        pid = fork()
        if pid == 0:
            for value in found:
                value.clear()
        return pid

    os.fork = forking


@counterfeit("8.05", "8.09", where=FORK)
def getppid_is_always_one():
    """Every process seems to be a child of the process with pid 1 (breaks 8.05)."""
    os.getppid = lambda: 1


@counterfeit("8.05", where=FORK)
def getppid_remembers_a_dead_parent():
    """getppid() goes on naming a parent that has ended (breaks 8.05)."""
    getppid, known = os.getppid, {}

    def remembering():
        return known.setdefault(os.getpid(), getppid())

    os.getppid = remembering


@counterfeit("8.05", "8.09", where=FORK)
def getppid_is_the_grandparent():
    """getppid() in a forked child is what it was in its parent (breaks 8.05)."""
    inherited = os.getppid()
    os.getppid = lambda: inherited


@counterfeit("8.06", where=FORK)
def fork_flushes_the_buffers():
    """Fork writes out the standard output first (breaks the doubling of 8.06)."""
    import sys

    fork = os.fork

    def flushing():
        sys.stdout.flush()
        return fork()

    os.fork = flushing


@counterfeit("8.06", where=FORK)
def standard_output_is_never_unbuffered():
    """A terminal, -u and PYTHONUNBUFFERED leave the output in the buffer (breaks 8.06)."""
    import sys

    sys.stdout.reconfigure(line_buffering=False, write_through=False)


@counterfeit("8.07", "8.10", where=FORK)
def fork_waits_for_the_child():
    """The parent goes on only when the child has ended, as with vfork (breaks 8.10)."""
    fork = os.fork

    def waiting():
        reading, writing = os.pipe()  # the child has the writing end, and nobody uses it
        pid = fork()
        if pid:
            os.close(writing)
            os.read(reading, 1)
        return pid

    os.fork = waiting


@counterfeit("8.07", "8.10", where=FORK)
def the_child_waits_for_the_parent():
    """The child goes on only once the parent waits for it or ends (breaks 8.07 and 8.10)."""
    fork, wait = os.fork, os.wait
    gates = []

    def forking():
        reading, writing = os.pipe()
        pid = fork()
        if pid == 0:
            os.close(writing)
            os.read(reading, 1)
        else:
            gates.append(writing)
        return pid

    def waiting():
        while gates:
            os.close(gates.pop())
        return wait()

    os.fork, os.wait = forking, waiting


@counterfeit("8.08")
def a_missing_fork_is_explained():
    """A missing fork raises NotImplementedError, with a reason (breaks 8.08)."""

    def lookup(name):
        if name == "fork":
            raise NotImplementedError("fork is not available on this platform")
        raise AttributeError(f"module 'os' has no attribute {name!r}")

    os.__getattr__ = lookup


@counterfeit("8.08")
def a_missing_fork_has_another_message():
    """A missing name raises AttributeError, but does not name it (breaks 8.08)."""

    def lookup(name):
        raise AttributeError("no such attribute")

    os.__getattr__ = lookup


@counterfeit("8.08")
def a_missing_fork_is_none():
    """A missing fork is None, as if it existed (breaks 8.08)."""

    def lookup(name):
        if name == "fork":
            return
        raise AttributeError(f"module 'os' has no attribute {name!r}")

    os.__getattr__ = lookup


@counterfeit("8.11", where=FORK)
def the_default_start_method_comes_last():
    """The start methods are listed with the default at the end (breaks 8.11)."""
    import multiprocessing

    first, *others = multiprocessing.get_all_start_methods()
    multiprocessing.get_all_start_methods = lambda: [*others, first]


@counterfeit("8.11", where=FORK)
def spawn_needs_fork():
    """The start method spawn forks (breaks 8.11: it is of no use where fork is missing)."""
    from multiprocessing import context
    from multiprocessing.popen_fork import Popen

    context.SpawnProcess._Popen = staticmethod(lambda process: Popen(process))


@counterfeit("8.11")
def subprocess_ignores_the_exit_code():
    """subprocess.run returns 0 for every program that ends (breaks 8.11)."""
    import subprocess

    run = subprocess.run

    def successful(*arguments, **keywords):
        finished = run(*arguments, **keywords)
        finished.returncode = 0
        return finished

    subprocess.run = successful


@counterfeit("8.12", where=FORK)
def children_are_reaped_by_themselves():
    """A child that ends leaves no zombie, as where SIGCHLD is ignored (breaks 8.12)."""
    fork = os.fork

    def reaping():
        import signal

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        return fork()

    os.fork = reaping


def _waiting(change):
    """Replace os.waitpid for the children of os.fork; subprocess and multiprocessing need it."""
    fork, waitpid = os.fork, os.waitpid
    forked = set()

    def forking():
        forked.add(pid := fork())
        return pid

    def waiting(pid, options):
        if pid not in forked:
            return waitpid(pid, options)
        return change(waitpid, pid)

    os.fork, os.waitpid = forking, waiting


@counterfeit("8.12", where=FORK)
def waitpid_gives_a_wrong_status():
    """waitpid() tells the exit code without its place in the status (breaks 8.12)."""

    def change(waitpid, pid):
        reaped, status = waitpid(pid, 0)
        return reaped, status >> 8

    _waiting(change)


@counterfeit("8.12", where=FORK)
def waitpid_may_be_repeated():
    """A second waitpid() returns the same as the first (breaks 8.12)."""
    known = {}

    def change(waitpid, pid):
        known[pid] = known.get(pid) or waitpid(pid, 0)
        return known[pid]

    _waiting(change)


@counterfeit("8.12", where=FORK and hasattr(os, "waitid"))
def waitpid_leaves_the_zombie():
    """waitpid() looks at the zombie and does not reap it (breaks 8.12)."""

    def change(waitpid, pid):
        seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return pid, seen.si_status << 8

    _waiting(change)
