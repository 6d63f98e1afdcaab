"""How many workers an executor has.

Source: https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
"""

import importlib
import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from tests.harness import FORK, WINDOWS, applies, before, cases, claim, outcome, predicts, refuted
from tests.library.futures.scenery import Gate


def count_threads():
    """Return how many of 60 tasks an executor of the default size runs at the same time."""
    before = threading.active_count()
    with ThreadPoolExecutor() as executor, Gate() as gate:
        for _ in range(60):
            executor.submit(gate)
        return threading.active_count() - before


def count_processes():
    """Return how many processes an executor of the default size has."""
    context = multiprocessing.get_context("fork" if FORK else None)
    with ProcessPoolExecutor(mp_context=context) as executor:
        executor.submit(abs, -1).result()  # fork starts all workers with the first task
        return len(multiprocessing.active_children())


def confined_to_one_of_three():
    """Return the default numbers of threads and processes on one of a machine's three CPUs."""
    os.cpu_count = lambda: 3
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return count_threads(), count_processes()


@claim("EXEC19")
@predicts("RC29")
@applies(where=hasattr(os, "sched_getaffinity"), because="needs os.sched_setaffinity(): Linux")
@refuted(
    where=before("3.13.0"),
    because="os.cpu_count(), not os.process_cpu_count(), before 3.13 (gh-109649)",
    by="AssertionError: assert (7, ",
)
def test_default_workers_are_counted_by_the_usable_cpus(programs, evidence):
    """The default number of workers counts the CPUs that the process may use.

    On a machine with three CPUs, confined to one of them (taskset, a cpuset of a container), there
    are 1 + 4 threads and 1 process.  Before 3.13 all CPUs of the machine count, os.cpu_count():
    3 + 4 threads and 3 processes.  Since 3.13 it is os.process_cpu_count() (gh-109649).  A quota
    (docker --cpus) counts nowhere.  macOS and Windows have no os.sched_setaffinity().  Instead:
    pass max_workers=len(os.sched_getaffinity(0)).  How many are right?  For what computes
    (CPU-bound), as many processes as cores; for what waits (I/O-bound), as many threads as may wait
    at the same time, which can be hundreds.
    """
    counts = programs.call(confined_to_one_of_three)
    assert evidence(threads_and_processes=counts) == (5, 1)


def threads_by_cpus(*cpus):
    """Return the default number of threads for each of these numbers of CPUs."""
    counts = {}
    for number in cpus:
        os.cpu_count = os.process_cpu_count = lambda number=number: number
        counts[number] = count_threads()
    return counts


@claim("EXEC20")
def test_a_thread_pool_has_thirty_two_threads_at_most(programs, evidence):
    """The default number of threads is that of the CPUs plus four, but 32 at most.

    That is the default of max_workers in a ThreadPoolExecutor.
    """
    counts = programs.call(threads_by_cpus, 27, 29, 200)
    assert evidence(threads_by_cpus=counts) == {27: 31, 29: 32, 200: 32}


@claim("EXEC21")
@cases(kind=(ThreadPoolExecutor, ProcessPoolExecutor), number=(0, -1))
def test_a_pool_without_workers_is_refused(kind, number, evidence):
    """max_workers=0, or a negative number, raises ValueError: "max_workers must be greater than 0".

    "ValueError: max_workers must be greater than 0".  0 does not stand for "as many as there are
    CPUs"; None does.
    """
    got = outcome(kind, number)
    assert evidence(raised=repr(got)) == "ValueError('max_workers must be greater than 0')"


def on_windows(number):
    """Return what becomes of an executor of this size if the platform says that it is Windows."""
    importlib.import_module("multiprocessing.synchronize")  # while the platform is what it is
    sys.platform = "win32"
    got = outcome(ProcessPoolExecutor, number)
    return f"{type(got).__name__}: {got}" if isinstance(got, Exception) else "accepted"


@claim("EXEC22")
@predicts("RC53")
def test_on_windows_a_process_pool_has_sixty_one_at_most(programs, evidence):
    """On Windows ProcessPoolExecutor(62) raises ValueError: 61 workers are the most.

    "ValueError: max_workers must be <= 61", as Windows waits for at most 64 things at a time, and
    three of them are Ctrl-C and the pool's two pipes (bpo-26903).  os.cpu_count() is larger than
    that on big machines; ask for min(61, os.cpu_count()).  Other platforms have no such limit.
    This spec simulates Windows by setting sys.platform to "win32".
    """
    got = {number: programs.call(on_windows, number) for number in (61, 62)}
    assert evidence(by_size=got) == {
        61: "accepted",
        62: "ValueError: max_workers must be <= 61",
    }


@claim("EXEC22")
@applies(where=not WINDOWS, because="Windows has the limit")
def test_elsewhere_a_process_pool_may_have_sixty_two_workers(executors, evidence):
    """ProcessPoolExecutor(max_workers=62) is accepted on other platforms than Windows."""
    made = executors(ProcessPoolExecutor, 62)
    assert evidence(made=type(made).__name__) == "ProcessPoolExecutor"
