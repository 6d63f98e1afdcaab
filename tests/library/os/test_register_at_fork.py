"""os.register_at_fork: what is called before and after every fork.

Each spec runs in a fresh interpreter: what is registered cannot be taken back.

Source: https://docs.python.org/3/library/os.html#os.register_at_fork
"""

import contextlib
import io
import multiprocessing
import os
import subprocess
import sys

from tests.harness import FORK, applies, claim, in_a_fork, outcome

needs_fork = applies(where=FORK, because="os.register_at_fork() exists only on POSIX")

METHODS = ("fork", "spawn", "forkserver")

called = []


def register(number):
    """Register callbacks that list their name and this number."""
    os.register_at_fork(
        before=lambda: called.append(f"before {number}"),
        after_in_parent=lambda: called.append(f"parent {number}"),
        after_in_child=lambda: called.append(f"child {number}"),
    )


def calls_around_a_fork():
    """Return what was called: around a fork, in the child and in the parent; by a subprocess."""
    for number in (1, 2, 3):
        register(number)
    child = in_a_fork(lambda: called)
    parent = called[:]
    called.clear()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return child, parent, called


@claim("FK09")
@needs_fork
def test_callbacks_around_a_fork_are_nested(programs, evidence):
    """Callbacks before a fork are called in reverse order of registration; those after it in order.

    So what was registered first encloses all others.  subprocess, which executes another program,
    calls none of them.
    """
    child, parent, by_subprocess = programs.call(calls_around_a_fork)
    evidence(child=child, parent=parent, by_subprocess=by_subprocess)
    before = ["before 3", "before 2", "before 1"]
    assert child == [*before, "child 1", "child 2", "child 3"]
    assert parent == [*before, "parent 1", "parent 2", "parent 3"]
    assert by_subprocess == []


def wrong_registrations():
    """Return what register_at_fork raises without callbacks, by position, and for no callable."""
    attempts = [
        outcome(os.register_at_fork),
        outcome(os.register_at_fork, print),
        outcome(os.register_at_fork, before="print"),
    ]
    return [type(attempt).__name__ for attempt in attempts], in_a_fork(lambda: "forked")


@claim("FK40")
@needs_fork
def test_callbacks_are_registered_by_keyword_only(programs, evidence):
    """register_at_fork() takes callbacks by keyword, and at least one, or raises TypeError."""
    raised, then = programs.call(wrong_registrations)
    evidence(raised=raised)
    assert raised == ["TypeError", "TypeError", "TypeError"]
    assert then == "forked"


def failing_callbacks():
    """Return what is called around a fork if callbacks of each kind raise, and what is printed."""
    register(1)
    os.register_at_fork(before=fail, after_in_parent=fail, after_in_child=fail)
    register(2)
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed):
        child = in_a_fork(lambda: called)
        return child, called, printed.getvalue().count("KeyError: 'in a callback'")


def fail():
    """Raise an exception."""
    raise KeyError("in a callback")


@claim("FK10")
@needs_fork
def test_a_callback_that_raises_does_not_stop_the_fork(programs, evidence):
    """An exception in a callback is printed, and the fork and the other callbacks go on.

    One would expect an exception in a before callback to prevent the fork, as it prevents whatever
    comes after it elsewhere.  Nobody could catch it: it is reported by sys.unraisablehook.
    """
    child, parent, printed = programs.call(failing_callbacks)
    evidence(child=child, parent=parent, printed_in_the_parent=printed)
    assert child == ["before 2", "before 1", "child 1", "child 2"]
    assert parent == ["before 2", "before 1", "parent 1", "parent 2"]
    assert printed == 2


def calls_by_multiprocessing(method):
    """Return what was called in this process, and in one that is started by the method."""
    register(1)
    context = multiprocessing.get_context(method)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=send_calls, args=(sending,))
    process.start()
    sending.close()
    child = receiving.recv()
    process.join()
    return called, child, process.exitcode


def send_calls(connection):
    """Send what was called in this process."""
    connection.send(called)


@claim("FK41")
@needs_fork
def test_a_process_calls_the_callbacks_only_if_its_start_method_forks(programs, evidence):
    """A multiprocessing Process calls the callbacks around a fork only under the method fork.

    With spawn another program is executed, and with forkserver the server forks, which knows only
    what its own imports register.  Since 3.14 forkserver is the default on Linux (gh-84559): what a
    library re-creates in after_in_child is then simply not there.
    """
    told = {method: programs.call(calls_by_multiprocessing, method) for method in METHODS}
    evidence(**told)
    assert told["fork"] == (["before 1", "parent 1"], ["before 1", "child 1"], 0)
    assert told["spawn"] == ([], [], 0)
    assert told["forkserver"] == ([], [], 0)
