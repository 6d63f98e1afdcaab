"""Counterfeits for the claims of library/futures/test_worker_counts.py."""

import os

from .. import counterfeit
from ..facts import VERSION
from .shared import BOTH, PROCESSES, change_arguments


@counterfeit("EXEC19", where=VERSION >= (3, 13))
def all_cpus_of_the_machine_are_counted():
    """process_cpu_count() does not care for the CPUs that the process may use."""
    os.process_cpu_count = lambda: os.cpu_count()


@counterfeit("EXEC20")
def thread_pools_have_no_limit():
    """The default number of threads is not limited."""
    from concurrent.futures import thread

    thread.min = lambda limit, number: number


@counterfeit("EXEC21")
def zero_workers_are_the_default():
    """max_workers=0 is the same as None."""
    change_arguments(BOTH, lambda number, options: number or None)


@counterfeit("EXEC22")
def process_pools_are_limited_everywhere():
    """The limit of Windows holds on any platform."""

    def limited(number, options):
        if number and number > 61:
            raise ValueError("max_workers must be <= 61")
        return number

    change_arguments((PROCESSES,), limited)


@counterfeit("EXEC22")
def windows_waits_for_more():
    """The limit of Windows is 63."""
    from concurrent.futures import process

    process._MAX_WINDOWS_WORKERS = 63
