"""Counterfeits for the claims of library/interpreters/test_interpreter_pool.py."""

from .. import counterfeit
from ..patching import patch
from .shared import HERE


def _run(run):
    """Replace how a worker of the pool runs a task."""
    from concurrent.futures import interpreter

    interpreter.WorkerContext.run = run


@counterfeit(*"INTERP02 INTERP25 INTERP26 INTERP27 INTERP28 INTERP29 INTERP24".split(), where=HERE)
def tasks_run_in_the_main_interpreter():
    """A pool of interpreters runs its tasks here, and loses what they return."""

    def run(self, task):
        function, args, keywords = task
        function(*args, **keywords)

    _run(run)


@counterfeit("INTERP26", "INTERP30", where=HERE)
def the_initializer_of_interpreters_is_forgotten():
    """InterpreterPoolExecutor ignores its initializer."""
    from concurrent.futures import interpreter

    prepare = interpreter.WorkerContext.prepare
    interpreter.WorkerContext.prepare = classmethod(
        lambda cls, initializer, initargs: prepare(None, ())
    )


@counterfeit("INTERP29", where=HERE)
def the_map_of_interpreters_is_backwards():
    """map() gives the last result first."""
    from concurrent.futures import InterpreterPoolExecutor

    plain = InterpreterPoolExecutor.map
    InterpreterPoolExecutor.map = lambda self, *args, **more: iter(
        list(plain(self, *args, **more))[::-1]
    )


@counterfeit("INTERP24", "INTERP29", "INTERP30", where=HERE)
def a_pool_of_interpreters_raises_execution_failed():
    """A task that raises fails with ExecutionFailed, as Interpreter.call() does."""
    from concurrent import interpreters

    def change(run):
        def wrap(self, task):
            try:
                return run(self, task)
            except Exception as error:
                if isinstance(error.__cause__, interpreters.ExecutionFailed):
                    raise error.__cause__ from None
                raise

        return wrap

    patch("concurrent.futures.interpreter.WorkerContext", run=change)


@counterfeit("INTERP25", "INTERP26", where=HERE)
def a_worker_imports_anew_for_each_task():
    """A worker forgets the modules of the tasks that it has run."""
    forget = "import sys; [sys.modules.pop(n) for n in [*sys.modules] if n.startswith('tests.')]"

    def change(run):
        def forgetful(self, task):
            try:
                return run(self, task)
            finally:
                self.interp.exec(forget)

        return forgetful

    patch("concurrent.futures.interpreter.WorkerContext", run=change)


@counterfeit("INTERP27", where=HERE)
def a_pool_of_interpreters_has_one_worker():
    """InterpreterPoolExecutor has one worker, whatever max_workers is."""

    def change(init):
        return lambda self, max_workers=None, *args, **options: init(self, 1, *args, **options)

    patch("concurrent.futures.InterpreterPoolExecutor", __init__=change)


@counterfeit("INTERP28", where=HERE)
def workers_of_interpreters_have_no_prefix():
    """InterpreterPoolExecutor ignores thread_name_prefix."""

    def change(init):
        def nameless(self, *args, thread_name_prefix="", **options):
            init(self, *args, **options)

        return nameless

    patch("concurrent.futures.InterpreterPoolExecutor", __init__=change)


@counterfeit("INTERP27", where=HERE)
def the_interpreters_share_one_gil():
    """The interpreters of a pool take turns with the GIL of the main one."""
    import _interpreters

    create = _interpreters.create

    def create_with_the_gil(*_arguments, **keywords):
        return create(_interpreters.new_config("isolated", gil="shared"), **keywords)

    _interpreters.create = create_with_the_gil
