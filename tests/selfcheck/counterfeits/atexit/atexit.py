"""Counterfeits for the claims of library/atexit/test_atexit.py."""

import os
import sys

from .. import counterfeit
from ..facts import PYPY, VERSION, in_a_program
from ..patching import patch


def wrapped(wrap):
    """Register wrap(function) in the place of each function."""
    import atexit

    register, known = atexit.register, {}

    def register_wrapped(function, *arguments, **keywords):
        if not callable(function):
            raise TypeError("the first argument must be callable")
        register(known.setdefault(function, wrap(function)), *arguments, **keywords)
        return function

    unregister = atexit.unregister
    atexit.register = register_wrapped
    atexit.unregister = lambda function: unregister(known.get(function, function))


@counterfeit("ATEXIT01", "ATEXIT04")
def atexit_handlers_run_first_registered_first():
    """The functions registered with atexit are called in the order of register()."""
    import atexit

    calls = []

    def register(function, *arguments, **keywords):
        calls.append((function, arguments, keywords))
        return function

    def run():
        for function, arguments, keywords in calls:
            function(*arguments, **keywords)

    if in_a_program():
        atexit.register(run)
        atexit.register = register


@counterfeit("ATEXIT01", "ATEXIT03")
def a_function_is_registered_once():
    """A function that is registered again with atexit is called once."""
    import atexit

    register, unregister = atexit.register, atexit.unregister

    def register_once(function, *arguments, **keywords):
        unregister(function)
        return register(function, *arguments, **keywords)

    if in_a_program():
        atexit.register = register_once


@counterfeit("ATEXIT02")
def a_thread_cannot_register():
    """What another thread than the main one registers with atexit is not called."""
    import atexit
    import threading

    register = atexit.register

    def register_in_main(function, *arguments, **keywords):
        if threading.current_thread() is threading.main_thread():
            register(function, *arguments, **keywords)
        return function

    atexit.register = register_in_main


@counterfeit("ATEXIT03")
def nothing_is_unregistered():
    """atexit.unregister() does nothing."""
    import atexit

    atexit.unregister = lambda function: None


@counterfeit("ATEXIT03")
def one_registration_is_taken_back():
    """atexit.unregister() returns whether it has found the function."""
    import atexit

    unregister, count = atexit.unregister, atexit._ncallbacks

    def unregister_and_tell(function):
        before = count()
        unregister(function)
        return count() < before

    atexit.unregister = unregister_and_tell


@counterfeit("ATEXIT04", "ATEXIT05")
def a_handler_that_fails_is_the_last():
    """After a function that raises, atexit calls no other."""
    import atexit

    def wrap(function):
        def call(*arguments, **keywords):
            try:
                function(*arguments, **keywords)
            except BaseException:  # noqa: BLE001
                sys.stdout.flush()
                atexit._clear()
                os._exit(1)

        return call

    if in_a_program():
        wrapped(wrap)


@counterfeit("ATEXIT04")
def an_exception_in_a_handler_is_not_printed():
    """Exceptions in functions that atexit calls are swallowed."""
    import contextlib

    def wrap(function):
        def call(*arguments, **keywords):
            with contextlib.suppress(Exception):
                function(*arguments, **keywords)

        return call

    if in_a_program():
        wrapped(wrap)


@counterfeit("ATEXIT05")
def exit_in_a_handler_is_obeyed():
    """sys.exit(n) in a function that atexit calls makes n the exit status."""

    def wrap(function):
        def call(*arguments, **keywords):
            try:
                function(*arguments, **keywords)
            except SystemExit as error:
                wrapped_status.append(error.code)

        return call

    wrapped_status = []
    if in_a_program():
        import atexit

        atexit.register(
            lambda: wrapped_status and (sys.stdout.flush(), os._exit(wrapped_status[0]))
        )
        wrapped(wrap)


@counterfeit("ATEXIT06")
def a_late_handler_is_called_at_once():
    """A function that is registered while atexit calls others is called immediately."""
    import atexit

    ending = []

    def wrap(function):
        def call(*arguments, **keywords):
            ending.append(True)
            function(*arguments, **keywords)

        return call

    if in_a_program():
        wrapped(wrap)
        register = atexit.register

        def register_or_call(function, *arguments, **keywords):
            if ending:
                return function(*arguments, **keywords)
            return register(function, *arguments, **keywords)

        atexit.register = register_or_call


@counterfeit("ATEXIT07")
def an_uncaught_exception_forgets_the_handlers():
    """After an uncaught exception atexit calls nothing."""
    import atexit

    def excepthook(*error):
        sys.__excepthook__(*error)
        atexit._clear()

    if in_a_program():
        sys.excepthook = excepthook


@counterfeit("ATEXIT08")
def a_child_process_forgets_its_handlers():
    """What a child of multiprocessing has registered is not called at its end."""
    import atexit
    from multiprocessing import process

    bootstrap = process.BaseProcess._bootstrap

    def bootstrap_and_clear(self, *arguments, **keywords):
        try:
            return bootstrap(self, *arguments, **keywords)
        finally:
            atexit._clear()

    process.BaseProcess._bootstrap = bootstrap_and_clear


@counterfeit("ATEXIT09")
def anything_can_be_registered():
    """atexit.register() ignores what cannot be called."""
    import atexit

    register = atexit.register
    atexit.register = lambda function=None, *arguments, **keywords: (
        register(function, *arguments, **keywords) if callable(function) else function
    )


#: Whether Python waits for threads that a function of atexit starts.
WAITS = VERSION >= (3, 15) and not PYPY


@counterfeit("ATEXIT10", where=WAITS)
def a_thread_of_a_handler_is_a_daemon():
    """A thread that is started when the main thread has ended is a daemon."""
    import threading

    def change(start):
        def start_a_daemon(self):
            if not threading.main_thread().is_alive():
                self._daemonic = True
            start(self)

        return start_a_daemon

    if in_a_program():
        patch("threading.Thread", start=change)


@counterfeit("ATEXIT10", where=not WAITS)
def a_thread_of_a_handler_runs_at_once():
    """When the main thread has ended, Thread.start() runs the thread in the caller."""
    import threading

    def change(start):
        return lambda self: start(self) if threading.main_thread().is_alive() else self.run()

    if in_a_program():
        patch("threading.Thread", start=change)
