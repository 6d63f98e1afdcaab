"""Profilers, test frameworks and debuggers beside threads and in children.

Source: https://docs.python.org/3/library/debug.html
"""

import bdb
import cProfile
import faulthandler
import io
import multiprocessing
import os
import sys
import tempfile
import threading
import unittest

from tests.harness import (
    FREE_THREADED_BUILD,
    PATIENCE,
    PYPY,
    applies,
    claim,
    joined,
    kinds,
    outcome,
    refuted,
    run_child,
    since,
    started,
)

SAFE = applies(
    where=not FREE_THREADED_BUILD or since("3.14.0"),
    because="profiling beside a thread may hang 3.13's free-threaded build",
)


def called_in_a_thread():
    """Be what a profiler may see."""
    return sum(range(10))


@claim("STDLIB42")
@SAFE
@refuted(
    where=since("3.12.0") and not PYPY,
    because="cProfile uses sys.monitoring since 3.12 (gh-103533), which concerns all threads",
)
def test_a_profile_is_of_its_own_thread_only(evidence):
    """cProfile records the calls of the thread that has enabled it, and of no other.

    So it was until 3.11; the documentation says nothing of threads.  Since 3.12 the calls of all
    threads get into the one profile, with callers and times that mix.  Up to 3.11, call
    Profile.runcall() in the thread; later, only a sampling profiler tells threads apart.
    """
    profile = cProfile.Profile()
    profile.enable()
    try:
        joined(*started([threading.Thread(target=called_in_a_thread)]))
    finally:
        profile.disable()
    names = [getattr(entry.code, "co_name", "") for entry in profile.getstats()]
    assert evidence(recorded="called_in_a_thread" in names) is False


@claim("STDLIB43")
@SAFE
@refuted(
    where=since("3.12.0") and not PYPY,
    because="cProfile uses sys.monitoring since 3.12 (gh-103533): one profiler in a process",
    by=ValueError,
)
def test_two_threads_can_be_profiled_at_the_same_time(background, evidence):
    """Two threads can each run a cProfile.Profile of their own at the same time.

    Since 3.12: "ValueError: Another profiling tool is already active", in later releases "tool 2 is
    already in use".  A web server that profiles each request meets it.  Profile one at a time.  For
    coverage by sys.monitoring it is tool 1: two that measure at once.
    """
    profile = cProfile.Profile()
    profile.enable()
    try:
        got = background(outcome, cProfile.Profile().runcall, called_in_a_thread).result()
    finally:
        profile.disable()
    if isinstance(got, ValueError):
        evidence(raised=got)
        raise got
    assert evidence(got=got) == 45


@claim("STDLIB44")
def test_an_assertion_that_fails_in_a_thread_fails_no_test(monkeypatch, evidence):
    """An assertion that fails in a thread does not fail the unittest that has started the thread.

    The exception goes to threading.excepthook, which prints it, and the test passes (in pytest with
    a PytestUnhandledThreadExceptionWarning).  Bring results back (Future.result(), a queue) and
    assert in the test itself.
    """
    printed = []
    monkeypatch.setattr(threading, "excepthook", lambda about: printed.append(about.exc_value))

    class Test(unittest.TestCase):
        def test(self):
            joined(*started([threading.Thread(target=self.assertEqual, args=(1, 2))]))

    result = unittest.TestResult()
    Test("test").run(result)
    assert evidence(ran=result.testsRun, successful=result.wasSuccessful()) == (1, True)
    assert kinds(printed) == ["AssertionError"]


def stop_here(report):
    """Call breakpoint(), with the debugger's prompt out of sight, and report how that ends."""
    sys.stdout = io.StringIO()
    os.environ.pop("PYTHONBREAKPOINT", None)

    def debugged():
        breakpoint()  # noqa: T100
        return "went on"

    ended = "nothing"
    try:
        ended = debugged()
    except (bdb.BdbQuit, SystemExit) as error:
        ended = type(error).__name__
    finally:
        sys.settrace(None)
        report(ended)


@claim("STDLIB45")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 asks before it quits, and takes the end of its input for a yes (gh-124703)",
)
def test_breakpoint_in_a_child_ends_at_once(reports, evidence):
    """breakpoint() in a multiprocessing child does not stop there: it raises bdb.BdbQuit.

    The standard input of a child is /dev/null, so the debugger reads the end of the file, and
    quits.  Since 3.14 that is SystemExit, "Quitting pdb will kill the process" (gh-124703): a
    Pool's worker ends by it, and get() waits for ever.  Debug the target in the parent, reopen the
    terminal (open("/dev/tty")), or use faulthandler, or a remote debugger; python -m pdb -p PID
    since 3.14.
    """
    run_child(multiprocessing.get_context("spawn"), stop_here, reports.reporter)
    assert evidence(raised=reports.next()) == "BdbQuit"


@claim("STDLIB46")
def test_faulthandler_shows_where_every_thread_hangs(background, evidence):
    """faulthandler.dump_traceback() shows the stack of every thread: where a program hangs.

    How to debug a deadlock, to see which thread is blocking, or why a program hangs and does not
    exit: dump the stack traces of all threads.  faulthandler.register(SIGUSR1) does so on a signal
    from outside, dump_traceback_later(seconds) after a time, and py-spy in a process that is stuck
    already.  With two stacks that each wait for a lock a deadlock is found.
    """
    waiting, may_end = threading.Event(), threading.Event()

    def stuck_in_here():
        waiting.set()
        may_end.wait(PATIENCE)

    task = background(stuck_in_here)
    waiting.wait(PATIENCE)
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        lines = [line.split()[-1] for line in file if " in " in line]
    may_end.set()
    task.result()
    here = test_faulthandler_shows_where_every_thread_hangs.__name__
    assert evidence(seen=[name in lines for name in ("stuck_in_here", here)]) == [True, True]


def seen_of_many_threads():
    """Return how many of 100 threads faulthandler shows, and whether the main one is there."""
    may_end = threading.Event()
    threads = [threading.Thread(target=may_end.wait, args=(PATIENCE,)) for _ in range(100)]
    started(threads)
    with tempfile.TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        text = file.read()
    may_end.set()
    joined(*threads)
    return text.count("(most recent call first"), "seen_of_many_threads" in text


@claim("STDLIB72")
@refuted(where=PYPY, because="PyPy shows the thread that asks for it")
def test_faulthandler_shows_a_hundred_threads(programs, evidence):
    """faulthandler shows 100 threads at most: with more, the main thread is missing.

    The threads that started first are left out; the list ends with "...".  That is so for
    dump_traceback(), dump_traceback_later(), register() and a crash.  Since 3.15 each of them takes
    max_threads=1000.  Instead, before: traceback.print_stack(frame) for each of
    sys._current_frames().values(), or py-spy dump.
    """
    threads, main = evidence(threads_and_main=programs.call(seen_of_many_threads))
    assert (threads, main) == (100, False)
