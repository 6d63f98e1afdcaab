"""On WebAssembly, a spec that tries to start a thread or a process is not applicable.

Nothing can be started there, so whatever is tried raises.  A spec may catch that, or observe too
little because of it; so what counts is not how it ends but that it tried, and the interpreter's own
audit events tell.  Only specs about WebAssembly itself are decided by what they see then.
"""

import gc
import importlib
import sys
import traceback
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tests.harness.claims import claim_of
from tests.harness.interpreter import WEBASSEMBLY
from tests.vocabulary.verdict import INCONCLUSIVE, NOT_APPLICABLE

_THREAD, _PROCESS, _MEMORY, _SOCKETS = "a thread", "a process", "shared memory", "sockets"
_DBM = "dbm"

#: Audit events, by what is tried.
_EVENTS = {
    "_thread.start_new_thread": _THREAD,
    "_thread.start_joinable_thread": _THREAD,
    "os.fork": _PROCESS,
    "os.system": _PROCESS,
    "socket.__new__": _SOCKETS,
}

#: The modules without which multiprocessing and the like start nothing.
_MODULES = {"_multiprocessing": _PROCESS, "_posixshmem": _MEMORY}

#: Parts of the messages of what no event precedes: of subprocess, ProcessPoolExecutor, Listener.
_MESSAGES = {
    "does not support processes": _PROCESS,
    "build lacks multiprocessing.synchronize": _PROCESS,
    "module 'socket' has no attribute 'AF_UNIX'": _SOCKETS,
    "No module named 'dbm'": _DBM,
}

#: What cannot be imported from where, though specs do.
_LACKING = (
    ("multiprocessing", "forkserver", _PROCESS),
    ("multiprocessing", "resource_tracker", _PROCESS),
    ("multiprocessing", "shared_memory", _MEMORY),
    ("multiprocessing.managers", "SharedMemoryManager", _MEMORY),
)

#: What the present spec, with its fixtures, has tried to start.
_tried: list[str] = []

#: Specs about WebAssembly itself, while they run.
_about_webassembly: set[str] = set()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    what = _MODULES.get(arguments[0]) if event == "import" else _EVENTS.get(event)
    if what:
        _tried.append(what)
    if what is _SOCKETS and not _about_webassembly:
        # A socket can be made, and connects to nothing: whoever waits for it waits for ever.
        raise OSError("WebAssembly connects no sockets")


if WEBASSEMBLY:
    sys.addaudithook(_watch)


class _StandIn(ModuleType):
    """Stands for what cannot be imported; to call it, or a part of it, is to try what it needs."""

    def __init__(self, name: str, needs: str) -> None:
        super().__init__(name)
        self.__needs = needs

    def __getattr__(self, name: str) -> "_StandIn":
        if name.startswith("__"):
            raise AttributeError(name)
        return _StandIn(f"{self.__name__}.{name}", self.__needs)

    def __call__(self, *_arguments: object, **_keywords: object) -> None:
        _tried.append(self.__needs)
        raise ImportError(f"WebAssembly lacks {self.__name__}")


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Let modules of specs be imported, so that each of their specs has a verdict."""
    for module, name, needs in _LACKING:
        one = sys.modules[f"{module}.{name}"] = _StandIn(f"{module}.{name}", needs)
        setattr(importlib.import_module(module), name, one)
    yield
    for module, name, _ in _LACKING:
        delattr(importlib.import_module(module), name)
        del sys.modules[f"{module}.{name}"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the modules of the specs, whatever they import."""
    if not WEBASSEMBLY:
        return (yield)
    with _stand_ins():
        return (yield)


def _forget(failure: Exception | None) -> None:
    """Free what a spec has left unfinished, without the warnings about that."""
    if failure is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traceback.clear_frames(failure.__traceback__)
            gc.collect()


def _inapplicable_if_refused(item: pytest.Item) -> Generator[None, object, object]:
    """Skip a spec that has tried what WebAssembly refuses, unless it is about just that."""
    if not WEBASSEMBLY:
        return (yield)
    claim = claim_of(getattr(item, "function", None))
    if claim is not None and claim.about_webassembly:
        _about_webassembly.add(item.nodeid)
    failure: Exception | None = None
    result = None
    try:
        result = yield
    except Exception as error:  # noqa: BLE001 - it is raised again, below
        failure = error
    _about_webassembly.discard(item.nodeid)
    if claim is not None and not claim.about_webassembly:
        said = str(failure)
        _tried.extend(what for message, what in _MESSAGES.items() if message in said)
        for what in (_THREAD, _PROCESS, _MEMORY, _SOCKETS, _DBM):
            if what in _tried:
                _forget(failure)
                pytest.skip(f"{NOT_APPLICABLE}needs {what}, which WebAssembly does not have")
        if "stack switching" in said:
            _forget(failure)
            pytest.skip(f"{INCONCLUSIVE}asyncio.run() needs a JavaScript runtime with JSPI: {said}")
    if failure is not None:
        raise failure
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Tell what a fixture tries that WebAssembly refuses."""
    _tried.clear()
    return (yield from _inapplicable_if_refused(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Tell what the spec tries that WebAssembly refuses."""
    return (yield from _inapplicable_if_refused(pyfuncitem))
