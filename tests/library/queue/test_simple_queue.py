"""queue.SimpleQueue, and the C module that it and queue.Empty come from on CPython.

Source: https://docs.python.org/3/library/queue.html#simplequeue-objects
"""

import importlib
import queue

from tests.harness import PYPY, cases, claim, kinds, outcome, refuted


@claim("QUEUE34")
def test_a_simple_queue_lacks_bound_and_join(evidence):
    """SimpleQueue has put, get, put_nowait, get_nowait, empty and qsize, and nothing else.

    No full(), join(), task_done() or shutdown(): "AttributeError: '_queue.SimpleQueue' object has
    no attribute 'task_done'".  No bound: SimpleQueue(5) is a TypeError.  Use a Queue for either.
    """
    names = [name for name in dir(queue.SimpleQueue) if not name.startswith("_")]
    assert evidence(names=names) == ["empty", "get", "get_nowait", "put", "put_nowait", "qsize"]
    missing = outcome(getattr, queue.SimpleQueue(), "task_done")
    assert kinds(evidence(bounded=outcome(queue.SimpleQueue, 5), task_done=missing)) == [
        "TypeError",
        "AttributeError",
    ]


@claim("QUEUE34")
def test_a_simple_queue_tells_its_size(evidence):
    """SimpleQueue.qsize() and empty() are exact in one thread; get_nowait() raises queue.Empty."""
    made, states = queue.SimpleQueue(), []
    for change in (lambda: made.put(1), lambda: made.put_nowait(2), made.get, made.get_nowait):
        change()
        states.append((made.qsize(), made.empty()))
    assert evidence(size_empty=states) == [(1, False), (2, False), (1, False), (0, True)]
    assert kinds([outcome(made.get_nowait)]) == ["Empty"]


@claim("QUEUE35")
@cases(
    how={
        "block=False": {"block": False},
        "timeout=-1": {"timeout": -1},
        "block=True, timeout=0": {"block": True, "timeout": 0},
        "timeout=None": {"timeout": None},
    }
)
def test_a_simple_queue_ignores_how_to_put(how, evidence):
    """SimpleQueue.put() takes block and timeout, and ignores them: it never blocks."""
    made = queue.SimpleQueue()
    made.put(1, **how)
    assert evidence(item=made.get_nowait()) == 1


@claim("QUEUE36")
@refuted(
    where=PYPY,
    because="PyPy has no module _queue: its SimpleQueue is written in Python",
    by="ModuleNotFoundError: No module named '_queue'",
)
def test_empty_comes_from_the_c_module(evidence):
    """queue.Empty and queue.SimpleQueue are those of the C module _queue.

    There put() is one step, in the middle of which no signal handler runs; a get() that waits can
    be interrupted.  PyPy: "ModuleNotFoundError: No module named '_queue'"; there a Python class
    takes its place.
    """
    module = evidence(module=importlib.import_module("_queue"))
    assert module.Empty is queue.Empty
    assert module.SimpleQueue is queue.SimpleQueue
