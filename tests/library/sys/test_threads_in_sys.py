"""What sys says about threads, and sets for them: switch interval, frames, flags, thread_info.

Source: https://docs.python.org/3/library/sys.html#sys.setswitchinterval
"""

import sys
import threading

from tests.harness import (
    FREE_THREADED_BUILD,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    outcome,
    predicts,
    refuted,
    since,
    started,
    until,
)
from tests.harness.threads import Task


@claim("SYS01")
def test_the_switch_interval_is_five_milliseconds(programs, evidence):
    """sys.getswitchinterval() is 0.005 by default: a thread may keep the GIL for 5 ms at a time.

    Without a GIL it means nothing, but is there.
    """
    printed = programs.run("import sys; print(sys.getswitchinterval())").out
    assert evidence(default=printed.strip()) == "0.005"


def wrong_intervals():
    refused = [outcome(sys.setswitchinterval, seconds) for seconds in (0, -0.005, "1")]
    return kinds(refused), sys.getswitchinterval()


@claim("SYS02")
def test_the_switch_interval_must_be_positive(programs, evidence):
    """sys.setswitchinterval(0), or of less, is a ValueError, and changes nothing."""
    refused, interval = programs.call(wrong_intervals)
    assert evidence(refused=refused) == ["ValueError", "ValueError", "TypeError"]
    assert evidence(interval=interval) == 0.005


def intervals():
    """Return what getswitchinterval() returns after main, and then a thread, has set it."""
    found = []
    for seconds in (1000, 3e-6, 0.01):
        sys.setswitchinterval(seconds)
        found.append(sys.getswitchinterval())
    found.append(Task(sys.getswitchinterval).result())
    Task(sys.setswitchinterval, (0.02,)).result()
    return [round(seconds, 9) for seconds in [*found, sys.getswitchinterval()]]


@claim("SYS03")
def test_the_switch_interval_is_one_for_all_threads(programs, evidence):
    """sys.setswitchinterval() sets one interval for all threads, to a microsecond."""
    assert evidence(intervals=programs.call(intervals)) == [1000, 3e-6, 0.01, 0.01, 0.02]


@claim("SYS04")
def test_current_frames_has_one_frame_per_live_thread(background, evidence):
    """sys._current_frames() maps the ident of each live thread, of any kind, to its frame."""
    gate = threading.Event()

    def marked():
        gate.wait()

    [thread] = started([threading.Thread(target=marked)])
    foreign = background(marked)
    both = {thread.ident, foreign.ident}
    until(lambda: all("marked" in functions_of(ident) for ident in both), "both threads to wait")
    present = set(sys._current_frames())
    own = functions_of(threading.get_ident())
    gate.set()
    joined(thread)
    foreign.result()
    assert evidence(listed=present) >= {*both, threading.main_thread().ident}
    assert "functions_of" in own
    until(lambda: not both & set(sys._current_frames()), "the threads to have no frame any more")


def functions_of(ident):
    """Return the names of the functions that a thread is in, the innermost first."""
    names, frame = [], sys._current_frames().get(ident)
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names


@claim("SYS05")
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
            gate.wait()

    threads = started(threading.Thread(target=target) for target in (handle, gate.wait))
    until(handling.is_set, "the thread to handle")
    found = sys._current_exceptions()  # noqa: SLF001 - documented, in spite of its name
    gate.set()
    joined(*threads)
    both = [found[thread.ident] for thread in threads]
    exceptions = [one[1] if isinstance(one, tuple) else one for one in evidence(both=both)]
    assert exceptions == [error, None]


@claim("SYS06")
@cases(flag=("thread_inherit_context", "context_aware_warnings"))
@refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 added both flags, and -X options for them",
    by="AttributeError: 'sys",
)
def test_flags_tell_whether_threads_inherit_contexts(flag, programs, evidence):
    """sys.flags has thread_inherit_context and context_aware_warnings: 0, or 1 where free-threaded.

    Options -X thread_inherit_context=1 and -X context_aware_warnings=1 turn them on.  Before 3.14:
    "AttributeError: 'sys.flags' object has no attribute 'thread_inherit_context'".
    """
    getattr(sys.flags, flag)  # an AttributeError before 3.14

    def printed(*options):
        return programs.run(f"import sys; print(sys.flags.{flag})", options=options).out.strip()

    on, off = printed("-X", f"{flag}=1"), printed("-X", f"{flag}=0")
    assert evidence(default=printed()) == str(int(FREE_THREADED_BUILD))
    assert evidence(on=on, off=off) == ("1", "0")


SHOWING_THE_GIL = "import sys; print(sys._is_gil_enabled())"


@claim("SYS07")
@refuted(
    where=before("3.13.0") or PYPY,
    because="3.13 added sys._is_gil_enabled() (PEP 703)",
    by="AttributeError: module 'sys' has no attribute '_is_gil_enabled'",
)
def test_is_gil_enabled_tells_whether_there_is_a_gil(programs, evidence):
    """sys._is_gil_enabled() says whether the GIL is on: always, but in a free-threaded build.

    Call it to check whether the GIL is enabled or disabled.  There it is off unless -X gil=1,
    PYTHON_GIL=1 or an extension module turns it on.  Before 3.13: "AttributeError: module 'sys' has
    no attribute '_is_gil_enabled'".  getattr(sys, "_is_gil_enabled", lambda: True)() works
    everywhere.
    """
    assert evidence(here=sys._is_gil_enabled()) or FREE_THREADED_BUILD
    turned_on = programs.run(SHOWING_THE_GIL, options=["-X", "gil=1"]).out.strip()
    assert evidence(turned_on=turned_on) == "True"


@claim("SYS07")
@applies(where=FREE_THREADED_BUILD, because="only a free-threaded build can switch the GIL off")
def test_is_gil_enabled_is_false_without_a_gil(programs, evidence):
    """sys._is_gil_enabled() is False in a free-threaded build with -X gil=0."""
    turned_off = programs.run(SHOWING_THE_GIL, options=["-X", "gil=0"]).out.strip()
    assert evidence(turned_off=turned_off) == "False"


SHOWING_THE_BUILD = """
import sysconfig
print(sysconfig.get_config_var("Py_GIL_DISABLED"))
"""


@claim("SYS09")
@predicts("N117")
def test_how_python_was_built_is_not_whether_the_gil_is_on(programs, evidence):
    """sysconfig's Py_GIL_DISABLED tells how Python was built, not whether the GIL is off now.

    get_config_var("Py_GIL_DISABLED") is None before 3.13 and 0 since then, so "is not None" is a
    wrong test; in a free-threaded build it is 1, with -X gil=1 as well.  Whether the GIL is on now
    is sys._is_gil_enabled() (SYS07).
    """
    usual = "0" if since("3.13.0") and not PYPY else "None"
    expected = "1" if FREE_THREADED_BUILD else usual
    assert evidence(here=programs.run(SHOWING_THE_BUILD).out.strip()) == expected
    if FREE_THREADED_BUILD:
        turned_on = programs.run(SHOWING_THE_BUILD, options=["-X", "gil=1"])
        assert evidence(turned_on=turned_on.out.strip()) == "1"


@claim("SYS08")
def test_thread_info_tells_the_kind_of_threads_and_locks(evidence):
    """sys.thread_info says what threads are, such as "pthread", and what their locks are made of.

    The name is "nt" on Windows, "pthread" elsewhere, and "pthread-stubs" on WASI.  The lock is
    "pymutex" since 3.15; before, "semaphore" or "mutex+cond", and on Windows None.  The version is
    that of glibc, such as "NPTL 2.36", else None.
    """
    info = sys.thread_info
    assert evidence(info=tuple(info)) == (info.name, info.lock, info.version)
    assert info.name.startswith("nt" if WINDOWS else "pthread")
    assert info.lock in ("semaphore", "mutex+cond", "pymutex", None)
    assert info.version is None or info.version.startswith("NPTL ")


#: Whether a collection may come while all threads are held.
COLLECTS_WITHIN = since("3.11.0") and before("3.11.12", "3.12.0") and not PYPY

#: The collector's callback stands for whatever lets another thread run, which then starts one.
COLLECTED_WITHIN = """
import faulthandler, gc, sys, threading
faulthandler.dump_traceback_later({limit}, exit=True)
asking = False

def start_a_thread(phase, info):
    global asking
    if asking:
        asking = False
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()

gc.callbacks.append(start_a_thread)

def ask(depth):
    global asking
    if depth:
        return ask(depth - 1)
    gc.set_threshold(1)
    asking = True
    sys._current_frames()
    asking = False

ask(5)
print("it returns")
"""


@claim("SYS10")
@predicts("N189")
@applies(where=not PYPY, because="PyPy has no gc.callbacks")
@refuted(
    where=COLLECTS_WITHIN,
    because="before 3.11.12 the collector runs within it, and 3.12 puts that off (gh-106883)",
)
def test_current_frames_returns_beside_threads_that_start(programs, evidence):
    """sys._current_frames() returns, however many threads start and end meanwhile.

    In 3.11, before 3.11.12, it holds the lock of the list of threads while it makes frames.  If the
    collector runs just then, and lets another thread have the GIL, which starts or ends a thread,
    each of them waits for the other: a deadlock, and the whole process hangs.  Profilers and
    watchdogs call it all the time: dask's, and others that look for slow threads.  Instead: 3.11.12
    or 3.12, or turn the profiler off.
    """
    program = programs.run(COLLECTED_WITHIN.format(limit=2 if COLLECTS_WITHIN else 30))
    control(program.lines or "Timeout" in program.err, f"it returns or hangs: {program}")
    assert evidence(printed=program.lines) == ["it returns"]
