"""Counterfeits for the claims of library/multiprocessing/test_shared_memory.py."""

import contextlib

from .. import counterfeit
from ..facts import FORK, POSIX, VERSION
from ..patching import patch


def _after_opening(change):
    """Call ``change(block, created)`` whenever a block has been opened."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self, name=None, create=False, *args, **kw):
        original(self, name, create, *args, **kw)
        change(self, create)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SHM11", "SHM08")
def a_taken_name_is_no_error():
    """Creating a block with a name that exists attaches to it."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self, name=None, create=False, *args, **kw):
        try:
            original(self, name, create, *args, **kw)
        except FileExistsError:
            self._flags = 2
            original(self, name, False)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SHM12", "SHM14", where=VERSION >= (3, 13))
def track_is_ignored():
    """Every block is tracked, whatever track= says."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self, *args, track=True, **kw):
        original(self, *args, **kw)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SHM15", where=VERSION >= (3, 13))
def track_is_pickled():
    """A pickled block is tracked as the original is."""
    from functools import partial
    from multiprocessing import shared_memory

    shared_memory.SharedMemory.__reduce__ = lambda self: (
        partial(shared_memory.SharedMemory, track=self._track),
        (self.name, False, self.size),
    )


@counterfeit("SHM13")
def attaching_is_not_tracked():
    """Only the creator of a block tells the resource tracker of it."""
    from multiprocessing import resource_tracker

    def change(block, created):
        if not created and getattr(block, "_track", True):
            resource_tracker.unregister(block._name, "shared_memory")

    _after_opening(change)


@counterfeit("SHM16")
def closing_ignores_views():
    """close() says nothing of a view that is in use."""

    def change(close):
        def silent(self):
            with contextlib.suppress(BufferError):
                close(self)

        return silent

    patch("multiprocessing.shared_memory.SharedMemory", close=change)


@counterfeit("SHM17")
def unlinking_twice_is_no_error():
    """A second unlink() says nothing."""

    def change(unlink):
        def silent(self):
            with contextlib.suppress(FileNotFoundError):
                unlink(self)

        return silent

    patch("multiprocessing.shared_memory.SharedMemory", unlink=change)


@counterfeit("SHM23", "SHM20", "MANAGER50")
def closing_unlinks():
    """close() removes the block as well."""
    import _posixshmem

    def change(close):
        def gone(self):
            opened = self._fd >= 0
            close(self)
            if opened:
                with contextlib.suppress(FileNotFoundError):
                    _posixshmem.shm_unlink(self._name)

        return gone

    patch("multiprocessing.shared_memory.SharedMemory", close=change)


@counterfeit("SHM20")
def blocks_are_called_otherwise():
    """The names that are made up begin otherwise."""
    from multiprocessing import shared_memory

    shared_memory._SHM_NAME_PREFIX = "/xsm_"


@counterfeit("SHM22", "SHM20")
def new_blocks_are_not_zeroed():
    """A new block holds what happens to be in memory."""

    def change(block, created):
        if created:
            block._buf[:] = b"x" * len(block._buf)

    _after_opening(change)


@counterfeit("SHM10", "SHM19")
def an_attached_page_lacks_its_last_byte():
    """Of a block of 4096 bytes, those who attach see 4095."""
    from multiprocessing.shared_memory import SharedMemory

    make = SharedMemory.__init__

    def attach_to_less(self, name=None, create=False, size=0, **options):
        make(self, name, create, size, **options)
        if not create and self._size == 4096:
            self._size, whole = 4095, self._buf
            self._buf = whole[:4095]
            whole.release()

    SharedMemory.__init__ = attach_to_less


@counterfeit("SHM21")
def a_block_is_shown_without_its_size():
    """repr() of a SharedMemory has no size."""
    from multiprocessing.shared_memory import SharedMemory

    SharedMemory.__repr__ = lambda self: f"SharedMemory({self.name!r})"


def _attach_for_reading(cls, name):
    memory = cls(name)
    memory._buf = memory._buf.toreadonly()
    return memory


@counterfeit("SHM24", "5.12")
def a_block_that_is_sent_can_only_be_read():
    """A SharedMemory that is unpickled is read-only."""
    from multiprocessing.shared_memory import SharedMemory

    SharedMemory.__reduce__ = lambda self: (_attach_for_reading, (type(self), self.name))


@counterfeit("SHM18")
def a_block_that_is_unlinked_is_closed():
    """unlink() closes the block as well."""
    from multiprocessing.shared_memory import SharedMemory

    unlink = SharedMemory.unlink

    def unlink_and_close(self):
        unlink(self)
        self.close()

    SharedMemory.unlink = unlink_and_close


@counterfeit("SHM25", where=FORK)
def colons_in_names_matter_the_other_way():
    """The resource tracker takes names with colons where it did not, and not where it did."""
    import sys

    takes = VERSION >= (3, 14, 1) or (3, 13, 10) <= VERSION < (3, 14)

    def change(send):
        def send_otherwise(self, command, name, rtype):
            if ":" in name and takes:
                print("ValueError: too many values to unpack (expected 3)", file=sys.stderr)
            send(self, command, name.replace(":", "_"), rtype)

        return send_otherwise

    patch("multiprocessing.resource_tracker.ResourceTracker", _send=change)


@counterfeit("SHM23", where=POSIX)
def closing_leaves_the_descriptor_open():
    """close() of a block forgets its descriptor."""

    def change(close):
        def leave(self):
            self._fd = -1
            close(self)

        return leave

    patch("multiprocessing.shared_memory.SharedMemory", close=change)
