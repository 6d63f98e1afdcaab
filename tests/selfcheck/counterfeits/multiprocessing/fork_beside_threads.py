"""Counterfeits for the claims of library/multiprocessing/test_fork_beside_threads.py."""

import os

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION


@counterfeit("MP25", "CX42", "Z04", "CX45", where=FORK and VERSION >= (3, 12) and not PYPY)
def fork_never_warns():
    """os.fork() warns of nothing."""
    import warnings

    fork = os.fork

    def silently():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fork()

    os.fork = silently


@counterfeit("Z03", "CX44", "CX43", "MP25", "Z04", "CX45", where=FORK)
def every_start_warns_of_threads():
    """Process.start() warns of threads, whether there are any or not."""
    import warnings
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_and_warn(self):
        start(self)
        warnings.warn(
            f"This process (pid={os.getpid()}) is multi-threaded, use of fork() may lead to "
            "deadlocks in the child.",
            DeprecationWarning,
            stacklevel=2,
        )

    process.BaseProcess.start = start_and_warn


@counterfeit("MX12", where=FORK)
def a_warning_of_fork_is_otherwise_an_error():
    """-W error makes fork raise beside threads where it does not, and not where it does."""
    import threading
    import warnings

    fork = os.fork

    def forking():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pid = fork()
        if pid and VERSION < (3, 15) and threading.active_count() > 1:
            raise DeprecationWarning("multi-threaded")
        return pid

    os.fork = forking
