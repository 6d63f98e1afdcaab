"""Counterfeits for the claims of library/multiprocessing/test_module_functions.py."""

import os
import sys

from .. import counterfeit
from ..facts import PYPY, VERSION

#: Whether freeze_support() fixes the default start method here (gh-140814).
_FREEZE_SUPPORT_FIXES = not PYPY and (
    (3, 13, 4) <= VERSION < (3, 13, 13) or (3, 14) <= VERSION < (3, 14, 4)
)


@counterfeit("START19")
def every_machine_has_four_cores():
    """multiprocessing.cpu_count() is 4."""
    import multiprocessing

    multiprocessing.cpu_count = lambda: 4


@counterfeit("START19", "START22")
def cpu_count_is_that_of_the_affinity():
    """multiprocessing.cpu_count() counts the cores that the process may use."""
    import multiprocessing

    multiprocessing.cpu_count = lambda: len(os.sched_getaffinity(0))


@counterfeit("START23", where=not _FREEZE_SUPPORT_FIXES)
def freeze_support_returns_a_truth():
    """freeze_support() returns False in an ordinary program."""
    import multiprocessing

    multiprocessing.freeze_support = lambda: False


@counterfeit("START24", "START25")
def the_timeout_error_is_the_builtin():
    """multiprocessing.TimeoutError is a TimeoutError too, as that of concurrent.futures."""
    import multiprocessing
    from multiprocessing import pool

    class Late(multiprocessing.ProcessError, TimeoutError):
        """Raised by get() of a pool's result."""

    multiprocessing.TimeoutError = pool.TimeoutError = Late


@counterfeit("START20", where=VERSION >= (3, 13))
def the_number_of_cpus_is_fixed():
    """os.cpu_count() asks neither the environment nor the options."""
    os.cpu_count = lambda: 3


@counterfeit("START20", where=VERSION < (3, 13))
def the_environment_sets_the_number_of_cpus():
    """os.cpu_count() obeys PYTHON_CPU_COUNT and -X cpu_count already."""
    count = os.cpu_count

    def obeying():
        options = getattr(sys, "_xoptions", {})
        return int(options.get("cpu_count", os.environ.get("PYTHON_CPU_COUNT", count())))

    os.cpu_count = obeying


@counterfeit("START21")
def process_cpu_count_is_one_too_high():
    """os.process_cpu_count() counts a CPU that the process may not use."""
    affinity = os.sched_getaffinity if hasattr(os, "sched_getaffinity") else None
    os.process_cpu_count = lambda: (len(affinity(0)) if affinity else os.cpu_count() or 1) + 1


@counterfeit("START19")
def an_unknown_number_of_cpus_is_one():
    """cpu_count() is 1 where the system does not tell the number."""
    import multiprocessing
    from multiprocessing import context

    context.BaseContext.cpu_count = lambda self: os.cpu_count() or 1
    multiprocessing.cpu_count = context._default_context.cpu_count


@counterfeit("START23")
def freeze_support_is_otherwise():
    """freeze_support() fixes the default start method where it does not, and the other way."""
    import multiprocessing

    def fix():
        if not _FREEZE_SUPPORT_FIXES:
            multiprocessing.get_start_method()

    multiprocessing.freeze_support = fix
