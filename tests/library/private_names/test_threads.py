"""Private names of threading, of weak sets and of logging that libraries and recipes lean on.

Source: https://docs.python.org/3/library/threading.html
"""

import gc
import logging
import sys
import threading
import weakref

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


def started_with(name, monkeypatch):
    """Start and join a thread that has an Event of that name; return its runs and all errors."""
    ran, died = [], []
    monkeypatch.setattr(threading, "excepthook", lambda about: died.append(about.exc_value))

    def let_start_return(about):
        died.append(about.exc_value.__context__ or about.exc_value)
        threading._limbo.pop(worker, None)  # noqa: SLF001
        worker._started.set()  # noqa: SLF001

    monkeypatch.setattr(sys, "unraisablehook", let_start_return)

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
    return ran, [error for error in raised + died if error is not None]


@claim("PRIVATE02")
@refuted(
    where=before("3.13.0"),
    because="join() calls Thread._stop() before 3.13 (gh-114271)",
)
def test_a_subclass_of_thread_may_use_the_name_stop(monkeypatch, evidence):
    """A subclass of Thread may have an attribute of its own that is called _stop.

    Which private attributes Thread itself has changes, and a subclass must not overwrite them:
    self._stop = Event() made join() raise "TypeError: 'Event' object is not callable" before 3.13.
    Choose another name, or hand the target an object of yours in place of a subclass.
    """
    ran, errors = started_with("_stop", monkeypatch)
    assert evidence(ran=ran, errors=errors) == ([1], [])


@claim("PRIVATE30")
@predicts("N217")
@cases(kind=("attribute", "method"))
@refuted(
    where=since("3.13.0") and before("3.14.0") and not PYPY,
    because="3.13 keeps the thread's handle in it (gh-114271), 3.14 elsewhere (gh-132578)",
)
def test_a_subclass_of_thread_may_use_the_name_handle(kind, monkeypatch, evidence):
    """A subclass of Thread may have an attribute, or a method, of its own that is called _handle.

    3.13 keeps something of its own there.  A method _handle() is hidden by it: the call is a
    "TypeError: '_thread._ThreadHandle' object is not callable".  An attribute makes start() raise
    "TypeError: 'handle' must be a _ThreadHandle".  3.14 uses another name.  Instead: call it
    handle_message(), or _on_message, or pass a target that is no method of the thread.
    """
    if kind == "attribute":
        ran, errors = started_with("_handle", monkeypatch)
    else:

        class Listener(threading.Thread):
            def _handle(self):
                return "handled"

        ran, errors = [1], [error for error in [outcome(call, Listener())] if error != "handled"]
    assert evidence(ran=ran, errors=errors) == ([1], [])


def call(listener):
    """Return what the method _handle() of the listener returns."""
    return listener._handle()  # noqa: SLF001


@claim("PRIVATE31")
@concerns("attribute of a thread")
@predicts("N218")
@cases(name=("_context", "_os_thread_handle", "_name"))
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 keeps the context (gh-128384) and the handle (gh-132578) there, and tells the "
    "system the name of each thread as it starts (gh-59705)",
)
def test_a_subclass_of_thread_may_use_the_name_context(name, monkeypatch, evidence):
    """A subclass of Thread may have an attribute of its own that is called _context.

    3.14 has a context in it, in which it runs the thread: self._context = zmq.Context() makes the
    thread die by AttributeError, "Context has no such option: RUN", and an Event there by "'Event'
    object has no attribute 'run'".  So it is with _os_thread_handle.  What is no text in self._name
    makes start() hang for ever, and prints "Exception ignored in thread started by ...", a
    TypeError of set_name() and a KeyError.  Choose other names, such as _zmq_context, or hand the
    target an object of yours in place of a subclass.
    """
    ran, errors = started_with(name, monkeypatch)
    assert evidence(ran=ran, errors=errors) == ([1], [])


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


#: What threading takes from _thread in 3.10 and 3.11, as far as it is there.
OLDER = """
_ExceptHookArgs RLock TIMEOUT_MAX _excepthook _local _set_sentinel allocate_lock error
get_ident get_native_id stack_size start_new_thread
"""

STAND_IN = f"""
import _thread, sys, types

stand_in = types.ModuleType("_thread")
for name in {OLDER.split()}:
    if hasattr(_thread, name):
        setattr(stand_in, name, getattr(_thread, name))
sys.modules["_thread"] = stand_in
sys.modules.pop("threading", None)
try:
    import threading
except AttributeError as error:
    print(error)
else:
    print("imported")
"""


@claim("PRIVATE24")
@predicts("N149")
@refuted(
    where=since("3.12.0") and not PYPY,
    because="3.12 asks whether daemon threads are allowed (gh-98610), 3.13 more (gh-110829)",
)
def test_threading_can_be_imported_with_an_older_thread_module(programs, evidence):
    """A stand-in for _thread with the names of 3.11 is enough to import threading.

    eventlet and gevent put a module of their own in its place ("monkey patching").  Each release of
    Python asks it for more: "module '_thread' has no attribute 'daemon_threads_allowed'" since
    3.12, then _is_main_interpreter (3.12.1), and start_joinable_thread (3.13) in place of
    _set_sentinel.  3.13 asks for _make_thread_handle after a fork, too: os.fork() beside an older
    eventlet shows a KeyError and a traceback of _after_fork().  Instead: take a release of eventlet
    or gevent that names your Python.
    """
    assert evidence(printed=programs.run(STAND_IN).lines) == ["imported"]


@claim("PRIVATE25")
@predicts("N150")
@refuted(
    where=before("3.11.6", "3.12.1"),
    because="multiprocessing's tracker asks for it since 3.11.6 and 3.12.1 (gh-109593)",
    by="AttributeError: '_thread.RLock' object has no attribute '_recursion_count'",
)
def test_a_reentrant_lock_says_how_often_it_is_held(evidence):
    """RLock._recursion_count() says how often the calling thread holds the lock.

    multiprocessing's resource tracker calls it, and so do its copies in loky and multiprocess.  A
    copy from a later release fails before 3.11.6, and in 3.12.0: "AttributeError: '_thread.RLock'
    object has no attribute '_recursion_count'"; so does an RLock of eventlet or gevent that lacks
    it.  Instead: install the newest micro release of your Python, and of the library.
    """
    lock, counts = threading.RLock(), []
    for change in (lock.acquire, lock.acquire, lock.release, lock.release):
        change()
        counts.append(lock._recursion_count())  # noqa: SLF001
    assert evidence(counts=counts) == [1, 2, 1, 0]


@claim("PRIVATE26")
@concerns("guard of a weak set")
@predicts("N138")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 copies a weak set before it goes through it (gh-89967)",
    by="ImportError: cannot import name '_IterationGuard' from '_weakrefset'",
)
def test_a_weak_set_has_a_guard_for_iteration(evidence):
    """_weakrefset._IterationGuard lets one iterate over a WeakSet while its objects die.

    Weak containers of libraries are made with it, torch's among them.  Since 3.14: "ImportError:
    cannot import name '_IterationGuard' from '_weakrefset'".  Instead: iterate over
    list(weak_set), and take a release of the library that names 3.14.
    """
    from _weakrefset import _IterationGuard

    class Kept:
        pass

    kept, steps = [Kept() for _ in range(3)], 0
    weak = weakref.WeakSet(kept)
    with _IterationGuard(weak):
        for _ in weak.data:
            kept.clear()
            gc.collect()
            steps += 1
    assert evidence(steps=steps, left=len(weak)) == (3, 0)
