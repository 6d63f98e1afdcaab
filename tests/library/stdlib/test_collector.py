"""The cyclic garbage collector and finalisers, where they meet locks, threads and forks.

Source: https://docs.python.org/3/library/gc.html, https://docs.python.org/3/library/weakref.html
"""

import gc
import threading
import weakref

from tests.harness import (
    FREE_THREADED_BUILD,
    before,
    cases,
    claim,
    control,
    needs_fork,
    predicts,
    refuted,
)


class Connection:
    """Refers to itself, so that only the collector frees it; its finaliser needs the lock."""

    def __init__(self, lock, finalised):
        self.itself, self.lock, self.finalised = self, lock, finalised

    def __del__(self):
        got = self.lock.acquire(blocking=False)
        if got:
            self.lock.release()
        self.finalised.append((got, threading.get_ident()))


def collect(_):
    """Collect now."""
    gc.collect()


def allocate(finalised):
    """Allocate until the collector has run by itself, but not more than some 100 MB."""
    kept = []
    while not finalised and len(kept) < 1_000_000:
        kept.append([])
    control(finalised, f"the collector must run within {len(kept)} allocations")


def finalised_inside(kind, trigger):
    """Return whether a finaliser got the lock that this thread held, and whether it ran in it.

    To be called in a fresh interpreter: PyPy collects only when the heap has grown by half.
    """
    lock, finalised = getattr(threading, kind)(), []
    Connection(lock, finalised)
    with lock:
        {"gc.collect()": collect, "allocations": allocate}[trigger](finalised)
        inside = list(finalised)
    gc.collect()
    control(finalised, "the finaliser must run")
    return [(got, thread == threading.get_ident()) for got, thread in inside]


@claim("STDLIB17")
@predicts("H23")
@cases(trigger=["gc.collect()", "allocations"])
def test_the_collector_runs_finalisers_inside_a_with_statement(trigger, programs, evidence):
    """The collector may run a finaliser in a thread that holds the lock that the finaliser wants.

    It runs in whichever thread allocates, at any line, also inside of "with lock:".  A __del__ or
    weakref.finalize() that acquires the same lock then waits for its own thread: a deadlock, which
    comes rarely, and hangs connection pools and log handlers.  Let finalisers take no lock: have
    them append to a deque, or put into a queue.SimpleQueue (which is reentrant on CPython only).
    """
    inside = programs.call(finalised_inside, "Lock", trigger)
    assert evidence(got_the_lock_in_its_own_thread=inside) == [(False, True)]


@claim("STDLIB18")
def test_an_rlock_lets_a_finaliser_in(programs, evidence):
    """An RLock does not keep a finaliser out: it runs in the middle of its own thread's section.

    So an RLock cures the deadlock of a finaliser, and makes a race condition of it: data that the
    "with lock:" has half changed are seen, and changed, by the finaliser.
    """
    inside = programs.call(finalised_inside, "RLock", "gc.collect()")
    assert evidence(got_the_lock_in_its_own_thread=inside) == [(True, True)]


@claim("STDLIB19")
@predicts("H29")
@refuted(
    where=FREE_THREADED_BUILD and before("3.14.0"),
    because="3.13t makes classes immortal once a second thread was started (gh-117376)",
)
def test_a_class_that_nobody_uses_is_collected(evidence):
    """A class that nothing refers to any more is freed by the collector, beside threads too.

    3.13's free-threaded build makes classes immortal (and functions of modules) as soon as a second
    thread has started: a program that makes classes at run time (namedtuple, type(), models) has a
    memory leak there.  3.14t counts their references in another way.  Strings that sys.intern() has
    taken are never freed on 3.13t either.
    """
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    alive = weakref.ref(type("Made", (), {}))
    for _ in range(3):  # PyPy needs more than one
        gc.collect()
    assert evidence(alive=alive() is not None) is False


TEMPORARY = """
import os, sys, tempfile

folder = tempfile.TemporaryDirectory()
for leave in (os._exit, sys.exit):
    child = os.fork()
    if child == 0:
        leave(0)
    os.waitpid(child, 0)
    print(leave.__name__, os.path.exists(folder.name), flush=True)
"""


@claim("STDLIB20")
@needs_fork
def test_a_forked_child_removes_the_parents_temporary_folder(programs, evidence):
    """A forked child that ends by sys.exit() removes the TemporaryDirectory of its parent.

    The child has copies of all weakref.finalize() and atexit handlers, and runs them at its end.
    The parent's next file in there is a FileNotFoundError.  End a child of os.fork() by os._exit(),
    as multiprocessing does.
    """
    printed = programs.run(TEMPORARY).lines
    assert evidence(still_there=printed) == ["_exit True", "exit False"]
