"""Counterfeits for the claims of library/multiprocessing/test_module_functions.py."""

from .. import counterfeit
from ..facts import VERSION

FREEZE_SUPPORT_CHOOSES = (3, 13, 4) <= VERSION < (3, 13, 13)


@counterfeit("MP56", "MP57")
def every_machine_has_four_cores():
    """multiprocessing.cpu_count() is 4."""
    import multiprocessing

    multiprocessing.cpu_count = lambda: 4


@counterfeit("MP56", "MP58")
def cpu_count_is_that_of_the_affinity():
    """multiprocessing.cpu_count() counts the cores that the process may use."""
    import multiprocessing
    import os

    multiprocessing.cpu_count = lambda: len(os.sched_getaffinity(0))


@counterfeit("MP59")
def freeze_support_returns_a_truth():
    """freeze_support() returns False in an ordinary program."""
    import multiprocessing

    multiprocessing.freeze_support = lambda: False


@counterfeit("MP62")
def freeze_support_chooses_or_not():
    """freeze_support() chooses the start method where it does not, and the other way round."""
    import multiprocessing

    def freeze_support():
        if not FREEZE_SUPPORT_CHOOSES:
            multiprocessing.get_start_method()

    multiprocessing.freeze_support = freeze_support


@counterfeit("MP60", "MP61")
def the_timeout_error_is_the_builtin():
    """multiprocessing.TimeoutError is a TimeoutError too, as that of concurrent.futures."""
    import multiprocessing
    from multiprocessing import pool

    class Late(multiprocessing.ProcessError, TimeoutError):
        """Raised by get() of a pool's result."""

    multiprocessing.TimeoutError = pool.TimeoutError = Late
