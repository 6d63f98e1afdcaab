"""Counterfeits for the claims of library/os/test_fork_beside_threads.py."""

import os
import sys

from .. import counterfeit
from ..facts import FORK, PYPY, VERSION

WARNS = VERSION >= (3, 12) and not PYPY
#: Whether a forked child takes threads that were not started for ended ones.
FORGETS = (3, 13) <= VERSION < (3, 13, 4) and not PYPY


@counterfeit("FORK21", where=FORK and WARNS)
def fork_never_warns_of_threads():
    """No warning is given when a process with several threads forks."""
    import warnings

    fork = os.fork

    def silent_fork():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fork()

    os.fork = silent_fork


@counterfeit("FORK21", where=FORK and not WARNS)
def fork_always_warns():
    """Every fork warns, with one thread too."""
    import warnings

    fork = os.fork

    def warning_fork():
        warnings.warn("is multi-threaded, use of fork() may lead to", DeprecationWarning, 2)
        return fork()

    os.fork = warning_fork


@counterfeit("FORK22", where=FORK and VERSION < (3, 15))
def fork_raises_if_its_warning_is_an_error():
    """As in 3.15, the parent gets the warning as an exception if it is to be an error."""
    import threading

    fork = os.fork

    def raising_fork():
        number = fork()
        if number and threading.active_count() > 1 and any("error" in w for w in sys.warnoptions):
            raise DeprecationWarning("multi-threaded")
        return number

    os.fork = raising_fork


@counterfeit("FORK22", where=FORK and VERSION >= (3, 15))
def fork_swallows_its_warning_if_it_is_an_error():
    """As before 3.15, nothing is raised in the parent."""
    fork_never_warns_of_threads.apply()


@counterfeit("FORK23", where=FORK)
def the_forking_thread_is_renamed_in_the_child():
    """The only thread of a forked child is called MainThread."""
    import threading

    def rename():
        threading.current_thread().name = "MainThread"

    os.register_at_fork(after_in_child=rename)


@counterfeit("FORK24", where=FORK)
def a_child_forked_in_a_thread_runs_the_exit_handlers():
    """The end of the thread that a child was forked in is a normal end of the program."""
    import atexit
    import threading

    delete = threading.Thread._delete

    def _delete(self):
        delete(self)
        atexit._run_exitfuncs()

    def end_normally():
        threading.Thread._delete = _delete

    os.register_at_fork(after_in_child=end_normally)


@counterfeit("FORK25", where=FORK)
def threads_seem_alive_in_a_forked_child():
    """In a forked child is_alive() of the parent's threads is what it was."""
    import threading

    def revive():
        threading.Thread.is_alive = lambda self: True

    os.register_at_fork(after_in_child=revive)


@counterfeit("FORK26", "FORK27", where=FORK)
def locks_are_free_in_a_forked_child():
    """A Lock that was held at the fork is free in the child."""
    import threading

    allocate = threading.Lock

    class Lock:
        def __init__(self):
            self._lock, self._pid = allocate(), os.getpid()

        def _of_this_process(self):
            if self._pid != os.getpid():
                self.__init__()
            return self._lock

        def acquire(self, *args, **kwargs):
            return self._of_this_process().acquire(*args, **kwargs)

        def release(self):
            self._of_this_process().release()

        def locked(self):
            return self._of_this_process().locked()

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()

    threading.Lock = Lock


@counterfeit("FORK28", where=FORK)
def an_rlock_is_free_in_a_forked_child():
    """An RLock of the forking thread is nobody's in the child."""
    import threading

    make = threading.RLock

    class RLock:
        def __init__(self):
            self._lock, self._pid = make(), os.getpid()

        def __getattr__(self, name):
            if self._pid != os.getpid():
                self._lock, self._pid = make(), os.getpid()
            return getattr(self._lock, name)

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *error):
            self.release()

    threading.RLock = RLock


@counterfeit("FORK29", where=FORK)
def the_locks_of_logging_stay_locked_in_a_forked_child():
    """The locks of logging's handlers are not made anew in a forked child."""
    import logging

    logging.Handler._at_fork_reinit = lambda self: None


@counterfeit("FORK30", where=FORK)
def no_module_is_locked_in_a_forked_child():
    """A forked child may import what another thread was importing."""
    from importlib import _bootstrap

    os.register_at_fork(after_in_child=_bootstrap._module_locks.clear)


@counterfeit("FORK31", where=FORK)
def a_forked_child_cannot_start_threads():
    """In a forked child start() raises RuntimeError."""
    import threading

    def start(self):
        raise RuntimeError("can't start new thread")

    def refuse():
        threading.Thread.start = start

    os.register_at_fork(after_in_child=refuse)


@counterfeit("FORK38", where=FORK and not FORGETS)
def a_thread_can_only_be_started_where_it_was_made():
    """start() in a forked child raises RuntimeError for a thread that the parent made."""
    import threading

    make, start = threading.Thread.__init__, threading.Thread.start

    def make_and_note(self, *args, **keywords):
        make(self, *args, **keywords)
        self.made_in = os.getpid()

    def start_at_home(self):
        if self.made_in != os.getpid():
            raise RuntimeError("thread already started")
        start(self)

    threading.Thread.__init__, threading.Thread.start = make_and_note, start_at_home


@counterfeit("FORK38", where=FORK and FORGETS)
def a_thread_that_was_not_started_can_be_started_in_a_child():
    """start() in a forked child makes a new handle for a thread that was not started."""
    import threading

    start = threading.Thread.start

    def start_afresh(self):
        if not self._started.is_set():
            self._handle = threading._ThreadHandle()
        start(self)

    threading.Thread.start = start_afresh
