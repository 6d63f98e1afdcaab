"""What belongs to the whole process though a thread sets it, and what to a thread.

Source: https://docs.python.org/3/library/os.html#process-parameters
"""

import contextlib
import decimal
import gc
import io
import locale
import os
import random
import sys
import threading
from typing import Any
from unittest import mock

from tests.harness import (
    PATIENCE,
    WINDOWS,
    Inconclusive,
    before,
    cases,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    started,
)


class Patched:
    """Has an attribute that tests replace."""

    greet = "really"


#: Whether a new thread starts with a copy of its starter's context variables.
INHERITS = bool(getattr(sys.flags, "thread_inherit_context", False))


def umask():
    """Return the umask, which can only be read by setting it."""
    old = os.umask(0o022)
    os.umask(old)
    return old


def set_numeric(name):
    """Set the locale of numbers; raise Inconclusive if the machine has not got it."""
    if outcome(locale.setlocale, locale.LC_NUMERIC, name) != name:  # musl takes another instead
        raise Inconclusive(f"there is no locale {name}")


#: By name: how to set it, how to look, and a value that differs from all others.
SETTINGS: dict[str, tuple[Any, Any, Any]] = {
    "the working directory": (os.chdir, os.getcwd, os.path.realpath(os.sep)),
    "the environment": (
        lambda value: os.environ.update(CONCURRENCY_SPEC=value),
        lambda: os.environ.get("CONCURRENCY_SPEC", ""),
        "set",
    ),
    "the umask": (os.umask, umask, 0o200 if WINDOWS else 0o077),  # Windows keeps the owner's bits
    "the locale": (set_numeric, lambda: locale.setlocale(locale.LC_NUMERIC), "C.UTF-8"),
    "the collector": (
        lambda on: gc.enable() if on else gc.disable(),
        gc.isenabled,
        not gc.isenabled(),
    ),
    "the recursion limit": (sys.setrecursionlimit, sys.getrecursionlimit, 4321),
    "the random generator": (random.setstate, random.getstate, random.Random(4).getstate()),
}


@claim("STDLIB22")
@cases(setting=SETTINGS)
def test_what_a_thread_sets_holds_for_the_whole_process(setting, background, evidence):
    """A thread that sets the working directory, umask, locale, ... sets them for all threads.

    So os.chdir() in one thread moves the relative paths of another (a race condition):
    contextlib.chdir(), os.environ, locale.setlocale(), gc.disable() and random.seed() are not
    thread-safe in this sense.  Use absolute paths, env= and cwd= of subprocess, a random.Random for
    each thread (the random module's functions may be called from any thread, but share one
    sequence), or a process.
    """
    change, look, value = setting
    before = look()
    try:
        background(change, value).result()
        seen = look()
    finally:
        change(before)
    assert evidence(same=seen == value) is True


@claim("STDLIB23")
def test_overlapping_redirections_leave_stdout_redirected(background, evidence):
    """If two threads overlap in redirect_stdout(), sys.stdout may stay redirected for ever.

    sys.stdout is the process's: what all other threads print goes into the buffer too.  The thread
    that leaves last puts back what it found, which is the other's buffer, and later output
    disappears.  Pass the stream instead: print(file=...), or capture in a child process.
    """
    real, first, second = sys.stdout, io.StringIO(), io.StringIO()
    one, two = contextlib.redirect_stdout(first), contextlib.redirect_stdout(second)
    try:
        for step in (one.__enter__, two.__enter__):
            background(step).result()
        background(print, "of a third thread").result()
        for step in (one.__exit__, two.__exit__):
            background(step, None, None, None).result()
        stayed = sys.stdout is first
    finally:
        sys.stdout = real
    assert evidence(stayed=stayed, second=second.getvalue()) == (True, "of a third thread\n")


@claim("STDLIB51")
@predicts("N11")
def test_overlapping_patches_leave_the_mock_behind(background, evidence):
    """If two threads overlap in unittest.mock.patch(), the mock may stay in place for ever.

    A patch replaces an attribute for all threads, and puts back what it found: here the other's
    mock.  So tests that run in threads change each other's world, and that of all later tests.
    Instead: patch once, before the threads start, or run such tests in processes (pytest -n).
    """
    real = Patched.greet
    one, two = (mock.patch.object(Patched, "greet", name) for name in ("one", "two"))
    for step in (one.start, two.start):
        background(step).result()
    seen = Patched.greet
    for step in (one.stop, two.stop):
        background(step).result()
    left, Patched.greet = Patched.greet, real
    assert evidence(seen_by_others=seen, left=left) == ("two", "one")


@claim("STDLIB57")
@predicts("N104")
@refuted(
    where=before("3.13.12", "3.14.3", "3.15.0"),
    because="call_count is the length of call_args_list since 3.13.12 and 3.14.3 (gh-142651)",
)
def test_a_mock_counts_the_calls_of_all_threads(evidence):
    """If two threads call a unittest.mock.Mock at the same time, call_count counts both calls.

    Before 3.13.12 and 3.14.3 the mock adds 1 to the number that it has read, and loses calls: a
    race condition that makes tests flaky, assertEqual() says "9 != 10".  It is rare with a GIL, and
    frequent without one.  Since then call_count = 0 is forgotten at the next call: use
    reset_mock().  Instead: len(mock.call_args_list), which is right in all releases.
    """
    both = threading.Barrier(2)

    class Read(int):
        def __add__(self, one):
            outcome(both.wait, PATIENCE)  # until the other thread has read it as well
            return int(self) + one

    called = mock.Mock()
    called.call_count = Read(0)
    joined(*started([threading.Thread(target=called) for _ in range(2)]))
    control(len(called.call_args_list) == 2, "both threads must have called it")
    assert evidence(call_count=called.call_count) == 2


@claim("STDLIB24")
@refuted(
    where=INHERITS,
    because="free-threaded builds since 3.14 give a new thread its starter's context variables",
)
def test_a_new_thread_computes_decimals_with_the_default_precision(evidence):
    """A thread computes decimals with the default precision, 28, whatever its starter has set.

    decimal.getcontext() is a context variable: getcontext().prec = 5 concerns one thread, and a
    pool's threads silently round otherwise.  With thread_inherit_context, the default of 3.14t,
    threads inherit it.  Set decimal.DefaultContext before any thread starts, or use localcontext()
    in the task.
    """
    digits = []
    with decimal.localcontext() as own:
        own.prec = 5
        thread = threading.Thread(target=lambda: digits.append(len(str(decimal.Decimal(1) / 7))))
        joined(*started([thread]))
        control_value = len(str(decimal.Decimal(1) / 7))
    assert evidence(here=control_value, in_the_thread=digits) == (7, [30])
