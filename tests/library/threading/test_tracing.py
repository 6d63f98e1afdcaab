"""Trace and profile functions, which threading hands to the threads that are started later.

Source: https://docs.python.org/3/library/threading.html#threading.settrace
"""

import sys
import threading

from tests.harness import PATIENCE, PYPY, before, cases, claim, control, joined, refuted

#: The events of observed() under a profile function, and under a trace function.
PROFILE = ["call", "call", "return", "return"]
TRACE = ["call", "line", "call", "line", "return", "return"]

EVENTS = {"settrace": TRACE, "setprofile": PROFILE}
_seen = {}


def called():
    pass


def observed():
    called()


def observe(setter):
    """Set a function, and return its events by thread: main, one that ran already, a new one.

    Before that, after that, and when the function was taken back.
    """
    events = {}

    def function(frame, event, arg):
        if frame.f_code in (called.__code__, observed.__code__):
            events.setdefault(threading.current_thread().name, []).append(event)
        return function

    def wait_and_run():
        running.set()
        go_on.wait(PATIENCE)
        observed()

    running, go_on = threading.Event(), threading.Event()
    old = threading.Thread(target=wait_and_run, name="old")
    old.start()
    running.wait(PATIENCE)
    getter = getattr(threading, setter.replace("set", "get").replace("_all_threads", ""))
    of_main = getattr(sys, setter.replace("set", "get").replace("_all_threads", ""))
    got = [getter()]
    getattr(threading, setter)(function)
    got += [getter() is function, of_main() is function]
    observed()
    for name in ("new", "newer"):
        new = threading.Thread(target=observed, name=name)
        new.start()
        joined(new)
    go_on.set()
    joined(old)
    getattr(threading, setter)(None)
    got += [getter(), of_main()]
    observed()
    last = threading.Thread(target=observed, name="last")
    last.start()
    joined(last)
    return got, events


def observe_all():
    return {
        setter: observe(setter) if hasattr(threading, setter) else None
        for setter in ("settrace", "setprofile", "settrace_all_threads", "setprofile_all_threads")
    }


def seen(programs):
    """What was observed in a fresh interpreter, once for all specs."""
    if not _seen:
        _seen.update(programs.call(observe_all))
    return _seen


@claim("TT07")
@cases(kind=["trace", "profile"])
def test_a_trace_function_is_for_threads_started_later(kind, programs, evidence):
    """threading.settrace() and setprofile() concern threads started later, and no other.

    Not the calling thread, which sys.settrace() is for, and none that runs already.  gettrace()
    and getprofile() tell the function; None takes it back.
    """
    got, events = seen(programs)[f"set{kind}"]
    evidence(got=got, events=events)
    assert got == [None, True, False, None, None]
    assert events == dict.fromkeys(("new", "newer"), EVENTS[f"set{kind}"])


@claim("TH29")
@cases(kind=["trace", "profile"])
@refuted(
    where=before("3.12.0") or PYPY,
    because="3.12 added settrace_all_threads() and setprofile_all_threads() (gh-93503)",
)
def test_a_trace_function_can_be_set_for_all_threads(kind, programs, evidence):
    """threading.settrace_all_threads() and setprofile_all_threads() also concern running threads.

    That is the calling thread, those that run already, and those started later.  Before 3.12:
    AttributeError: module 'threading' has no attribute 'settrace_all_threads'; there each thread
    must call sys.settrace() itself.
    """
    result = seen(programs)[f"set{kind}_all_threads"]
    evidence(result=result)
    assert result is not None
    got, events = result
    assert got == [None, True, True, None, None]
    assert events == dict.fromkeys(("MainThread", "new", "newer", "old"), EVENTS[f"set{kind}"])


def set_in_one_thread(name):
    """Set a trace or profile function in one thread; tell what two threads saw."""
    events, other_ran = [], threading.Event()

    def function(frame, event, arg):
        if frame.f_code is called.__code__:
            events.append((threading.current_thread().name, event))

    def one():
        getattr(sys, f"set{name}")(function)
        got.append(getattr(sys, f"get{name}")() is function)
        called()
        threading.Thread(target=other, name="other").start()
        other_ran.wait(PATIENCE)
        called()
        getattr(sys, f"set{name}")(None)
        called()

    def other():
        called()
        got.append(getattr(sys, f"get{name}")())
        other_ran.set()

    got = []
    thread = threading.Thread(target=one, name="one")
    thread.start()
    joined(thread)
    return got, [event for event in events if event[1] == "call"]


def set_both():
    return {name: set_in_one_thread(name) for name in ("trace", "profile")}


@claim("SS01")
@cases(kind=["trace", "profile"])
def test_sys_settrace_concerns_the_calling_thread_only(kind, programs, evidence):
    """sys.settrace() and sys.setprofile() concern the calling thread alone.

    No other thread is traced, not even one that the calling thread starts afterwards.
    """
    if "one" not in _runs:
        _runs["one"] = programs.call(set_both)
    got, events = _runs["one"][kind]
    control(events, "nothing was traced at all")
    evidence(got=got, events=events)
    assert got == [True, None]
    assert events == [("one", "call")] * 2


_runs = {}
