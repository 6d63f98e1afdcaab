"""os.fork in a process that has threads: the child has one thread, and the locks of all of them.

Each spec forks in a fresh interpreter, whose children leave it by os._exit.

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import importlib
import importlib.abc
import importlib.machinery
import logging
import os
import queue
import signal
import sys
import threading
import warnings

from tests.harness import (
    FORK,
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    applies,
    before,
    claim,
    control,
    in_a_fork,
    leaving,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.harness.threads import Task

needs_fork = applies(where=FORK, because="os.fork() exists only on POSIX")

#: Whether the fork of a process with several threads is remarked on at all.
WARNS = since("3.12.0") and not PYPY


class Holder:
    """A thread that does something, and then stays until it is let go."""

    def __init__(self, action):
        ready, self.release = threading.Event(), threading.Event()

        def hold():
            with action():
                ready.set()
                self.release.wait()

        self.thread = threading.Thread(target=hold, name="holder", daemon=True)
        self.thread.start()
        ready.wait()

    def end(self):
        """Let the thread go, and wait until it has gone."""
        self.release.set()
        self.thread.join()


class Nothing:
    """Something that a holder can hold which is nothing."""

    def __enter__(self):
        pass

    def __exit__(self, *error):
        pass


def quietly(function):
    """Return what the function returns, without the warning about threads that fork may give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return function()


def unless_it_hangs(function, *arguments, within=PATIENCE):
    """Return the outcome of a call, or NotSeen if it has to be broken off after so many seconds.

    The call is made in the child's main thread: a new one may have the ident of the parent's thread
    that holds a lock, and would then seem to own it.
    """

    def give_up(number, frame):
        raise NotSeen("it had not ended")

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, within)
    try:
        return outcome(function, *arguments)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def warnings_of_a_fork(threads):
    """Return the warnings that fork gives beside so many other threads."""
    holders = [Holder(Nothing) for _ in range(threads)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        leaving(lambda: None)
    os.wait()
    for holder in holders:
        holder.end()
    return [(warning.category.__name__, str(warning.message)) for warning in caught]


@claim("FK03")
@predicts("RC08")
@needs_fork
@refuted(where=WARNS, because="gh-100228: 3.12 warns where the parent has other threads")
def test_forking_beside_another_thread_is_silent(programs, evidence):
    """os.fork() in a process with a second thread raises no warning.

    One would expect a thread that sleeps to be nobody's business.  But the child has only the
    forking thread, and every lock that another held stays locked in it.  Since 3.12 (gh-100228):
    "DeprecationWarning: This process (pid=...) is multi-threaded, use of fork() may lead to
    deadlocks in the child."; PyPy says nothing.  Instead: fork before you start threads, or use the
    start methods spawn or forkserver, or subprocess.
    """
    control(programs.call(warnings_of_a_fork, 0) == [], "a process with one thread warns, too")
    caught = programs.call(warnings_of_a_fork, 1)
    evidence(warnings=caught)
    known = [
        kind for kind, text in caught if "is multi-threaded, use of fork() may lead to" in text
    ]
    control(known in ([], ["DeprecationWarning"]), f"unknown warnings: {caught}")
    assert caught == []


WARNING_AS_ERROR = """
import os, sys, threading

release = threading.Event()
threading.Thread(target=release.wait).start()
caller = os.getpid()
try:
    os.fork()
    if os.getpid() != caller:
        os._exit(5)
    print("forked")
except DeprecationWarning:
    print("DeprecationWarning")
release.set()
print("child ended with", os.wait()[1] >> 8)
"""


@claim("FK04")
@needs_fork
@refuted(
    where=before("3.15.0") or PYPY,
    because="before 3.15 the error is reported and swallowed, and before 3.12, and on PyPy, "
    "there is no warning",
)
def test_the_warning_of_a_fork_beside_threads_can_be_made_an_error(programs, evidence):
    """With -W error os.fork() raises the warning about other threads, though the child exists.

    One would expect an exception to mean that nothing was forked.  From 3.12 to 3.14 the error is
    printed as unraisable, at most, and fork goes on.  Since 3.15 fork() raises DeprecationWarning
    in the parent after the child has been made: nobody knows its pid, so reap it with os.wait().
    """
    program = programs.run(WARNING_AS_ERROR, options=["-W", "error::DeprecationWarning"])
    evidence(printed=program.lines)
    control(program.exit_code == 0, program.err)
    first, *rest = program.lines
    control(rest == ["child ended with 5"], f"no child was made: {program}")
    control(first in ("forked", "DeprecationWarning"), program.out)
    assert first == "DeprecationWarning"


def fork_in_a_thread():
    """Return what the child of a thread called "forker" says about its threads."""

    def look():
        main, current = threading.main_thread(), threading.current_thread()
        return main is current, main.name, threading.active_count(), main.is_alive()

    told = []
    thread = threading.Thread(target=lambda: told.append(quietly(lambda: in_a_fork(look))))
    thread.name = "forker"
    thread.start()
    thread.join()
    return told


@claim("FK05")
@needs_fork
def test_the_forking_thread_is_the_main_thread_of_the_child(programs, evidence):
    """The thread that forks is the child's main thread, and keeps its name; it is the only one."""
    [seen] = programs.call(fork_in_a_thread)
    evidence(main_is_current=seen[0], name=seen[1], threads=seen[2], alive=seen[3])
    assert seen == (True, "forker", 1, True)


ENDING_IN_A_THREAD = """
import atexit, os, threading

atexit.register(os.write, 1, b"handler ")

def fork():
    number = os.fork()
    if number:
        os.write(1, b"child ended with %d " % (os.waitpid(number, 0)[1] >> 8))

thread = threading.Thread(target=fork)
thread.start()
thread.join()
"""


@claim("Z07")
@needs_fork
def test_a_child_forked_in_a_thread_runs_no_exit_handlers(programs, evidence):
    """A child forked in a thread ends with that thread's function, with 0 and no exit handlers.

    One would expect what a child of the main thread does: run on and call its atexit handlers.
    But below the thread's function there is nothing to return to: the thread ends, and with it the
    process.  Whatever must be done at the end, do it there, and call os._exit().
    """
    program = programs.run(ENDING_IN_A_THREAD, options=["-W", "ignore::DeprecationWarning"])
    evidence(written=program.out)
    assert (program.exit_code, program.err) == (0, "")
    assert program.out == "child ended with 0 handler "


def threads_in_a_child():
    """Return what a child says of its parent's other thread, and its parent afterwards."""
    holder = Holder(Nothing)

    def look():
        names = [thread.name for thread in threading.enumerate()]
        count, frames = threading.active_count(), len(sys._current_frames())
        alive = holder.thread.is_alive()
        return alive, outcome(Task(holder.thread.join, ()).result), names, count, frames

    child = quietly(lambda: in_a_fork(look))
    parent = holder.thread.is_alive(), len(threading.enumerate())
    holder.end()
    return child, parent


@claim("FK06")
@needs_fork
def test_the_other_threads_are_dead_in_a_forked_child(programs, evidence):
    """The parent's other threads are dead in a forked child: not alive, joined at once, not listed.

    One would expect the copy of a process to have all its threads.  fork(2) copies only the one
    that calls it; a thread pool, a queue's feeder or a logging thread does not exist in the child.
    Start what the child needs in the child.
    """
    (alive, joined, names, count, frames), parent = programs.call(threads_in_a_child)
    evidence(alive=alive, listed=names, in_the_parent=parent)
    assert parent == (True, 2)
    assert (alive, joined) == (False, None)
    assert (names, count, frames) == (["MainThread"], 1, 1)


def acquiring_in_a_child(make):
    """Return whether a child, and then its parent, gets a lock that another thread holds.

    In the parent that thread lets go of it in between.
    """
    lock = make()
    holder = Holder(lambda: lock)
    child = quietly(lambda: in_a_fork(lambda: lock.acquire(timeout=GRACE)))
    holder.end()
    return child, lock.acquire(timeout=GRACE)


def a_lock_held_at_the_fork():
    return acquiring_in_a_child(threading.Lock)


@claim("FK07")
@needs_fork
def test_a_lock_that_another_thread_held_stays_locked_in_a_forked_child(programs, evidence):
    """A Lock that another thread held at the fork stays locked in the child for ever.

    One would expect its holder to let go of it.  But the holder does not exist in the child, which
    hangs, silently, at the next acquire: the deadlock that the warning of 3.12 is about.  Hold no
    lock while you fork (os.register_at_fork can see to it), or do not fork beside threads.
    """
    child, parent = programs.call(a_lock_held_at_the_fork)
    evidence(child_got_it=child, parent_got_it_later=parent)
    assert (child, parent) == (False, True)


def putting_in_a_child():
    """Return whether a child can put into a Queue, first as it is, then with its mutex held."""
    items = queue.Queue()

    def put(within=PATIENCE):
        ended = unless_it_hangs(items.put, "item", within=within)
        return "hangs" if isinstance(ended, NotSeen) else items.qsize()

    free = in_a_fork(put)
    holder = Holder(lambda: items.mutex)
    held = quietly(lambda: in_a_fork(lambda: put(within=GRACE)))
    holder.end()
    return free, held, put()


@claim("FK28")
@needs_fork
def test_a_queue_that_another_thread_was_using_is_stuck_in_a_forked_child(programs, evidence):
    """A queue.Queue whose mutex another thread held at the fork hangs in the child at its next use.

    Every put() and get() holds the queue's mutex for a moment, and a fork in that moment copies it
    locked.  Make a new queue in the child; it could not reach the parent by the old one anyway.
    """
    free, held, parent = programs.call(putting_in_a_child)
    evidence(child_of_an_idle_queue=free, child_of_one_in_use=held, parent=parent)
    assert (free, held, parent) == (1, "hangs", 1)


def releasing_an_rlock_in_a_child():
    """Return what release gives in a child: of an RLock held twice, for the third time too."""
    lock = threading.RLock()
    lock.acquire()
    lock.acquire()

    def release():
        return [type(outcome(lock.release)).__name__ for _ in range(3)]

    return in_a_fork(release), release()


@claim("Z13")
@needs_fork
def test_an_rlock_of_the_forking_thread_is_owned_in_the_child(programs, evidence):
    """An RLock that the forking thread holds belongs to it in the child, too."""
    child, parent = programs.call(releasing_an_rlock_in_a_child)
    evidence(child=child, parent=parent)
    assert child == ["NoneType", "NoneType", "RuntimeError"]
    assert parent == child


class Listing(logging.Handler):
    """A handler that lists the messages."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        """Add the record's message to the list."""
        self.messages.append(record.getMessage())


class Locked:
    """A logging handler's lock, to be held."""

    def __init__(self, handler):
        self.handler = handler

    def __enter__(self):
        self.handler.acquire()

    def __exit__(self, *error):
        self.handler.release()


def logging_in_a_child():
    """Return the messages logged in a child that was forked while another thread was logging."""
    handler = Listing()
    logging.getLogger().addHandler(handler)

    def log():
        return type(unless_it_hangs(logging.warning, "hello")).__name__, handler.messages

    holder = Holder(lambda: Locked(handler))
    child = quietly(lambda: in_a_fork(log))
    holder.end()
    return child


@claim("FK08")
@needs_fork
def test_logging_works_in_a_child_that_was_forked_while_a_thread_was_logging(programs, evidence):
    """Logging works in a forked child even if another thread held a handler's lock at the fork.

    The locks of handlers are made anew in the child (bpo-6721, Python 3.7.1): the one place where
    the standard library sees to it.  The output of parent and child may still mix.
    """
    ended, messages = programs.call(logging_in_a_child)
    evidence(messages=messages)
    assert (ended, messages) == ("NoneType", ["hello"])


class SlowImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a module called slow, which takes until it is let go."""

    def __init__(self):
        self.begun, self.release = threading.Event(), threading.Event()

    def find_spec(self, name, path, target=None):
        """Find the one module."""
        return importlib.machinery.ModuleSpec(name, self) if name == "slow" else None

    def create_module(self, spec):
        """Leave it to the default."""

    def exec_module(self, module):
        """Say that the import has begun, and wait."""
        self.begun.set()
        self.release.wait()
        module.value = 1


def importing_in_a_child():
    """Return whether a child can import a module that another thread was importing at the fork."""
    finder = SlowImport()
    sys.meta_path.insert(0, finder)
    thread = Task(importlib.import_module, ("slow",))
    finder.begun.wait()

    def load():
        finder.release.set()
        module = unless_it_hangs(importlib.import_module, "slow", within=GRACE)
        return "hangs" if isinstance(module, NotSeen) else module.value

    child = quietly(lambda: in_a_fork(load))
    finder.release.set()
    return child, thread.result().value, importlib.import_module("slow").value


@claim("Z06")
@needs_fork
def test_a_module_that_a_thread_was_importing_cannot_be_imported_in_a_child(programs, evidence):
    """Importing, in a forked child, what another thread was importing at the fork hangs.

    One would expect an import to work anywhere.  But the importing thread held the module's lock,
    which stays locked in the child.  Import, before any fork, whatever a child will need.
    """
    child, thread, parent = programs.call(importing_in_a_child)
    evidence(child=child, thread=thread, parent=parent)
    assert (child, thread, parent) == ("hangs", 1, 1)


def thread_started_in_a_child():
    """Return what a thread that is started in a child, forked beside another thread, sends."""
    holder = Holder(Nothing)

    def start():
        sent = queue.SimpleQueue()
        thread = threading.Thread(target=lambda: sent.put(threading.current_thread().name))
        thread.start()
        thread.join(PATIENCE)
        return (
            sent.get(timeout=PATIENCE) == thread.name,
            thread.is_alive(),
            threading.active_count(),
        )

    child = quietly(lambda: in_a_fork(start))
    holder.end()
    return child


@claim("FK32")
@needs_fork
def test_a_forked_child_can_start_threads_of_its_own(programs, evidence):
    """A child that was forked beside threads can start and join threads of its own."""
    seen = programs.call(thread_started_in_a_child)
    evidence(sent_alive_count=seen)
    assert seen == (True, False, 1)
