"""Imports in threads, at a program's end, and in other interpreters.

Source: https://docs.python.org/3/library/importlib.html
"""

import importlib
import sys

from tests.harness import Inconclusive, applies, cases, claim, outcome, predicts
from tests.harness.interpreters import AVAILABLE, NOT_AVAILABLE

LATE = """
import threading

def late():
    threading.main_thread().join()
    try:
        {work}
        print("works")
    except RuntimeError as error:
        print("RuntimeError:", error)

threading.Thread(target=late).start()
"""


@claim("STDLIB39")
@predicts("H09")
def test_a_late_first_import_of_the_thread_pool_fails(programs, evidence):
    """`import concurrent.futures.thread` raises RuntimeError once the main thread has ended.

    "RuntimeError: can't register atexit after shutdown", in a thread that goes on after the main
    thread and imports it for the first time: boto3 and asyncio's to_thread() do so at the first
    use.  Import concurrent.futures.thread at the top of the program, and join threads.
    """
    printed = programs.run(LATE.format(work="import concurrent.futures.thread")).lines
    assert evidence(printed=printed) == ["RuntimeError: can't register atexit after shutdown"]


STARTS_A_THREAD = """
import threading
import tests.harness

def work():
    from starts_a_thread import helper
    helper()

def helper():
    pass

thread = threading.Thread(target=work)
thread.start()
thread.join(tests.harness.GRACE)
waited_in_vain = thread.is_alive()
"""


@claim("STDLIB40")
def test_a_module_must_not_wait_for_a_thread_that_imports_it(tmp_path, monkeypatch, evidence):
    """A module that starts a thread and waits for it hangs, if the thread imports that module.

    The importing thread holds the module's import lock until its last line.  join(), result() of a
    pool, or map() at the top of a module is then a deadlock, as soon as a function in the thread
    imports from there, which unpickling does too.  Start threads in a function, not by an import.
    """
    (tmp_path / "starts_a_thread.py").write_text(STARTS_A_THREAD)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("starts_a_thread")
    try:
        module.thread.join()  # it goes on now that the import has ended
        assert evidence(waited_in_vain=module.waited_in_vain) is True
    finally:
        del sys.modules["starts_a_thread"]


@claim("STDLIB41")
@predicts("H16")
@applies(where=AVAILABLE, because=NOT_AVAILABLE)
@cases(name=("readline", "_curses"))
def test_some_extension_modules_cannot_be_imported_in_other_interpreters(name, evidence):
    """An extension module with single-phase initialisation cannot be imported in a sub-interpreter.

    "ImportError: module readline does not support loading in subinterpreters": so it is with
    readline and curses, and with NumPy and many other packages, in an InterpreterPoolExecutor.
    Use a process pool for them.
    """
    from concurrent import interpreters  # new in 3.14

    if isinstance(outcome(importlib.import_module, name), ImportError):
        raise Inconclusive(f"this interpreter was built without {name}")
    interpreter = interpreters.create()
    try:
        got = outcome(interpreter.exec, f"import {name}")
    finally:
        interpreter.close()
    assert evidence(got=str(got)).startswith(
        f"ImportError: module {name} does not support loading in subinterpreters"
    )
