"""On WebAssembly, a spec that tries to start a thread or a process is not applicable.

Nothing can be started there, so whatever is tried raises.  A spec may catch that, or observe too
little because of it; so what counts is not how it ends but that it tried, and the interpreter's own
audit events tell.  Only specs about WebAssembly itself are decided by what they see then.
"""

import sys
from collections.abc import Generator
from typing import Any

import pytest

from tests.harness.claims import claim_of
from tests.harness.interpreter import WEBASSEMBLY
from tests.vocabulary.verdict import INCONCLUSIVE, NOT_APPLICABLE

_THREAD, _PROCESS = "a thread", "a process"

#: Audit events, by what is tried.
_EVENTS = {
    "_thread.start_new_thread": _THREAD,
    "_thread.start_joinable_thread": _THREAD,
    "os.fork": _PROCESS,
    "os.system": _PROCESS,
}

#: The modules without which multiprocessing and the like start nothing.
_MODULES = {"_multiprocessing": _PROCESS, "_posixshmem": _PROCESS, "_interpreters": "interpreters"}

#: Parts of the messages of what raises before any event: subprocess, and ProcessPoolExecutor.
_MESSAGES = ("does not support processes", "build lacks multiprocessing.synchronize")

#: What the present spec, with its fixtures, has tried to start.
_tried: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    what = _MODULES.get(arguments[0]) if event == "import" else _EVENTS.get(event)
    if what:
        _tried.append(what)


if WEBASSEMBLY:
    sys.addaudithook(_watch)


def _inapplicable_if_refused(item: pytest.Item) -> Generator[None, object, object]:
    """Skip a spec that has tried what WebAssembly refuses, unless it is about just that."""
    claim = claim_of(getattr(item, "function", None))
    failure: Exception | None = None
    result = None
    try:
        result = yield
    except Exception as error:  # noqa: BLE001 - it is raised again, below
        failure = error
    if WEBASSEMBLY and claim is not None and not claim.about_webassembly:
        said = str(failure)
        if any(message in said for message in _MESSAGES):
            _tried.append(_PROCESS)
        if _tried:
            pytest.skip(f"{NOT_APPLICABLE}needs {_tried[0]}, which WebAssembly does not have")
        if "stack switching" in said:
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
