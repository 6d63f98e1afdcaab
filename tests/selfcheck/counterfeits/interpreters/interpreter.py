"""Counterfeits for the claims of library/interpreters/test_interpreter.py."""

import contextlib

from .. import counterfeit
from ..patching import patch
from .shared import HERE


@counterfeit(*"INTERP07 INTERP11 INTERP19 INTERP20".split(), where=HERE)
def errors_inside_are_swallowed():
    """exec() says nothing of what the code has raised."""
    from concurrent import interpreters

    def change(execute):
        def quiet(self, code):
            with contextlib.suppress(interpreters.ExecutionFailed):
                execute(self, code)

        return quiet

    patch("concurrent.interpreters.Interpreter", exec=change)


@counterfeit(*"INTERP12 INTERP14 INTERP17 INTERP13".split(), where=HERE)
def a_call_in_a_thread_is_never_made():
    """call_in_thread() returns a thread that does nothing."""
    import threading
    from concurrent import interpreters

    def nothing(self, function, /, *args, **keywords):
        thread = threading.Thread(target=int)
        thread.start()
        return thread

    interpreters.Interpreter.call_in_thread = nothing


@counterfeit("INTERP12", "INTERP14", "INTERP17", where=HERE)
def one_interpreter_runs_at_a_time():
    """call_in_thread() waits until the call has been made."""

    def change(call):
        def wait(self, function, /, *args, **keywords):
            thread = call(self, function, *args, **keywords)
            thread.join()
            return thread

        return wait

    patch("concurrent.interpreters.Interpreter", call_in_thread=change)


@counterfeit("INTERP14", "INTERP15", where=HERE)
def wrong_use_goes_unnoticed():
    """What raises InterpreterError does nothing instead."""
    from concurrent import interpreters

    for name in ("close", "exec", "call", "prepare_main"):

        def change(method):
            def forgive(self, *args, **keywords):
                try:
                    return method(self, *args, **keywords)
                except interpreters.ExecutionFailed:
                    raise
                except interpreters.InterpreterError:
                    return None

            return forgive

        patch("concurrent.interpreters.Interpreter", **{name: change})


@counterfeit("INTERP05", where=HERE)
def nobody_knows_whence_an_interpreter_came():
    """whence is "unknown"."""
    from concurrent import interpreters

    interpreters.Interpreter.whence = property(lambda self: "unknown")


@counterfeit("INTERP08", where=HERE)
def keywords_of_prepare_main_do_not_overrule():
    """prepare_main(dict, name=value) prefers what the dict says."""

    def change(prepare):
        return lambda self, given=None, /, **more: prepare(self, {**more, **(given or {})})

    patch("concurrent.interpreters.Interpreter", prepare_main=change)


@counterfeit("INTERP16", "INTERP40", where=HERE)
def a_pickle_makes_another_object():
    """A pickled Interpreter or Queue comes back as its id."""
    from concurrent import interpreters

    interpreters.Interpreter.__reduce__ = lambda self: (int, (self.id,))
    interpreters.Queue.__reduce__ = lambda self: (int, (self.id,))


@counterfeit("INTERP07", where=HERE)
def executed_code_forgets_its_numbers():
    """The numbers that code has assigned are gone when exec() returns."""
    numbers = "[name for name, value in globals().items() if type(value) is int]"

    def change(execute):
        def forgetful(self, code):
            execute(self, code)
            execute(self, f"for _name in {numbers}: del globals()[_name]")

        return forgetful

    patch("concurrent.interpreters.Interpreter", exec=change)


@counterfeit("INTERP11", where=HERE)
def a_call_raises_the_exception_itself():
    """call() raises a KeyError if that is what the function has raised."""
    from concurrent import interpreters

    def change(call):
        def unwrap(self, function, /, *args, **keywords):
            try:
                return call(self, function, *args, **keywords)
            except interpreters.ExecutionFailed as error:
                if error.excinfo.type.__name__ == "KeyError":
                    raise KeyError(error.excinfo.msg) from error
                raise

        return unwrap

    patch("concurrent.interpreters.Interpreter", call=change)


@counterfeit("INTERP18", where=HERE)
def all_interpreters_have_one_environ():
    """What code in an interpreter sets in os.environ is in os.environ of the caller, too."""
    import os
    from concurrent import interpreters

    def change(execute):
        def share(self, code):
            execute(self, code)
            variables = interpreters.create_queue()
            self.prepare_main(_variables=variables)
            execute(self, "import os as _os; _variables.put(dict(_os.environ))")
            os.environ.update(variables.get())

        return share

    patch("concurrent.interpreters.Interpreter", exec=change)


def _without(text, instead):
    """Let exec() replace a text in the code, so that what is refused is not even asked for."""

    def change(execute):
        return lambda self, code: execute(self, code.replace(text, instead))

    patch("concurrent.interpreters.Interpreter", exec=change)


@counterfeit("INTERP19", where=HERE)
def interpreters_may_start_daemons():
    """A thread that is to be a daemon is an ordinary thread in an interpreter."""
    _without("daemon=True", "daemon=False")


@counterfeit("INTERP19", where=HERE)
def interpreters_may_fork():
    """os.fork() is not refused in an interpreter."""
    _without("os.fork()", "os.getpid()")


@counterfeit("INTERP20", where=HERE)
def interpreters_may_set_signal_handlers():
    """signal.signal() only returns the present handler in an interpreter."""
    _without("signal.signal(signal.SIGTERM, ", "signal.getsignal(signal.SIGTERM) or (")


@counterfeit("INTERP06", "INTERP28", where=HERE)
def the_newest_interpreter_is_not_listed():
    """list_all() leaves out the interpreter that was created last."""
    from concurrent import interpreters

    everything = interpreters.list_all
    interpreters.list_all = lambda: everything()[:-1] or everything()


@counterfeit("INTERP09", "INTERP10", where=HERE)
def keywords_of_a_call_are_dropped():
    """call() passes no keyword arguments on."""

    def change(call):
        return lambda self, function, /, *args, **keywords: call(self, function, *args)

    patch("concurrent.interpreters.Interpreter", call=change)


@counterfeit("INTERP22", "INTERP23", where=HERE)
def a_function_beside_its_caller_is_called_there():
    """call() calls a function without arguments here, if it is defined where call() is written."""
    import sys

    def change(call):
        def call_here(self, function, /, *args, **keywords):
            beside = getattr(function, "__globals__", None) is sys._getframe(1).f_globals
            if beside and not args and not keywords:
                return function()
            return call(self, function, *args, **keywords)

        return call_here

    patch("concurrent.interpreters.Interpreter", call=change)


@counterfeit("INTERP21", where=HERE)
def interpreters_are_closed_at_exit():
    """What is still open is closed when the program ends, without a warning."""
    import atexit
    from concurrent import interpreters

    create = interpreters.create

    def close(one):
        with contextlib.suppress(interpreters.InterpreterError):
            one.close()

    def create_and_remember():
        one = create()
        atexit.register(close, one)
        return one

    interpreters.create = create_and_remember
