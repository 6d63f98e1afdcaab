"""Counterfeits for the claims of library/private_names/test_processes.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, PYPY, VERSION
from ..patching import patch

LINUX = sys.platform == "linux"
SWITCHES = PYPY or (3, 10, 5) <= VERSION < (3, 14)


@counterfeit("PRIVATE12", where=LINUX)
def subprocess_has_the_other_switches():
    """subprocess._USE_VFORK is None where it was True, and there where it was not."""
    import subprocess

    if SWITCHES:
        subprocess._USE_VFORK = None
    else:
        subprocess._USE_VFORK = True


@counterfeit("PRIVATE13", where=POSIX)
def fork_exec_takes_other_arguments():
    """fork_exec() wants 23 arguments where it wanted another number, and else 21."""
    import _posixsubprocess

    fork_exec = _posixsubprocess.fork_exec
    wanted = 21 if PYPY or (3, 11) <= VERSION < (3, 14) else 23

    def count(*args):
        if not args:
            raise TypeError(f"fork_exec expected {wanted} arguments, got 0")
        return fork_exec(*args)

    _posixsubprocess.fork_exec = count


@counterfeit("PRIVATE14", where=POSIX)
def subprocess_has_no_list2cmdline():
    """subprocess.list2cmdline is gone."""
    import subprocess

    del subprocess.list2cmdline


@counterfeit("PRIVATE15")
def a_thread_pool_keeps_no_threads():
    """ThreadPoolExecutor._threads is empty."""

    def change(adjust):
        def forget(self):
            adjust(self)
            self._threads = set()

        return forget

    patch("concurrent.futures.thread.ThreadPoolExecutor", _adjust_thread_count=change)
