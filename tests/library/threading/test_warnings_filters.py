"""Warnings filters and threads: whether catch_warnings() in one thread concerns the others.

Source: https://docs.python.org/3/library/warnings.html#concurrent-safety-of-context-managers
"""

from tests.harness import (
    FREE_THREADED_BUILD,
    PYPY,
    before,
    claim,
    control,
    predicts,
    refuted,
    since,
)

#: Prints whose warnings the main thread's catch_warnings() catches.
PROGRAM = """
import threading, warnings

go = threading.Event()

def warn_later():
    go.wait()
    warnings.warn("older")

older = threading.Thread(target=warn_later)
older.start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    go.set()
    older.join()
    younger = threading.Thread(target=warnings.warn, args=("younger",))
    younger.start()
    younger.join()
    warnings.warn("main")
    print(*(warning.message for warning in caught))
"""

#: Neither may come from outside.
DEFAULTS = {"PYTHON_CONTEXT_AWARE_WARNINGS": "", "PYTHON_THREAD_INHERIT_CONTEXT": ""}


def who_is_caught(programs, *options):
    """Return whose warnings the main thread catches: "older", "younger" and "main" at most."""
    program = programs.run(PROGRAM, options=options, environ=DEFAULTS)
    caught = program.out.split()
    control(program.exit_code == 0, f"the program ended with 0:\n{program.err}")
    control("main" in caught, f"its own warning is caught:\n{program.err}")
    return caught


@claim("WARN01")
@predicts("RC20")
@refuted(
    where=FREE_THREADED_BUILD and since("3.14.0"),
    because="3.14 made them context-aware without a GIL (gh-128384)",
)
def test_catch_warnings_concerns_every_thread(programs, evidence):
    """By default warnings.catch_warnings() in one thread changes what other threads see.

    You might expect it to concern the thread that enters it.  In fact the filters belong to the
    process: another thread's warning is caught by it, or lost in an "ignore", and two threads that
    leave theirs in the wrong order leave the wrong filters behind.  Since 3.14 free-threaded builds
    have -X context_aware_warnings=1, where it concerns that thread alone (gh-128384).
    """
    assert evidence(caught=who_is_caught(programs)) == ["older", "younger", "main"]


@claim("WARN02")
@predicts("RC20")
@refuted(where=before("3.14.0") or PYPY, because="3.14 added the flags (gh-128384)")
def test_context_aware_warnings_concern_one_thread(programs, evidence):
    """-X context_aware_warnings=1 keeps catch_warnings() from catching other threads' warnings.

    With -X thread_inherit_context=1, a thread that was started inside has its filters: both are
    the default of 3.14's free-threaded builds.  Earlier interpreters ignore unknown -X options
    silently, so that nothing changes there (gh-128384, "What's New in Python 3.14").
    """
    flags = ("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=1")
    assert evidence(caught=who_is_caught(programs, *flags)) == ["younger", "main"]


@claim("WARN03")
@predicts("RC20")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14's context-aware filters are in a context, which a thread does not inherit",
)
def test_a_thread_started_inside_has_the_filters(programs, evidence):
    """-X context_aware_warnings=1 alone: a thread started in catch_warnings() has its filters.

    You might expect so, for it is started inside.  Since 3.14 the filters are in the context, and
    a new thread has an empty one, unless -X thread_inherit_context=1 is given too: its warning goes
    to standard error, or is an error under "-W error".  Give both flags, or none.
    """
    flags = ("-X", "context_aware_warnings=1", "-X", "thread_inherit_context=0")
    assert "younger" in evidence(caught=who_is_caught(programs, *flags))
