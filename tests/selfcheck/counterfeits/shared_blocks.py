"""Counterfeits of shared memory, ShareableList, and the resource tracker."""

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "2.", "3.", "8.0", "8.10", "8.12")

HAS_TRACK = sys.version_info >= (3, 13)
COPIES_WAIT = (
    sys.implementation.name != "pypy"
    and (3, 12, 10) <= sys.version_info[:3] < (3, 14, 1)
    and not (3, 13, 0) <= sys.version_info[:3] < (3, 13, 3)
    and not (3, 13, 10) <= sys.version_info[:3] < (3, 14)
)


def _after_opening(change: Callable[[Any, bool], None]) -> None:
    """Call ``change(block, created)`` whenever a block has been opened."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self: Any, name: Any = None, create: bool = False, *args: Any, **kw: Any) -> None:
        original(self, name, create, *args, **kw)
        change(self, create)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SM01", "SM11", "SM12", "SM15", "SM18", "SM21", "X21")
def an_attached_block_is_a_copy() -> None:
    """Who attaches to a block has a private copy of it."""
    import mmap

    def change(block: Any, created: bool) -> None:
        if not created:
            block._buf.release()
            block._mmap.close()
            block._mmap = mmap.mmap(block._fd, block._size, flags=mmap.MAP_PRIVATE)
            block._buf = memoryview(block._mmap)

    _after_opening(change)


@counterfeit("SM02", "SM21")
def a_taken_name_is_no_error() -> None:
    """Creating a block with a name that exists attaches to it."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self: Any, name: Any = None, create: bool = False, *args: Any, **kw: Any) -> None:
        try:
            original(self, name, create, *args, **kw)
        except FileExistsError:
            self._flags = 2
            original(self, name, False)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SM01", "SM13", "SM15", "SM17", "SM18")
def sizes_are_rounded_to_pages() -> None:
    """The size of a block is a multiple of 4096, and one page more."""
    from multiprocessing import shared_memory

    shared_memory.SharedMemory.size = property(lambda self: (self._size // 4096 + 1) * 4096)


@counterfeit("SM03", "MX13", where=HAS_TRACK)
def track_is_ignored() -> None:
    """Every block is tracked, whatever track= says."""
    from multiprocessing import shared_memory

    original = shared_memory.SharedMemory.__init__

    def __init__(self: Any, *args: Any, track: bool = True, **kw: Any) -> None:
        original(self, *args, **kw)

    shared_memory.SharedMemory.__init__ = __init__


@counterfeit("SM14", where=HAS_TRACK)
def track_is_pickled() -> None:
    """A pickled block is tracked as the original is."""
    from functools import partial
    from multiprocessing import shared_memory

    shared_memory.SharedMemory.__reduce__ = lambda self: (
        partial(shared_memory.SharedMemory, track=self._track),
        (self.name, False, self.size),
    )


@counterfeit("SM05")
def attaching_is_not_tracked() -> None:
    """Only the creator of a block tells the resource tracker of it."""
    from multiprocessing import resource_tracker

    def change(block: Any, created: bool) -> None:
        if not created and getattr(block, "_track", True):
            resource_tracker.unregister(block._name, "shared_memory")

    _after_opening(change)


def _wrap(name: str, change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a method of SharedMemory by what ``change`` makes of it."""
    from multiprocessing import shared_memory

    kind = shared_memory.SharedMemory
    setattr(kind, name, change(getattr(kind, name)))


@counterfeit("SM06")
def closing_ignores_views() -> None:
    """close() says nothing of a view that is in use."""

    def change(close: Callable[..., Any]) -> Callable[..., Any]:
        def silent(self: Any) -> None:
            with contextlib.suppress(BufferError):
                close(self)

        return silent

    _wrap("close", change)


@counterfeit("SM07")
def unlinking_twice_is_no_error() -> None:
    """A second unlink() says nothing."""

    def change(unlink: Callable[..., Any]) -> Callable[..., Any]:
        def silent(self: Any) -> None:
            with contextlib.suppress(FileNotFoundError):
                unlink(self)

        return silent

    _wrap("unlink", change)


@counterfeit("SM07", "SM12", "SM23", "X21", "Z22")
def unlinking_does_nothing() -> None:
    """unlink() leaves the block to the resource tracker."""
    _wrap("unlink", lambda unlink: lambda self: None)


@counterfeit("SM17", "Z22", "SM12")
def closing_unlinks() -> None:
    """close() removes the block as well."""
    import _posixshmem

    def change(close: Callable[..., Any]) -> Callable[..., Any]:
        def gone(self: Any) -> None:
            opened = self._fd >= 0
            close(self)
            if opened:
                with contextlib.suppress(FileNotFoundError):
                    _posixshmem.shm_unlink(self._name)

        return gone

    _wrap("close", change)


@counterfeit("Z22")
def blocks_are_called_otherwise() -> None:
    """The names that are made up begin otherwise."""
    from multiprocessing import shared_memory

    shared_memory._SHM_NAME_PREFIX = "/xsm_"


@counterfeit("SM16", "Z22")
def new_blocks_are_not_zeroed() -> None:
    """A new block holds what happens to be in memory."""

    def change(block: Any, created: bool) -> None:
        if created:
            block._buf[:] = b"x" * len(block._buf)

    _after_opening(change)


@counterfeit("SM08")
def long_text_is_cut() -> None:
    """A ShareableList cuts what is longer than its slot."""
    from multiprocessing import shared_memory

    original = shared_memory.ShareableList.__setitem__

    def cut(self: Any, position: int, value: Any) -> None:
        original(self, position, value[:8] if isinstance(value, (str, bytes)) else value)

    shared_memory.ShareableList.__setitem__ = cut


@counterfeit("SM09")
def all_nuls_are_dropped() -> None:
    """A ShareableList drops the NULs inside of text, too."""
    from multiprocessing import shared_memory

    codes = shared_memory.ShareableList._back_transforms_mapping
    codes[1] = lambda value: value.replace(b"\0", b"").decode()
    codes[2] = lambda value: value.replace(b"\0", b"")


@counterfeit("SM10")
def large_numbers_wrap() -> None:
    """A ShareableList keeps the last 64 bits of an int."""
    from multiprocessing import shared_memory

    original = shared_memory.ShareableList.__setitem__

    def wrap(self: Any, position: int, value: Any) -> None:
        if type(value) is int:
            value = (value + 2**63) % 2**64 - 2**63
        original(self, position, value)

    shared_memory.ShareableList.__setitem__ = wrap


@counterfeit("X22")
def the_last_match_is_found() -> None:
    """index() gives the last equal item, and count() counts the types apart."""
    from multiprocessing import shared_memory

    kind = shared_memory.ShareableList
    kind.index = lambda self, value: len(self) - 1 - list(self)[::-1].index(value)
    kind.count = lambda self, value: sum(type(x) is type(value) and x == value for x in self)


@counterfeit("SM19")
def text_is_latin() -> None:
    """A ShareableList encodes text as Latin-1."""
    from multiprocessing import shared_memory

    shared_memory._encoding = "latin-1"


@counterfeit("SM20")
def a_slot_keeps_its_format() -> None:
    """The format of a ShareableList is that of its beginning."""
    from multiprocessing import shared_memory

    kind = shared_memory.ShareableList
    get = kind.format.fget

    def first(self: Any) -> Any:
        return vars(self).setdefault("first", get(self))

    kind.format = property(first)


@counterfeit("SM11", "SM21", "SM22", "X22")
def the_last_item_is_not_iterated() -> None:
    """A ShareableList has one item less than it was given."""
    from multiprocessing import shared_memory

    length = shared_memory.ShareableList.__len__
    item = shared_memory.ShareableList.__getitem__

    def get(self: Any, position: int) -> Any:
        if position == length(self) - 1:
            raise IndexError
        return item(self, position)

    shared_memory.ShareableList.__getitem__ = get


@counterfeit("SM12", "SM23")
def a_manager_leaves_its_blocks() -> None:
    """A SharedMemoryManager does not unlink its blocks."""
    from multiprocessing import managers

    managers._SharedMemoryTracker.unlink = lambda self: None


@counterfeit("SM04", "SM05", "RT04", "RT06")
def the_tracker_removes_nothing() -> None:
    """The resource tracker warns of blocks that were left, and leaves them."""
    from multiprocessing import resource_tracker

    resource_tracker._CLEANUP_FUNCS["shared_memory"] = lambda name: None


@counterfeit("SM04", "SM05", "X04", "X24", "RT02", "RT04", "RT06")
def the_tracker_is_silent() -> None:
    """The resource tracker warns of nothing."""
    import types
    from multiprocessing import resource_tracker

    resource_tracker.warnings = types.SimpleNamespace(warn=lambda *args, **kw: None)


@counterfeit("RT05")
def the_tracker_forgets_nothing() -> None:
    """unregister() tells the resource tracker nothing."""
    from multiprocessing import resource_tracker

    resource_tracker.unregister = lambda name, kind: None


@counterfeit("RT01", "RT03")
def the_tracker_is_always_needed() -> None:
    """Every child and every lock starts the resource tracker."""
    from multiprocessing import popen_fork, resource_tracker, synchronize

    for kind in (popen_fork.Popen, synchronize.SemLock):
        original = kind.__init__

        def __init__(self: Any, *args: Any, original: Any = original) -> None:
            resource_tracker.ensure_running()
            original(self, *args)

        kind.__init__ = __init__


@counterfeit("X25")
def the_tracker_obeys_signals() -> None:
    """SIGTERM and SIGINT end the resource tracker."""
    import signal
    import types
    from multiprocessing import resource_tracker

    shim = types.SimpleNamespace(**vars(signal))
    shim.signal = lambda number, handler: signal.signal(number, signal.SIG_DFL)
    resource_tracker.signal = shim


@counterfeit("RT07", where=not COPIES_WAIT)
def a_copy_of_a_process_complains() -> None:
    """A child that was forked writes to its standard error."""
    import os

    os.register_at_fork(after_in_child=lambda: os.write(2, b"noise\n"))


@counterfeit("RT07", where=COPIES_WAIT)
def a_copy_of_a_process_does_not_wait() -> None:
    """Nobody waits for the resource tracker at the end."""
    from multiprocessing import resource_tracker

    del resource_tracker.ResourceTracker.__del__
