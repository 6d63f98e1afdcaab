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
from contextlib import contextmanager, nullcontext

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    NotSeen,
    before,
    claim,
    control,
    in_a_fork,
    kinds,
    leaving,
    needs_fork,
    outcome,
    predicts,
    refuted,
    since,
)
from tests.harness.threads import Task

every_spec = [needs_fork]


@contextmanager
def held_by_a_thread(lock):
    """Let another thread hold the lock while the block runs."""
    ready, release = threading.Event(), threading.Event()

    def hold():
        with lock:
            ready.set()
            release.wait()

    thread = threading.Thread(target=hold, name="holder", daemon=True)
    thread.start()
    ready.wait()
    yield thread
    release.set()
    thread.join()


def another_thread():
    """Let another thread be there while the block runs."""
    return held_by_a_thread(nullcontext())


def hangs(function, *arguments, within=GRACE):
    """Call the function, and return whether it had to be broken off after so many seconds.

    It is called in the child's main thread: a new one may have the ident of the parent's thread
    that holds a lock, and would then seem to own it.
    """

    def break_off(_number, _frame):
        raise NotSeen

    signal.signal(signal.SIGALRM, break_off)
    signal.setitimer(signal.ITIMER_REAL, within)
    result = outcome(function, *arguments)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return isinstance(result, NotSeen)


def warnings_of_a_fork():
    with another_thread(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        os.waitpid(leaving(lambda: None), 0)
    return [f"{warning.category.__name__}: {warning.message}" for warning in caught]


@claim("FORK21")
@predicts("RC08")
@refuted(
    where=since("3.12.0") and not PYPY,
    because="gh-100228: 3.12 warns where the parent has other threads",
)
def test_forking_beside_another_thread_is_silent(programs, evidence):
    """os.fork() in a process with a second thread raises no warning.

    You might expect a thread that sleeps to do no harm.  But the child has only the forking
    thread, and every lock that another held stays locked in it.  Since 3.12 (gh-100228):
    "DeprecationWarning: This process (pid=...) is multi-threaded, use of fork() may lead to
    deadlocks in the child."; PyPy says nothing.  Fork before you start threads, or use the start
    methods spawn or forkserver, or subprocess.
    """
    caught = programs.call(warnings_of_a_fork)
    about_threads = [text for text in caught if "is multi-threaded, use of fork() may" in text]
    assert evidence(warnings=about_threads) == []


WARNING_AS_ERROR = """
import os, threading

release = threading.Event()
threading.Thread(target=release.wait).start()
parent = os.getpid()
try:
    os.fork()
    if os.getpid() != parent:
        os._exit(5)
    print("forked")
except DeprecationWarning:
    print("DeprecationWarning")
release.set()
print("child ended with", os.wait()[1] >> 8)
"""


@claim("FORK22")
@refuted(
    where=before("3.15.0") or PYPY,
    because="before 3.15 the error is swallowed without a word, and before 3.12, and on PyPy, "
    "there is no warning",
)
def test_the_warning_of_a_fork_beside_threads_can_be_made_an_error(programs, evidence):
    """With -W error os.fork() raises the warning about other threads, though the child exists.

    You might expect an exception to mean that nothing was forked.  From 3.12 to 3.14 the error is
    swallowed, so -W error hides the warning that -W always shows.  Since 3.15 fork() raises
    DeprecationWarning in the parent after the child has been made: the parent does not know the
    child's pid, and must reap it with os.wait().
    """
    program = programs.run(WARNING_AS_ERROR, options=["-W", "error::DeprecationWarning"])
    control(program.lines[1:] == ["child ended with 5"], f"no child was made: {program}")
    assert evidence(fork=program.lines[0]) == "DeprecationWarning"


def forked_in_a_thread():
    """Return what the child of a thread called "forker" says about its threads."""

    def look():
        main = threading.main_thread()
        count = threading.active_count()
        return {"name": main.name, "current": main is threading.current_thread(), "count": count}

    found = []
    fork = threading.Thread(target=lambda: found.append(in_a_fork(look)), name="forker")
    fork.start()
    fork.join()
    return found[0]


@claim("FORK23")
def test_the_forking_thread_is_the_main_thread_of_the_child(programs, evidence):
    """The thread that forks is the child's main thread, and keeps its name; it is the only one."""
    main = programs.call(forked_in_a_thread)
    assert evidence(main_thread=main) == {"name": "forker", "current": True, "count": 1}


ENDING_IN_A_THREAD = """
import atexit, os, threading

atexit.register(os.write, 1, b"handler ")

def fork():
    child = os.fork()
    if child:
        os.write(1, b"child ended with %d " % (os.waitpid(child, 0)[1] >> 8))

thread = threading.Thread(target=fork)
thread.start()
thread.join()
"""


@claim("FORK24")
def test_a_child_forked_in_a_thread_runs_no_exit_handlers(programs, evidence):
    """A child forked in a thread ends with that thread's function, with 0 and no exit handlers.

    You might expect it to run on and call its atexit handlers, as a child of the main thread does.
    But below the thread's function there is nothing to return to: the thread ends, and with it the
    process.  Do in that function what must be done at the end, and call os._exit().
    """
    program = programs.run(ENDING_IN_A_THREAD)
    assert evidence(written=program.out) == "child ended with 0 handler "


def threads_in_a_child():
    """Return what a child says of its parent's other thread, called "holder"."""
    with another_thread() as thread:

        def look():
            return {
                "alive": thread.is_alive(),
                "threads": [one.name for one in threading.enumerate()],
                "frames": len(sys._current_frames()),
                "join() returns": outcome(Task(thread.join, ()).result),
            }

        child = in_a_fork(look)
        return child, [one.name for one in threading.enumerate()]


@claim("FORK25")
def test_the_other_threads_are_dead_in_a_forked_child(programs, evidence):
    """The parent's other threads are dead in a forked child: not alive, not listed, nor waited for.

    What happens to the other threads when a multithreaded program forks?  You might expect the copy
    of a process to have all its threads.  fork(2) copies only the one that calls it; a thread pool,
    a queue's feeder or a logging thread does not exist in the child.  So a thread that a module
    starts does not run in the workers of gunicorn with preload_app, uWSGI or celery with prefork.
    Instead: start what the child needs in the child, as in the hook post_fork.
    """
    child, parent = programs.call(threads_in_a_child)
    assert evidence(parent=parent) == ["MainThread", "holder"]
    assert evidence(child=child) == {
        "alive": False,
        "threads": ["MainThread"],
        "frames": 1,
        "join() returns": None,
    }


def acquired_by_a_child():
    """Return whether a child gets a lock that another thread holds, and its parent later."""
    lock = threading.Lock()
    with held_by_a_thread(lock):
        child = in_a_fork(lambda: lock.acquire(timeout=GRACE))
    return child, lock.acquire(timeout=GRACE)


@claim("FORK26")
def test_a_lock_that_another_thread_held_stays_locked_in_a_forked_child(programs, evidence):
    """A Lock that another thread held at the fork stays locked in the child forever.

    You might expect its holder to release it.  But the holder does not exist in the child, which
    hangs, silently, at the next acquire: the deadlock that the warning of 3.12 is about.  A worker
    of celery, gunicorn or uWSGI hangs like that, if it was forked beside threads.  Do not fork
    beside threads, or let each fork take the lock:
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release,
    after_in_child=lock.release).
    """
    child, parent = programs.call(acquired_by_a_child)
    assert evidence(child_got_it=child, parent_got_it_later=parent) == (False, True)


def putting_hangs_in_a_child():
    """Return whether put() hangs in a child: of an idle queue, and of one whose mutex is held."""
    items = queue.Queue()
    idle = in_a_fork(lambda: hangs(items.put, "item", within=PATIENCE))
    with held_by_a_thread(items.mutex):
        return idle, in_a_fork(lambda: hangs(items.put, "item"))


@claim("FORK27")
def test_a_queue_that_another_thread_was_using_is_stuck_in_a_forked_child(programs, evidence):
    """A queue.Queue whose mutex another thread held at the fork hangs in the child at its next use.

    Every put() and get() holds the queue's mutex for a moment, and a fork in that moment copies it
    locked.  Make a new queue in the child; it could not reach the parent by the old one anyway.
    """
    idle, used = programs.call(putting_hangs_in_a_child)
    assert evidence(idle_queue_hangs=idle, used_queue_hangs=used) == (False, True)


def releases_of_an_rlock():
    """Return how three releases end in a child, and in its parent, which holds an RLock twice."""
    lock = threading.RLock()
    lock.acquire()
    lock.acquire()

    def release():
        return kinds(outcome(lock.release) for _ in range(3))

    return in_a_fork(release), release()


@claim("FORK28")
def test_an_rlock_of_the_forking_thread_is_owned_in_the_child(programs, evidence):
    """An RLock that the forking thread holds belongs to it in the child, too."""
    child, parent = programs.call(releases_of_an_rlock)
    assert evidence(child=child) == ["NoneType", "NoneType", "RuntimeError"]
    assert parent == child


class Listing(logging.Handler):
    """A handler that lists the messages; its lock can be held by ``with``."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        """Add the record's message to the list."""
        self.messages.append(record.getMessage())

    def __enter__(self):
        self.acquire()

    def __exit__(self, *error):
        self.release()


def logged_in_a_child():
    """Return what a child has logged that was forked while another thread was logging."""
    handler = Listing()
    logging.getLogger().addHandler(handler)

    def log():
        return hangs(logging.warning, "hello", within=PATIENCE / 2), handler.messages

    with held_by_a_thread(handler):
        return in_a_fork(log)


@claim("FORK29")
def test_logging_works_in_a_child_that_was_forked_while_a_thread_was_logging(programs, evidence):
    """Logging works in a forked child even if another thread held a handler's lock at the fork.

    So logging after a fork is no deadlock.  The locks of handlers are made anew in the child
    (bpo-6721, Python 3.7.1), as are few others: those of threading itself, of ThreadPoolExecutor
    and, since 3.13.14 and 3.14.5, of multiprocessing's resource tracker.  A queue's, or your own,
    are not.  The output of parent and child may still mix.
    """
    hung, messages = programs.call(logged_in_a_child)
    assert evidence(hung=hung, messages=messages) == (False, ["hello"])


class SlowImport(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a module called slow, which takes until it is released."""

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


def importing_hangs_in_a_child():
    """Return whether a child hangs if it imports what another thread was importing at the fork."""
    finder = SlowImport()
    sys.meta_path.insert(0, finder)
    thread = Task(importlib.import_module, ("slow",))
    finder.begun.wait()

    def load():
        finder.release.set()
        return hangs(importlib.import_module, "slow")

    child = in_a_fork(load)
    finder.release.set()
    return child, thread.result().__name__


@claim("FORK30")
def test_a_module_that_a_thread_was_importing_cannot_be_imported_in_a_child(programs, evidence):
    """Importing, in a forked child, what another thread was importing at the fork hangs.

    You might expect an import to work anywhere.  But the importing thread held the module's lock,
    which stays locked in the child.  Import whatever a child will need before any fork.
    """
    hung, imported = programs.call(importing_hangs_in_a_child)
    assert evidence(child_hangs=hung, thread_imports=imported) == (True, "slow")


def thread_of_a_child():
    """Return what a thread does that is started in a child, forked beside another thread."""

    def start():
        ran = []
        thread = threading.Thread(target=lambda: ran.append(threading.current_thread().name))
        refused = outcome(thread.start)
        if refused is not None:
            return repr(refused), False
        thread.join(PATIENCE)
        return ran == [thread.name], thread.is_alive()

    with another_thread():
        return in_a_fork(start)


@claim("FORK31")
def test_a_forked_child_can_start_threads_of_its_own(programs, evidence):
    """A child that was forked beside threads can start and join new threads."""
    ran, alive = programs.call(thread_of_a_child)
    assert evidence(ran=ran, still_alive=alive) == (True, False)


def thread_made_before_a_fork():
    """Return what a thread has done that is started in a child, but was made before the fork."""
    done = []
    thread = threading.Thread(target=done.append, args=("it ran",))

    def start():
        refusal = outcome(thread.start)
        if refusal is None:
            thread.join(PATIENCE)
        return done or [f"{type(refusal).__name__}: {refusal}"]

    return in_a_fork(start)


@claim("FORK38")
@predicts("N64")
@refuted(
    where=since("3.13.0") and before("3.13.4", "3.14.0") and not PYPY,
    because="3.13.0 to 3.13.3 take threads that were not started for ended ones (gh-134381)",
    by="AssertionError: RuntimeError: thread already started",
)
def test_a_thread_that_was_made_before_a_fork_can_be_started(programs, evidence):
    """A Thread that was made, and not started, before os.fork() can be started in the child.

    So a Process may make its threads in __init__() and start them in run(), under fork.  3.13.0 to
    3.13.3 only: "RuntimeError: thread already started".  Instead: make the Thread in the child, as
    other start methods need it anyway, for no Thread can be pickled; or upgrade.
    """
    done = programs.call(thread_made_before_a_fork)
    assert evidence(done=done) == ["it ran"], done[0]
