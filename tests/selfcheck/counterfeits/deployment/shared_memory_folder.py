"""Counterfeits for the claims of library/deployment/test_shared_memory_folder.py."""

import errno
import sys

from .. import counterfeit
from .shared import convert

LINUX = sys.platform == "linux"


def raise_otherwise(number):
    """Let a semaphore that cannot be made, for this reason, raise a RuntimeError."""
    from multiprocessing import synchronize

    make = synchronize.SemLock.__init__

    def make_or_raise(self, *arguments, **keywords):
        try:
            make(self, *arguments, **keywords)
        except OSError as error:
            if error.errno == number:
                raise RuntimeError("no semaphore") from None
            raise

    synchronize.SemLock.__init__ = make_or_raise


@counterfeit("DEPLOY01", where=LINUX)
def semaphores_hide_a_read_only_folder():
    """Making a semaphore where /dev/shm is read-only raises RuntimeError."""
    raise_otherwise(errno.EROFS)


@counterfeit("DEPLOY04", where=LINUX)
def semaphores_hide_a_missing_folder():
    """Making a semaphore where /dev/shm is missing raises RuntimeError."""
    raise_otherwise(errno.ENOENT)


@counterfeit("DEPLOY38", where=LINUX)
def a_system_without_semaphores_raises_os_errors():
    """Making a Lock on a system without semaphores raises OSError."""
    convert("multiprocessing.context.BaseContext", "Lock", ImportError, OSError)


@counterfeit("DEPLOY05", where=LINUX)
def semaphores_hide_a_full_folder():
    """Making a semaphore where /dev/shm is full raises RuntimeError."""
    raise_otherwise(errno.ENOSPC)


@counterfeit("DEPLOY03", "DEPLOY01", where=LINUX)
def a_simple_queue_has_locks_of_threads():
    """A SimpleQueue of multiprocessing is guarded by locks of threading."""
    from multiprocessing import connection, queues
    from threading import Lock

    def make(self, *, ctx):
        self._reader, self._writer = connection.Pipe(duplex=False)
        self._rlock, self._wlock, self._poll = Lock(), Lock(), self._reader.poll

    queues.SimpleQueue.__init__ = make


@counterfeit("DEPLOY02", where=LINUX)
def a_pipe_has_a_lock():
    """Pipe() makes a Lock."""
    from multiprocessing import connection, get_context

    make = connection.Pipe

    def make_with_a_lock(duplex=True):
        get_context("fork").Lock()
        return make(duplex)

    connection.Pipe = make_with_a_lock


@counterfeit("DEPLOY06", where=LINUX)
def a_block_reserves_its_room():
    """SharedMemory asks the system for all of its memory when it is made."""
    import os
    from multiprocessing import shared_memory

    make = shared_memory.SharedMemory.__init__

    def make_and_reserve(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        os.posix_fallocate(self._fd, 0, self.size)

    shared_memory.SharedMemory.__init__ = make_and_reserve


@counterfeit("DEPLOY07", where=LINUX)
def an_array_is_always_in_the_folder():
    """An Array is a file in /dev/shm, whatever room there is."""
    from multiprocessing import heap

    heap.Arena._choose_dir = lambda self, size: "/dev/shm"  # noqa: S108
