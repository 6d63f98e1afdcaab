"""Counterfeits for the claims of library/os/test_cores.py."""

import os

from .. import counterfeit


@counterfeit("CORES01", where=hasattr(os, "sched_setaffinity"))
def a_forked_child_may_use_all_cores():
    """The cores that a parent is pinned to are not inherited."""
    os.register_at_fork(after_in_child=lambda: os.sched_setaffinity(0, range(os.cpu_count() or 1)))


@counterfeit("CORES02", where=hasattr(os, "sched_setaffinity"))
def cpu_count_is_of_the_process():
    """os.cpu_count() counts the cores that the process may use."""
    os.cpu_count = lambda: len(os.sched_getaffinity(0))
