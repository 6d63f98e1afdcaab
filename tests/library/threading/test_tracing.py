"""Trace and profile functions, which threading hands to the threads that are started later.

Source: https://docs.python.org/3/library/threading.html#threading.settrace
"""

import importlib
import threading

from tests.harness import PATIENCE, PYPY, before, cases, claim, joined, refuted, started

#: The events of a call of called(), by the kind of function that sees them.
EVENTS = {"trace": ["call", "line", "return"], "profile": ["call", "return"]}


def called():
    pass


def observe(module, setter):
    """Set a function, and return its events by thread: this one, an older and two new ones.

    When the function is taken back, this thread and another one go on.
    """
    events, runs, go_on = {}, threading.Event(), threading.Event()
    set_function = getattr(importlib.import_module(module), setter)

    def function(frame, event, _argument):
        if frame.f_code is called.__code__:
            events.setdefault(threading.current_thread().name, []).append(event)
        return function

    def wait_and_call():
        runs.set()
        go_on.wait(PATIENCE)
        called()

    (old,) = started([threading.Thread(target=wait_and_call, name="old")])
    runs.wait(PATIENCE)  # start() returns before the thread looks for a function
    set_function(function)
    called()
    for name in ("new", "newer"):
        joined(*started([threading.Thread(target=called, name=name)]))
    go_on.set()
    joined(old)
    set_function(None)
    called()
    joined(*started([threading.Thread(target=called, name="last")]))
    return events


@claim("TRACE01")
@cases(kind=EVENTS.keys())
def test_a_trace_function_is_for_threads_started_later(kind, programs, evidence):
    """threading.settrace() and setprofile() concern threads started later, and no other.

    Not the calling thread, for which there is sys.settrace(), and none that runs already.  None
    takes the function back.
    """
    events = programs.call(observe, "threading", f"set{kind}")
    assert evidence(events=events) == dict.fromkeys(("new", "newer"), EVENTS[kind])


def remembered(kind):
    """What gettrace(), or getprofile(), returns before, while and after a function is set."""
    get, set_function = getattr(threading, f"get{kind}"), getattr(threading, f"set{kind}")
    at_first = get()
    set_function(print)
    meanwhile = get() is print
    set_function(None)
    return at_first, meanwhile, get()


@claim("TRACE01")
@cases(kind=EVENTS.keys())
def test_threading_returns_the_trace_function(kind, programs, evidence):
    """threading.gettrace() and getprofile() return the function, or None if none is set."""
    at_first, meanwhile, afterwards = programs.call(remembered, kind)
    assert evidence(at_first=at_first, afterwards=afterwards) == (None, None)
    assert evidence(is_the_function_meanwhile=meanwhile) is True


@claim("TRACE02")
@cases(setter=("settrace_all_threads", "setprofile_all_threads"))
@refuted(
    where=before("3.12.0") or PYPY,
    because="3.12 added settrace_all_threads() and setprofile_all_threads() (gh-93503)",
    by="AttributeError: module 'threading' has no attribute 'set",
)
def test_a_trace_function_can_be_set_for_all_threads(setter, programs, evidence):
    """threading.settrace_all_threads() and setprofile_all_threads() also concern running threads.

    That is the calling thread, those that run already, and those started later.  Before 3.12:
    "AttributeError: module 'threading' has no attribute 'settrace_all_threads'"; there each thread
    must call sys.settrace() itself.
    """
    events = programs.call(observe, "threading", getattr(threading, setter).__name__)
    everybody, kind = ("MainThread", "old", "new", "newer"), setter[3:].partition("_")[0]
    assert evidence(events=events) == dict.fromkeys(everybody, EVENTS[kind])


@claim("TRACE03")
@cases(kind=EVENTS.keys())
def test_sys_settrace_concerns_the_calling_thread_only(kind, programs, evidence):
    """sys.settrace() and sys.setprofile() concern the calling thread alone.

    No other thread is traced, not even one that the calling thread starts afterwards.
    """
    events = programs.call(observe, "sys", f"set{kind}")
    assert evidence(events=events) == {"MainThread": EVENTS[kind]}
