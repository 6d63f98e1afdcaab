"""Limits of threads: the size of their stacks, the depth of recursion, timeouts, their number.

Source: https://docs.python.org/3/library/threading.html#threading.stack_size
"""

import _thread
import signal
import threading

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
    since,
    started,
)

KIB, MIB = 2**10, 2**20


def set_stack_sizes():
    """What stack_size() returns, or the name of the exception."""
    told = [threading.stack_size(size) for size in (MIB, 2 * MIB, 4 * MIB, 0, 0)]
    wrong = [type(outcome(threading.stack_size, size)).__name__ for size in (1, 100, 4095, -1)]
    threading.stack_size(2 * MIB)
    told += [threading.stack_size(), threading.stack_size()]
    return told, wrong


@claim("TH45")
def test_a_stack_that_is_too_small_is_refused(programs, evidence):
    """threading.stack_size(n) returns the size it replaces; one that is too small is a ValueError.

    The size is for threads made later; 0, the default, stands for the system's.  A call without a
    size is no mere question: it returns the size and sets 0.
    """
    told, wrong = programs.call(set_stack_sizes)
    evidence(told=told, wrong=wrong)
    assert told == [0, MIB, 2 * MIB, 4 * MIB, 0, 2 * MIB, 0]
    assert wrong == ["ValueError"] * 4


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


def on_a_small_stack(programs, call, depth):
    """What the program prints, or the signal that kills it; with a usual stack it must be fine."""
    roomy = programs.run(SMALL_STACK.format(call=call, depth=depth, size=16 * MIB))
    control((roomy.exit_code, roomy.lines) == (0, [str(depth)]), f"with a large stack: {roomy}")
    program = programs.run(SMALL_STACK.format(call=call, depth=depth, size=128 * KIB))
    if program.exit_code == 0:
        return program.out.strip()
    control(program.exit_code < 0, f"it failed otherwise: {program}")
    return signal.Signals(-program.exit_code).name


@claim("TT08")
@predicts("RC56")
@refuted(where=before("3.11.0"), because="3.11 took calls of Python functions off the C stack")
@refuted(where=PYPY, because="PyPy compares no thread's stack with its real size")
def test_recursion_in_a_small_stack_does_not_crash(programs, evidence):
    """In a thread with a stack of 128 KiB, as on musl, 900 nested calls do not crash.

    900 is within the recursion limit, 1000.  Before 3.11: Segmentation fault, status -11 (SIGSEGV),
    for a call of a Python function took C stack too.  Instead, on Alpine or with threads of a C
    library: call threading.stack_size() with some MiB before the first thread is made.
    """
    end = on_a_small_stack(programs, "deep(depth - 1)", 900)
    control(end in ("900", "RecursionError", "SIGSEGV"), f"another end: {end}")
    evidence(end=end)
    assert end in ("900", "RecursionError")


@claim("TT09")
@refuted(
    where=before("3.14.0") and not PYPY,
    because="3.14 measures the C stack instead of counting calls (gh-91079)",
)
@refuted(where=PYPY, because="PyPy compares no thread's stack with its real size")
def test_recursion_through_c_in_a_small_stack_raises(programs, evidence):
    """Recursion by way of C functions, too deep for the thread's stack, raises RecursionError.

    map(), sorted(key=...), __getattr__, json and pickle call back like that.  Before 3.14 the
    depth was only counted: with a stack of 128 KiB, Segmentation fault, status -11 (SIGSEGV).
    """
    end = on_a_small_stack(programs, "next(map(deep, (depth - 1,)))", 450)
    control(end in ("RecursionError", "SIGSEGV"), f"another end: {end}")
    evidence(end=end)
    assert end == "RecursionError"


def depths():
    """How deep main can go; and from far down there, how much deeper; and how deep a thread can."""

    def probe(depth):
        try:
            return probe(depth + 1)
        except RecursionError:
            return depth

    def go_down(levels, then):
        return then() if levels == 0 else go_down(levels - 1, then)

    def in_a_thread():
        found = []
        thread = threading.Thread(target=lambda: found.append(probe(0)))
        thread.start()
        thread.join()
        return found[0]

    far_down = probe(0) * 8 // 10
    return (
        probe(0),
        go_down(far_down, lambda: probe(0)),
        go_down(far_down, in_a_thread),
    )


@claim("TH58")
def test_the_depth_of_recursion_is_counted_per_thread(programs, evidence):
    """The depth of recursion is counted per thread: a deep main thread takes none of another's."""
    at_the_top, far_down, in_a_thread = programs.call(depths)
    control(far_down < at_the_top / 2, f"main is not deep: {far_down} of {at_the_top}")
    evidence(at_the_top=at_the_top, far_down=far_down, in_a_thread=in_a_thread)
    assert in_a_thread > at_the_top * 0.7


@claim("TT10")
def test_timeout_max_is_the_longest_timeout(background, evidence):
    """threading.TIMEOUT_MAX is the longest timeout: more is an OverflowError, in join() too."""
    gate = threading.Event()
    thread = started([threading.Thread(target=gate.wait, args=(PATIENCE,))])[0]
    too_long = [
        background(outcome, thread.join, threading.TIMEOUT_MAX * 2).result(),
        background(outcome, threading.Lock().acquire, True, threading.TIMEOUT_MAX + 1).result(),
    ]
    allowed = background(outcome, thread.join, threading.TIMEOUT_MAX)
    gate.set()
    joined(thread)
    evidence(timeout_max=threading.TIMEOUT_MAX, too_long=too_long)
    assert [type(each) for each in too_long] == [OverflowError] * 2
    assert allowed.result() is None
    assert outcome(threading.Lock().acquire, True, threading.TIMEOUT_MAX) is True
    assert type(threading.TIMEOUT_MAX) is float
    assert threading.TIMEOUT_MAX == _thread.TIMEOUT_MAX
    assert threading.TIMEOUT_MAX > 24 * 3600


REFUSED = """\
import threading

threading.stack_size(2**46)  # more than there are addresses
before = threading.enumerate()
ran = []
thread = threading.Thread(target=ran.append, args=(1,))

def start():
    try:
        thread.start()
        thread.join()
    except Exception as error:
        print(type(error).__name__, error)

start()
print(threading.enumerate() == before, threading.active_count(), thread.ident, thread.is_alive())
threading.stack_size(0)
start()
print(ran, threading.active_count(), thread.is_alive())
"""
_runs = {}

needs_posix = applies(
    where=hasattr(signal, "pthread_kill"), because="POSIX threads refuse such a stack"
)


def refused(programs):
    """Run the program once for all specs that look at it."""
    if "run" not in _runs:
        _runs["run"] = programs.run(REFUSED)
    return _runs["run"]


@claim("X12")
@needs_posix
def test_a_thread_that_the_system_refuses_is_not_listed(programs, evidence):
    """When the system refuses a thread, start() raises RuntimeError, and it is not listed.

    "can't start new thread": there are too many, or there is no memory for its stack.
    """
    program = refused(programs)
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines[:2] == ["RuntimeError can't start new thread", "True 1 None False"]


@claim("TT16")
@needs_posix
@refuted(
    where=since("3.13.0") and not PYPY,
    because="3.13 takes such a thread for one that was started (gh-114271)",
)
def test_a_thread_that_was_refused_can_be_started_later(programs, evidence):
    """A Thread that the system refused can be started when there is room again.

    Since 3.13: RuntimeError: thread already started, though it never ran.  Instead: make a new
    Thread for each attempt.
    """
    program = refused(programs)
    control((program.exit_code, program.err) == (0, ""), f"it failed otherwise: {program}")
    control(program.lines[0] == "RuntimeError can't start new thread", f"not refused: {program}")
    known = (["[1] 1 False"], ["RuntimeError thread already started", "[] 1 False"])
    control(program.lines[2:] in known, f"another end: {program.lines}")
    evidence(then=program.lines[2:])
    assert program.lines[2:] == ["[1] 1 False"]
