"""Which cores a process may use, and giving one up for a moment.

Source: https://docs.python.org/3/library/os.html#os.sched_getaffinity
"""

import os

from tests.harness import applies, claim, in_a_fork, outcome

needs_affinity = applies(
    where=hasattr(os, "sched_setaffinity"), because="os.sched_setaffinity() exists only on Linux"
)


def affinities():
    """Return the cores: at first, of a pinned process, of its child, and of both afterwards."""
    first = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {first[-1]})
    pinned = sorted(os.sched_getaffinity(0))

    def widen():
        inherited = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(os.getpid(), first)
        return inherited, sorted(os.sched_getaffinity(0))

    child = in_a_fork(widen)
    wrong = type(outcome(os.sched_setaffinity, 0, [])).__name__
    return first, pinned, child, sorted(os.sched_getaffinity(os.getpid())), wrong


@claim("FK42")
@needs_affinity
def test_a_process_can_be_pinned_to_cores_which_its_children_inherit(programs, evidence):
    """os.sched_setaffinity() pins a process to cores; a child inherits that, and may change it."""
    first, pinned, (inherited, widened), parent, wrong = programs.call(affinities)
    evidence(at_first=first, pinned=pinned, child=inherited, child_later=widened)
    assert pinned == first[-1:]
    assert inherited == pinned
    assert widened == first
    assert parent == pinned
    assert wrong == "OSError"


def counts():
    """Return the number of cores of the machine, before and after this process is pinned to one."""
    before = os.cpu_count()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return before, os.cpu_count(), len(os.sched_getaffinity(0)), os.sched_yield()


@claim("FK43")
@needs_affinity
def test_cpu_count_is_of_the_machine_whatever_the_process_may_use(programs, evidence):
    """os.cpu_count() counts the machine's cores, also those that this process may not use.

    One would expect a container or taskset to lower it.  Ask len(os.sched_getaffinity(0)), or since
    3.13 os.process_cpu_count() (gh-109649).  Neither knows the CPU quota of a cgroup.
    """
    before, after, usable, yielded = programs.call(counts)
    evidence(cpu_count=after, usable=usable)
    assert before == after == os.cpu_count()
    assert usable == 1
    assert not yielded  # PyPy returns 0
