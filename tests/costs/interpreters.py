"""Interpreters of ``concurrent.interpreters``, where there are any."""

import contextlib
import importlib
from pathlib import Path

from tests.harness import PYPY, since

AVAILABLE = since("3.14.0") and not PYPY
NOT_AVAILABLE = "concurrent.interpreters is new in 3.14 (PEP 734) and not in PyPy"

interpreters = importlib.import_module("concurrent.interpreters") if AVAILABLE else None

_ROOT = str(Path(__file__).parents[2])


@contextlib.contextmanager
def new_interpreter():
    """Create an interpreter that can import this package, and close it in the end."""
    one = interpreters.create()
    try:
        one.exec(f"import sys; sys.path.insert(0, {_ROOT!r})")
        yield one
    finally:
        one.close()
