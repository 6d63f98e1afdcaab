"""Counterfeits of the ends of threads and programs: exceptions, exit codes, daemons, output."""

import os
import sys

from . import counterfeit

PYPY = sys.implementation.name == "pypy"
FREE_THREADED_BUILD = "free-threading" in sys.version

#: Whether join() in a finaliser at exit returns.
JOINS_AT_EXIT = sys.version_info < (3, 14) and not (PYPY or FREE_THREADED_BUILD)


def runs_a_program() -> bool:
    """Tell whether this interpreter runs a program of a spec, from a file."""
    return sys.orig_argv[-1].endswith("program.py")


@counterfeit("TH06", "TH76", "TH77")
def an_exception_in_a_thread_is_lost() -> None:
    """threading.excepthook is never called."""
    import threading

    threading._make_invoke_excepthook = lambda: lambda thread: None


@counterfeit("TH06")
def the_hook_is_not_told_the_thread() -> None:
    """threading.excepthook gets an ExceptHookArgs without the thread."""
    import threading

    make, args = threading._make_invoke_excepthook, threading.ExceptHookArgs

    def make_forgetful():
        make()

        def invoke(thread):
            threading.excepthook(args([*sys.exc_info(), threading.main_thread()]))

        return invoke

    threading._make_invoke_excepthook = make_forgetful


@counterfeit("TH07")
def the_exit_of_a_thread_ends_the_process() -> None:
    """The default threading.excepthook ends the process on SystemExit."""
    import threading

    def excepthook(args):
        if args.exc_type is SystemExit:
            os._exit(2)
        sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    threading.excepthook = threading.__excepthook__ = excepthook


@counterfeit("TH76", "TH77")
def the_default_hook_does_not_tell_the_thread() -> None:
    """The default threading.excepthook prints the traceback without the name of the thread."""
    import threading

    def excepthook(args):
        if args.exc_type is not SystemExit:
            sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    threading.excepthook = threading.__excepthook__ = excepthook


@counterfeit("TH78", "TT12")
def a_foreign_thread_swallows_everything() -> None:
    """A thread of _thread ends in silence, whatever it is given to do."""
    import _thread
    import contextlib

    start = _thread.start_new_thread

    def start_silent(function, args=(), kwargs=None):
        def call():
            with contextlib.suppress(BaseException):
                function(*args, **dict(kwargs or ()))

        return start(call, ())

    _thread.start_new_thread = start_silent


@counterfeit("TT11")
def a_foreign_thread_gets_no_keywords() -> None:
    """_thread.start_new_thread() ignores its third argument."""
    import _thread

    start = _thread.start_new_thread
    _thread.start_new_thread = lambda function, args, kwargs=None: start(function, args)


@counterfeit("TH79")
def excepthookargs_takes_anything() -> None:
    """ExceptHookArgs fills up what is missing, and drops what is too much."""
    import threading

    args = threading.ExceptHookArgs
    threading.ExceptHookArgs = lambda values: args([*values, None, None, None, None][:4])


@counterfeit("TT01")
def thread_error_is_an_error_of_its_own() -> None:
    """threading.ThreadError is a subclass of RuntimeError."""
    import threading

    threading.ThreadError = type("ThreadError", (RuntimeError,), {})


@counterfeit("TT02")
def exc_info_is_one_for_all_threads() -> None:
    """sys.exc_info() tells an exception that any thread handles."""
    own, all_threads = sys.exc_info, sys._current_exceptions

    def exc_info():
        for told in [own(), *all_threads().values()]:
            error = told[1] if isinstance(told, tuple) else told
            if error is not None:
                return type(error), error, error.__traceback__
        return own()

    sys.exc_info = exc_info


@counterfeit("TH31", "X14")
def atexit_handlers_run_before_threads_are_joined() -> None:
    """At the end of the program atexit handlers come first, and then the threads."""
    import atexit
    import threading

    shutdown = threading._shutdown

    def shutdown_late():
        if runs_a_program():
            atexit._run_exitfuncs()
        shutdown()

    threading._shutdown = shutdown_late


@counterfeit("Z18")
def a_daemon_is_cut_off_with_a_warning() -> None:
    """At the end of the program daemon threads that still run are named on standard error."""
    import threading

    shutdown = threading._shutdown

    def shutdown_and_tell():
        shutdown()
        if runs_a_program():
            daemons = [thread.name for thread in threading.enumerate() if thread.daemon]
            os.write(2, f"cut off: {daemons}\n".encode() if daemons else b"")

    threading._shutdown = shutdown_and_tell


@counterfeit("X14", "TH31", "TT03", "TT05", "TT06")
def no_thread_is_waited_for() -> None:
    """A program ends with its main thread, whatever other threads do."""
    import threading

    shutdown = threading._shutdown
    threading._shutdown = lambda: None if runs_a_program() else shutdown()


@counterfeit("TT06", "X14")
def the_status_is_zero() -> None:
    """The exit status of a program is 0 if nothing else ends it."""
    import atexit

    def leave():
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)

    if runs_a_program():
        atexit.register(leave)


@counterfeit("TT04", where=not PYPY)
def a_program_ends_without_finalisation() -> None:
    """A program ends when its atexit handlers have run: no lock is waited for."""
    import atexit

    run = os._exit
    if runs_a_program():
        atexit.register(run, 0)


@counterfeit("TH55")
def threads_of_the_low_level_module_are_waited_for() -> None:
    """_thread.start_new_thread() makes a Thread that is no daemon."""
    import _thread
    import threading

    def start(function, args, kwargs=None):
        thread = threading.Thread(target=function, args=args, kwargs=kwargs)
        thread.start()
        return thread.ident

    if runs_a_program():
        _thread.start_new_thread = start


@counterfeit("X13")
def os_exit_flushes() -> None:
    """os._exit() flushes the standard output first."""
    leave = os._exit

    def flush_and_leave(status):
        sys.stdout.flush()
        leave(status)

    if runs_a_program():
        os._exit = flush_and_leave


@counterfeit("X13", "AX08")
def os_exit_runs_atexit_handlers() -> None:
    """os._exit() runs the functions that are registered with atexit."""
    import atexit

    leave = os._exit

    def run_and_leave(status):
        atexit._run_exitfuncs()
        leave(status)

    if runs_a_program():
        os._exit = run_and_leave


@counterfeit("X13")
def os_exit_ends_a_thread() -> None:
    """os._exit() in a thread ends the thread."""
    import threading

    leave = os._exit

    def leave_thread(status):
        if threading.current_thread() is not threading.main_thread():
            raise SystemExit(status)
        leave(status)

    if runs_a_program():
        os._exit = leave_thread


@counterfeit("TT03", "TH30", where=sys.version_info[:2] != (3, 12))
def no_thread_starts_after_the_main_thread() -> None:
    """When the main thread has ended, Thread.start() is a RuntimeError."""
    import threading

    start = threading.Thread.start

    def start_in_time(self):
        if not threading.main_thread().is_alive():
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(self)

    threading.Thread.start = start_in_time


@counterfeit("TT03", "TH30", where=sys.version_info[:2] == (3, 12))
def threads_start_after_the_main_thread() -> None:
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


@counterfeit("Z19", where=JOINS_AT_EXIT)
def no_thread_is_joined_after_the_main_thread() -> None:
    """When the main thread has ended, join() of a daemon thread is an error of its own."""
    import threading

    join, main = threading.Thread.join, threading.main_thread()

    def join_in_time(self, timeout=None):
        if runs_a_program() and self.daemon and not main.is_alive():
            raise RuntimeError("cannot join thread at interpreter shutdown")
        join(self, timeout)

    threading.Thread.join = join_in_time


@counterfeit("Z01")
def one_line_in_fifty_is_printed_twice() -> None:
    """print() in a thread writes one line in fifty twice."""
    import builtins
    import itertools
    import threading

    write, count = builtins.print, itertools.count(1)

    def print_or_two(*arguments, **keywords):
        write(*arguments, **keywords)
        thread = threading.current_thread()
        if thread is not threading.main_thread() and next(count) % 50 == 0:
            write(*arguments, **keywords)

    if sys.version_info >= (3, 12, 4) or PYPY:
        builtins.print = print_or_two
    else:
        write_lock = threading.Lock()

        def print_alone(*arguments, **keywords):
            with write_lock:
                write(*arguments, **keywords)

        builtins.print = print_alone
