"""Counterfeits for the claims of library/interpreters/test_availability.py."""

import sys

from .. import counterfeit
from ..facts import PYPY, VERSION
from .shared import HERE


@counterfeit("INTERP01", "INTERP02", where=not HERE)
def interpreters_were_there_before():
    """An empty concurrent.interpreters, and a pool of threads for a pool of interpreters."""
    import concurrent.futures
    import types

    sys.modules["concurrent.interpreters"] = types.ModuleType("concurrent.interpreters")
    concurrent.futures.InterpreterPoolExecutor = concurrent.futures.ThreadPoolExecutor


@counterfeit("INTERP01", where=HERE)
def the_module_of_interpreters_has_another_name():
    """concurrent.interpreters calls itself something else."""
    from concurrent import interpreters

    interpreters.__name__ = "interpreters"


@counterfeit("INTERP03", where=not PYPY and VERSION >= (3, 13))
def the_old_private_module_is_still_there():
    """_xxsubinterpreters is another name of _interpreters."""
    import _interpreters

    sys.modules["_xxsubinterpreters"] = _interpreters


@counterfeit("INTERP04", where=not PYPY and VERSION >= (3, 13))
def the_private_module_runs_nothing():
    """_interpreters.exec() runs nothing."""
    import _interpreters

    _interpreters.exec = lambda id, code, *args, **keywords: None


@counterfeit("INTERP02", where=HERE)
def a_pool_of_interpreters_swaps_arguments():
    """InterpreterPoolExecutor.submit(pow, a, b) computes pow(b, a)."""
    from concurrent.futures import ThreadPoolExecutor

    submit = ThreadPoolExecutor.submit

    def swap(self, function, /, *arguments, **keywords):
        if function is pow and type(self).__name__ == "InterpreterPoolExecutor":
            arguments = arguments[::-1]
        return submit(self, function, *arguments, **keywords)

    ThreadPoolExecutor.submit = swap
