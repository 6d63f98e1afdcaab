"""Counterfeits for the claims of library/os/test_cores.py."""

import os
import sys

from .. import counterfeit


@counterfeit("CORES01", where=hasattr(os, "sched_setaffinity"))
def a_forked_child_may_use_all_cores():
    """The cores that a parent is pinned to are not inherited."""
    os.register_at_fork(after_in_child=lambda: os.sched_setaffinity(0, range(os.cpu_count() or 1)))


@counterfeit("CORES02", where=hasattr(os, "sched_setaffinity"))
def cpu_count_is_of_the_process():
    """os.cpu_count() counts the cores that the process may use."""
    os.cpu_count = lambda: len(os.sched_getaffinity(0))


@counterfeit("CORES03", where=sys.platform == "linux")
def all_threads_change():
    """os.nice() and os.sched_setaffinity() change every thread of the process."""
    nice, pin = os.nice, os.sched_setaffinity

    def nice_all(increment):
        niceness = nice(increment)
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), niceness)
        return niceness

    def pin_all(pid, cores):
        pin(pid, cores)
        for thread in os.listdir("/proc/self/task"):
            pin(int(thread), cores)

    os.nice, os.sched_setaffinity = nice_all, pin_all
