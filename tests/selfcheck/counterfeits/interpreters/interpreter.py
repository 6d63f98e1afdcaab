"""Counterfeits for the claims of library/interpreters/test_interpreter.py."""

import contextlib
import sys

from .. import counterfeit
from ..patching import patch
from .shared import HERE


@counterfeit("IN01", "CF36", where=not HERE)
def interpreters_were_there_before():
    """An empty concurrent.interpreters, and a pool of threads for a pool of interpreters."""
    import concurrent.futures
    import types

    sys.modules["concurrent.interpreters"] = types.ModuleType("concurrent.interpreters")
    concurrent.futures.InterpreterPoolExecutor = concurrent.futures.ThreadPoolExecutor


@counterfeit("IN01", where=HERE)
def the_module_of_interpreters_has_another_name():
    """concurrent.interpreters calls itself something else."""
    from concurrent import interpreters

    interpreters.__name__ = "interpreters"


@counterfeit(*"IN02 IN04 IN11 IN14 IN20".split(), where=HERE)
def errors_inside_are_swallowed():
    """exec() says nothing of what the code has raised."""
    from concurrent import interpreters

    def change(execute):
        def quiet(self, code):
            with contextlib.suppress(interpreters.ExecutionFailed):
                execute(self, code)

        return quiet

    patch("concurrent.interpreters.Interpreter", exec=change)


@counterfeit(*"IN02 IN10 IN11 IN13 IN24".split(), where=HERE)
def code_is_executed_by_the_caller():
    """exec() and prepare_main() use a dict in the calling interpreter."""
    from concurrent import interpreters

    names = {"__name__": "__main__"}

    def execute(self, code):
        exec(code, names)  # noqa: S102

    def prepare(self, given=None, /, **keywords):
        names.update(given or {}, **keywords)

    interpreters.Interpreter.exec = execute
    interpreters.Interpreter.prepare_main = prepare


@counterfeit(*"IN03 IN18 IN21 IN26".split(), where=HERE)
def calls_are_made_by_the_caller():
    """call() calls the function in the calling interpreter."""
    from concurrent import interpreters

    interpreters.Interpreter.call = lambda self, function, /, *args, **keywords: function(
        *args, **keywords
    )


@counterfeit(*"IN07 IN08 IN09 IN22".split(), where=HERE)
def a_call_in_a_thread_is_never_made():
    """call_in_thread() returns a thread that does nothing."""
    import threading
    from concurrent import interpreters

    def nothing(self, function, /, *args, **keywords):
        thread = threading.Thread(target=int)
        thread.start()
        return thread

    interpreters.Interpreter.call_in_thread = nothing


@counterfeit("IN09", where=HERE)
def one_interpreter_runs_at_a_time():
    """call_in_thread() waits until the call has been made."""

    def change(call):
        def wait(self, function, /, *args, **keywords):
            thread = call(self, function, *args, **keywords)
            thread.join()
            return thread

        return wait

    patch("concurrent.interpreters.Interpreter", call_in_thread=change)


@counterfeit(*"IN08 IN17 IN19 IN30".split(), where=HERE)
def interpreters_are_never_closed():
    """close() does nothing."""
    patch("concurrent.interpreters.Interpreter", close=lambda close: lambda self: None)


@counterfeit("IN08", "IN24", where=HERE)
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


@counterfeit("IN13", "IN19", where=HERE)
def nobody_knows_whence_an_interpreter_came():
    """whence is "unknown"."""
    from concurrent import interpreters

    interpreters.Interpreter.whence = property(lambda self: "unknown")


@counterfeit("IN20", where=HERE)
def keywords_of_prepare_main_do_not_overrule():
    """prepare_main(dict, name=value) prefers what the dict says."""

    def change(prepare):
        return lambda self, given=None, /, **more: prepare(self, {**more, **(given or {})})

    patch("concurrent.interpreters.Interpreter", prepare_main=change)


@counterfeit("IN25", "IN32", where=HERE)
def a_pickle_makes_another_object():
    """A pickled Interpreter or Queue comes back as its id."""
    from concurrent import interpreters

    interpreters.Interpreter.__reduce__ = lambda self: (int, (self.id,))
    interpreters.Queue.__reduce__ = lambda self: (int, (self.id,))
