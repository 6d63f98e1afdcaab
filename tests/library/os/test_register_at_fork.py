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

from tests.harness import claim, in_a_fork, kinds, needs_fork, outcome

every_spec = [needs_fork]

called = []


def register(number):
    """Register callbacks that list their name and this number."""
    os.register_at_fork(
        before=lambda: called.append(f"before {number}"),
        after_in_parent=lambda: called.append(f"parent {number}"),
        after_in_child=lambda: called.append(f"child {number}"),
    )


def called_around_a_fork():
    for number in (1, 2, 3):
        register(number)
    return in_a_fork(lambda: called), called


@claim("FORK32")
def test_callbacks_around_a_fork_are_nested(programs, evidence):
    """Callbacks before a fork are called in reverse order of registration; those after it in order.

    So what was registered first encloses all others.
    """
    child, parent = programs.call(called_around_a_fork)
    before = ["before 3", "before 2", "before 1"]
    assert evidence(child=child) == [*before, "child 1", "child 2", "child 3"]
    assert evidence(parent=parent) == [*before, "parent 1", "parent 2", "parent 3"]


def called_around_a_subprocess():
    register(1)
    subprocess.run([sys.executable, "-c", ""], check=True)
    return called


@claim("FORK32")
def test_a_subprocess_calls_none_of_the_callbacks(programs, evidence):
    """subprocess, which executes another program, calls none of the callbacks."""
    assert evidence(called=programs.call(called_around_a_subprocess)) == []


def wrong_registrations():
    """Return what register_at_fork gives without callbacks, by position, and for no callable."""
    register = os.register_at_fork
    return kinds([outcome(register), outcome(register, print), outcome(register, before="print")])


@claim("FORK33")
def test_callbacks_are_registered_by_keyword_only(programs, evidence):
    """register_at_fork() takes callbacks by keyword, and at least one, or raises TypeError."""
    assert evidence(raised=programs.call(wrong_registrations)) == ["TypeError"] * 3


def failing_callbacks():
    """Return what is called around a fork if callbacks of each kind raise, and what is printed."""

    def fail():
        raise KeyError("in a callback")

    register(1)
    os.register_at_fork(before=fail, after_in_parent=fail, after_in_child=fail)
    register(2)
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed):
        child = in_a_fork(lambda: called)
    return child, called, printed.getvalue().count("KeyError: 'in a callback'")


@claim("FORK34")
def test_a_callback_that_raises_does_not_stop_the_fork(programs, evidence):
    """An exception in a callback is printed, and the fork and the other callbacks go on.

    You might expect an exception in a before callback to prevent the fork.  But no code could
    catch it: sys.unraisablehook reports it.
    """
    child, parent, printed = programs.call(failing_callbacks)
    assert evidence(child=child) == ["before 2", "before 1", "child 1", "child 2"]
    assert evidence(parent=parent) == ["before 2", "before 1", "parent 1", "parent 2"]
    assert evidence(printed_in_the_parent=printed) == 2


def called_by_multiprocessing(method):
    """Return what was called in this process, and in one that is started by the method."""
    register(1)
    context = multiprocessing.get_context(method)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=send_calls, args=(sending,))
    process.start()
    child = receiving.recv()
    process.join()
    return called, child


def send_calls(connection):
    connection.send(called)


@claim("FORK35")
def test_a_process_calls_the_callbacks_only_if_its_start_method_forks(
    start_method, programs, evidence
):
    """A multiprocessing Process calls the callbacks around a fork only under the method fork.

    With spawn another program is executed, and with forkserver the server forks, which knows only
    what its own imports register.  Since 3.14 forkserver is the default on Linux (gh-84559): a
    child then lacks what a library re-creates in after_in_child.
    """
    parent, child = programs.call(called_by_multiprocessing, start_method)
    forks = start_method == "fork"
    assert evidence(parent=parent) == (["before 1", "parent 1"] if forks else [])
    assert evidence(child=child) == (["before 1", "child 1"] if forks else [])
