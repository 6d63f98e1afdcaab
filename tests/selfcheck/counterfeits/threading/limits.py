"""Counterfeits for the claims of library/threading/test_limits.py."""

import os
import signal
import sys

from .. import counterfeit
from ..facts import PYPY, VERSION

#: What a small stack decides on some interpreters only: it is measured since 3.14, and Python
#: functions need none of it since 3.11.
TOO_DEEP = ("LIMIT03",) if VERSION >= (3, 14) else ()
#: Whether the size of a stack is guessed, and whether a large one takes deep recursion through C.
GUESSED = "musl" in getattr(sys.implementation, "_multiarch", "") or (
    sys.platform == "darwin" and VERSION < (3, 14, 1)
)
TAKES_DEPTH = not PYPY and (VERSION < (3, 12) or (VERSION >= (3, 14) and not GUESSED))
CRASHES = ("LIMIT02",) if VERSION < (3, 11) or PYPY else ()


@counterfeit("LIMIT01")
def any_size_of_stack_is_accepted():
    """threading.stack_size() takes a size that is too small for the least that is allowed."""
    import threading

    resize = threading.stack_size

    def stack_size(size=0):
        try:
            return resize(size)
        except ValueError:
            return resize(2**16)

    threading.stack_size = stack_size


@counterfeit("LIMIT01")
def asking_for_the_stack_size_changes_nothing():
    """threading.stack_size() without a size only tells it."""
    import threading

    resize, present = threading.stack_size, [0]

    def stack_size(size=None):
        before = present[0]
        if size is not None:
            resize(size)
            present[0] = size
        return before

    threading.stack_size = stack_size


@counterfeit("LIMIT03", "LIMIT06", *CRASHES, *(("LIMIT08",) if TAKES_DEPTH else ()))
def the_size_of_stacks_is_ignored():
    """threading.stack_size() tells what was set, but each stack is as large as ever."""
    import threading

    sizes = [0]

    def stack_size(size=0):
        sizes.append(size)
        return sizes[-2]

    threading.stack_size = stack_size


@counterfeit("LIMIT02", *TOO_DEEP, where=VERSION >= (3, 11) and not PYPY)
def a_thread_on_a_small_stack_crashes():
    """A thread whose stack is smaller than 1 MiB ends the process by SIGSEGV."""
    import threading

    resize, run, small = threading.stack_size, threading.Thread.run, []

    def stack_size(size=0):
        small[:] = [True] * (0 < size < 2**20)
        return resize(size)

    def run_or_crash(self):
        if small:
            os.kill(os.getpid(), signal.SIGSEGV)
        run(self)

    threading.stack_size, threading.Thread.run = stack_size, run_or_crash


@counterfeit("LIMIT04")
def a_thread_begins_deep_down():
    """A thread begins with most of its recursion limit used up."""
    import threading

    run = threading.Thread.run

    def deep(self, levels):
        if levels > 0:
            deep(self, levels - 1)
        else:
            run(self)

    threading.Thread.run = lambda self: deep(self, sys.getrecursionlimit() * 7 // 10)


@counterfeit("LIMIT05")
def timeout_max_is_what_fits():
    """threading.TIMEOUT_MAX is far too long to wait for."""
    import threading

    threading.TIMEOUT_MAX *= 10


@counterfeit("LIMIT06")
def a_refused_thread_stays_listed():
    """A thread that could not be started is listed by threading.enumerate()."""
    import threading

    start = threading.Thread.start

    def start_or_list(self):
        try:
            start(self)
        except RuntimeError:
            threading._limbo[self] = self
            raise

    threading.Thread.start = start_or_list


@counterfeit("LIMIT07", where=VERSION >= (3, 13))
def a_refused_thread_gets_a_new_handle():
    """A thread that could not be started can be started again."""
    import threading

    start = threading.Thread.start

    def start_afresh(self):
        name = "_handle" if hasattr(self, "_handle") else "_os_thread_handle"
        if not self._started.is_set():
            setattr(self, name, threading._ThreadHandle())
        start(self)

    threading.Thread.start = start_afresh


@counterfeit("LIMIT07", where=VERSION < (3, 13) or PYPY)
def a_refused_thread_counts_as_started():
    """A thread that could not be started cannot be started again."""
    import threading

    start, refused = threading.Thread.start, []

    def start_once(self):
        if self in refused:
            raise RuntimeError("threads can only be started once")
        try:
            start(self)
        except RuntimeError:
            refused.append(self)
            raise

    threading.Thread.start = start_once


@counterfeit("LIMIT08", where=not TAKES_DEPTH)
def lru_cache_fills_its_cache_from_below():
    """A function called deep() that lru_cache decorates is called for all smaller numbers first."""
    import functools

    decorator = functools.lru_cache

    def lru_cache(maxsize=128, typed=False):
        def decorate(function):
            if function.__name__ != "deep":
                return decorator(maxsize, typed)(function)
            results = {}

            def cached(number):
                for smaller in range(len(results), number + 1):
                    results[smaller] = function(smaller)
                return results[number]

            return cached

        return decorator(maxsize) if callable(maxsize) else decorate

    functools.lru_cache = lru_cache


@counterfeit("LIMIT09", where=os.name == "posix")
def small_stacks_are_taken_the_other_way():
    """stack_size() refuses 32 KiB before 3.14.3, and takes them from 3.14.3 on."""
    import threading

    stack_size = threading.stack_size

    def other_stack_size(size=0):
        if size != 2**15:
            return stack_size(size)
        if VERSION < (3, 14, 3) or PYPY:
            raise ValueError("size must be at least 53248 bytes")
        return 0

    threading.stack_size = other_stack_size
