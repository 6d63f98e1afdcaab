"""Warnings filters and threads: whether catch_warnings() in one thread concerns the others.

Source: https://docs.python.org/3/library/warnings.html#concurrent-safety-of-context-managers
"""

import ast

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

PROGRAM = """
import threading, warnings

go = threading.Event()

def warn_later():
    go.wait()
    warnings.warn("of the older thread")

older = threading.Thread(target=warn_later)
older.start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    go.set()
    older.join()
    younger = threading.Thread(target=warnings.warn, args=("of the younger thread",))
    younger.start()
    younger.join()
    warnings.warn("of this one")
    print([str(warning.message) for warning in caught])
"""

#: The flags that 3.14 added are on by default in free-threaded builds.
AWARE_BY_DEFAULT = FREE_THREADED_BUILD and since("3.14.0")

#: Neither may come from outside.
DEFAULTS = {"PYTHON_CONTEXT_AWARE_WARNINGS": "", "PYTHON_THREAD_INHERIT_CONTEXT": ""}

_seen = {}


def who_is_caught(programs, *flags):
    """Return whose warnings main's catch_warnings() catches under these ``-X`` flags.

    The older thread was started before it, the younger one inside it.
    """
    if flags not in _seen:
        options = [option for flag in flags for option in ("-X", flag)]
        program = programs.run(PROGRAM, options=options, environ=DEFAULTS)
        control(program.exit_code == 0, f"the program ended with 0:\n{program.err}")
        _seen[flags] = (ast.literal_eval(program.out), program.err)
    caught, err = _seen[flags]
    names = ("of the older thread", "of the younger thread", "of this one")
    shown = [name for name in names if name in err]
    control(sorted(caught + shown) == sorted(names), f"each is caught or shown: {caught} {err}")
    return [name.split()[-2] for name in caught]


@claim("TH48")
@predicts("RC20")
@refuted(where=AWARE_BY_DEFAULT, because="3.14 made them context-aware without a GIL (gh-128384)")
def test_catch_warnings_concerns_every_thread(programs, evidence):
    """By default warnings.catch_warnings() in one thread changes what other threads see.

    One would expect it to concern the thread that enters it.  The filters belong to the process:
    another thread's warning is caught by it, or lost in an "ignore", and two threads that leave
    theirs in the wrong order leave the wrong filters behind.  Since 3.14 free-threaded builds
    have -X context_aware_warnings=1, where it concerns that thread alone (gh-128384).
    """
    caught = who_is_caught(programs)
    evidence(caught=caught)
    assert caught == ["older", "younger", "this"]


@claim("TH49")
@predicts("RC20")
@refuted(where=before("3.14.0") or PYPY, because="3.14 added the flags (gh-128384)")
def test_context_aware_warnings_concern_one_thread(programs, evidence):
    """-X context_aware_warnings=1 keeps catch_warnings() from catching other threads' warnings.

    With -X thread_inherit_context=1, a thread that was started inside has its filters: both are
    the default of 3.14's free-threaded builds.  Earlier interpreters ignore unknown -X options
    silently, so that nothing changes there (gh-128384, "What's New in Python 3.14").
    """
    caught = who_is_caught(programs, "context_aware_warnings=1", "thread_inherit_context=1")
    evidence(caught=caught)
    control(caught in (["older", "younger", "this"], ["younger", "this"]), f"known: {caught}")
    assert caught == ["younger", "this"]


@claim("TH118")
@predicts("RC20")
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14's context-aware filters are in a context, which a thread does not inherit",
)
def test_a_thread_started_inside_has_the_filters(programs, evidence):
    """-X context_aware_warnings=1 alone: a thread started in catch_warnings() has its filters.

    One would expect so, for it is started inside.  Since 3.14 the filters are in the context, and
    unless -X thread_inherit_context=1 is given too a new thread has an empty one: its warning goes
    to standard error, or is an error under "-W error".  Instead: give both flags, or none.
    """
    caught = who_is_caught(programs, "context_aware_warnings=1", "thread_inherit_context=0")
    evidence(caught=caught)
    control(caught in (["older", "younger", "this"], ["this"]), f"known: {caught}")
    assert "younger" in caught
