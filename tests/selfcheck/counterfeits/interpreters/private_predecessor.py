"""Counterfeits for the claims of library/interpreters/test_private_predecessor.py."""

import sys

from .. import counterfeit
from ..facts import PYPY, VERSION


@counterfeit("IN16", where=not PYPY and VERSION >= (3, 13))
def the_old_private_module_is_still_there():
    """_xxsubinterpreters is another name of _interpreters."""
    import _interpreters

    sys.modules["_xxsubinterpreters"] = _interpreters


@counterfeit("X40", where=not PYPY and VERSION >= (3, 13))
def the_private_module_runs_nothing():
    """_interpreters.exec() runs nothing."""
    import _interpreters

    _interpreters.exec = lambda id, code, *args, **keywords: None
