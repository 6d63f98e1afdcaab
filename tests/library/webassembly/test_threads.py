"""Threads on WebAssembly: there are none beside the main one.

Source: https://docs.python.org/3/library/intro.html#webassembly-platforms
"""

import _thread
import importlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.harness import cases, claim, kinds, on_webassembly, outcome

every_spec = [on_webassembly]

REFUSED = "RuntimeError: can't start new thread"


def told(error):
    """Return an exception as a user sees it."""
    return f"{type(error).__name__}: {error}"


@claim("WASM01")
@cases(
    start={
        "Thread": lambda: threading.Thread(target=int).start(),
        "Timer": lambda: threading.Timer(0, int).start(),
        "start_new_thread": lambda: _thread.start_new_thread(int, ()),
    }
)
def test_no_thread_can_be_started_on_webassembly(start, evidence):
    """Thread.start() raises RuntimeError, as Timer.start() and start_new_thread() do.

    threading can be imported, and a Thread can be made; only start() tells: "RuntimeError: can't
    start new thread".  Instead: call the function, or make it a coroutine and await it.
    """
    assert told(evidence(start=outcome(start))) == REFUSED
    assert threading.enumerate() == [threading.main_thread()]


@claim("WASM02")
def test_a_thread_pool_fails_at_the_first_task_on_webassembly(evidence):
    """A ThreadPoolExecutor can be made; its first submit() raises RuntimeError, and so does map().

    "RuntimeError: can't start new thread".  asyncio.to_thread() rests on it.  Instead: an Executor
    whose submit() calls the function at once, or no executor where sys.platform is "emscripten".
    """
    with ThreadPoolExecutor() as executor:
        errors = [outcome(executor.submit, int), outcome(executor.map, int, ["1"])]
    assert list(map(told, evidence(errors=errors))) == [REFUSED] * 2


@claim("WASM03")
def test_webassembly_has_no_ids_of_native_threads(evidence):
    """threading.get_native_id() and Thread.native_id do not exist; get_ident() works.

    "AttributeError: module 'threading' has no attribute 'get_native_id'".  Logging takes None.
    """
    error = evidence(error=outcome(getattr, threading, "get_native_id"))
    assert kinds([error]) == ["AttributeError"]
    assert not hasattr(threading.main_thread(), "native_id")
    assert threading.get_ident() == threading.main_thread().ident


@claim("WASM04")
def test_webassembly_calls_itself_posix(evidence):
    """os.name is "posix" on WebAssembly; sys.platform, "emscripten", tells what it is.

    So ask sys.platform before you use what POSIX has: fork(), threads, signals, processes.
    """
    assert evidence(platform=sys.platform, name=os.name) == ("emscripten", "posix")


@claim("WASM05")
def test_webassembly_has_no_second_interpreter(evidence):
    """concurrent.interpreters cannot be imported on WebAssembly, though 3.14 has it.

    "ModuleNotFoundError: No module named '_interpreters'".
    """
    error = evidence(error=outcome(importlib.import_module, "concurrent.interpreters"))
    assert kinds([error]) == ["ModuleNotFoundError"]
    assert error.name == "_interpreters"
