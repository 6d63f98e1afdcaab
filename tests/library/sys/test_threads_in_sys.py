"""What sys tells about threads, and sets for them: switch interval, frames, flags, thread_info.

Source: https://docs.python.org/3/library/sys.html#sys.setswitchinterval
"""

import sys
import threading

from tests.harness import (
    FREE_THREADED_BUILD,
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    outcome,
    refuted,
    started,
    until,
)


def set_switch_intervals():
    """The default, what is told after setting others, in a thread too, and what is refused."""
    told = [sys.getswitchinterval()]
    for seconds in (0.01, 1, 1e-6, 1000):
        returned = sys.setswitchinterval(seconds)
        told.append((returned, round(sys.getswitchinterval(), 9)))
    in_thread = []
    thread = threading.Thread(
        target=lambda: (in_thread.append(sys.getswitchinterval()), sys.setswitchinterval(0.02))
    )
    thread.start()
    joined(thread)
    told += [in_thread[0], round(sys.getswitchinterval(), 9)]
    outcomes = [outcome(sys.setswitchinterval, seconds) for seconds in (0, -1, -0.005, "1")]
    refused = [type(each).__name__ for each in outcomes]
    return told, refused, round(sys.getswitchinterval(), 9)


_runs = {}


def switch_intervals(programs):
    """What a fresh interpreter tells, once for all specs."""
    if "run" not in _runs:
        _runs["run"] = programs.call(set_switch_intervals)
    return _runs["run"]


@claim("TH38")
def test_the_switch_interval_is_five_milliseconds(programs, evidence):
    """sys.getswitchinterval() is 0.005 by default: a thread may keep the GIL for 5 ms at a time.

    Without a GIL it means nothing, but is there.
    """
    told, _, _ = switch_intervals(programs)
    evidence(default=told[0])
    assert told[0] == 0.005


@claim("TH39")
def test_the_switch_interval_must_be_positive(programs, evidence):
    """sys.setswitchinterval(0), or of less, is a ValueError, and changes nothing."""
    _, refused, after = switch_intervals(programs)
    evidence(refused=refused, after=after)
    assert refused == ["ValueError"] * 3 + ["TypeError"]
    assert after == 0.02


@claim("SS02")
def test_the_switch_interval_is_one_for_all_threads(programs, evidence):
    """sys.setswitchinterval() sets one interval for all threads, to a microsecond."""
    told, _, _ = switch_intervals(programs)
    evidence(told=told)
    assert told[1:5] == [(None, 0.01), (None, 1.0), (None, 1e-6), (None, 1000.0)]
    assert told[5:] == [1000.0, 0.02]


@claim("TH40")
def test_current_frames_has_one_frame_per_live_thread(background, evidence):
    """sys._current_frames() maps the ident of each live thread, of any kind, to its frame."""
    gate = threading.Event()

    def marked():
        gate.wait(PATIENCE)

    before = set(sys._current_frames())
    threads = started(threading.Thread(target=marked) for _ in range(3))
    foreign = background(marked)
    new = {foreign.ident, *(thread.ident for thread in threads)}
    try:
        until(lambda: all(inside(marked, frames(ident)) for ident in new), "four threads to wait")
        during = sys._current_frames()
        own = during[threading.get_ident()].f_code.co_name
    finally:
        gate.set()
        joined(*threads)
        foreign.result()
    until(lambda: not new & set(sys._current_frames()), "four threads to have no frame any more")
    evidence(before=len(before), during=len(during))
    assert set(during) == before | new
    assert own == test_current_frames_has_one_frame_per_live_thread.__name__
    assert set(sys._current_frames()) == before


def frames(ident):
    """The frames of a thread, the innermost first."""
    frame = sys._current_frames().get(ident)
    while frame is not None:
        yield frame
        frame = frame.f_back


def inside(function, its_frames):
    return any(frame.f_code is function.__code__ for frame in its_frames)


@claim("SS03")
def test_current_exceptions_tells_what_each_thread_handles(evidence):
    """sys._current_exceptions() maps the ident of each thread to the exception that it handles.

    Up to 3.11, and on PyPy, it is the triple of sys.exc_info(), or (None, None, None); since 3.12
    the exception itself, or None.
    """
    gate, handling = threading.Event(), threading.Event()
    error = LookupError("handled")

    def handle():
        try:
            raise error
        except LookupError:
            handling.set()
            gate.wait(PATIENCE)

    threads = started([threading.Thread(target=handle)])
    threads += started([threading.Thread(target=gate.wait, args=(PATIENCE,))])
    try:
        until(handling.is_set, "the thread to handle")
        told = sys._current_exceptions()  # noqa: SLF001 - documented, in spite of its name
    finally:
        gate.set()
        joined(*threads)
    both = [told[thread.ident] for thread in threads]
    evidence(told=both)
    values = [each[1] if isinstance(each, tuple) else each for each in both]
    assert values == [error, None]
    assert threading.get_ident() in told


@claim("TH47")
@refuted(where=before("3.14.0") or PYPY, because="3.14 added both flags, and -X options for them")
def test_flags_tell_whether_threads_inherit_contexts(programs, evidence):
    """sys.flags has thread_inherit_context and context_aware_warnings: 0, or 1 where free-threaded.

    Options -X thread_inherit_context=1 and -X context_aware_warnings=1 turn them on.  Before 3.14:
    AttributeError: 'sys.flags' object has no attribute 'thread_inherit_context'.
    """
    default = programs.call(tell_flags)
    on, off = (
        programs.call(
            tell_flags,
            options=["-X", f"thread_inherit_context={n}", "-X", f"context_aware_warnings={n}"],
        )
        for n in (1, 0)
    )
    control([default, on, off].count([None, None]) in (0, 3), f"some are missing: {default}, {on}")
    evidence(default=default, on=on, off=off)
    assert default == [int(FREE_THREADED_BUILD)] * 2
    assert (on, off) == ([1, 1], [0, 0])


def tell_flags():
    names = ("thread_inherit_context", "context_aware_warnings")
    return [getattr(sys.flags, name, None) for name in names]


@claim("SS04")
@refuted(where=before("3.13.0") or PYPY, because="3.13 added sys._is_gil_enabled() (PEP 703)")
def test_is_gil_enabled_tells_whether_there_is_a_gil(programs, evidence):
    """sys._is_gil_enabled() tells whether the GIL is on: always, but in a free-threaded build.

    There it is off unless -X gil=1, PYTHON_GIL=1 or an extension module turns it on.  Before 3.13:
    AttributeError: module 'sys' has no attribute '_is_gil_enabled'.  getattr(sys,
    "_is_gil_enabled", lambda: True)() works everywhere.
    """
    here = outcome(lambda: sys._is_gil_enabled())
    control(type(here) in (bool, AttributeError), f"neither told nor missing: {here!r}")
    evidence(here=here)
    assert type(here) is bool
    told = programs.call(tell_gil, options=["-X", "gil=1"])
    assert told is True
    if FREE_THREADED_BUILD:
        assert programs.call(tell_gil, options=["-X", "gil=0"]) is False
    else:
        assert here is True


def tell_gil():
    return sys._is_gil_enabled()


@claim("SS05")
@applies(where=sys.platform == "linux", because="what Linux has for threads and locks")
def test_thread_info_tells_the_kind_of_threads_and_locks(evidence):
    """sys.thread_info tells that threads are POSIX threads, and of what kind the locks are."""
    info = sys.thread_info
    evidence(info=tuple(info))
    assert info.name == "pthread"
    assert info.lock in ("semaphore", "mutex+cond", "pymutex")
    assert tuple(info) == (info.name, info.lock, info.version)
    assert info.version is None or info.version.split()[0] in ("NPTL", "musl")
