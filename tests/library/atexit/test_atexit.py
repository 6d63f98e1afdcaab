"""atexit: functions that the main thread calls at the end of the program, in reverse order.

Each program runs in a fresh interpreter, to its very end.

Source: https://docs.python.org/3/library/atexit.html
"""

import atexit

from tests.harness import (
    PYPY,
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
)

ORDER = """\
import atexit

for number in (1, 2, 1):
    atexit.register(print, number)
"""


@claim("ATEXIT01")
def test_atexit_handlers_run_last_registered_first(programs, evidence):
    """atexit handlers run in the reverse order of register(), each as often as it was registered.

    FORK08 says what a forked child does with them.
    """
    assert evidence(lines=programs.run(ORDER).lines) == ["1", "2", "1"]


ARGUMENTS = """\
import atexit

print(atexit.register(print, 1, 2, sep=" and ") is print)

@atexit.register
def decorated():
    print("decorated")

decorated()
"""


@claim("ATEXIT01")
def test_a_handler_gets_the_arguments_of_its_registration(programs, evidence):
    """A handler gets the arguments given to register(), which returns the function.

    So register can decorate a function.
    """
    lines = programs.run(ARGUMENTS).lines
    assert evidence(lines=lines) == ["True", "decorated", "decorated", "1 and 2"]


BY_A_THREAD = """\
import atexit, threading

def show():
    print(threading.current_thread().name)

threading.Thread(target=atexit.register, args=(show,)).start()
"""


@claim("ATEXIT02")
def test_a_handler_that_a_thread_registered_runs_in_main(programs, evidence):
    """An atexit handler runs in the main thread, also one that another thread registered."""
    assert evidence(lines=programs.run(BY_A_THREAD).lines) == ["MainThread"]


UNREGISTER = """\
import atexit

def first(number):
    print("first", number)

for number in (1, 2):
    atexit.register(first, number)
    atexit.register(print, "second")
print(atexit.unregister(first), atexit.unregister(len))
atexit.register(first, 3)
"""


@claim("ATEXIT03")
def test_unregister_takes_back_every_registration(programs, evidence):
    """atexit.unregister() takes back all registrations of a function, and those alone.

    It returns None, whether there was one or not.
    """
    lines = programs.run(UNREGISTER).lines
    assert evidence(lines=lines) == ["None None", "first 3", "second", "second"]


FAILING = """\
import atexit

def fail(error):
    print("fails")
    raise error

atexit.register(print, "last")
atexit.register(fail, ValueError("one"))
atexit.register(fail, KeyError("two"))
"""


@claim("ATEXIT04")
def test_a_handler_that_fails_stops_no_other(programs, evidence):
    """An exception in an atexit handler is printed, and the others run; the status stays 0."""
    program = programs.run(FAILING)
    lines, exit_code = evidence(lines=program.lines, exit_code=program.exit_code)
    assert (lines, exit_code) == (["fails", "fails", "last"], 0)
    errors = [line for line in program.err.splitlines() if line[:8] in ("KeyError", "ValueErr")]
    assert evidence(errors=errors) == ["KeyError: 'two'", "ValueError: one"]


EXITING = """\
import atexit, sys

atexit.register(print, "last")
atexit.register(sys.exit, 4)
sys.exit(3)
"""


@claim("ATEXIT05")
def test_exit_in_a_handler_changes_no_status(programs, evidence):
    """sys.exit() in an atexit handler neither stops the others nor changes the status.

    CPython prints it like any other exception, "Exception ignored in atexit callback".
    """
    program = programs.run(EXITING)
    assert evidence(lines=program.lines, exit_code=program.exit_code) == (["last"], 3)


LATE = """\
import atexit

def early():
    print("early")
    atexit.register(print, "late")

atexit.register(print, "last")
atexit.register(early)
"""


@claim("ATEXIT06")
@refuted(because="CPython and PyPy go through the handlers that there were when the end began")
def test_a_handler_registered_at_exit_runs_too(programs, evidence):
    """A function that an atexit handler registers is called as well.

    It is not, and nothing is said.  The documentation leaves it undefined; call it directly.
    """
    lines = programs.run(LATE).lines
    control([line for line in lines if line != "late"] == ["early", "last"], f"others: {lines}")
    assert "late" in evidence(lines=lines)


FAILED = """\
import atexit, sys

sys.stderr = sys.stdout
atexit.register(print, "at exit")
raise LookupError
"""


@claim("ATEXIT07")
def test_atexit_handlers_run_after_an_uncaught_exception(programs, evidence):
    """atexit handlers run when the program ends by an uncaught exception, after its traceback."""
    program = programs.run(FAILED)
    assert evidence(last_lines=program.lines[-2:]) == ["LookupError", "at exit"]
    assert evidence(exit_code=program.exit_code) == 1


def register_and_end(report):
    atexit.register(report, "the exit handler runs")


@claim("ATEXIT08")
@refuted(
    where=before("3.13.0") or PYPY,
    start_method=("fork", "forkserver"),
    because="3.13 made forked children run the atexit handlers that they register (gh-83856)",
)
def test_what_a_child_process_registers_runs_at_its_end(ctx, reports, evidence):
    """A function that a multiprocessing child registers with atexit is called when the child ends.

    Before 3.13, and on PyPy, only under spawn: forked children left by os._exit(), so coverage was
    not measured in a multiprocessing child, and profiles, temporary files and logs were lost
    (gh-83856).  weakref.finalize() and TemporaryDirectory clean up by such a handler, which a
    forked child lacks still if its parent had one before.  There, clean up in a finally block of
    the target.
    """
    child = ctx.Process(target=register_and_end, args=(reports.reporter,))
    child.start()
    control(joined(child) == [0], "the child failed")
    reports.reporter("nothing ran")
    assert evidence(reported=reports.next()) == "the exit handler runs"


@claim("ATEXIT09")
@cases(value=(None, 7, "print"))
def test_only_a_callable_can_be_registered(value, evidence):
    """atexit.register() of what cannot be called is a TypeError, in the call itself."""
    refused = [outcome(atexit.register, value), outcome(atexit.register)]
    assert evidence(refused=kinds(refused)) == ["TypeError", "TypeError"]


LATE_THREAD = """\
import atexit, sys, threading

def work():
    running.set()
    for _ in range(300):
        frame = sys._current_frames().get(threading.main_thread().ident)
        if frame and frame.f_code.co_name == "_shutdown":  # it waits for threads
            break
        threading.Event().wait(0.01)
    print("done")

@atexit.register
def start():
    threading.Thread(target=work).start()
    running.wait()

running = threading.Event()
"""

REFUSES_THREADS = since("3.12.0") and before("3.12.3", "3.13.0") and not PYPY


@claim("ATEXIT10")
@predicts("N100")
@refuted(
    where=(before("3.15.0") or PYPY) and not REFUSES_THREADS,
    because="before 3.15 Python waits for threads once, before the handlers run (gh-136003)",
    by="AssertionError: the thread was cut off",
)
@refuted(
    where=REFUSES_THREADS,
    because="3.12.0 to 3.12.2 refuse threads at exit (gh-113964)",
    by="AssertionError: RuntimeError: can't create new thread at interpreter shutdown",
)
def test_a_thread_that_a_handler_starts_is_waited_for(programs, evidence):
    """Python waits at its end for a thread that an atexit handler starts, unless it is a daemon.

    Before 3.15, and on PyPy, it is cut off in the midst of its work, without a message, as if it
    were a daemon, though its daemon attribute is False (gh-136003): what it writes or uploads is
    lost.  In 3.12.0 to 3.12.2 it is a "RuntimeError: can't create new thread at interpreter
    shutdown".  Instead: join() the thread in the handler.
    """
    program = programs.run(LATE_THREAD)
    control(program.exit_code == 0, f"it ends well: {program}")
    why = program.err.strip().rpartition("\n")[2] or "the thread was cut off"
    assert evidence(printed=program.lines) == ["done"], why
