"""Counterfeits of interpreters: their names, their calls, their queues and their pool."""

import contextlib
import sys
from typing import Any

from . import counterfeit

HERE = sys.version_info >= (3, 14) and sys.implementation.name != "pypy"
OLD = not HERE
PYPY = sys.implementation.name == "pypy"


@counterfeit("IN01", "CF36", where=OLD)
def interpreters_were_there_before() -> None:
    """An empty concurrent.interpreters, and a pool of threads for a pool of interpreters."""
    import concurrent.futures
    import types

    sys.modules["concurrent.interpreters"] = types.ModuleType("concurrent.interpreters")
    concurrent.futures.InterpreterPoolExecutor = concurrent.futures.ThreadPoolExecutor


@counterfeit("IN01", where=HERE)
def the_module_of_interpreters_has_another_name() -> None:
    """concurrent.interpreters calls itself something else."""
    from concurrent import interpreters

    interpreters.__name__ = "interpreters"


@counterfeit("IN16", where=not PYPY and sys.version_info >= (3, 13))
def the_old_private_module_is_still_there() -> None:
    """_xxsubinterpreters is another name of _interpreters."""
    import _interpreters

    sys.modules["_xxsubinterpreters"] = _interpreters


@counterfeit("X40", where=not PYPY and sys.version_info >= (3, 13))
def the_private_module_runs_nothing() -> None:
    """_interpreters.exec() runs nothing."""
    import _interpreters

    _interpreters.exec = lambda id, code, *args, **keywords: None


def _patch(name: str, new: Any) -> Any:
    """Replace a method of Interpreter by what ``new`` makes of the old one."""
    from concurrent import interpreters

    setattr(interpreters.Interpreter, name, new(getattr(interpreters.Interpreter, name)))


@counterfeit(*"IN02 IN04 IN11 IN14 IN20".split(), where=HERE)
def errors_inside_are_swallowed() -> None:
    """exec() says nothing of what the code has raised."""
    from concurrent import interpreters

    def change(execute: Any) -> Any:
        def quiet(self: Any, code: str) -> None:
            with contextlib.suppress(interpreters.ExecutionFailed):
                execute(self, code)

        return quiet

    _patch("exec", change)


@counterfeit(*"IN02 IN10 IN11 IN13 IN24".split(), where=HERE)
def code_is_executed_by_the_caller() -> None:
    """exec() and prepare_main() use a dict in the calling interpreter."""
    from concurrent import interpreters

    names: dict[str, Any] = {"__name__": "__main__"}

    def execute(self: Any, code: str) -> None:
        exec(code, names)  # noqa: S102

    def prepare(self: Any, given: Any = None, /, **keywords: Any) -> None:
        names.update(given or {}, **keywords)

    interpreters.Interpreter.exec = execute
    interpreters.Interpreter.prepare_main = prepare


@counterfeit(*"IN03 IN18 IN21 IN26".split(), where=HERE)
def calls_are_made_by_the_caller() -> None:
    """call() calls the function in the calling interpreter."""
    from concurrent import interpreters

    interpreters.Interpreter.call = lambda self, function, /, *args, **keywords: function(
        *args, **keywords
    )


@counterfeit(*"IN07 IN08 IN09 IN22".split(), where=HERE)
def a_call_in_a_thread_is_never_made() -> None:
    """call_in_thread() returns a thread that does nothing."""
    import threading
    from concurrent import interpreters

    def nothing(self: Any, function: Any, /, *args: Any, **keywords: Any) -> Any:
        thread = threading.Thread(target=int)
        thread.start()
        return thread

    interpreters.Interpreter.call_in_thread = nothing


@counterfeit("IN09", where=HERE)
def one_interpreter_runs_at_a_time() -> None:
    """call_in_thread() waits until the call has been made."""

    def change(call: Any) -> Any:
        def wait(self: Any, function: Any, /, *args: Any, **keywords: Any) -> Any:
            thread = call(self, function, *args, **keywords)
            thread.join()
            return thread

        return wait

    _patch("call_in_thread", change)


@counterfeit(*"IN08 IN17 IN19 IN30".split(), where=HERE)
def interpreters_are_never_closed() -> None:
    """close() does nothing."""
    _patch("close", lambda close: lambda self: None)


@counterfeit("IN08", "IN24", where=HERE)
def wrong_use_goes_unnoticed() -> None:
    """What raises InterpreterError does nothing instead."""
    from concurrent import interpreters

    for name in ("close", "exec", "call", "prepare_main"):

        def change(method: Any) -> Any:
            def forgive(self: Any, *args: Any, **keywords: Any) -> Any:
                try:
                    return method(self, *args, **keywords)
                except interpreters.ExecutionFailed:
                    raise
                except interpreters.InterpreterError:
                    return None

            return forgive

        _patch(name, change)


@counterfeit("IN13", "IN19", where=HERE)
def nobody_knows_whence_an_interpreter_came() -> None:
    """whence is "unknown"."""
    from concurrent import interpreters

    interpreters.Interpreter.whence = property(lambda self: "unknown")


@counterfeit("IN20", where=HERE)
def keywords_of_prepare_main_do_not_overrule() -> None:
    """prepare_main(dict, name=value) prefers what the dict says."""

    def change(prepare: Any) -> Any:
        return lambda self, given=None, /, **more: prepare(self, {**more, **(given or {})})

    _patch("prepare_main", change)


@counterfeit("IN25", "IN32", where=HERE)
def a_pickle_makes_another_object() -> None:
    """A pickled Interpreter or Queue comes back as its id."""
    from concurrent import interpreters

    interpreters.Interpreter.__reduce__ = lambda self: (int, (self.id,))
    interpreters.Queue.__reduce__ = lambda self: (int, (self.id,))


@counterfeit("IN05", "X18", where=HERE)
def everything_is_said_to_be_shareable() -> None:
    """is_shareable() is always True."""
    from concurrent import interpreters

    interpreters.is_shareable = lambda value: True


@counterfeit(*"IN06 X18".split(), where=HERE)
def queues_hand_over_the_object_itself() -> None:
    """What the main interpreter puts, and gets itself, is the same object."""
    from concurrent import interpreters

    items: list[Any] = []
    interpreters.Queue.put = lambda self, item, *args, **more: items.append(item)
    interpreters.Queue.get = lambda self, *args, **more: items.pop(0)


@counterfeit(*"IN12 IN27 IN28".split(), where=HERE)
def queues_have_no_bound() -> None:
    """create_queue(maxsize) makes an unbounded queue."""
    from concurrent import interpreters

    create = interpreters.create_queue
    interpreters.create_queue = lambda maxsize=0, **more: create(0, **more)


@counterfeit("IN28", "IN29", where=HERE)
def getting_between_interpreters_never_waits() -> None:
    """get() raises QueueEmpty at once."""
    from concurrent import interpreters

    interpreters.Queue.get = lambda self, block=True, timeout=None: self.get_nowait()


@counterfeit("IN30", where=HERE)
def unbound_items_are_always_replaced() -> None:
    """unbounditems= is ignored."""
    from concurrent import interpreters

    create = interpreters.create_queue
    interpreters.create_queue = lambda maxsize=0, *, unbounditems=None: create(maxsize)


@counterfeit("IN31", where=HERE)
def a_memoryview_is_copied() -> None:
    """prepare_main() gives the interpreter a view of a copy."""

    def change(prepare: Any) -> Any:
        def copy(self: Any, given: Any = None, /, **more: Any) -> None:
            for name, value in more.items():
                if isinstance(value, memoryview):
                    more[name] = memoryview(bytearray(value))
            prepare(self, given, **more)

        return copy

    _patch("prepare_main", change)


def _run(run: Any) -> None:
    """Replace how a worker of the pool runs a task."""
    from concurrent.futures import interpreter

    interpreter.WorkerContext.run = run


@counterfeit(*"CF36 X19 IN33 IN34 IN35 IN15".split(), where=HERE)
def tasks_run_in_the_main_interpreter() -> None:
    """A pool of interpreters runs its tasks here, and loses what they return."""

    def run(self: Any, task: Any) -> Any:
        function, args, keywords = task
        function(*args, **keywords)

    _run(run)


@counterfeit("IN33", "IN37", where=HERE)
def the_initializer_of_interpreters_is_forgotten() -> None:
    """InterpreterPoolExecutor ignores its initializer."""
    from concurrent.futures import interpreter

    prepare = interpreter.WorkerContext.prepare
    interpreter.WorkerContext.prepare = classmethod(
        lambda cls, initializer, initargs: prepare(None, ())
    )


@counterfeit("IN36", where=HERE)
def the_map_of_interpreters_is_backwards() -> None:
    """map() gives the last result first."""
    from concurrent.futures import InterpreterPoolExecutor

    plain = InterpreterPoolExecutor.map
    InterpreterPoolExecutor.map = lambda self, *args, **more: iter(
        list(plain(self, *args, **more))[::-1]
    )
