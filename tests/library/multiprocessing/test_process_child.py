"""Inside a child process: its names, streams, threads and exit handlers.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.parent_process
"""

import atexit
import multiprocessing
import os
import threading
from multiprocessing import util

from tests.harness import (
    FORK,
    GRACE,
    PYPY,
    NotSeen,
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

NO_EXIT_HANDLERS = before("3.13.0") or PYPY


def tell_names(report):
    me, parent = multiprocessing.current_process(), multiprocessing.parent_process()
    thread = threading.current_thread()
    report(
        {
            "name": me.name,
            "the next child's": multiprocessing.Process().name,
            "children": multiprocessing.active_children(),
            "parent": (parent.name, parent.pid, parent.ident, parent.is_alive()),
            "thread": (thread.name, thread is threading.main_thread()),
        }
    )


@claim("MP09")
def test_processes_are_named_by_class_and_number(ctx, start_method, reports, evidence):
    """Processes are named ForkProcess-N, SpawnProcess-N, ForkServerProcess-N, or Process-N.

    The numbers are those of the parent's processes of all kinds, in the order of their making;
    a child's own begin anew: its first is Process-N:1.  The first process is MainProcess, and
    parent_process() is None there; a child has a MainThread and no children, and knows its
    parent's name and pid.
    """
    first = multiprocessing.Process(target=tell_names, args=(reports.reporter,))
    named = ctx.Process(name="by me")
    child = ctx.Process(target=tell_names, args=(reports.reporter,))
    kind, number = first.name.split("-")
    number = int(number) + 2
    child.start()
    seen = reports.next()
    evidence(names=[first.name, named.name, child.name], seen_by_child=seen)
    prefix = {"fork": "Fork", "spawn": "Spawn", "forkserver": "ForkServer"}[start_method]
    assert joined(child) == [0]
    assert (kind, named.name, child.name) == ("Process", "by me", f"{prefix}Process-{number}")
    assert multiprocessing.current_process().name == "MainProcess"
    assert multiprocessing.parent_process() is None
    assert seen == {
        "name": child.name,
        "the next child's": f"Process-{number}:1",
        "children": [],
        "parent": ("MainProcess", os.getpid(), os.getpid(), True),
        "thread": ("MainThread", True),
    }


CHILDREN = """\
import multiprocessing
import os
import sys

sys.excepthook = lambda *error: os.write(1, b"sys.excepthook is called\\n")

def read_stdin():
    text = sys.stdin.read()
    try:
        text += input()
    except EOFError as error:
        text += type(error).__name__
    print("stdin:", repr(text))

def print_and_return():
    print("printed before the end")

def print_and_exit():
    print("printed before sys.exit()")
    sys.exit()

def print_and_leave():
    print("printed before os._exit()")
    os._exit(0)

def print_and_wait(pipe):
    print("printed before terminate()")
    pipe.send("ready")
    pipe.recv()

def leave_with_a_text():
    sys.exit("this is the text")

def fail():
    raise LookupError("this is the error")

if __name__ == "__main__":
    ctx = multiprocessing.get_context({method!r})
    ours, theirs = ctx.Pipe()
    targets = (
        read_stdin, print_and_return, print_and_exit, print_and_leave, leave_with_a_text)
    children = [ctx.Process(target=target) for target in targets]
    children.append(ctx.Process(target=print_and_wait, args=(theirs,)))
    for child in children:
        child.start()
    ours.recv()
    children[-1].terminate()
    for child in children:
        child.join()
    failing = ctx.Process(target=fail, name="the failing one")
    failing.start()
    failing.join()
    print([child.exitcode for child in [*children, failing]])
    print("parent:", repr(sys.stdin.readline()))
"""
_runs = {}


def children_of(programs, method):
    """Run the program, whose standard input has one line, under a start method (only once)."""
    if method not in _runs:
        program = programs.start(CHILDREN.format(method=method))
        _runs[method] = programs.finish(program, send=b"to the parent\n")
    run = _runs[method]
    codes = "[0, 0, 0, 0, 1, -15, 1]"
    control(codes in run.lines, f"the program printed {run.lines}\n{run.err}")
    return run


@claim("MP12")
@applies(where=FORK, because="POSIX: the program terminates a child by a signal")
def test_an_exception_in_a_child_is_only_printed(start_method, programs, evidence):
    """An exception in a child prints "Process <name>:" and a traceback, and its exit code is 1.

    That is on the child's standard error, and all that there is: join() raises nothing, and a
    parent that does not look at exitcode takes the work for done.  Instead: check exitcode, or
    let a concurrent.futures.ProcessPoolExecutor carry the exception.
    """
    run = children_of(programs, start_method)
    lines = run.err.splitlines()
    lines.remove("this is the text")
    evidence(begin=lines[:2], end=lines[-1:])
    assert run.exit_code == 0
    assert lines[:2] == ["Process the failing one:", "Traceback (most recent call last):"]
    assert lines[-1] == "LookupError: this is the error"
    assert run.err.count("Traceback") == 1
    assert any("in fail" in line for line in lines)


@claim("MP52")
@applies(where=FORK, because="POSIX: the program terminates a child by a signal")
@refuted(because="CPython and PyPy: Process catches the exception and prints the traceback itself")
def test_sys_excepthook_sees_the_exception_of_a_child(start_method, programs, evidence):
    """sys.excepthook is called for an uncaught exception in a child process.

    It never is: crash reporters and loggers that install one hear nothing of errors in
    children.  Instead: catch the exception in the target, or in an overridden run().
    """
    run = children_of(programs, start_method)
    seen = "sys.excepthook is called" in run.lines
    evidence(called=seen)
    control(seen or "LookupError: this is the error" in run.err, f"neither:\n{run.err}")
    assert seen


@claim("MP53")
@applies(where=FORK, because="POSIX: the program terminates a child by a signal")
def test_sys_exit_with_a_text_prints_it(start_method, programs, evidence):
    """sys.exit(text) in a child prints the text on its standard error, without a traceback."""
    lines = children_of(programs, start_method).err.splitlines()
    evidence(first_line=lines[:1])
    assert lines[0] == "this is the text"
    assert lines.count("this is the text") == 1
    assert "SystemExit" not in " ".join(lines)


@claim("MP16")
@applies(where=FORK, because="POSIX: the program terminates a child by a signal")
def test_the_stdin_of_a_child_is_empty(start_method, programs, evidence):
    """A child's sys.stdin reads as empty, whatever the parent's has: input() is an EOFError.

    "EOFError: EOF when reading a line": each child gets os.devnull there, so that it does not
    take what is meant for the parent.  Instead: ask in the parent, and send the answer.
    """
    lines = children_of(programs, start_method).lines
    evidence(child=[line for line in lines if line.startswith("stdin")], parent=lines[-1])
    assert "stdin: 'EOFError'" in lines
    assert lines[-1] == "parent: 'to the parent\\n'"


@claim("MX20")
@applies(where=FORK, because="POSIX: the program terminates a child by a signal")
def test_what_a_child_prints_is_flushed_at_its_normal_end(start_method, programs, evidence):
    """What a child has printed is flushed at its normal end, and lost after os._exit().

    It is lost after terminate() as well, and kill().  That is so where the output is a file or
    pipe; a terminal gets each line at once.  Instead: print(..., flush=True).
    """
    lines = children_of(programs, start_method).lines
    printed = sorted(line for line in lines if line.startswith("printed"))
    evidence(printed=printed)
    assert printed == ["printed before sys.exit()", "printed before the end"]


def leave_a_thread_running(report):
    returned = []
    threading.Thread(target=outlast, args=(report, returned)).start()
    returned.append(True)


def outlast(report, returned):
    until(lambda: returned, "the target to return")
    report.hold("begun")
    report("ended")


@claim("MP14")
def test_a_thread_left_in_a_child_is_joined(ctx, reports, evidence):
    """A non-daemon thread that still runs in a child is joined before the child exits."""
    child = ctx.Process(target=leave_a_thread_running, args=(reports.reporter,))
    child.start()
    begun = reports.next()
    child.join(GRACE / 3)
    code_meanwhile = child.exitcode
    reports.release()
    ended = outcome(reports.next)
    code = joined(child)
    evidence(while_it_runs=code_meanwhile, thread=ended, exit_code=code)
    assert (begun, ended) == ("begun", "ended")
    assert code_meanwhile is None
    assert code == [0]


def register_exit_handlers(report):
    atexit.register(report, "atexit")
    util.Finalize(None, report, args=("finalizer",), exitpriority=10)


@claim("MP15")
@refuted(
    where=NO_EXIT_HANDLERS,
    start_method=("fork", "forkserver"),
    because="gh-83856: before 3.13 forked children left by os._exit() without exit handlers",
)
def test_an_exit_handler_of_a_child_runs(ctx, reports, evidence):
    """A function that a child registers with atexit runs when the child ends.

    Before 3.13, and on PyPy, only under spawn: coverage data, profiles, temporary files and
    logs of fork and forkserver children were lost (gh-83856).  multiprocessing's own finalizers
    always run.  There: call what must be done in a finally block of the target.
    """
    child = ctx.Process(target=register_exit_handlers, args=(reports.reporter,))
    child.start()
    code = joined(child)
    told = [outcome(reports.next, within=0.01) for _ in range(3)]
    told = [value for value in told if not isinstance(value, NotSeen)]
    evidence(exit_code=code, ran=told)
    control(code == [0] and told.count("finalizer") == 1, f"exit code {code}, ran {told}")
    assert told == (["finalizer", "atexit"] if NO_EXIT_HANDLERS else ["atexit", "finalizer"])


def inherit_exit_handlers(report):
    report("the child is done")


def parent_with_exit_handler(port, token, method):
    from tests.harness.channel import Reporter

    report = Reporter(port, token)
    pid = os.getpid()
    atexit.register(lambda: report("in the parent" if os.getpid() == pid else "in the child"))
    child = multiprocessing.get_context(method).Process(
        target=inherit_exit_handlers, args=(report,)
    )
    child.start()
    child.join()
    return child.exitcode


@claim("MP54")
@applies(where=FORK, because="POSIX: under fork alone a child has the handlers of its parent")
def test_a_child_does_not_run_the_exit_handlers_of_its_parent(programs, reports, evidence):
    """What the parent has registered with atexit runs once, at the parent's end, in no child.

    So it is under fork as well, where the child has a copy of the list of handlers.
    """
    reporter = reports.reporter
    code = programs.call(parent_with_exit_handler, reporter.port, reporter.token, "fork")
    told = reports.collect(2)
    told += [value for value in [outcome(reports.next, within=0.01)] if isinstance(value, str)]
    evidence(told=told)
    assert code == 0
    assert told == ["the child is done", "in the parent"]


@claim("MP55")
def test_many_children_each_see_their_own_name_and_pid(reports, evidence):
    """Each of many children sees the pid and name that its Process object has."""
    children = started(
        multiprocessing.Process(target=tell_names, args=(reports.reporter,), name=f"child {i}")
        for i in range(5)
    )
    seen = [report["name"] for report in reports.collect(5)]
    codes = joined(*children)
    evidence(names=sorted(seen))
    assert sorted(seen) == [child.name for child in children] == [f"child {i}" for i in range(5)]
    assert codes == [0] * 5
