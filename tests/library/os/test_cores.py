"""Which cores a process may use, how many the machine has, and giving one up for a moment.

Each spec runs in a fresh interpreter, which may give up cores.

Source: https://docs.python.org/3/library/os.html#os.sched_getaffinity
"""

import os

from tests.harness import applies, claim, in_a_fork, needs_posix

needs_affinity = applies(
    where=hasattr(os, "sched_setaffinity"), because="os.sched_setaffinity() exists only on Linux"
)


def pinned_to_one_core():
    """Return the cores: at first, of a child, of the same child later, and of its parent."""
    first = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, first[-1:])

    def widen():
        inherited = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(os.getpid(), first)
        return inherited, sorted(os.sched_getaffinity(0))

    return first, *in_a_fork(widen), sorted(os.sched_getaffinity(0))


@claim("CORES01")
@needs_affinity
def test_a_process_can_be_pinned_to_cores_which_its_children_inherit(programs, evidence):
    """os.sched_setaffinity() pins a process to cores; a child inherits that, and may change it."""
    first, inherited, widened, parent = programs.call(pinned_to_one_core)
    last = first[-1:]
    assert evidence(inherited=inherited, of_the_parent=parent) == (last, last)
    assert evidence(widened=widened) == first


@claim("CORES01")
@needs_posix
def test_a_thread_can_give_up_its_core_for_a_moment(evidence):
    """os.sched_yield() gives up the core for a moment, to a thread that waits for one."""
    assert not evidence(returned=os.sched_yield())  # PyPy returns 0


def counts_when_pinned():
    before = os.cpu_count()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return before, os.cpu_count(), len(os.sched_getaffinity(0))


@claim("CORES02")
@needs_affinity
def test_cpu_count_is_of_the_machine_whatever_the_process_may_use(programs, evidence):
    """os.cpu_count() counts the machine's cores, also those that this process may not use.

    You might expect a container or taskset to lower it.  Ask len(os.sched_getaffinity(0)), or since
    3.13 os.process_cpu_count() (gh-109649).  Neither knows the CPU quota of a cgroup.
    """
    before, counted, usable = programs.call(counts_when_pinned)
    assert evidence(cpu_count=counted, usable=usable) == (before, 1)
