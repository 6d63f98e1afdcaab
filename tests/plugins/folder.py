"""The temporary folder of a run, in which all others are made; those of runs that were killed go.

A run holds a lock in its folder.  The system releases it when the last process of the run is gone,
however that ends, in whatever namespace it was; so a folder whose lock is free has no user.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.harness.interpreter import POSIX

#: So many bytes long a temporary directory may be: paths of sockets are at most 107 bytes long (103
#: on macOS), and multiprocessing's are 44 bytes longer than its directory.
LONGEST = 59

_PREFIX, _LOCK = "cs-", "concurrency-specification.lock"


def temporary_directory() -> str:
    """Return where the folder belongs: in the usual place, or in /tmp if that is too long."""
    usual = tempfile.gettempdir()
    return "/tmp" if POSIX and len(os.fsencode(usual)) > LONGEST else usual  # noqa: S108


class Folder:
    """A temporary folder, until ``remove()``; raises OSError if none can be made."""

    def __init__(self) -> None:
        directory = temporary_directory()
        self.name = tempfile.mkdtemp(prefix=_PREFIX, dir=directory)
        #: The open file by which the lock is held; the process holds it until it ends.
        self._held = _hold(Path(self.name)) if POSIX else None
        for other in Path(directory).glob(f"{_PREFIX}*/{_LOCK}") if POSIX else ():
            _remove_if_dead(other)

    def remove(self) -> None:
        """Remove the folder with all that is in it, as far as possible."""
        shutil.rmtree(self.name, ignore_errors=True)


def _hold(folder: Path) -> int:
    """Make a lock and hold it before anybody can see it; return the descriptor of its file."""
    import fcntl

    new = os.open(folder / "new", os.O_CREAT | os.O_RDWR)
    with suppress(OSError):  # some file systems have no locks: then nobody removes the folder
        fcntl.flock(new, fcntl.LOCK_EX)
        (folder / "new").rename(folder / _LOCK)
    return new


def _remove_if_dead(lock: Path) -> None:
    """Remove a folder of a dead run of this user; one that is alive holds its lock."""
    import fcntl

    with suppress(OSError):
        if lock.stat().st_uid != os.getuid() or lock.parent.is_symlink():
            return
        descriptor = os.open(lock, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
        finally:
            os.close(descriptor)
