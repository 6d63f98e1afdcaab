"""Counterfeits for the claims of library/threading/test_daemons_and_exit.py."""

import os
import sys

from .. import counterfeit
from ..facts import FREE_THREADED_BUILD, POSIX, PYPY, VERSION, in_a_program
from ..patching import Wrapped

#: Whether a thread that starts another one after the main thread gets an exception.
REFUSES = (3, 12) <= VERSION < (3, 12, 3) and not PYPY
#: Whether join() in a finaliser at exit returns.
JOINS_AT_EXIT = VERSION < (3, 14) and not (PYPY or FREE_THREADED_BUILD)
#: Whether a daemon that is cut off at exit hangs instead of ending.
FROZEN = VERSION >= (3, 13, 8) or PYPY


@counterfeit("DAEMON02", "DAEMON03")
def atexit_handlers_run_before_threads_are_joined():
    """At the end of the program atexit handlers come first, and then the threads."""
    import atexit
    import threading

    shutdown = threading._shutdown

    def shutdown_late():
        if in_a_program():
            atexit._run_exitfuncs()
        shutdown()

    threading._shutdown = shutdown_late


@counterfeit("DAEMON05")
def a_daemon_is_cut_off_with_a_warning():
    """At the end of the program daemon threads that still run are named on standard error."""
    import threading

    shutdown = threading._shutdown

    def shutdown_and_tell():
        shutdown()
        if in_a_program():
            daemons = [thread.name for thread in threading.enumerate() if thread.daemon]
            os.write(2, f"cut off: {daemons}\n".encode() if daemons else b"")

    threading._shutdown = shutdown_and_tell


@counterfeit("DAEMON12", "DAEMON03")
def the_status_is_zero():
    """The exit status of a program is 0 if nothing else ends it."""
    import atexit

    def leave():
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)

    if in_a_program():
        atexit.register(leave)


@counterfeit("DAEMON11", where=not PYPY)
def a_program_ends_without_finalisation():
    """A program ends when its atexit handlers have run: no lock is waited for."""
    import atexit

    run = os._exit
    if in_a_program():
        atexit.register(run, 0)


@counterfeit("DAEMON06")
def threads_of_the_low_level_module_are_waited_for():
    """_thread.start_new_thread() makes a Thread that is no daemon."""
    import _thread
    import threading

    def start(function, args, kwargs=None):
        thread = threading.Thread(target=function, args=args, kwargs=kwargs)
        thread.start()
        return thread.ident

    if in_a_program():
        _thread.start_new_thread = start


@counterfeit("DAEMON07")
def os_exit_flushes():
    """os._exit() flushes the standard output first."""
    leave = os._exit

    def flush_and_leave(status):
        sys.stdout.flush()
        leave(status)

    if in_a_program():
        os._exit = flush_and_leave


@counterfeit("DAEMON07", "FORK08")
def os_exit_runs_atexit_handlers():
    """os._exit() runs the functions that are registered with atexit."""
    import atexit

    leave = os._exit

    def run_and_leave(status):
        atexit._run_exitfuncs()
        leave(status)

    if in_a_program():
        os._exit = run_and_leave


@counterfeit("DAEMON07")
def os_exit_ends_a_thread():
    """os._exit() in a thread ends the thread."""
    import threading

    leave = os._exit

    def leave_thread(status):
        if threading.current_thread() is not threading.main_thread():
            raise SystemExit(status)
        leave(status)

    if in_a_program():
        os._exit = leave_thread


@counterfeit("DAEMON08", "DAEMON09", where=not REFUSES)
def no_thread_starts_after_the_main_thread():
    """When the main thread has ended, Thread.start() is a RuntimeError."""
    import threading

    start = threading.Thread.start

    def start_in_time(self):
        if not threading.main_thread().is_alive():
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(self)

    threading.Thread.start = start_in_time


@counterfeit("DAEMON08", "DAEMON09", where=REFUSES)
def threads_start_after_the_main_thread():
    """When the main thread has ended, Thread.start() runs the thread in the caller."""
    import threading

    start = threading.Thread.start

    def start_anyway(self):
        if threading.main_thread().is_alive():
            start(self)
            return
        self._started.set()
        self.run()
        self.join = lambda timeout=None: None
        self.is_alive = lambda: False

    threading.Thread.start = start_anyway


@counterfeit("DAEMON10", where=JOINS_AT_EXIT)
def no_thread_is_joined_after_the_main_thread():
    """When the main thread has ended, join() of a daemon thread is an error of its own."""
    import threading

    join, main = threading.Thread.join, threading.main_thread()

    def join_in_time(self, timeout=None):
        if in_a_program() and self.daemon and not main.is_alive():
            raise RuntimeError("cannot join thread at interpreter shutdown")
        join(self, timeout)

    threading.Thread.join = join_in_time


@counterfeit("DAEMON01")
def daemons_are_made_by_no_daemon():
    """A thread that a daemon makes is no daemon itself."""
    import threading

    make = threading.Thread.__init__

    def make_one(self, *arguments, daemon=None, **more):
        make(self, *arguments, daemon=bool(daemon), **more)

    threading.Thread.__init__ = make_one


@counterfeit("DAEMON01")
def a_live_thread_can_become_a_daemon():
    """Assigning to Thread.daemon of a thread that runs is accepted."""
    import threading

    daemon = threading.Thread.daemon

    def assign(self, value):
        if not self.is_alive():
            daemon.fset(self, value)

    threading.Thread.daemon = property(daemon.fget, assign)


@counterfeit("DAEMON13", where=not PYPY)
def a_thread_that_is_started_by_a_finaliser_at_exit_runs():
    """While the interpreter is torn down, Thread.start() runs the thread in the caller."""
    import threading

    start, finalising = threading.Thread.start, sys.is_finalizing

    def start_or_run(self):
        if finalising():
            self.run()
            self.join = lambda timeout=None: None
        else:
            start(self)

    threading.Thread.start = start_or_run


@counterfeit("DAEMON13", "DAEMON10", where=PYPY)
def finalisers_run_at_exit():
    """The names of the main module go before the end, and so do the objects."""
    import atexit
    import gc

    def finalise():
        vars(sys.modules["__main__"]).clear()
        gc.collect()

    if in_a_program():
        atexit.register(finalise)


@counterfeit("DAEMON15", where=VERSION < (3, 15) and not PYPY)
def a_lock_that_is_held_is_an_error_at_exit():
    """When the main thread has ended, acquire() of a held lock is an error of its own."""
    import threading

    main = threading.main_thread()

    class Lock(Wrapped):
        def acquire(self, blocking=True, timeout=-1):
            if self.locked() and not main.is_alive():
                raise RuntimeError("cannot acquire lock at interpreter shutdown")
            return super().acquire(blocking, timeout)

    if in_a_program():
        threading.Lock = Lock


@counterfeit("DAEMON14", where=POSIX)
def ctrl_c_ends_a_program_that_waits_for_its_threads():
    """The handler of SIGINT ends the process with status 130 when the main thread has ended."""
    import signal
    import threading

    handle, main = signal.default_int_handler, threading.main_thread()

    def handle_or_leave(number, frame):
        if not main.is_alive():
            os.write(2, b"KeyboardInterrupt")
            os._exit(130)
        handle(number, frame)

    signal.default_int_handler = handle_or_leave


def at_exit_daemons(act):
    """Let daemon threads that write much do this in the middle, when the main thread has ended."""
    import threading

    write, shutdown, main = os.write, threading._shutdown, threading.main_thread()

    def write_until_the_end(where, data):
        if len(data) < 2**20 or not threading.current_thread().daemon:
            return write(where, data)
        write(where, data[:1])
        main.join()
        return act()

    def shutdown_and_give_them_time():
        shutdown()
        for thread in threading.enumerate():
            if thread.daemon:
                thread.join(0.2)

    if in_a_program():
        os.write = write_until_the_end
        threading._shutdown = shutdown_and_give_them_time


@counterfeit("DAEMON16", where=POSIX and FROZEN)
def daemons_end_at_exit():
    """A daemon thread that writes when the main thread has ended exits, and is joined."""
    at_exit_daemons(sys.exit)


@counterfeit("DAEMON16", where=POSIX and not FROZEN)
def daemons_wait_for_ever_at_exit():
    """A daemon thread that writes when the main thread has ended waits for ever."""
    import _thread

    never_released = _thread.allocate_lock()
    never_released.acquire()
    at_exit_daemons(never_released.acquire)
