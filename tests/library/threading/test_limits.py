"""Limits of threads: the size of their stacks, the depth of recursion, timeouts, their number.

Source: https://docs.python.org/3/library/threading.html#threading.stack_size
"""

import _thread
import os
import signal
import sys
import threading

from tests.harness import (
    DEBUG,
    MACOS,
    MUSL,
    PATIENCE,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    outcome,
    predicts,
    refuted,
    since,
    started,
)

KIB, MIB = 2**10, 2**20

BITS_64 = sys.maxsize > 2**32

#: The signals that a thread gets which leaves its stack; on macOS the guard page is a bus error.
CRASHES = (signal.SIGSEGV, getattr(signal, "SIGBUS", signal.SIGSEGV))

stacks_are_small = applies(
    where=not WINDOWS, because="on Windows no stack is smaller than what python.exe asks for, 2 MB"
)


def set_sizes():
    """Return what stack_size() returns for good sizes, and what it raises for small ones."""
    replaced = [threading.stack_size(size) for size in (MIB, 2 * MIB, 0, 0)]
    refused = [outcome(threading.stack_size, size) for size in (1, 100, 4095, -1)]
    return replaced, kinds(refused)


@claim("LIMIT01")
def test_a_stack_that_is_too_small_is_refused(programs, evidence):
    """threading.stack_size(n) returns the size it replaces; one that is too small is a ValueError.

    The size is for threads that are made later; 0, the default, stands for the system's.
    """
    replaced, refused = programs.call(set_sizes)
    assert evidence(replaced=replaced) == [0, MIB, 2 * MIB, 0]
    assert evidence(refused=refused) == ["ValueError"] * 4


def asked_twice():
    """Set a size, and call stack_size() without one twice."""
    threading.stack_size(2 * MIB)
    return [threading.stack_size(), threading.stack_size()]


@claim("LIMIT01")
def test_asking_for_the_stack_size_resets_it(programs, evidence):
    """threading.stack_size() without a size is not just a question: it sets the size to 0."""
    assert evidence(first_second=programs.call(asked_twice)) == [2 * MIB, 0]


SMALL_STACK = """\
import threading

def deep(depth):
    return 0 if depth == 0 else 1 + {call}

def run():
    try:
        print(deep({depth}), flush=True)
    except RecursionError:
        print("RecursionError", flush=True)

threading.stack_size({size})
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def on_a_small_stack(programs, evidence, call, depth):
    """Return what the program prints, or "a crash"; a large stack must suffice."""
    roomy = programs.run(SMALL_STACK.format(call=call, depth=depth, size=16 * MIB))
    control((roomy.exit_code, roomy.lines) == (0, [str(depth)]), f"with a large stack: {roomy}")
    program = programs.run(SMALL_STACK.format(call=call, depth=depth, size=128 * KIB))
    evidence(exit_code=program.exit_code)
    return "a crash" if -program.exit_code in CRASHES else program.out.strip()


@claim("LIMIT02")
@predicts("RC56")
@stacks_are_small
@refuted(
    where=before("3.11.0"),
    because="3.11 took calls of Python functions off the C stack",
    by="AssertionError: assert 'a crash' in",
)
@refuted(
    where=PYPY,
    because="PyPy compares no thread's stack with its real size",
    by="AssertionError: assert 'a crash' in",
)
def test_recursion_in_a_small_stack_does_not_crash(programs, evidence):
    """In a thread with a stack of 128 KiB, as on musl, 900 nested calls do not crash.

    The recursion limit is 1000.  Before 3.11, when each call of a Python function took C stack
    too: Segmentation fault, status -11 (SIGSEGV), on macOS -10 (SIGBUS).  On musl 128 KiB are the
    default before 3.14.7 and 3.15 (gh-148260), where whoever built Python did not ask for more.
    Instead, there or with threads of a C library: call threading.stack_size() with some MiB before
    you make the first thread.
    """
    end = on_a_small_stack(programs, evidence, "deep(depth - 1)", 900)
    assert evidence(end=end) in ("900", "RecursionError")


@claim("LIMIT03")
@stacks_are_small
@applies(
    where=not DEBUG or since("3.14.0"),
    because="debug builds before 3.14 allow fewer nested calls by C than overflow a stack",
)
@refuted(
    where=(before("3.14.0") or MUSL or (MACOS and before("3.14.1"))) and not PYPY,
    because="before 3.14 (gh-130396), before 3.14.1 on macOS (gh-139231), and on musl (gh-131338), "
    "no thread's C stack is measured",
    by="AssertionError: assert 'a crash' == 'RecursionError'",
)
@refuted(
    where=PYPY,
    because="PyPy compares no thread's stack with its real size",
    by="AssertionError: assert 'a crash' == 'RecursionError'",
)
def test_recursion_through_c_in_a_small_stack_raises(programs, evidence):
    """Recursion by way of C functions, too deep for the thread's stack, raises RecursionError.

    map(), sorted(key=...), __getattr__, json and pickle call back like that: a long chain of
    objects, such as a linked list, that goes to a pool is "maximum recursion depth exceeded while
    pickling an object"; send flat data.  Before 3.14 Python only counted the calls, and on musl
    (Alpine), as on macOS in 3.14.0, it guesses how large the stack is.  So with a stack of 128 KiB
    the process dies of a Segmentation fault, status -11 (SIGSEGV), on macOS -10 (SIGBUS).
    Instead: call threading.stack_size() with some MiB before you make the thread.
    """
    end = on_a_small_stack(programs, evidence, "next(map(deep, (depth - 1,)))", 450)
    assert evidence(end=end) == "RecursionError"


def depths():
    """Return how deep calls can go: at the top, far down, and in a thread started far down."""

    def probe(depth=0):
        try:
            return probe(depth + 1)
        except RecursionError:
            return depth

    def go_down(levels, then):
        return then() if levels == 0 else go_down(levels - 1, then)

    def in_a_thread():
        found = []
        joined(*started([threading.Thread(target=lambda: found.append(probe()))]))
        return found[0]

    levels = probe() * 8 // 10  # when PyPy has compiled probe(), it gets deeper than go_down()
    return probe(), go_down(levels, probe), go_down(levels, in_a_thread)


@claim("LIMIT04")
def test_the_depth_of_recursion_is_counted_per_thread(programs, evidence):
    """The recursion limit holds for each thread: a deep main thread leaves others their depth."""
    at_the_top, far_down, in_a_thread = programs.call(depths)
    control(far_down < at_the_top / 2, f"main is not deep: {far_down} of {at_the_top}")
    assert evidence(in_a_thread=in_a_thread) > evidence(in_main=at_the_top) * 0.7


#: Whether join() takes more than TIMEOUT_MAX, which is 49 days on Windows: it counts nanoseconds.
JOINS_LONGER = WINDOWS and since("3.13.0")


@claim("LIMIT05")
@cases(of=("a lock", "a thread"))
@refuted(
    where=JOINS_LONGER, of="a thread", because="Windows: since 3.13 join() can wait for longer"
)
def test_timeout_max_is_the_longest_timeout(of, evidence):
    """threading.TIMEOUT_MAX is the longest timeout: more is an OverflowError, in join() too.

    "OverflowError: timestamp out of range ..." (3.10: "OverflowError: timestamp too large ..."), on
    Windows and PyPy "OverflowError: timeout value is too large".  To wait without end, give no
    timeout.
    """
    if of == "a lock":
        too_long = outcome(threading.Lock().acquire, True, threading.TIMEOUT_MAX + 1)
    else:
        gate, ends_by_itself = threading.Event(), 1 if JOINS_LONGER else PATIENCE
        (thread,) = started([threading.Thread(target=gate.wait, args=(ends_by_itself,))])
        too_long = outcome(thread.join, threading.TIMEOUT_MAX * 2)
        gate.set()
        joined(thread)
    assert kinds([evidence(too_long=too_long)]) == ["OverflowError"]


@claim("LIMIT05")
def test_timeout_max_is_accepted_and_longer_than_a_day(evidence):
    """threading.TIMEOUT_MAX itself is accepted; it is _thread's, and more than a day."""
    thread = started([threading.Thread(target=int)])[0]
    accepted = [
        outcome(thread.join, threading.TIMEOUT_MAX),
        outcome(threading.Lock().acquire, True, threading.TIMEOUT_MAX),
    ]
    assert evidence(accepted=accepted) == [None, True]
    assert evidence(timeout_max=threading.TIMEOUT_MAX) == _thread.TIMEOUT_MAX > 24 * 3600


stacks_are_refused = applies(
    where=BITS_64, because="with 32 bits no stack can be asked for that is too large"
)

REFUSED = """\
import threading

threading.stack_size(2**60)  # more than any processor has addresses
thread = threading.Thread(target=print, args=("it runs",))

def start():
    try:
        thread.start()
        thread.join()
    except Exception as error:
        print(f"{type(error).__name__}: {error}")

start()
print([one.name for one in threading.enumerate()], threading.active_count(), thread.is_alive())
threading.stack_size(0)
start()
"""


@claim("LIMIT06")
@needs_posix
@stacks_are_refused
def test_a_thread_that_the_system_refuses_is_not_listed(programs, evidence):
    """When the system refuses a thread, start() raises RuntimeError, and it is not listed.

    How many threads can a program create?  "RuntimeError: can't start new thread" says: no more;
    there are too many, or there is no memory for its stack.  The limit is that of the user (ulimit
    -u), or of the container (docker --pids-limit, pids.max of a cgroup), and counts processes and
    threads alike.  Raise it, or have fewer threads: an Executor with max_workers in place of a
    thread for each task, and an end for those that wait in vain.  threading.stack_size() makes
    stacks smaller where memory is the limit.  If the very first thread fails in a container: Docker
    before 20.10.10 refuses clone3(), so update it.
    """
    assert evidence(printed=programs.once(REFUSED).lines[:2]) == [
        "RuntimeError: can't start new thread",
        "['MainThread'] 1 False",
    ]


@claim("LIMIT07")
@needs_posix
@stacks_are_refused
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 takes such a thread for one that was started (gh-114271)",
    by="AssertionError: RuntimeError: thread already started",
)
def test_a_thread_that_was_refused_can_be_started_later(programs, evidence):
    """A Thread that the system refused can be started when there is room again.

    Since 3.13: "RuntimeError: thread already started", though it never ran.  Instead: make a new
    Thread for each attempt.
    """
    first, _, second = programs.once(REFUSED).lines
    control("can't start new thread" in first, f"the first attempt must be refused: {first}")
    assert evidence(second_start=second) == "it runs", second


DEEP_IN_C = """\
import functools, sys, threading

@functools.lru_cache(maxsize=None)
def deep(depth):
    return 0 if depth == 0 else 1 + deep(depth - 1)

def run():
    try:
        print(deep(20_000), flush=True)
    except RecursionError as error:
        print("RecursionError:", error, flush=True)

sys.setrecursionlimit(10**6)
threading.stack_size(2**28)
threading.Thread(target=run).start()
"""


@claim("LIMIT08")
@predicts("N65")
@refuted(
    where=since("3.12.0") and before("3.14.0") and not PYPY,
    because="3.12 and 3.13 have a limit of their own for C functions (gh-112215)",
    by="AssertionError: RecursionError: maximum recursion depth exceeded",
)
@refuted(
    where=since("3.14.0") and (MUSL or (MACOS and before("3.14.1"))),
    because="3.14 takes each stack on musl (gh-131338), and 3.14.0 on macOS (gh-139231), to have "
    "the size that it guesses",
    by="AssertionError: RecursionError: Stack overflow",
)
@refuted(
    where=PYPY,
    because="PyPy has a limit of its own, whatever the stack",
    by="AssertionError: RecursionError: maximum recursion depth exceeded",
)
def test_a_large_stack_takes_deep_recursion_through_c(programs, evidence):
    """A thread with a large stack and a high recursion limit can recurse deep through lru_cache.

    20000 calls in 256 MiB: sys.setrecursionlimit() and threading.stack_size(), the usual recipe.
    3.12 and 3.13 ignore both for calls by way of C functions, and allow some thousands of them, on
    Windows hundreds: "RecursionError: maximum recursion depth exceeded" (gh-112215).  PyPy allows
    some thousands.  Since 3.14 the stack is measured (gh-130396), but not on musl, and by 3.14.0
    not on macOS: "RecursionError: Stack overflow (used ... kB)".  With a stack that is too small it
    is this error, or before 3.12 a Segmentation fault.  Instead: keep results in a dict, for calls
    of plain Python functions need no C stack since 3.11; or loop.
    """
    program = programs.run(DEEP_IN_C)
    control("can't start new thread" not in program.err, "256 MiB of addresses for a stack")
    end = program.out.strip() or f"exit code {program.exit_code}"
    assert evidence(end=end) == "20000", end


#: Whether the system itself makes stacks of 32 KiB; on ARM, Linux asks for 128.
SYSTEM_ALLOWS_32_KIB = "SC_THREAD_STACK_MIN" in getattr(os, "sysconf_names", ()) and (
    os.sysconf("SC_THREAD_STACK_MIN") <= 32 * KIB
)


def size_before(size):
    """Set a size; return the text of the one before, or of the error."""
    return str(outcome(threading.stack_size, size))


@claim("LIMIT09")
@predicts("N105")
@applies(where=SYSTEM_ALLOWS_32_KIB, because="the system makes no stacks of 32 KiB")
@refuted(
    where=since("3.14.3") and not PYPY and (BITS_64 or DEBUG),
    because="3.14.3 asks for what it needs to notice that a stack is full (gh-143191)",
    by="AssertionError: size must be at least",
)
def test_a_stack_of_32_kib_is_accepted(programs, evidence):
    """threading.stack_size() accepts 32768 (32 KiB), the minimum in its documentation.

    Since 3.14.3 it is refused: ValueError, "size must be at least ... bytes", of which there are
    53248 on Linux with 64 bits, and more in debug builds; with 32 bits 24576 are enough.  Where
    Linux runs on ARM it is "size not valid: 32768 bytes" in all releases before.  Instead: 256 KiB
    or more; the system keeps memory only for what a thread uses.
    """
    got = programs.call(size_before, 32 * KIB)
    assert evidence(got=got) == "0", got
