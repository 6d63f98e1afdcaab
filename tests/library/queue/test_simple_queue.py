"""queue.SimpleQueue, and the C module that it and queue.Empty come from on CPython.

Source: https://docs.python.org/3/library/queue.html#simplequeue-objects
"""

import importlib
import queue

from tests.harness import PYPY, claim, control, outcome, refuted


@claim("QU07")
def test_a_simple_queue_lacks_bound_and_join(evidence):
    """SimpleQueue has put, get, put_nowait, get_nowait, empty and qsize, and nothing else.

    No bound: SimpleQueue(5) is a TypeError.  No full(), join(), task_done() or shutdown():
    "AttributeError: '_queue.SimpleQueue' object has no attribute 'task_done'".
    """
    made = queue.SimpleQueue()
    names = sorted(name for name in dir(made) if not name.startswith("_"))
    states = [made.empty(), made.qsize(), made.put(1), made.put_nowait(2), made.empty()]
    states += [made.qsize(), made.get(), made.get_nowait(), made.empty(), made.qsize()]
    refusals = [type(outcome(made.get_nowait)), type(outcome(queue.SimpleQueue, 5))]
    evidence(names=names, states=states)
    assert names == ["empty", "get", "get_nowait", "put", "put_nowait", "qsize"]
    assert states == [True, 0, None, None, False, 2, 1, 2, True, 0]
    assert refusals == [queue.Empty, TypeError]


@claim("QU14")
def test_a_simple_queue_ignores_how_to_put(evidence):
    """SimpleQueue.put() takes block and timeout, and ignores them: it never blocks."""
    made = queue.SimpleQueue()
    for number, how in enumerate(
        [{}, {"block": False}, {"timeout": -1}, {"block": True, "timeout": 0}, {"timeout": None}]
    ):
        made.put(number, **how)
    made.put(5, False, -2.5)
    items = [made.get_nowait() for _ in range(made.qsize())]
    evidence(items=items)
    assert items == [0, 1, 2, 3, 4, 5]
    assert made.empty()


@claim("QU13")
@refuted(where=PYPY, because="PyPy has no module _queue: its SimpleQueue is written in Python")
def test_empty_comes_from_the_c_module(evidence):
    """queue.Empty and queue.SimpleQueue are those of the C module _queue.

    Where they are, what a SimpleQueue does is one step that no signal handler can interrupt.
    PyPy: "ModuleNotFoundError: No module named '_queue'", and a Python class takes its place.
    """
    module = outcome(importlib.import_module, "_queue")
    evidence(module=module, empty=queue.Empty.__module__)
    control(not isinstance(module, Exception) or type(module) is ModuleNotFoundError, "known")
    assert not isinstance(module, Exception)
    assert module.Empty is queue.Empty
    assert module.SimpleQueue is queue.SimpleQueue
