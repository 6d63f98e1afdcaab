"""Private names of threading and logging that libraries and recipes lean on.

Source: https://docs.python.org/3/library/threading.html
"""

import logging
import threading

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    concerns,
    outcome,
    predicts,
    refuted,
    since,
)


@claim("PRIVATE01")
@concerns("lock of logging")
@predicts("H12")
@cases(name=("_acquireLock", "_releaseLock"))
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 uses the lock in a with statement instead (gh-109461)",
    by="AttributeError: module 'logging' has no attribute '_",
)
def test_logging_has_functions_for_its_lock(name, evidence):
    """logging._acquireLock() and logging._releaseLock() exist.

    Libraries that change many loggers at once call them.  Since 3.13: "AttributeError: module
    'logging' has no attribute '_acquireLock'".  There is no public way: logging's own functions
    lock by themselves, so use a threading.Lock of your own around your changes.
    """
    function = getattr(logging, name)
    assert evidence(callable=callable(function)) is True


@claim("PRIVATE02")
@concerns("attribute of a thread")
@cases(name=("_stop", "_handle", "_context", "_os_thread_handle"))
@refuted(
    name="_stop",
    where=before("3.13.0"),
    because="join() calls Thread._stop() before 3.13 (gh-114271)",
)
@refuted(
    name="_handle",
    where=since("3.13.0") and before("3.14.0") and not PYPY,
    because="3.13 keeps the thread's handle in it (gh-114271)",
)
@refuted(
    name=("_context", "_os_thread_handle"),
    where=since("3.14.0") and not PYPY,
    because="3.14 keeps the context (gh-128384) and the handle (gh-132578) there",
)
def test_a_subclass_of_thread_may_use_the_name(name, monkeypatch, evidence):
    """A subclass of Thread may have an attribute of its own that is called _stop, or _context.

    Which names Thread itself uses changes: self._stop = Event() made join() raise "TypeError:
    'Event' object is not callable" before 3.13; self._handle makes start() raise "TypeError:
    'handle' must be a _ThreadHandle" in 3.13; with self._context the thread dies in 3.14,
    "AttributeError: 'Event' object has no attribute 'run'".  Choose other names, or hand the
    target an object of yours in place of a subclass.
    """
    ran, died = [], []
    monkeypatch.setattr(threading, "excepthook", lambda about: died.append(about.exc_value))

    class Worker(threading.Thread):
        def __init__(self):
            super().__init__()
            setattr(self, name, threading.Event())

        def run(self):
            ran.append(1)

    worker = Worker()
    raised = [outcome(worker.start), outcome(worker.join, PATIENCE)]
    if name == "_stop":
        outcome(delattr, worker, name)  # so that the thread can be joined
        outcome(worker.join, PATIENCE)
    errors = [error for error in raised + died if error is not None]
    evidence(ran=ran, errors=errors)
    assert (ran, errors) == ([1], [])


@claim("PRIVATE03")
@concerns("start of threads")
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 starts joinable threads, by _start_joinable_thread (gh-110829)",
    by="AttributeError: module 'threading' has no attribute '_start_new_thread'",
)
def test_threading_starts_threads_by_one_private_function(monkeypatch, evidence):
    """threading._start_new_thread starts every Thread: who replaces it sees them all.

    Green threads, profilers and tracers replace it.  Since 3.13: "AttributeError: module
    'threading' has no attribute '_start_new_thread'"; it is _start_joinable_thread there, with
    other arguments.  Instead: replace Thread.run or Thread.start, or use threading.settrace().
    """
    real, seen = getattr(threading, "_start_new_thread"), []

    def start(function, *arguments):
        seen.append(1)
        return real(function, *arguments)

    monkeypatch.setattr(threading, "_start_new_thread", start)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert evidence(seen=seen) == [1]
