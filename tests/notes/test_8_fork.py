"""Section 8 of the notes: os.fork, the call that one process makes and two return from.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

The notes say that fork is called once and returns twice (8.01), since the system copies the process
that calls it (8.02); then both, parent and child, return from it (8.07).  In the child it always
returns 0 (8.03), in the parent the child's pid (8.04).  The child gets its parent's pid by
getppid() (8.05).

The program prints "Process (...) start..." with its pid (8.06) and forks.  The child prints "I am
child process (...) and my parent is (...)"; the parent prints "I (...) just created a child process
(...)" and does not wait for it (8.12).

The notes show no output, for on Windows they saw "AttributeError: module 'os' has no attribute
'fork'" (8.08).  They ask whether it works on Linux, as they were told (8.09), what fork is for,
perhaps for fast switching between parent and child (8.10), and what replaces it on Windows (8.11).

A raw fork copies a whole process, so each of these runs in a fresh interpreter, and each child
leaves it by os._exit.  The pid says which process is the child, not the number under examination.

Source: https://docs.python.org/3/library/os.html#os.fork
"""

import ast
import mmap
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

from tests.harness import (
    FORK,
    MACOS,
    PATIENCE,
    claim,
    needs_fork,
    never,
    outcome,
    since,
    state_of,
    until,
)

# The parent waits, so that the order of the lines is certain and the child is no orphan.
PROGRAM = """\
import os

print(f"process {os.getpid()} starts")
number = os.fork()
if number == 0:
    print(f"child {os.getpid()} has the parent {os.getppid()}")
else:
    os.waitpid(number, 0)
    print(f"parent {os.getpid()} has made the child {number}")
"""


@claim("8.01")
@needs_fork
def test_fork_called_once_returns_twice(programs, evidence):
    """os.fork() is called once and returns twice: in the caller, and in a new process.

    Since 3.12 it warns if the caller has several threads: the new process has only one of them.
    """
    caller, pids = programs.call(fork_once)
    assert len(evidence(returned_in=pids)) == 2
    assert len(set(pids)) == 2
    assert caller in pids


def fork_once():
    """Return the caller's pid, and the pid of every process in which os.fork() returns."""
    listening, telling = os.pipe()
    caller = os.getpid()
    os.fork()
    tell(telling, os.getpid())
    if os.getpid() != caller:
        os._exit(0)
    outcome(os.wait)
    os.close(telling)
    return caller, heard(listening)


@claim("8.02")
@needs_fork
def test_fork_copies_the_calling_process(programs, evidence):
    """os.fork() copies the calling process: the child has a copy of all its objects.

    Even their addresses are the same, id(x) too, but in two memories: a change in one process is
    not seen in the other.  The system copies a page only when it is written to (copy-on-write).
    """
    (parents, parents_id), (childs, childs_id) = programs.call(change_a_list_on_both_sides)
    assert evidence(child=childs) == ["made before", "by the child"]
    assert evidence(parent=parents) == ["made before", "by the parent"]
    assert childs_id == parents_id


def change_a_list_on_both_sides():
    """Return the list and its id as the parent has it, and as the child tells it."""
    listening, telling = os.pipe()
    gate, opening = os.pipe()
    caller = os.getpid()
    numbers = ["made before"]
    id(numbers)  # PyPy moves objects, but not those that have been asked for their id
    os.fork()
    if os.getpid() != caller:
        os.read(gate, 1)
        numbers.append("by the child")
        tell(telling, (numbers, id(numbers)))
        os._exit(0)
    numbers.append("by the parent")
    os.write(opening, b".")
    os.wait()
    os.close(telling)
    return (numbers, id(numbers)), *heard(listening)


@claim("8.03")
@needs_fork
def test_fork_returns_zero_in_the_child(programs, evidence):
    """In the child, os.fork() returns 0, in a child of a child as well.

    No process has the pid 0, so a process that gets 0 knows that it is the child.
    """
    numbers = programs.call(fork_children_and_grandchildren)
    assert evidence(in_six_children=numbers) == [0, 0, 0, 0, 0, 0]


def fork_children_and_grandchildren():
    """Return what fork returned in three children, and in a child of each of them."""
    listening, telling = os.pipe()

    def child(number):
        tell(telling, number)
        fork_to(grandchild)
        os.wait()

    def grandchild(number):
        tell(telling, number)

    for _ in range(3):
        fork_to(child)
        os.wait()
    os.close(telling)
    return heard(listening)


@claim("8.04")
@needs_fork
def test_fork_returns_the_childs_pid_in_the_parent(programs, evidence):
    """In the parent, os.fork() returns the pid of the child, which os.waitpid() takes."""
    numbers, pids_of_the_children, pids_from_wait = programs.call(fork_three_children)
    assert evidence(fork_returned=numbers) == evidence(pids=pids_of_the_children)
    assert len(set(numbers)) == 3
    assert sorted(numbers) == evidence(os_wait_returned=pids_from_wait)


def fork_three_children():
    """Return what fork returned for each child, the child's own pid, and the pids from os.wait.

    No child is waited for before the last one is there, so no pid can be given twice.
    """
    listening, telling = os.pipe()

    def child(place):
        tell(telling, (place, os.getpid()))

    numbers = [fork_to(lambda _, place=place: child(place)) for place in range(3)]
    os.close(telling)
    pids = [pid for _, pid in sorted(heard(listening))]
    return numbers, pids, sorted(os.wait()[0] for _ in range(3))


@claim("8.05", notes="refined")
@needs_fork
def test_getppid_names_the_parent_while_it_lives(programs, evidence):
    """os.getppid() returns the pid of the parent, but only while the parent lives.

    When the parent ends, the orphan gets another parent: the process with pid 1, or a subreaper.
    """
    parent, (while_it_lives, when_it_has_ended) = programs.call(outlive_the_parent)
    assert evidence(while_the_parent_lives=while_it_lives) == parent
    assert evidence(when_the_parent_has_ended=when_it_has_ended) != parent


def outlive_the_parent():
    """Fork a parent, which forks a child; return its pid, and what the child's getppid() says."""
    listening, telling = os.pipe()
    child_has_asked, has_asked = os.pipe()
    parent_has_ended, has_ended = os.pipe()

    def parent(_):
        fork_to(child)
        os.read(child_has_asked, 1)

    def child(_):
        tell(telling, os.getppid())
        os.write(has_asked, b".")
        os.read(parent_has_ended, 1)
        tell(telling, os.getppid())

    fork_to(parent)
    pid, _ = os.wait()
    os.write(has_ended, b".")
    os.close(telling)
    return pid, heard(listening)


@claim("8.06", notes="refined")
@needs_fork
def test_what_was_printed_before_the_fork_may_appear_twice(programs, evidence):
    """A line printed before os.fork() appears once on a terminal, but twice in a pipe or a file.

    Why is output printed twice after a fork?  In a pipe or a file the line waits in a buffer, fork
    copies the buffer, and each process writes its copy when it ends.  Call sys.stdout.flush()
    before os.fork(), or run python -u.
    """
    shown = {
        "terminal": lines_on_a_terminal(programs),
        "pipe": programs.run(PROGRAM).lines,
        "file": lines_in_a_file(programs),
        "-u": programs.run(PROGRAM, options=["-u"]).lines,
        "PYTHONUNBUFFERED": programs.run(PROGRAM, environ={"PYTHONUNBUFFERED": "1"}).lines,
    }
    starts = {to: sum(line.endswith(" starts") for line in lines) for to, lines in shown.items()}
    assert evidence(times_printed=starts) == {
        "terminal": 1,
        "pipe": 2,
        "file": 2,
        "-u": 1,
        "PYTHONUNBUFFERED": 1,
    }


def lines_on_a_terminal(programs):
    """Run the program with a terminal for its standard output; return the lines it shows."""
    ours, theirs = os.openpty()
    try:
        assert programs.finish(programs.start(PROGRAM, stdout=theirs)).exit_code == 0
        os.write(theirs, b"end")  # comes after all else, however late the terminal passes it on
        shown = b""
        while not shown.endswith(b"end"):
            shown += os.read(ours, 1024)
        return shown.decode().splitlines()
    finally:
        os.close(ours)
        os.close(theirs)


def lines_in_a_file(programs):
    """Run the program with a file for its standard output; return the lines in it."""
    with tempfile.TemporaryFile("w+") as file:
        assert programs.finish(programs.start(PROGRAM, stdout=file)).exit_code == 0
        file.seek(0)
        return file.read().splitlines()


@claim("8.07")
@needs_fork
def test_parent_and_child_go_on_from_the_same_point(programs, evidence):
    """Parent and child go on after os.fork() with the same variables, and either may be first."""
    parent_first = programs.call(go_on_after_the_fork, "parent")
    assert evidence(parent_first=parent_first) == [
        ("parent", ["before", "after"], 7),
        ("child", ["before", "after"], 7),
    ]
    child_first = programs.call(go_on_after_the_fork, "child")
    assert evidence(child_first=child_first) == [
        ("child", ["before", "after"], 7),
        ("parent", ["before", "after"], 7),
    ]


def go_on_after_the_fork(first):
    """Return what parent and child have done, in the order of their telling: ``first`` first."""
    listening, telling = os.pipe()
    gate, opening = os.pipe()
    caller = os.getpid()
    steps = ["before"]
    local = 7
    os.fork()
    steps.append("after")
    me = "parent" if os.getpid() == caller else "child"
    if me != first:
        os.read(gate, 1)
    tell(telling, (me, steps, local))
    os.write(opening, b".")
    if me == "child":
        os._exit(0)
    os.wait()
    os.close(telling)
    return heard(listening)


@claim("8.08")
def test_without_fork_the_name_is_missing_from_os(programs, evidence):
    """On Windows os has no fork: "AttributeError: module 'os' has no attribute 'fork'".

    WASI, iOS and Android have none either, so ask hasattr(os, "fork") rather than the platform.  In
    a browser os.fork is there, but raises OSError (WASM12).  Where os.fork exists, this spec
    removes it from a fresh interpreter and sees the same.
    """
    raised = programs.call(ask_for_a_missing_fork)
    assert evidence(raised=raised) == "AttributeError: module 'os' has no attribute 'fork'"


def ask_for_a_missing_fork():
    """Return the error that a program meets where os has no fork."""
    if os.name != "nt" and hasattr(os, "fork"):
        del os.fork
    error = outcome(lambda: os.fork)
    return f"{type(error).__name__}: {error}"


@claim("8.09", notes="answered")
@needs_fork
def test_the_fork_program_of_the_notes_works(programs, evidence):
    """The program with os.fork() works on Linux, and wherever else os.fork exists."""
    program = programs.run(PROGRAM, options=["-u"])
    parent, child = (program.lines[line].split()[1] for line in (0, 1))
    assert evidence(printed=program.lines) == [
        f"process {parent} starts",
        f"child {child} has the parent {parent}",
        f"parent {parent} has made the child {child}",
    ]
    assert parent != child
    assert program.exit_code == 0


@claim("8.10", notes="answered")
@needs_fork
def test_fork_switches_between_nothing(programs, evidence):
    """os.fork() does not switch between parent and child: both go on, and neither waits.

    It makes a second process: a worker, or one that runs another program by os.exec*().
    """
    parent_saw_child, child_saw_parent = programs.call(spin_beside_each_other)
    assert evidence(parent_saw_the_child_run=parent_saw_child)
    assert evidence(child_saw_the_parent_run=child_saw_parent)


def spin_beside_each_other():
    """Let parent and child each spin until it sees the other's mark; return who saw it."""
    marks = mmap.mmap(-1, 2)  # shared by both
    caller = os.getpid()
    deadline = time.monotonic() + PATIENCE / 2
    os.fork()
    mine, other = (0, 1) if os.getpid() == caller else (1, 0)
    marks[mine] = 1
    while not marks[other] and time.monotonic() < deadline:
        pass  # nothing here waits, so nothing hands over to the other process
    seen = marks[other] == 1
    if os.getpid() != caller:
        os._exit(0 if seen else 1)
    return seen, os.wait()[1] == 0


@claim("8.11", notes="answered")
def test_spawn_and_subprocess_replace_a_missing_fork(programs, evidence):
    """Without os.fork, multiprocessing (by spawn) and subprocess make processes.

    spawn exists everywhere, and on Windows it is the only start method.  The default comes first in
    get_all_start_methods(): spawn on Windows always, on macOS since 3.8; elsewhere fork, and
    forkserver since 3.14.
    """
    spawned, program = programs.call(make_processes_without_fork)
    assert evidence(exit_code_of_spawned=spawned, of_subprocess=program) == (7, 8)
    methods = multiprocessing.get_all_start_methods()
    assert evidence(start_methods=methods) == start_methods_here()


def make_processes_without_fork():
    """Return the exit codes, or errors, of children made where os has no fork."""
    for name in ("fork", "forkpty"):
        if hasattr(os, name):
            delattr(os, name)
    spawned = multiprocessing.get_context("spawn").Process(target=leave_with, args=(7, os.getpid()))
    error = outcome(spawned.start)
    if error is None:
        spawned.join()
    program = subprocess.run([sys.executable, "-c", "raise SystemExit(8)"])
    return repr(error) if error else spawned.exitcode, program.returncode


def leave_with(code, parent):
    """End a child with this code, if it is a process of its own."""
    sys.exit(code if os.getpid() != parent else 1)


def start_methods_here():
    """Return the start methods that this platform and version have, the default first."""
    if not FORK:
        return ["spawn"]
    if MACOS:  # bpo-33725: system libraries there may start threads
        return ["spawn", "fork", "forkserver"]
    if since("3.14.0"):  # gh-84559: fork is not safe beside threads
        return ["forkserver", "fork", "spawn"]
    return ["fork", "spawn", "forkserver"]


@claim("8.12")
@needs_fork
def test_a_child_stays_a_zombie_until_it_is_waited_for(programs, evidence):
    """A child that has ended stays a zombie until its parent waits for it.

    The zombie keeps the exit code for os.waitpid(), which works once: a second call raises
    ChildProcessError.
    """
    seen = programs.once(wait_late)
    assert evidence(state_until_the_parent_waits=seen["before"]) == "Z"
    assert evidence(state_afterwards=seen["after"]) == ""


@claim("8.12")
@needs_fork
def test_waitpid_returns_the_exit_code_of_a_child_once(programs, evidence):
    """os.waitpid() returns a child's pid and status once; the next call: ChildProcessError."""
    seen = programs.once(wait_late)
    assert evidence(first_waitpid=seen["first"]) == {"pid": "the child's", "code": 3}
    assert evidence(second_waitpid=seen["second"]) == "ChildProcessError"


def wait_late():
    """Let a child end with 3, wait twice for it, and return its states and what waiting gave."""
    caller = os.getpid()
    child = os.fork()
    if os.getpid() != caller:
        os._exit(3)
    until(lambda: state_of(child) in ("Z", ""), "the child to end")
    before = "Z" if never(lambda: state_of(child) != "Z") else "it is gone"
    first, second = [outcome(os.waitpid, child, 0) for _ in range(2)]
    pid, status = first if isinstance(first, tuple) else (0, 0)
    return {
        "before": before,
        "first": {
            "pid": "the child's" if pid == child else pid,
            "code": os.waitstatus_to_exitcode(status),
        },
        "second": type(second).__name__,
        "after": state_of(child),
    }


# What several specs use.


def tell(pipe, value):
    """Write a value as a line: one write, so that the lines of two processes never mix."""
    os.write(pipe, f"{value!r}\n".encode())


def heard(pipe):
    """Return the values told through a pipe, once every writing end of it is closed."""
    with os.fdopen(pipe) as lines:
        return [ast.literal_eval(line) for line in lines]


def fork_to(do):
    """Fork a child, which calls do() with what os.fork() returned to it, and leaves.

    Return what os.fork() returned to the parent.  It is the pid that says which process is the
    child, for the number is what the claims are about.
    """
    caller = os.getpid()
    number = os.fork()
    if os.getpid() != caller:
        try:
            do(number)
        finally:
            os._exit(0)
    return number
