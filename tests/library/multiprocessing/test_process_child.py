"""Inside a child process: its names, streams, threads and exit handlers.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.parent_process
"""

import multiprocessing
import os
import threading

from tests.harness import GRACE, PYPY, cases, claim, control, joined, refuted, until
from tests.library.multiprocessing.starting import CLASSES, held


@claim("PROC03")
def test_processes_are_named_by_class_and_number(ctx, start_method, evidence):
    """Processes are named ForkProcess-N, SpawnProcess-N, ForkServerProcess-N, or Process-N.

    The prefix is the class: multiprocessing.Process gives Process-N whatever the default start
    method is.  N counts all processes that the parent makes, including those with a name.
    """
    first, named, third = multiprocessing.Process(), ctx.Process(name="by me"), ctx.Process()
    number = int(first.name.removeprefix("Process-"))
    last = f"{CLASSES[start_method]}Process-{number + 2}"
    assert evidence(names=[named.name, third.name]) == ["by me", last]


def tell_names(report):
    parent, thread = multiprocessing.parent_process(), threading.current_thread()
    report(
        {
            "name": multiprocessing.current_process().name,
            "the next child's": multiprocessing.Process().name,
            "children": [child.name for child in multiprocessing.active_children()],
            "parent": (parent.name, parent.pid, parent.ident, parent.is_alive()),
            "thread": (thread.name, thread is threading.main_thread()),
        }
    )


@claim("PROC03")
def test_a_child_knows_its_name_and_its_parent(ctx, reports, evidence):
    """A child knows its own name and its parent's name and pid; it has no children at first.

    Its siblings are none of its children.  Its numbers begin anew: its first child is Process-N:1.
    Its thread is a MainThread.
    """
    elder = held(ctx, reports, 1)
    child = ctx.Process(target=tell_names, args=(reports.reporter,))
    child.start()
    told = evidence(told=reports.next())
    reports.release()
    assert joined(*elder, child) == [0, 0]
    assert told == {
        "name": child.name,
        "the next child's": f"Process-{child.name.split('-')[1]}:1",
        "children": [],
        "parent": ("MainProcess", os.getpid(), os.getpid(), True),
        "thread": ("MainThread", True),
    }


@claim("PROC03")
def test_the_first_process_is_called_main_process(evidence):
    """The first process is MainProcess, and its parent_process() is None."""
    me, parent = multiprocessing.current_process(), multiprocessing.parent_process()
    assert evidence(name=me.name, parent=parent) == ("MainProcess", None)


PROGRAM = """\
import multiprocessing, os, signal, sys

def target():
    {target}

sys.excepthook = lambda *error: os.write(1, b"sys.excepthook is called\\n")

if __name__ == "__main__":
    child = multiprocessing.get_context({method!r}).Process(target=target, name="the child")
    child.start()
    child.join()
    print("the exit code is", child.exitcode)
    print("the parent reads", sys.stdin.read())
"""


def with_child(programs, method, target, send=b""):
    """Run the program with this target of its child."""
    program = programs.start(PROGRAM.format(method=method, target=target))
    return programs.finish(program, send=send)


FAILS = 'raise LookupError("this is the error")'


@claim("PROC04")
def test_an_exception_in_a_child_is_only_printed(start_method, programs, evidence):
    """An exception in a child prints "Process <name>:" and a traceback, and its exit code is 1.

    They go to the child's standard error, and that is all: join() raises nothing, and a parent that
    does not check exitcode thinks that the work is done.  Instead, for handling child errors in the
    parent: check exitcode, or use concurrent.futures.ProcessPoolExecutor, which hands over the
    exception.
    """
    run = with_child(programs, start_method, FAILS)
    lines = evidence(standard_error=run.err.splitlines())
    assert run.lines[0] == "the exit code is 1"
    assert lines[:2] == ["Process the child:", "Traceback (most recent call last):"]
    assert lines[-1] == "LookupError: this is the error"
    assert run.err.count("Traceback") == 1
    assert "in target" in run.err


@claim("PROC05")
@refuted(because="CPython and PyPy: Process catches the exception and prints the traceback itself")
def test_sys_excepthook_sees_the_exception_of_a_child(start_method, programs, evidence):
    """sys.excepthook is called for an uncaught exception in a child process.

    It is never called: crash reporters and loggers that install one miss all errors in children.
    Instead: catch the exception in the target, or in an overridden run().
    """
    run = with_child(programs, start_method, FAILS)
    control("the exit code is 1" in run.lines, f"the target fails: {run}")
    assert "sys.excepthook is called" in evidence(printed=run.lines)


@claim("PROC06")
def test_sys_exit_with_a_text_prints_it(start_method, programs, evidence):
    """sys.exit(text) in a child prints the text on its standard error, without a traceback."""
    run = with_child(programs, start_method, 'sys.exit("this is the text")')
    assert evidence(standard_error=run.err) == "this is the text\n"


READS = """\
print("the child reads", repr(sys.stdin.read()))
    try:
        input()
    except EOFError as error:
        print("input() raises", repr(error))
"""


@claim("PROC07")
def test_the_stdin_of_a_child_is_empty(start_method, programs, evidence):
    """A child's sys.stdin is empty, whatever the parent's contains: input() raises EOFError.

    "EOFError: EOF when reading a line" (PyPy has no message): a child reads os.devnull, so that it
    does not take what is meant for the parent.  Instead: ask in the parent, and send the answer.
    """
    error = EOFError() if PYPY else EOFError("EOF when reading a line")
    lines = with_child(programs, start_method, READS, send=b"the input").lines
    assert evidence(printed=lines) == [
        "the child reads ''",
        f"input() raises {error!r}",
        "the exit code is 0",
        "the parent reads the input",
    ]


PRINTS = "print('this is the output'); "


@claim("PROC08")
@cases(end={"return": "return", "sys.exit()": "sys.exit()"})
def test_what_a_child_prints_is_flushed_at_its_normal_end(end, start_method, programs, evidence):
    """What a child has printed is flushed at its normal end, and lost after os._exit().

    Is print() in multiprocessing not showing anything?  What a child process prints by print() does
    not appear if it leaves so.  terminate() and kill() lose it as well.  That is so where the
    output is a file or a pipe; a terminal gets each line immediately.  Instead: print(...,
    flush=True).
    """
    lines = with_child(programs, start_method, PRINTS + end).lines
    assert evidence(printed=lines)[:2] == ["this is the output", "the exit code is 0"]


@claim("PROC08")
@cases(
    end={"os._exit()": "os._exit(0)", "terminate()": "os.kill(os.getpid(), signal.SIGTERM)"},
)
def test_what_a_child_has_printed_is_lost_otherwise(end, start_method, programs, evidence):
    """What a child has printed is lost if os._exit() or a signal ends the child."""
    lines = with_child(programs, start_method, PRINTS + end).lines
    control(lines[-2].startswith("the exit code is"), f"the child ends: {lines}")
    assert "this is the output" not in evidence(printed=lines)


def leave_a_thread_running(report):
    returned = []
    threading.Thread(target=outlast, args=(report, returned)).start()
    returned.append(True)


def outlast(report, returned):
    until(lambda: returned, "the target to return")
    report.hold("begun")
    report("ended")


@claim("PROC09")
def test_a_thread_left_in_a_child_is_joined(ctx, reports, evidence):
    """A non-daemon thread that still runs in a child is joined before the child exits."""
    child = ctx.Process(target=leave_a_thread_running, args=(reports.reporter,))
    child.start()
    begun = reports.next()
    child.join(GRACE / 3)
    while_it_runs = child.exitcode
    reports.release()
    codes = evidence(while_the_thread_runs=while_it_runs, then=joined(child)[0])
    assert (begun, reports.next()) == ("begun", "ended")
    assert codes == (None, 0)


REGISTERED = """\
import atexit, multiprocessing, os

if __name__ == "__main__":
    parent = os.getpid()
    atexit.register(lambda: os.write(1, b"parent\\n" if os.getpid() == parent else b"child\\n"))
    context = multiprocessing.get_context({method!r})
    child = context.Process(target=os.write, args=(1, b"target\\n"))
    child.start()
    child.join()
"""


@claim("PROC10")
def test_a_child_does_not_run_the_exit_handlers_of_its_parent(start_method, programs, evidence):
    """A function that the parent has registered with atexit runs at the parent's end only.

    A forked child has a copy of the list of handlers, but does not run them either.
    """
    lines = programs.run(REGISTERED.format(method=start_method)).lines
    assert evidence(run_by=lines) == ["target", "parent"]
