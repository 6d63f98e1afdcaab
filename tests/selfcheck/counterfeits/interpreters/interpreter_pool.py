"""Counterfeits for the claims of library/interpreters/test_interpreter_pool.py."""

from .. import counterfeit
from .shared import HERE


def _run(run):
    """Replace how a worker of the pool runs a task."""
    from concurrent.futures import interpreter

    interpreter.WorkerContext.run = run


@counterfeit(*"CF36 X19 IN33 IN34 IN35 IN15".split(), where=HERE)
def tasks_run_in_the_main_interpreter():
    """A pool of interpreters runs its tasks here, and loses what they return."""

    def run(self, task):
        function, args, keywords = task
        function(*args, **keywords)

    _run(run)


@counterfeit("IN33", "IN37", where=HERE)
def the_initializer_of_interpreters_is_forgotten():
    """InterpreterPoolExecutor ignores its initializer."""
    from concurrent.futures import interpreter

    prepare = interpreter.WorkerContext.prepare
    interpreter.WorkerContext.prepare = classmethod(
        lambda cls, initializer, initargs: prepare(None, ())
    )


@counterfeit("IN36", where=HERE)
def the_map_of_interpreters_is_backwards():
    """map() gives the last result first."""
    from concurrent.futures import InterpreterPoolExecutor

    plain = InterpreterPoolExecutor.map
    InterpreterPoolExecutor.map = lambda self, *args, **more: iter(
        list(plain(self, *args, **more))[::-1]
    )
