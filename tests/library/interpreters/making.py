"""Interpreters of ``concurrent.interpreters`` that specs use, and where there are any."""

import contextlib
import importlib
from pathlib import Path

from tests.harness import PYPY, applies, outcome, since

AVAILABLE = since("3.14.0") and not PYPY

#: Marks a spec on what came with the module.
since_3_14 = applies(
    where=AVAILABLE, because="concurrent.interpreters is new in 3.14 (PEP 734) and not in PyPy"
)

interpreters = importlib.import_module("concurrent.interpreters") if AVAILABLE else None

ROOT = str(Path(__file__).parents[3])


@contextlib.contextmanager
def interpreter():
    """Create an interpreter that can import the specs' modules, and close it in the end."""
    one = interpreters.create()
    try:
        one.exec(f"import sys; sys.path.insert(0, {ROOT!r})")
        yield one
    finally:
        outcome(one.close)


def evaluate(one, expression):
    """Return the value of an expression in the interpreter's ``__main__``."""
    answers = interpreters.create_queue()
    one.prepare_main(_answers=answers)
    one.exec(f"_answers.put({expression})")
    return answers.get_nowait()


def name_of(value):
    """Return the type's name of an exception that was observed, or the value itself."""
    return type(value).__name__ if isinstance(value, Exception) else value
