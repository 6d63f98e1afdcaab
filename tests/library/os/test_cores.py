"""Which cores a thread may use, how many the machine has, and giving one up for a moment.

Each spec runs in a fresh interpreter, which may give up cores.

Source: https://docs.python.org/3/library/os.html#os.sched_getaffinity
"""

import os
import threading

from tests.harness import (
    LINUX,
    MUSL,
    Inconclusive,
    applies,
    cases,
    claim,
    control,
    in_a_fork,
    joined,
    needs_posix,
    predicts,
    refuted,
    started,
    usable_cores,
)

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
def test_a_thread_can_be_pinned_to_cores_which_its_children_inherit(programs, evidence):
    """os.sched_setaffinity(0, ...) pins a thread to cores; its children inherit and may change it.

    In a program with no other thread it sets the CPU affinity of the process (CORES03).
    Multiprocessing that uses
    only one core (all workers on one core, CPU usage at 25% of four) has often inherited a pinning,
    as some builds of numpy and torch pin the process when they are imported.  Instead:
    Pool(initializer=os.sched_setaffinity, initargs=(0, cores)).
    """
    first, inherited, widened, parent = programs.call(pinned_to_one_core)
    last = first[-1:]
    assert evidence(inherited=inherited, of_the_parent=parent) == (last, last)
    assert evidence(widened=widened) == first


@claim("CORES01")
@needs_posix
def test_a_thread_can_give_up_its_core_for_a_moment(evidence):
    """os.sched_yield() offers the core to whoever waits for one, and returns nothing."""
    assert not evidence(returned=os.sched_yield())  # PyPy returns 0


def counts_when_pinned():
    before = os.cpu_count()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return before, os.cpu_count(), len(os.sched_getaffinity(0))


@claim("CORES02")
@needs_affinity
@applies(where=usable_cores() > 1, because="there is only one core here")
@refuted(where=MUSL, because="musl's sysconf() counts the cores that the process may use")
def test_cpu_count_is_of_the_machine_whatever_the_process_may_use(programs, evidence):
    """os.cpu_count() counts the machine's cores, also those that this process may not use.

    You might expect a container or taskset to lower it, and on musl (Alpine) it does.  Elsewhere
    ask len(os.sched_getaffinity(0)), or since 3.13 os.process_cpu_count() (gh-109649), how many CPU
    cores are available to a process.  None of them knows the CPU quota of a cgroup.
    """
    before, counted, usable = programs.call(counts_when_pinned)
    assert evidence(cpu_count=counted, usable=usable) == (before, 1)


CHANGES = {
    "os.nice": (lambda: os.nice(1), lambda: os.nice(0)),
    "os.sched_setaffinity": (
        lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
        lambda: len(os.sched_getaffinity(0)),
    ),
}


def seen_by_threads(name):
    """Return what is so at first, and after the change: in this thread, an older and a newer."""
    change, read = CHANGES[name]
    seen, changed = {"at first": read()}, threading.Event()

    def look_later():
        changed.wait()
        seen["older"] = read()

    (older,) = started([threading.Thread(target=look_later)])
    change()
    changed.set()
    joined(older)
    joined(*started([threading.Thread(target=lambda: seen.update(newer=read()))]))
    return {**seen, "own": read()}


@claim("CORES03")
@predicts("N44")
@applies(where=LINUX, because="only Linux has priorities and cores of threads")
@applies(
    change=tuple(CHANGES) if usable_cores() > 1 else "os.nice",
    because="there is only one core here",
)
@cases(change=tuple(CHANGES))
def test_running_threads_keep_their_cores_and_priority(change, programs, evidence):
    """os.nice() and os.sched_setaffinity() change the calling thread; running ones keep theirs.

    You might expect them to change the process, as the documentation says.  On Linux the threads of
    a pool, of numpy or of a server that are there already keep all cores and their priority; only
    what the calling thread starts later inherits the change.  os.getpid() in place of 0 means the
    main thread.  Instead: call them before any thread is started, start the program by taskset and
    nice, or give each thread's native_id to os.sched_setaffinity() and os.setpriority().
    """
    seen = programs.call(seen_by_threads, change)
    evidence(**seen)
    if change == "os.nice" and seen["own"] == seen["at first"]:
        raise Inconclusive("the suite has the lowest priority already, and cannot lower it")
    control(seen["own"] != seen["at first"], f"it has an effect: {seen}")
    assert (seen["older"], seen["newer"]) == (seen["at first"], seen["own"])
