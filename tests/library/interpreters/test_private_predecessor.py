"""The private modules under ``concurrent.interpreters``, which programs used before 3.14.

Source: https://docs.python.org/3/library/concurrent.interpreters.html (PEP 554, PEP 734)
"""

import importlib
import os

from tests.harness import PYPY, before, claim, control, outcome, refuted, since

RENAMED = "3.13 renamed _xxsubinterpreters to _interpreters; PyPy has neither"


def ran_in(module):
    """Return what code that was run in a new interpreter told the operating system."""
    here, there = os.pipe()
    with open(here, "rb") as reader:
        number = module.create()
        number = getattr(number, "id", number)
        run = getattr(module, "exec", None) or module.run_string
        try:
            run(number, f"import os; os.write({there}, b'inside')")
        finally:
            module.destroy(number)
            os.close(there)
        return reader.read()


@claim("IN16")
@refuted(where=since("3.13.0") or PYPY, because=RENAMED)
def test_the_old_private_module_of_interpreters_exists(evidence):
    """`import _xxsubinterpreters` works, and runs code in another interpreter.

    It does from 3.8 to 3.12.  Since 3.13: "ModuleNotFoundError: No module named
    '_xxsubinterpreters'"; the module became _interpreters, as private as before.  Instead:
    _interpreters on 3.13, concurrent.interpreters from 3.14 on.
    """
    module = outcome(importlib.import_module, "_xxsubinterpreters")
    evidence(module=module)
    control(type(module) is ModuleNotFoundError or ran_in(module) == b"inside", "it runs nothing")
    assert not isinstance(module, Exception)


@claim("X40")
@refuted(where=before("3.13.0") or PYPY, because=RENAMED)
def test_the_new_private_module_of_interpreters_exists(evidence):
    """`import _interpreters` works, and create, exec and destroy run code in an interpreter.

    Since 3.13, on the free-threaded build too.  Before, and on PyPy: "ModuleNotFoundError: No
    module named '_interpreters'".  From 3.14 on use concurrent.interpreters.
    """
    module = outcome(importlib.import_module, "_interpreters")
    evidence(module=module)
    control(type(module) is ModuleNotFoundError or ran_in(module) == b"inside", "it runs nothing")
    assert not isinstance(module, Exception)
