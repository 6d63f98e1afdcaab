"""Counterfeits for the claims of library/multiprocessing/test_manager_shared_memory.py."""

from .. import counterfeit


@counterfeit("MANAGER50", "MANAGER51")
def a_manager_leaves_its_blocks():
    """A SharedMemoryManager does not unlink its blocks."""
    from multiprocessing import managers

    managers._SharedMemoryTracker.unlink = lambda self: None
