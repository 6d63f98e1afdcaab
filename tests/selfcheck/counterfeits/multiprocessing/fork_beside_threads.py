"""Counterfeits for the claims of library/multiprocessing/test_fork_beside_threads.py."""

import os

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION


@counterfeit("FORK01", "FORK21", "FORK04", "FORK06", where=FORK and VERSION >= (3, 12) and not PYPY)
def fork_never_warns():
    """os.fork() warns of nothing."""
    import warnings

    fork = os.fork

    def silently():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fork()

    os.fork = silently


@counterfeit("FORK05", "FORK03", where=FORK)
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


@counterfeit("FORK07", where=FORK)
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


def _warning(action):
    """Let the call that an action makes warn of threads."""
    import warnings

    def act(*arguments):
        warnings.warn(
            f"This process (pid={os.getpid()}) is multi-threaded, use of fork() may lead to "
            "deadlocks in the child.",
            DeprecationWarning,
            stacklevel=2,
        )
        return action(*arguments)

    return act


@counterfeit("FORK03", where=FORK)
def spawn_warns_of_threads():
    """The start of a spawned process warns of threads."""
    from multiprocessing import context

    context.SpawnProcess._Popen = staticmethod(_warning(context.SpawnProcess._Popen))


@counterfeit("FORK02", where=FORK)
def a_default_process_warns_otherwise():
    """A process of the default context warns of threads where it should not, or is silent."""
    import warnings
    from multiprocessing import context

    start = context.Process._Popen

    def start_silently(process):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return start(process)

    warns = (3, 12) <= VERSION < (3, 14) and not PYPY
    context.Process._Popen = staticmethod(start_silently if warns else _warning(start))


@counterfeit("FORK05", where=FORK)
def an_executor_forks_after_its_threads():
    """A ProcessPoolExecutor forks its workers when it has threads already, and so warns of it."""
    from concurrent.futures import process

    cls = process.ProcessPoolExecutor
    name = (
        "_launch_processes"
        if hasattr(cls, "_launch_processes")
        else "_start_executor_manager_thread"
    )
    setattr(cls, name, _warning(getattr(cls, name)))
