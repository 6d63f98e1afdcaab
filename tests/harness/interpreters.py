"""Interpreters of ``concurrent.interpreters``, where there are any."""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from tests import ROOT
from tests.harness.claims import applies
from tests.harness.interpreter import PYPY, WEBASSEMBLY, since
from tests.harness.waiting import outcome

AVAILABLE = since("3.14.0") and not PYPY and not WEBASSEMBLY
NOT_AVAILABLE = (
    "concurrent.interpreters is new in 3.14 (PEP 734), and neither in PyPy nor on WebAssembly"
)

#: Marks a spec on what came with the module.
needs_interpreters = applies(where=AVAILABLE, because=NOT_AVAILABLE)

interpreters: Any = importlib.import_module("concurrent.interpreters") if AVAILABLE else None


@contextlib.contextmanager
def new_interpreter() -> Iterator[Any]:
    """Create an interpreter that can import the specs' modules, and close it in the end."""
    one = interpreters.create()
    try:
        one.exec(f"import sys; sys.path.insert(0, {ROOT!r})")
        yield one
    finally:
        outcome(one.close)


def evaluate(one: Any, expression: str) -> Any:
    """Return the value of an expression in the interpreter's ``__main__``."""
    answers = interpreters.create_queue()
    one.prepare_main(_answers=answers)
    one.exec(f"_answers.put({expression})")
    return answers.get_nowait()
