"""Counterfeits for the claims of library/multiprocessing/test_manager_shared_memory.py."""

from .. import counterfeit
from ..facts import FORK


@counterfeit("MANAGER50", "MANAGER51")
def a_manager_leaves_its_blocks():
    """A SharedMemoryManager does not unlink its blocks."""
    from multiprocessing import managers

    managers._SharedMemoryTracker.unlink = lambda self: None


@counterfeit("MANAGER50", where=FORK)
def a_manager_of_memory_has_a_tracker_of_its_own():
    """A SharedMemoryManager does not start the resource tracker before it forks its server."""
    from multiprocessing import managers

    managers.SharedMemoryManager.__init__ = managers.BaseManager.__init__
