"""Counterfeits for the claims of library/webassembly/test_waiting.py."""

from .. import counterfeit
from ..facts import WEBASSEMBLY
from ..patching import patch


@counterfeit("WASM15", where=WEBASSEMBLY)
def sleep_returns_at_once():
    """time.sleep() does not sleep."""
    import time

    time.sleep = lambda seconds: None


@counterfeit("WASM16", where=WEBASSEMBLY)
def a_wait_for_an_event_succeeds():
    """Event.wait() returns True."""
    patch("threading.Event", wait=lambda wait: lambda self, timeout=None: True)


@counterfeit("WASM17", where=WEBASSEMBLY)
def get_returns_none_after_its_timeout():
    """Queue.get(timeout=...) returns None."""
    patch(
        "queue.Queue",
        get=lambda get: lambda self, block=True, timeout=None: None if timeout else get(self),
    )


@counterfeit("WASM18", where=WEBASSEMBLY)
def the_loop_of_the_browser_does_not_run():
    """WebLoop.is_running() returns False."""
    patch("pyodide.webloop.WebLoop", is_running=lambda is_running: lambda self: False)


@counterfeit("WASM19", where=WEBASSEMBLY)
def asyncio_run_does_nothing():
    """asyncio.run() runs nothing."""
    import asyncio

    asyncio.run = lambda coroutine: coroutine.close()
