"""Counterfeits for the claims of library/deployment/test_prompts.py."""

import sys

from .. import counterfeit
from ..facts import FORK


def _main_has_no_file():
    return getattr(sys.modules["__main__"], "__file__", None) is None


@counterfeit("DEPLOY26", where=FORK)
def what_is_typed_is_forked():
    """Every start method forks where the main module has no file."""
    from multiprocessing import context

    def change(kind):
        start = kind._Popen

        def start_or_fork(process):
            return (context.ForkProcess._Popen if _main_has_no_file() else start)(process)

        kind._Popen = staticmethod(start_or_fork)

    change(context.SpawnProcess)
    change(context.ForkServerProcess)


@counterfeit("DEPLOY27", where=FORK)
def an_executor_refuses_what_is_typed():
    """An executor's future has an AttributeError for a function of a main module without a file."""
    from concurrent.futures import Future, ProcessPoolExecutor

    submit = ProcessPoolExecutor.submit

    def submit_or_refuse(self, function, *arguments):
        if not _main_has_no_file():
            return submit(self, function, *arguments)
        future = Future()
        future.set_exception(AttributeError(function.__name__))
        return future

    ProcessPoolExecutor.submit = submit_or_refuse
