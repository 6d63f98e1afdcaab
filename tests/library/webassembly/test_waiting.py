"""Waiting on WebAssembly: in the one thread, and on the browser's own event loop.

Source: https://pyodide.org/en/stable/usage/api/python-api/webloop.html
"""

import asyncio
import importlib
import queue
import threading
import time

from tests.harness import cases, claim, kinds, on_webassembly, outcome

every_spec = [on_webassembly]


@claim("WASM15")
def test_sleep_keeps_everything_waiting_on_webassembly(evidence):
    """time.sleep() works on WebAssembly, and nothing else runs meanwhile, no callback either.

    In a browser the whole page stands still.  Instead: await asyncio.sleep().
    """
    ran = []
    handle = asyncio.get_running_loop().call_soon(ran.append, "meanwhile")
    begin = time.monotonic()
    time.sleep(0.05)
    slept = time.monotonic() - begin
    handle.cancel()
    assert evidence(slept_enough=slept >= 0.045, ran=ran) == (True, [])


def condition():
    one = threading.Condition()
    with one:
        return one.wait(0.01)


def held_lock():
    one = threading.Lock()
    return one.acquire(), one.acquire(timeout=0.01)


@claim("WASM16")
@cases(
    wait={
        "Lock": (held_lock, (True, False)),
        "Condition": (condition, False),
        "Event": (lambda: threading.Event().wait(0.01), False),
        "Semaphore": (lambda: threading.Semaphore(0).acquire(timeout=0.01), False),
    }
)
def test_a_wait_with_a_timeout_ends_on_webassembly(wait, evidence):
    """Locks, events and conditions work in the one thread, and a timeout ends a wait for them.

    Without a timeout such a wait never ends, since no other thread can end it: the page hangs.
    """
    function, expected = wait
    assert evidence(returned=function()) == expected


@claim("WASM17")
@cases(kind=(queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue))
def test_queues_work_in_the_thread_of_webassembly(kind, evidence):
    """The queues of module queue work in the one thread: put, get, and Empty after a timeout.

    A get() that has to wait, without a timeout, hangs for ever.  Instead: asyncio.Queue.
    """
    one = kind()
    one.put("item")
    got = evidence(got=[outcome(one.get), outcome(one.get, timeout=0.01)])
    assert kinds(got) == ["str", "Empty"]


@claim("WASM18")
def test_the_loop_of_webassembly_is_the_browsers(evidence):
    """In Pyodide a loop runs from the start, the browser's own: get_running_loop() returns it.

    It is a pyodide.webloop.WebLoop, also outside of coroutines, where get_running_loop() raises
    RuntimeError elsewhere.  Coroutines are awaited at the top level, or made tasks.
    """
    loop = asyncio.get_running_loop()
    kind = f"{type(loop).__module__}.{type(loop).__name__}"
    assert evidence(loop=kind, running=loop.is_running()) == ("pyodide.webloop.WebLoop", True)
    assert asyncio.get_event_loop() is loop


async def six_times_seven():
    await asyncio.sleep(0)
    return 42


@claim("WASM19")
def test_asyncio_run_needs_a_runtime_that_switches_stacks(evidence):
    """asyncio.run() raises RuntimeError where the JavaScript runtime cannot switch stacks.

    "RuntimeError: WebAssembly stack switching not supported in this JavaScript runtime".  Where it
    can (JSPI), asyncio.run() returns what the coroutine returns.  Instead: await the coroutine.
    """
    can = importlib.import_module("pyodide.ffi").can_run_sync()
    coroutine = six_times_seven()
    got = outcome(asyncio.run, coroutine)
    coroutine.close()
    evidence(can_switch=can, run=got)
    assert kinds([got]) == ["int" if can else "RuntimeError"]
