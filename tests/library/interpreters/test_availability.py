"""Which modules of interpreters there are, public and private, and since when.

Source: https://docs.python.org/3/library/concurrent.interpreters.html (PEP 554, PEP 734)
"""

import concurrent.futures
import importlib
import os

from tests.harness import PYPY, WEBASSEMBLY, before, claim, concerns, outcome, refuted, since
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE

RENAMED = "3.13 renamed _xxsubinterpreters to _interpreters; PyPy and WebAssembly have neither"


@claim("INTERP01")
@refuted(
    where=not AVAILABLE,
    because=NOT_AVAILABLE,
    by="ModuleNotFoundError: No module named '",  # of WebAssembly: _interpreters
)
def test_the_module_of_interpreters_can_be_imported(evidence):
    """`from concurrent import interpreters` works.

    It came with 3.14 (PEP 734).  Before, and on PyPy: "ImportError: cannot import name
    'interpreters' from 'concurrent'", or, by import, "ModuleNotFoundError: No module named
    'concurrent.interpreters'".  There, processes are the way to another GIL.
    """

    def take():
        from concurrent import interpreters

        return interpreters.__name__

    evidence(taken=outcome(take))
    module = importlib.import_module("concurrent.interpreters")
    assert evidence(name=module.__name__) == "concurrent.interpreters"


@claim("INTERP02")
@refuted(
    where=not AVAILABLE,
    because=NOT_AVAILABLE,
    by="AttributeError: module ",  # before 3.11 the names are not in quotes
)
def test_there_is_a_pool_of_interpreters(evidence):
    """concurrent.futures.InterpreterPoolExecutor exists and runs tasks.

    It is new in 3.14.  Before: "AttributeError: module 'concurrent.futures' has no attribute
    'InterpreterPoolExecutor'"; 3.10 leaves out the inner quotes.  Use ProcessPoolExecutor there.

    Sub-interpreters or multiprocessing?  In both each worker has its own GIL.  Interpreters live
    in one process, so a crash ends all of them, and some extension modules refuse them (STDLIB41).
    """
    with concurrent.futures.InterpreterPoolExecutor(max_workers=1) as pool:
        assert evidence(got=pool.submit(pow, 2, 5).result()) == 32


def what_runs_in(module):
    """Return what code that is run in a new interpreter writes into a pipe."""
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


@claim("INTERP03")
@concerns("module of interpreters")
@refuted(
    where=since("3.13.0") or PYPY,
    because=RENAMED,
    by="ModuleNotFoundError: No module named '_xxsubinterpreters'",
)
def test_the_old_private_module_of_interpreters_exists(evidence):
    """`import _xxsubinterpreters` works, and runs code in another interpreter.

    It does from 3.8 to 3.12.  Since 3.13: "ModuleNotFoundError: No module named
    '_xxsubinterpreters'"; the module became _interpreters, as private as before.  Instead:
    _interpreters on 3.13, concurrent.interpreters from 3.14 on.
    """
    module = importlib.import_module("_xxsubinterpreters")
    assert evidence(read=what_runs_in(module)) == b"inside"


@claim("INTERP04")
@refuted(
    where=before("3.13.0") or PYPY or WEBASSEMBLY,
    because=RENAMED,
    by="ModuleNotFoundError: No module named '_interpreters'",
)
def test_the_new_private_module_of_interpreters_exists(evidence):
    """`import _interpreters` works, and create, exec and destroy run code in an interpreter.

    Since 3.13, on the free-threaded build too.  Before, and on PyPy: "ModuleNotFoundError: No
    module named '_interpreters'".  From 3.14 on use concurrent.interpreters.
    """
    module = importlib.import_module("_interpreters")
    assert evidence(read=what_runs_in(module)) == b"inside"
