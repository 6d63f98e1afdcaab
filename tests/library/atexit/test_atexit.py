"""atexit: functions that the main thread calls at the end of the program, in reverse order.

Each program runs in a fresh interpreter, to its very end.

Source: https://docs.python.org/3/library/atexit.html
"""

import atexit

from tests.harness import FORK, PYPY, applies, before, claim, control, joined, refuted

ORDER = """\
import atexit, sys, threading

def tell(*args, **kwargs):
    print(args, kwargs, threading.current_thread().name, flush=True)

print(atexit.register(tell, 1) is tell, atexit.register(tell, 2, "b", c=3) is tell)
atexit.register(tell, 1)

@atexit.register
def decorated():
    tell("decorated")

decorated()
threading.Thread(target=atexit.register, args=(tell, "by a thread")).start()
"""


@claim("AX01")
def test_atexit_handlers_run_last_registered_first(programs, evidence):
    """atexit handlers run in the reverse order of register(), each as often as it was registered.

    They get the arguments given to register(), which returns the function.
    """
    program = order(programs)
    evidence(lines=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines == [
        "True True",
        "('decorated',) {} MainThread",
        "('by a thread',) {} MainThread",
        "('decorated',) {} MainThread",
        "(1,) {} MainThread",
        "(2, 'b') {'c': 3} MainThread",
        "(1,) {} MainThread",
    ]


@claim("AX02")
def test_a_handler_that_a_thread_registered_runs_in_main(programs, evidence):
    """An atexit handler runs in the main thread, also one that another thread registered."""
    program = order(programs)
    evidence(line=program.lines[2])
    assert program.lines[2] == "('by a thread',) {} MainThread"
    assert program.out.count("by a thread") == 1


_runs = {}


def order(programs):
    """Run the program once for all specs that look at it."""
    if "run" not in _runs:
        _runs["run"] = programs.run(ORDER)
    return _runs["run"]


UNREGISTER = """\
import atexit

def first(*args):
    print("first", *args)

def second():
    print("second")

for number in (1, 2):
    atexit.register(first, number)
    atexit.register(second)
print(atexit.unregister(first), atexit.unregister(print))
atexit.register(first, 3)
"""


@claim("AX03")
def test_unregister_takes_back_every_registration(programs, evidence):
    """atexit.unregister() takes back all registrations of a function, and those alone."""
    program = programs.run(UNREGISTER)
    evidence(lines=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines == ["None None", "first 3", "second", "second"]


FAILING = """\
import atexit, sys

def fail(error):
    print("fails with", type(error).__name__, flush=True)
    raise error

atexit.register(print, "last")
atexit.register(fail, ValueError("one"))
atexit.register(fail, KeyError("two"))
atexit.register(print, "first")
"""


@claim("AX04")
def test_a_handler_that_fails_stops_no_other(programs, evidence):
    """An exception in an atexit handler is printed, and the others run; the status stays 0."""
    program = programs.run(FAILING)
    evidence(exit_code=program.exit_code, lines=program.lines)
    assert program.lines == ["first", "fails with KeyError", "fails with ValueError", "last"]
    assert program.exit_code == 0
    errors = [line for line in program.err.splitlines() if line[:8] in ("KeyError", "ValueErr")]
    assert errors == ["KeyError: 'two'", "ValueError: one"]


EXITING = """\
import atexit, sys

atexit.register(print, "last")
atexit.register(sys.exit, 4)
atexit.register(print, "first")
sys.exit(3)
"""


@claim("AX05")
def test_exit_in_a_handler_changes_no_status(programs, evidence):
    """sys.exit() in an atexit handler neither stops the others nor changes the status.

    CPython prints it like any other exception, "Exception ignored in atexit callback".
    """
    program = programs.run(EXITING)
    evidence(exit_code=program.exit_code, lines=program.lines)
    assert program.lines == ["first", "last"]
    assert program.exit_code == 3


LATE = """\
import atexit

def late(number):
    print("late", number)
    if number < 3:
        atexit.register(late, number + 1)

atexit.register(print, "first registered")
atexit.register(late, 1)
"""


@claim("AX06")
@refuted(because="CPython and PyPy go through the handlers that there were when the end began")
def test_a_handler_registered_at_exit_runs_too(programs, evidence):
    """A function that an atexit handler registers is called as well.

    It is not, and nothing is said.  The documentation leaves it undefined; call it directly.
    """
    program = programs.run(LATE)
    control((program.exit_code, program.err) == (0, ""), f"it failed: {program}")
    called = [line for line in program.lines if line.startswith("late")]
    control(program.lines == [*called, "first registered"], f"in another order: {program.lines}")
    control(called in (["late 1"], ["late 1", "late 2", "late 3"]), f"others: {called}")
    evidence(lines=program.lines)
    assert called == ["late 1", "late 2", "late 3"]


FAILED = """\
import atexit
atexit.register(print, "at exit")
raise LookupError
"""


@claim("AX07")
def test_atexit_handlers_run_after_an_uncaught_exception(programs, evidence):
    """atexit handlers run when the program ends by an uncaught exception, after its traceback."""
    program = programs.run("import sys; sys.stderr = sys.stdout\n" + FAILED)
    evidence(exit_code=program.exit_code, lines=program.lines)
    assert program.exit_code == 1
    assert program.lines[-2:] == ["LookupError", "at exit"]


FORKED = """\
import atexit, os
atexit.register(lambda: os.write(1, f"{{os.getpid() == parent}} ".encode()))
parent = os.getpid()
pid = os.fork()
if pid == 0:
    {leave}
os.waitpid(pid, 0)
"""


@claim("AX08")
@applies(where=FORK, because="os.fork() exists only on POSIX")
def test_a_forked_child_runs_handlers_unless_it_leaves_at_once(programs, evidence):
    """A child of os.fork() has its parent's atexit handlers: they run twice, but for os._exit().

    os._exit() runs none.
    """
    by_exit = programs.run(FORKED.format(leave="raise SystemExit"))
    at_once = programs.run(FORKED.format(leave="os._exit(0)"))
    evidence(sys_exit=by_exit.out, os_exit=at_once.out)
    assert (by_exit.exit_code, at_once.exit_code) == (0, 0)
    assert by_exit.out == "False True "
    assert at_once.out == "True "


def register_and_end(report):
    atexit.register(report, "registered by the child")
    report("runs")


@claim("AX09")
@refuted(
    where=before("3.13.0") or PYPY,
    start_method=("fork", "forkserver"),
    because="3.13 made forked children run atexit handlers of their own (gh-83856)",
)
def test_what_a_child_process_registers_runs_at_its_end(ctx, reports, evidence):
    """A function that a multiprocessing child registers with atexit is called when the child ends.

    Before 3.13 only under spawn: a forked child left by os._exit(), and nothing was said.  There,
    clean up in a try ... finally.
    """
    child = ctx.Process(target=register_and_end, args=(reports.reporter,))
    child.start()
    control(reports.next() == "runs", "the child must run")
    control(joined(child) == [0], "the child failed")
    reports.reporter("nothing more")
    told = reports.next()
    control(told in ("registered by the child", "nothing more"), f"another report: {told}")
    evidence(told=told)
    assert told == "registered by the child"


def register_what_is_none():
    told = []
    for value in (None, 7, "print"):
        try:
            atexit.register(value)
        except TypeError as error:
            told.append(type(error).__name__)
    try:
        atexit.register()
    except TypeError as error:
        told.append(type(error).__name__)
    return told


@claim("AX10")
def test_only_a_callable_can_be_registered(evidence):
    """atexit.register() of what cannot be called is a TypeError, at once."""
    told = register_what_is_none()
    evidence(told=told)
    assert told == ["TypeError"] * 4
