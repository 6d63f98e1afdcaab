"""Counterfeits for the claims of library/threading/test_exceptions_in_threads.py."""

import os
import sys

from .. import counterfeit


@counterfeit("EXCEPT01", "EXCEPT03", "EXCEPT04")
def an_exception_in_a_thread_is_lost():
    """threading.excepthook is never called."""
    import threading

    threading._make_invoke_excepthook = lambda: lambda thread: None


@counterfeit("EXCEPT01")
def the_hook_is_not_told_the_thread():
    """threading.excepthook gets an ExceptHookArgs without the thread."""
    import threading

    make, args = threading._make_invoke_excepthook, threading.ExceptHookArgs

    def make_forgetful():
        make()

        def invoke(thread):
            threading.excepthook(args([*sys.exc_info(), threading.main_thread()]))

        return invoke

    threading._make_invoke_excepthook = make_forgetful


@counterfeit("EXCEPT02")
def the_exit_of_a_thread_ends_the_process():
    """The default threading.excepthook ends the process on SystemExit."""
    import threading

    def excepthook(args):
        if args.exc_type is SystemExit:
            os._exit(2)
        sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    threading.excepthook = threading.__excepthook__ = excepthook


@counterfeit("EXCEPT03", "EXCEPT04")
def the_default_hook_does_not_tell_the_thread():
    """The default threading.excepthook prints the traceback without the name of the thread."""
    import threading

    def excepthook(args):
        if args.exc_type is not SystemExit:
            sys.excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    threading.excepthook = threading.__excepthook__ = excepthook


@counterfeit("EXCEPT05", "THREAD36")
def a_foreign_thread_swallows_everything():
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


@counterfeit("EXCEPT06")
def excepthookargs_takes_anything():
    """ExceptHookArgs fills up what is missing, and drops what is too much."""
    import threading

    args = threading.ExceptHookArgs
    threading.ExceptHookArgs = lambda values: args([*values, None, None, None, None][:4])


@counterfeit("EXCEPT07")
def thread_error_is_an_error_of_its_own():
    """threading.ThreadError is a subclass of RuntimeError."""
    import threading

    threading.ThreadError = type("ThreadError", (RuntimeError,), {})


@counterfeit("EXCEPT08")
def exc_info_is_one_for_all_threads():
    """sys.exc_info() tells an exception that any thread handles."""
    own, all_threads = sys.exc_info, sys._current_exceptions

    def exc_info():
        for told in [own(), *all_threads().values()]:
            error = told[1] if isinstance(told, tuple) else told
            if error is not None:
                return type(error), error, error.__traceback__
        return own()

    sys.exc_info = exc_info
