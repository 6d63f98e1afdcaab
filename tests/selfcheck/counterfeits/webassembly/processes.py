"""Counterfeits for the claims of library/webassembly/test_processes.py."""

from .. import counterfeit
from ..facts import WEBASSEMBLY
from ..patching import patch


@counterfeit("WASM06", where=WEBASSEMBLY)
def spawn_is_the_only_start_method():
    """get_all_start_methods() names spawn alone."""
    import multiprocessing

    multiprocessing.get_all_start_methods = lambda: ["spawn"]


@counterfeit("WASM07", where=WEBASSEMBLY)
def start_does_nothing():
    """Process.start() does nothing."""
    patch("multiprocessing.process.BaseProcess", start=lambda start: lambda self: None)


@counterfeit("WASM08", where=WEBASSEMBLY)
def a_lock_is_that_of_threading():
    """multiprocessing.Lock() makes a lock of threading."""
    import multiprocessing
    import threading

    multiprocessing.Lock = threading.Lock


@counterfeit("WASM09", where=WEBASSEMBLY)
def a_pipe_always_goes_one_way():
    """Pipe() makes a pipe that goes one way."""
    import multiprocessing

    pipe = multiprocessing.Pipe
    multiprocessing.Pipe = lambda duplex=True: pipe(duplex=False)


@counterfeit("WASM10", where=WEBASSEMBLY)
def synchronize_can_be_imported():
    """multiprocessing.synchronize can be imported."""
    import sys

    sys.modules["multiprocessing.synchronize"] = sys


@counterfeit("WASM11", where=WEBASSEMBLY)
def a_process_pool_checks_nothing():
    """ProcessPoolExecutor() does not ask what the system can do."""
    import concurrent.futures.process

    concurrent.futures.process._check_system_limits = lambda: None


@counterfeit("WASM12", where=WEBASSEMBLY)
def fork_returns_in_the_child():
    """os.fork() returns 0."""
    import os

    os.fork = lambda: 0


@counterfeit("WASM13", where=WEBASSEMBLY)
def a_missing_program_is_looked_for():
    """subprocess raises FileNotFoundError, as if only the program were missing."""
    import subprocess

    def refuse(self, *arguments, **keywords):
        raise FileNotFoundError(2, "No such file or directory")

    subprocess.Popen.__init__ = refuse


@counterfeit("WASM14", where=WEBASSEMBLY)
def there_are_eight_cores():
    """os.cpu_count() counts eight cores."""
    import os

    os.cpu_count = lambda: 8
