"""The processes of the machine, and the mark by which those that come from a run are known.

The guard of a run needs this, too, and has neither pytest nor time for more imports than ``os``.
"""

from __future__ import annotations

import os

# typing, and collections.abc, would take the guard of each run as long as all that it does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Whether the kernel lists processes in /proc (Linux).
PROC = os.path.exists("/proc/self/stat")

_FORK_SERVER = b"multiprocessing.forkserver"
_TRACKER = b"multiprocessing.resource_tracker"


class Seen:
    """A process as the kernel lists it."""

    def __init__(self, pid: int, parent: int, group: int, *, alive: bool) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.alive = alive


def told(path: str) -> bytes | None:
    """Return what the kernel tells in a file below /proc; None if it tells nothing, or no more."""
    try:
        with open(f"/proc/{path}", "rb") as file:
            return file.read()
    except OSError:
        return None


def listed(path: str) -> list[str]:
    """Return the numbers that name the entries of a folder below /proc; none if it is gone."""
    try:
        return [name for name in os.listdir(f"/proc/{path}") if name.isdigit()]
    except OSError:
        return []


def status(path: str) -> list[bytes]:
    """Return the fields of a ``stat`` below /proc, from the state on; none if it is gone."""
    # The field before, the name, is in parentheses and may contain anything.
    return (told(f"{path}/stat") or b"").rpartition(b")")[2].split()


def processes() -> Iterator[Seen]:
    """Yield the machine's processes from /proc; none where there is no /proc."""
    for pid in listed(""):
        if fields := status(pid):
            state, parent, group = fields[:3]
            yield Seen(int(pid), int(parent), int(group), alive=state not in (b"Z", b"X"))


def own_pid() -> int:
    """Return this process's pid as the kernel tells it: specs examine what ``os`` tells."""
    return int(os.readlink("/proc/self")) if PROC else os.getpid()


def lasting(pid: int, parent: int) -> bool:
    """Tell whether a process is one of the helpers; each ends by itself once nobody needs it.

    A tracker cleans up after those that were killed.  The children of a fork server, which are
    copies of it, look just like it.
    """
    command = told(f"{pid}/cmdline") or b""
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
    def put(cls) -> Mark:
        """Mark this process."""
        outer = os.environ.get(cls.VARIABLE, "")
        text = f"{outer}/{own_pid()}-{os.urandom(8).hex()}"
        os.environ[cls.VARIABLE] = text
        descriptor = str(os.pipe()[0])
        return cls(
            text, descriptor, _opened("self", descriptor), first=f"/{own_pid()}-" not in outer
        )

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
        return (
            text.encode() in (told(f"{pid}/environ") or b"")
            or _opened(str(pid), descriptor) == pipe
        )


def _opened(pid: str, descriptor: str) -> str:
    """Return what a process has opened there; it differs from all pipes where that is not told."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError as error:
        return str(error)
