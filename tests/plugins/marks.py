"""The processes of the machine, and the mark by which those that come from a run are known.

No pytest here: the guard of a run needs this, too.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.harness.waiting import outcome

#: Where the kernel lists processes, if it does (Linux).
PROC = Path("/proc") if Path("/proc/self/stat").exists() else None

_FORK_SERVER = b"multiprocessing.forkserver"
_TRACKER = b"multiprocessing.resource_tracker"


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
        with suppress(OSError, ValueError):
            # The second field, the name, is in parentheses and may contain anything.
            state, parent, group = entry.read_text().rpartition(")")[2].split()[:3]
            yield Seen(int(entry.parent.name), int(parent), int(group), state not in "ZX")


def own_pid() -> int:
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
    return _TRACKER in command or (_FORK_SERVER in command and parent == own_pid())


class Mark:
    """Tags this process so that its descendants can be recognised.

    Any program started below it has the mark in its environment; a bare copy, made by fork,
    still has the pipe.  Neither depends on parents, which may be gone.
    """

    VARIABLE = "CONCURRENCY_SPECIFICATION_RUN"

    def __init__(self, text: str, descriptor: str, pipe: str, *, first: bool = False) -> None:
        #: Whether it is the first mark of this process (a test of the suite may run another).
        self.first = first
        #: What tells a mark in another process: ``Mark(*mark.words)``.
        self.words = (text, descriptor, pipe)

    @classmethod
    def put(cls) -> "Mark":
        """Mark this process."""
        outer = os.environ.get(cls.VARIABLE, "")
        text = f"{outer}/{own_pid()}-{secrets.token_hex(8)}"
        os.environ[cls.VARIABLE] = text
        descriptor = str(os.pipe()[0])
        pipe = str(_opened("self", descriptor))
        return cls(text, descriptor, pipe, first=f"/{own_pid()}-" not in outer)

    def pids(self) -> set[int]:
        """Return the pids of all live processes that bear the mark, less the two helpers."""
        return {
            seen.pid
            for seen in processes()
            if seen.alive and seen.pid != own_pid() and self._on(seen.pid)
            if not lasting(seen.pid, seen.parent)
        }

    def _on(self, pid: int) -> bool:
        text, descriptor, pipe = self.words
        environ = outcome(Path(f"/proc/{pid}/environ").read_bytes)
        marked = isinstance(environ, bytes) and text.encode() in environ
        return marked or _opened(str(pid), descriptor) == pipe


def _opened(pid: str, descriptor: str) -> str:
    """Return what a process has opened there; it differs from all pipes where that is not told."""
    return str(outcome(Path("/proc", pid, "fd", descriptor).readlink))
