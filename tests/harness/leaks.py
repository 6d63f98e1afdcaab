"""What a spec may leave behind: nothing.  Finds leftover processes and threads, and ends them.

Two helpers of multiprocessing are meant to live until the end of the session and are not
counted: the fork server and the resource tracker.
"""

import atexit
import contextlib
import gc
import multiprocessing
import os
import secrets
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

from tests.harness.background import Task
from tests.harness.waiting import outcome, until

#: Where the kernel lists processes, if it does (Linux).
PROC = Path("/proc") if Path("/proc/self/stat").exists() else None

_FORK_SERVER = b"multiprocessing.forkserver"
_TRACKER = b"multiprocessing.resource_tracker"
_SIGKILL = signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM


@dataclass(frozen=True)
class Seen:
    """A process as the kernel lists it."""

    pid: int
    parent: int
    group: int
    alive: bool


def processes() -> Iterator[Seen]:
    """Yield the machine's processes from /proc; none where there is no /proc."""
    for entry in PROC.glob("[0-9]*/stat") if PROC else ():
        with contextlib.suppress(OSError, ValueError):
            # The second field, the name, is in parentheses and may contain anything.
            state, parent, group = entry.read_text().rpartition(")")[2].split()[:3]
            yield Seen(int(entry.parent.name), int(parent), int(group), state not in "ZX")


def _own_pid() -> int:
    """Return this process's pid as the kernel tells it: specs examine what ``os`` tells."""
    return int(Path("/proc/self").readlink().name) if PROC else os.getpid()


def lasting(pid: int, parent: int) -> bool:
    """Tell whether a process is one of the helpers; each ends by itself once nobody needs it.

    A tracker cleans up after those that were killed.  The children of a fork server, which are
    copies of it, look just like it.
    """
    command = outcome(Path(f"/proc/{pid}/cmdline").read_bytes)
    if not isinstance(command, bytes):
        return False
    return _TRACKER in command or (_FORK_SERVER in command and parent == _own_pid())


def _direct_children() -> set[int]:
    """Return the pids of this process's direct children, zombies included, from /proc."""
    if PROC is None:
        return set()
    try:
        # By thread, in one small file each: a look at every process takes a hundred times longer.
        lists = [path.read_text() for path in PROC.glob("self/task/*/children")]
    except OSError:  # a thread that has just ended
        lists = []
    if lists:
        return {int(pid) for text in lists for pid in text.split()}
    me = _own_pid()
    return {seen.pid for seen in processes() if seen.parent == me}


def child_pids() -> set[int]:
    """Return the pids of this process's children, zombies included, less the two helpers.

    They are those that multiprocessing knows (under forkserver they are children of the fork
    server) and, where there is a /proc, every direct child.
    """
    known = {process.pid or 0 for process in multiprocessing.active_children()}
    return known | {pid for pid in _direct_children() if not lasting(pid, _own_pid())}


def children_left(keep: set[int]) -> list[str]:
    """Return a description of each child that is not among ``keep``."""
    # A helper that has only just been started cannot be recognised: it has no command line yet.
    outcome(until, lambda: child_pids() <= keep, "helpers to be known as such", within=1)
    names = {process.pid: process.name for process in multiprocessing.active_children()}
    left = sorted(child_pids() - keep)
    return [f"process {names[p]} (pid {p})" if p in names else f"child pid {p}" for p in left]


class Mark:
    """Marks this process, so that all that comes from it can be told from all else.

    Any program started below it has the mark in its environment; a bare copy, made by fork,
    still has the pipe.  Neither depends on parents, which may be gone.
    """

    _VARIABLE = "CONCURRENCY_SPECIFICATION_RUN"

    def __init__(self) -> None:
        outer = os.environ.get(self._VARIABLE, "")
        #: Whether it is the first mark of this process (a test of the suite may run another).
        self.first = f"/{_own_pid()}-" not in outer
        self._text = f"{outer}/{_own_pid()}-{secrets.token_hex(8)}"
        os.environ[self._VARIABLE] = self._text
        self._pipe = Path("fd", str(os.pipe()[0]))
        self._pipes_name = self._opened("self")

    def pids(self) -> set[int]:
        """Return the pids of all live processes that bear the mark, less the two helpers."""
        return {
            seen.pid
            for seen in processes()
            if seen.alive and seen.pid != _own_pid() and self._on(seen.pid)
            if not lasting(seen.pid, seen.parent)
        }

    def _on(self, pid: int) -> bool:
        environ = outcome(Path(f"/proc/{pid}/environ").read_bytes)
        marked = isinstance(environ, bytes) and self._text.encode() in environ
        return marked or self._opened(str(pid)) == self._pipes_name

    def _opened(self, pid: str) -> object:
        return outcome(Path("/proc", pid, self._pipe).readlink)


def end_processes(mark: Mark, keep: set[int]) -> None:
    """Kill all that comes from this process, less ``keep``, until there is no more of it."""
    outcome(until, lambda: not _end_once(mark, keep), "everything to end", within=5)


def _end_once(mark: Mark, keep: set[int]) -> bool:
    """Kill whatever is there now, and tell whether there was anything."""
    doomed = (mark.pids() | child_pids()) - keep
    for pid in doomed:
        outcome(os.kill, pid, _SIGKILL)
    for process in multiprocessing.active_children():
        if process.pid in doomed:
            process.join(5)
    for pid in doomed & _direct_children():
        outcome(os.waitpid, pid, 0)
    return bool(doomed)


def let_go() -> None:
    """Terminate all pools, and drop what the test that failed last holds in its variables.

    A pool replaces each worker that is killed, and lives on while a task is unfinished.
    Managers and executors end with the last reference to them, and clean up after themselves.
    """
    for pool in [thing for thing in gc.get_objects() if issubclass(type(thing), Pool)]:
        outcome(Task(pool.terminate, ()).result, within=2)  # may wait for a worker that is dead
    outcome(Task(_drop_variables, ()).result, within=2)


def _drop_variables() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        traceback.clear_frames(getattr(sys, "last_traceback", None))
        gc.collect()


def threads() -> set[threading.Thread]:
    """Return the live threads that were started through the threading module.

    A thread that was not becomes a dummy there once it asks for current_thread(), as join()
    does; up to 3.12, and on PyPy, the dummy outlives it.
    """
    return {thread for thread in threading.enumerate() if type(thread).__name__ != "_DummyThread"}


def kernel_threads() -> int:
    """Return how many threads of this process the kernel knows (0 where there is no /proc).

    One that has been joined may still be there for a moment, and let go of its last objects.
    """
    return len([*(PROC / "self/task").iterdir()]) if PROC else 0


def threads_left(keep: set[threading.Thread]) -> list[str]:
    """Give threads that are not among ``keep`` a moment to end; return those that have not."""
    outcome(until, lambda: threads() <= keep, "threads to end", within=1)
    return [f"thread {thread.name}" for thread in threads() - keep]


def leave_if_stuck(exit_code: int) -> None:
    """Leave this process at once if a thread would keep it from ending, maybe for ever."""
    if all(thread.daemon for thread in threads() - {threading.main_thread()}):
        return
    # As multiprocessing does in the children that it forks: temporary folders go then.
    outcome(Task(atexit._run_exitfuncs, ()).result, within=5)  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        outcome(stream.flush)
    os._exit(exit_code)
