"""Counterfeits for the claims of library/subprocess/test_preexec.py."""

import os

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION, in_a_program_or_a_command
from ..patching import patch


@counterfeit("POPEN41", "POPEN42", "POPEN44", where=FORK)
def preexec_fn_runs_in_the_parent():
    """preexec_fn is called in the parent, before the fork."""

    def change(init):
        def call_first(self, *args, preexec_fn=None, **keywords):
            if preexec_fn:
                preexec_fn()
            init(self, *args, **keywords)

        return call_first

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN42", where=FORK)
def the_exception_in_the_child_is_known():
    """The exception in preexec_fn is raised in the parent."""
    import subprocess

    def change(init):
        def tell(self, *args, **keywords):
            try:
                init(self, *args, **keywords)
            except subprocess.SubprocessError as error:
                raise subprocess.SubprocessError("KeyError: 'in the child'") from error

        return tell

    patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN43", where=FORK)
def popen_warns_of_threads():
    """Popen warns as os.fork() does."""
    import threading
    import warnings

    def change(execute):
        def warn(self, *args):
            if threading.active_count() > 1:
                warnings.warn("This process is multi-threaded", DeprecationWarning, stacklevel=2)
            execute(self, *args)

        return warn

    if in_a_program_or_a_command():
        patch("subprocess.Popen", _execute_child=change)


@counterfeit("POPEN44", where=FORK)
def a_fork_for_exec_calls_no_handlers():
    """What a spec registers by os.register_at_fork() is not called by Popen."""
    register = os.register_at_fork

    def register_others(**callbacks):
        if not any(one.__module__.startswith("tests.") for one in callbacks.values()):
            register(**callbacks)

    os.register_at_fork = register_others


@counterfeit("POPEN45", where=FORK)
def no_lock_is_held_in_a_child():
    """A Lock that a thread held at the fork is free in the child."""
    import threading

    allocate = threading.Lock

    class Lock:
        def __init__(self):
            self._lock, self._pid = allocate(), os.getpid()

        def acquire(self, *args, **keywords):
            return os.getpid() != self._pid or self._lock.acquire(*args, **keywords)

        def __getattr__(self, name):
            return getattr(self._lock, name)

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()

    if in_a_program_or_a_command():
        threading.Lock = Lock


@counterfeit("POPEN46", where=FORK and VERSION >= (3, 14) and not PYPY)
def preexec_fn_is_ignored():
    """Popen takes a preexec_fn, and does not call it."""

    def change(init):
        return lambda self, *args, preexec_fn=None, **keywords: init(self, *args, **keywords)

    patch("subprocess.Popen", __init__=change)
