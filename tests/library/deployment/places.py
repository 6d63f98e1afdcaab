"""Places where a program may have to run: other folders, users and roots, for one process alone.

Namespaces of Linux make them.  They need root, or a system that gives namespaces to every user; a
container often refuses both.  What a function of a fresh interpreter cannot have there it returns
as a refusal, which makes the spec inconclusive.
"""

import contextlib
import os
from pathlib import Path

from tests.harness import LINUX, Inconclusive, applies, in_a_fork

#: The namespaces of unshare(2), and the flags of mount(2).
MOUNTS, PIDS, _USERS = 0x20000, 0x20000000, 0x10000000
READ_ONLY, _RECURSIVE, _PRIVATE, _BIND = 1, 0x4000, 0x40000, 0x1000

#: mount_setattr(2) has this number on every architecture but Alpha.
_MOUNT_SETATTR, _HERE, _ALL_BELOW = 442, -100, 0x8000

_REFUSAL = "refused"

#: A user and a group that nobody else is.
NOBODY_ELSE = 54321

needs_linux = applies(where=LINUX, because="only Linux has namespaces and /dev/shm")


class Refused(Exception):
    """This machine does not let the program have such a place."""


def seen_in(programs, function, *arguments):
    """Return what the function returns in a fresh interpreter; one that is refused is inconclusive.

    It runs once for all specs.
    """
    seen = programs.once(function, *arguments)
    if isinstance(seen, dict) and _REFUSAL in seen:
        raise Inconclusive(f"this machine refuses such a place: {seen[_REFUSAL]}")
    return seen


def in_a_place(make, look):
    """Make the place, and return what there is to see; a refusal, if it cannot be made."""
    try:
        make()
    except Refused as refusal:
        return {_REFUSAL: str(refusal)}
    return look()


def in_a_child_of(make, look):
    """Do the same in a forked child, which leaves without exit handlers."""
    return in_a_fork(lambda: in_a_place(make, look))


@contextlib.contextmanager
def refusing():
    """Turn the errors of the system, and of a Python without ctypes, into a refusal."""
    try:
        yield
    except (OSError, ImportError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


def _call(name, *arguments):
    import ctypes  # here, for it would cost every child some milliseconds

    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)} ({name})")


def unshare(kind):
    """Give this process namespaces of its own; what is mounted there concerns nobody else."""
    with refusing():
        ids = os.getuid(), os.getgid()
        try:
            _call("unshare", kind)
        except PermissionError:
            _call("unshare", kind | _USERS)
            Path("/proc/self/setgroups").write_text("deny")
            for name, number in zip(("uid_map", "gid_map"), ids, strict=True):
                Path("/proc/self", name).write_text(f"0 {number} 1")
        if kind & MOUNTS:
            _call("mount", None, b"/", None, _RECURSIVE | _PRIVATE, None)


def mount_memory(folder, flags=0, options=""):
    """Mount an empty file system in memory there."""
    with refusing():
        _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options.encode())


def have_no_shared_memory_folder():
    """Mount a /dev that has a null device, and no folder shm."""
    unshare(MOUNTS)
    os.mkdir("dev")
    mount_memory("dev")
    with refusing():
        Path("dev/null").touch()
        _call("mount", b"/dev/null", b"dev/null", None, _BIND, None)
        _call("mount", b"dev", b"/dev", None, _BIND | _RECURSIVE, None)


def have_a_shared_memory_folder(flags=0, options=""):
    """Mount another /dev/shm."""
    unshare(MOUNTS)
    mount_memory("/dev/shm", flags, options)  # noqa: S108


def have_a_read_only_disk():
    """Make all file systems read-only but /dev/shm, as ``docker run --read-only`` does."""
    import ctypes
    import struct

    unshare(MOUNTS)
    with refusing():
        attributes = struct.pack("4Q", READ_ONLY, 0, 0, 0)
        size = ctypes.c_size_t(len(attributes))
        _call("syscall", _MOUNT_SETATTR, _HERE, b"/", _ALL_BELOW, attributes, size)
    mount_memory("/dev/shm")  # noqa: S108


def adopt_orphans():
    """Let this process be the "subreaper" of what it starts: the parent of all orphans there."""
    with refusing():
        _call("prctl", 36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
