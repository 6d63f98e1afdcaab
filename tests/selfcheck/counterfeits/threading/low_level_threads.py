"""Counterfeits for the claims of library/threading/test_low_level_threads.py."""

import os
import sys

from .. import counterfeit


@counterfeit("THREAD35")
def a_foreign_thread_gets_no_keywords():
    """_thread.start_new_thread() ignores its third argument."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda function, args, kwargs=None: start(function, args)


@counterfeit("THREAD36")
def start_new_thread_takes_any_sequence():
    """_thread.start_new_thread() takes a list where a tuple is wanted."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda function, args=(), *kwargs: start(
        function, tuple(args), *kwargs
    )


@counterfeit("THREAD37")
def exit_of_the_low_level_module_has_a_code():
    """_thread.exit() raises SystemExit(0)."""
    import _thread

    _thread.exit = lambda: sys.exit(0)


@counterfeit("THREAD38")
def allocate_lock_makes_a_lock_that_always_opens():
    """A lock of _thread.allocate_lock() can be had without waiting, even while it is held."""
    import _thread

    allocate = _thread.allocate_lock

    class Lock:
        def __init__(self):
            self.lock = allocate()
            self.release, self.locked = self.lock.release, self.lock.locked

        def acquire(self, blocking=True, timeout=-1):
            return self.lock.acquire(blocking, timeout) or not blocking

        def __enter__(self):  # the import system of 3.10 uses it
            return self.lock.acquire()

        def __exit__(self, *exception):
            self.lock.release()

    _thread.allocate_lock = Lock


@counterfeit("THREAD39")
def interrupt_main_knows_one_signal():
    """_thread.interrupt_main() simulates SIGINT, whatever signal it is given."""
    import _thread

    interrupt = _thread.interrupt_main
    _thread.interrupt_main = lambda number=2: interrupt()


@counterfeit("THREAD39")
def interrupt_main_interrupts_nothing():
    """_thread.interrupt_main() does nothing."""
    import _thread

    _thread.interrupt_main = lambda number=2: None


@counterfeit("THREAD40")
def the_low_level_native_id_is_the_pid():
    """_thread.get_native_id() is the pid in every thread."""
    import _thread

    _thread.get_native_id = os.getpid


@counterfeit("THREAD35")
def start_new_thread_returns_another_ident():
    """What _thread.start_new_thread() returns is not the ident of the thread."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda *arguments: start(*arguments) + 1
