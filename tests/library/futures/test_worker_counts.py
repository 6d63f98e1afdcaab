"""How many workers an executor has.

Source: https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
"""

import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from tests.harness import (
    PATIENCE,
    applies,
    before,
    cases,
    claim,
    control,
    outcome,
    predicts,
    refuted,
    until,
)

HAS_AFFINITY = hasattr(os, "sched_getaffinity")
NO_AFFINITY = "needs os.sched_setaffinity(): Linux"
BY_CPU_COUNT = "os.cpu_count(), not os.process_cpu_count(), before 3.13 (gh-109649)"


def count_threads(executor, tasks):
    """Return how many tasks the executor runs at once, of so many."""
    gate, inside = threading.Event(), []

    def task():
        inside.append(threading.get_ident())
        gate.wait(PATIENCE)

    with executor:
        before = threading.active_count()
        for _ in range(tasks):
            executor.submit(task)
        count = threading.active_count() - before
        until(lambda: len(inside) >= count, "the threads to be inside")
        gate.set()
    return count


def count_processes():
    """Return how many processes an executor of the default size has."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    with ProcessPoolExecutor(mp_context=context) as executor:
        executor.submit(abs, -1).result(PATIENCE)  # fork starts all workers with the first task
        return len(multiprocessing.active_children())


def default_counts(machine, cpus):
    """Return the default numbers of threads and processes if the machine has so many CPUs.

    This process may use only so many of them.  On 1 it is really confined; others are pretended.
    """
    os.cpu_count = lambda: machine
    if cpus == 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    else:
        os.process_cpu_count = lambda: cpus  # absent before 3.13, where nobody asks for it
    threads = count_threads(ThreadPoolExecutor(), 60)
    return threads, count_processes() if machine < 10 else None


def thread_counts(*cpus):
    """Return the default number of threads for each of these numbers of CPUs."""
    return {number: default_counts(number, number)[0] for number in cpus}


@claim("CF17")
@predicts("RC29")
@applies(where=HAS_AFFINITY, because=NO_AFFINITY)
@refuted(where=before("3.13.0"), because=BY_CPU_COUNT)
def test_default_workers_are_counted_by_the_usable_cpus(programs, evidence):
    """The default number of workers counts the CPUs that the process may use.

    On a machine with three CPUs, confined to one of them (taskset, a cpuset of a container), there
    are 1 + 4 threads and 1 process.  Before 3.13 all CPUs of the machine count, os.cpu_count():
    3 + 4 threads and 3 processes.  Since 3.13 it is os.process_cpu_count() (gh-109649).  A quota
    (docker --cpus) counts nowhere.  Pass max_workers=len(os.sched_getaffinity(0)).
    """
    counts = tuple(programs.call(default_counts, 3, 1))
    evidence(threads_and_processes=counts)
    control(counts in ((5, 1), (7, 3)), f"there were {counts} workers")
    assert counts == (5, 1)


@claim("CF81")
@applies(where=HAS_AFFINITY, because=NO_AFFINITY)
def test_a_thread_pool_has_thirty_two_threads_at_most(programs, evidence):
    """The default number of threads is that of the CPUs plus four, but 32 at most."""
    counts = programs.call(thread_counts, 27, 29, 200)
    evidence(threads_by_cpus=counts)
    assert counts == {27: 31, 29: 32, 200: 32}


@claim("CF82")
@cases(kind=[ThreadPoolExecutor, ProcessPoolExecutor])
def test_a_pool_without_workers_is_refused(kind, executors, evidence):
    """max_workers=0, or a negative number, raises ValueError: "max_workers must be greater than 0".

    0 does not stand for "as many as there are CPUs"; None does.
    """
    got = [outcome(kind, number) for number in (0, -1)]
    evidence(raised=got)
    assert [type(error) for error in got] == [ValueError] * 2
    assert [str(error) for error in got] == ["max_workers must be greater than 0"] * 2
    assert type(executors(kind, 1)) is kind


@claim("CF83")
@predicts("RC53")
@refuted(where=sys.platform == "win32", because="Windows waits for 63 handles at most (bpo-26903)")
def test_a_process_pool_may_have_sixty_two_workers(executors, evidence):
    """ProcessPoolExecutor(max_workers=62) is accepted.

    On Windows it is not: "ValueError: max_workers must be <= 61", as the system can wait for no
    more than 63 things at once (bpo-26903).  os.cpu_count() is larger than that on big machines.
    Pass min(61, os.cpu_count()).
    """
    got = outcome(executors, ProcessPoolExecutor, 62)
    evidence(got=got if isinstance(got, Exception) else type(got).__name__)
    control(type(got) in (ProcessPoolExecutor, ValueError), f"it ended with {got!r}")
    assert type(got) is ProcessPoolExecutor


def on_windows(*numbers):
    """Return what becomes of executors of these sizes if the platform says that it is Windows."""
    sys.platform = "win32"
    got = [outcome(ProcessPoolExecutor, number) for number in numbers]
    return [str(one) if isinstance(one, Exception) else "accepted" for one in got]


@claim("X23")
@predicts("RC53")
def test_on_windows_a_process_pool_has_sixty_one_at_most(programs, evidence):
    """Where sys.platform is "win32", ProcessPoolExecutor(62) raises ValueError; 61 are accepted.

    One would expect as many workers as asked for.  Windows waits for at most 63 handles at a time,
    so more than 61 workers are a ValueError there: "max_workers must be <= 61".  Ask for
    min(61, os.cpu_count()).  Simulated where it is not Windows: the platform's name is patched.
    """
    got = programs.call(on_windows, 60, 61, 62, 100)
    evidence(by_size=got)
    assert got == ["accepted"] * 2 + ["max_workers must be <= 61"] * 2
