"""Several interpreters in one process: each with its own modules, names and GIL.

Source: https://docs.python.org/3/library/concurrent.interpreters.html
"""

import contextvars
import os
import pickle
import threading

from tests.harness import (
    PATIENCE,
    before,
    cases,
    claim,
    joined,
    kinds,
    needs_fork,
    outcome,
    refuted,
    until,
)
from tests.harness.interpreters import evaluate, interpreters, needs_interpreters, new_interpreter
from tests.library.interpreters import inside

every_spec = [needs_interpreters]


def first_line(error):
    """Return what an ExecutionFailed says of the exception inside."""
    return str(error).partition("\n")[0]


@claim("INTERP05")
def test_a_program_begins_in_the_main_interpreter(evidence):
    """get_main() has id 0 and "runtime init", and is get_current() in the main program."""
    main = interpreters.get_main()
    assert evidence(id=main.id, whence=main.whence) == (0, "runtime init")
    assert interpreters.get_current() is main
    assert evidence(running=main.is_running()) is True


@claim("INTERP05")
def test_another_interpreter_knows_the_main_one_and_itself(evidence):
    """In another interpreter, too, get_main() has id 0; get_current() has the other one's id."""
    with new_interpreter() as other:
        other.exec("from concurrent import interpreters as i")
        ids = evaluate(other, "(i.get_main().id, i.get_current().id)")
        assert evidence(main_and_current=ids) == (0, other.id)


@claim("INTERP06")
def test_each_created_interpreter_has_a_new_id(evidence):
    """create() makes an idle interpreter with a new id, listed by list_all() until close()."""
    before = interpreters.list_all()
    made = [interpreters.create() for _ in range(3)]
    listed = interpreters.list_all()
    running = [one.is_running() for one in made]
    new_ids = {one.id for one in made} - {one.id for one in before}
    for one in made:
        one.close()
    assert (listed, interpreters.list_all()) == (before + made, before)
    assert evidence(new_ids=len(new_ids), running=running) == (3, [False] * 3)


@claim("INTERP07")
def test_executed_code_keeps_its_names(evidence):
    """exec() keeps its names for the next exec(); the caller's names are unknown there."""
    with new_interpreter() as one:
        one.exec("number = 40")
        one.exec("number += 2")
        assert evidence(number=evaluate(one, "number")) == 42
        unknown = outcome(one.exec, "inside")
        assert evidence(raised=first_line(unknown)).startswith("NameError: name 'inside'")


@claim("INTERP08")
def test_prepared_names_are_there_for_executed_code(evidence):
    """prepare_main(dict, name=value) binds shareable values in __main__, or binds none of them."""
    with new_interpreter() as one:
        one.prepare_main({"a": 1, "b": b"two"}, b="keyword", c=(None, 2.5))
        assert evidence(bound=evaluate(one, "(a, b, c)")) == (1, "keyword", (None, 2.5))


@claim("INTERP08")
def test_names_are_prepared_together_or_not_at_all(evidence):
    """prepare_main() binds no name at all if one value is not shareable: NotShareableError."""
    with new_interpreter() as one:
        refused = outcome(one.prepare_main, d=4, e=["not", "shareable"])
        assert evidence(refused=kinds([refused])) == ["NotShareableError"]
        assert evidence(bound=evaluate(one, "'d' in globals()")) is False


@claim("INTERP09")
def test_a_call_returns_what_the_function_returns(evidence):
    """call() returns the value of a module's function; a closure is refused: NotShareableError."""
    local = 1
    with new_interpreter() as one:
        value, stateless = one.call(inside.add, 4, other=5), one.call(lambda number: number * 2, 21)
        closure = outcome(one.call, lambda: local)
    assert evidence(function=value, stateless_lambda=stateless) == (9, 42)
    assert evidence(closure=kinds([closure])) == ["NotShareableError"]


@claim("INTERP10")
def test_a_call_changes_copies_only(evidence):
    """call() works on copies: of the arguments, of the module's globals, of the returned value."""
    items = ["outside"]
    with new_interpreter() as one:
        returned = one.call(inside.append_to, items)
        states = one.call(inside.bump), one.call(inside.bump, by=5)
    assert evidence(returned=returned, items=items) == (["outside", "inside"], ["outside"])
    assert evidence(states_inside=states, state_here=inside.state) == ((1, 6), 0)


@claim("INTERP11")
def test_errors_inside_become_execution_failed(evidence):
    """What is raised in exec() or call() arrives as ExecutionFailed, with type and text only.

    You might expect `except KeyError` to catch it.  In fact the exception stays inside; str()
    shows its traceback, `excinfo.type.__name__` and `excinfo.msg` say what it was.
    """
    with new_interpreter() as one:
        error = outcome(one.call, inside.fail)
    assert evidence(raised=kinds([error]), shown=error.excinfo.formatted) == (
        ["ExecutionFailed"],
        "KeyError: 'inside'",
    )
    assert (error.excinfo.type.__name__, error.excinfo.msg) == ("KeyError", "'inside'")
    assert str(error).startswith("KeyError: 'inside'\n\nUncaught in the interpreter:\n")
    assert 'raise KeyError("inside")' in str(error)


@claim("INTERP11")
@cases(kind=("ValueError", "SystemExit"))
def test_executed_code_that_raises_is_execution_failed(kind, evidence):
    """exec() of code that raises, SystemExit too, raises ExecutionFailed; the interpreter lives."""
    with new_interpreter() as one:
        error = outcome(one.exec, f"raise {kind}('text')")
        assert isinstance(error, interpreters.ExecutionFailed)
        assert isinstance(error, interpreters.InterpreterError)
        assert evidence(shown=error.excinfo.formatted) == f"{kind}: text"
        assert evaluate(one, "1 + 2") == 3


@claim("INTERP12")
def test_a_call_in_a_thread_returns_the_started_thread(evidence):
    """call_in_thread() returns a started Thread immediately; it discards the function's value."""
    with new_interpreter() as one:
        seen, gate = interpreters.create_queue(), interpreters.create_queue()
        thread = one.call_in_thread(report_and_wait, seen, gate, number=7)
        seen_inside = seen.get(timeout=int(PATIENCE))
        alive, running = thread.is_alive(), one.is_running()
        gate.put("go on")
        joined(thread)
        assert type(thread) is threading.Thread
        assert evidence(alive=alive, interpreter_runs=running) == (True, True)
        assert seen_inside == (one.id, thread.ident, 7)
        assert one.is_running() is False


@claim("INTERP12")
def test_a_call_in_a_thread_must_return_what_can_be_sent(monkeypatch, evidence):
    """Even a value that is discarded must be shareable, or the thread ends by NotShareableError.

    threading.excepthook prints it.  Let the function return None.
    """
    hooked = []
    monkeypatch.setattr(threading, "excepthook", lambda hook: hooked.append(hook.exc_type.__name__))
    with new_interpreter() as one:
        joined(one.call_in_thread(make_a_generator))
    assert evidence(hook_got=hooked) == ["NotShareableError"]


def make_a_generator():
    yield


def report_and_wait(seen, gate, number=0):
    import threading
    from concurrent import interpreters

    seen.put((interpreters.get_current().id, threading.get_ident(), number))
    gate.get()


@claim("INTERP13")
def test_an_error_in_a_thread_of_an_interpreter_is_only_printed(monkeypatch, evidence):
    """What call_in_thread()'s function raises goes to threading.excepthook as ExecutionFailed."""
    seen = []
    monkeypatch.setattr(
        threading, "excepthook", lambda hook: seen.append((hook.thread, hook.exc_value))
    )
    with new_interpreter() as one:
        thread = one.call_in_thread(inside.fail)
        joined(thread)
    ((where, error),) = seen
    assert where is thread
    assert evidence(hook_got=kinds([error]), shown=error.excinfo.formatted) == (
        ["ExecutionFailed"],
        "KeyError: 'inside'",
    )


@claim("INTERP14")
def test_a_running_interpreter_cannot_be_closed(evidence):
    """close() of a running interpreter is InterpreterError; after close(), NotFoundError."""
    with new_interpreter() as one:
        seen, gate = interpreters.create_queue(), interpreters.create_queue()
        thread = one.call_in_thread(report_and_wait, seen, gate)
        seen.get(timeout=int(PATIENCE))
        busy = [outcome(one.close), outcome(one.exec, "1")]
        gate.put("go on")
        joined(thread)
        until(lambda: not one.is_running(), "the interpreter to be idle")
    assert evidence(busy=kinds(busy)) == ["InterpreterError"] * 2


@claim("INTERP14")
def test_a_closed_interpreter_cannot_be_used(evidence):
    """After close() every use raises InterpreterNotFoundError, which is an InterpreterError."""
    with new_interpreter() as one:
        pass
    gone = [
        outcome(one.close),
        outcome(one.is_running),
        outcome(one.exec, "1"),
        outcome(one.call, inside.fail),
    ]
    assert evidence(raised=kinds(gone)) == ["InterpreterNotFoundError"] * 4
    assert isinstance(gone[0], interpreters.InterpreterError)


@claim("INTERP15")
def test_the_main_interpreter_is_not_to_be_used(evidence):
    """exec(), call(), prepare_main() and close() of the main interpreter raise InterpreterError."""
    main = interpreters.get_main()
    errors = [
        outcome(main.exec, "1"),
        outcome(main.call, inside.add, 1),
        outcome(main.prepare_main, x=1),
        outcome(main.close),
    ]
    assert evidence(raised=kinds(errors)) == ["InterpreterError"] * 4


@claim("INTERP16")
def test_there_is_one_object_for_each_interpreter(evidence):
    """Interpreter(id) and a pickled Interpreter give the same object again, while it lives."""
    with new_interpreter() as one:
        assert interpreters.Interpreter(one.id) is one
        assert pickle.loads(pickle.dumps(one)) is one
        assert evidence(shown=repr(one)) == f"Interpreter({one.id})"
        wrong = [outcome(interpreters.Interpreter, id) for id in (one.id + 1000, str(one.id))]
        assert evidence(wrong=kinds(wrong)) == ["InterpreterNotFoundError", "TypeError"]


MEETING = """
import sys
from concurrent import interpreters

def spin(arrived, met):
    import sys, time
    sys.setswitchinterval(1000)
    arrived.put(None)
    deadline = time.monotonic() + {patience}
    while arrived.qsize() < 2 and time.monotonic() < deadline:
        pass  # never gives its GIL up
    met.put(arrived.qsize())

sys.setswitchinterval(1000)
arrived, met = interpreters.create_queue(), interpreters.create_queue()
pair = [interpreters.create(), interpreters.create()]
threads = [one.call_in_thread(spin, arrived, met) for one in pair]
for thread in threads:
    thread.join()
print(met.get(), met.get())
for one in pair:
    one.close()
"""


@claim("INTERP17")
def test_each_interpreter_has_a_gil_of_its_own(programs, evidence):
    """Two interpreters run Python code at the same time, though neither gives up its GIL.

    So threads in several interpreters use several cores, as processes do (PEP 684).
    """
    program = programs.run(MEETING.format(patience=PATIENCE / 2))
    assert evidence(printed=program.lines, on_stderr=program.err) == (["2 2"], "")


@claim("INTERP18")
def test_modules_are_per_interpreter_and_the_process_is_shared(evidence):
    """sys.modules and the dict os.environ are each interpreter's own; pid and directory are not.

    The environment below that dict is the process's: what one interpreter sets, new interpreters
    and subprocesses of all have, though os.environ here does not show it.
    """
    name = "CONCURRENCY_SPEC_INSIDE"
    with new_interpreter() as one:
        one.exec(f"import os, sys; os.environ[{name!r}] = 'set'")
        with new_interpreter() as another:
            another.exec("import os")
            in_a_new_one = evaluate(another, f"os.environ.get({name!r})")
        shared = evaluate(one, "(os.getpid(), os.getcwd())")
        variable = evaluate(one, f"os.environ.pop({name!r})")
        modules = evaluate(one, "'pytest' in sys.modules")
    assert evidence(pid_and_directory=shared) == (os.getpid(), os.getcwd())
    assert evidence(variable_inside=variable, here=os.environ.get(name)) == ("set", None)
    assert evidence(variable_in_a_new_one=in_a_new_one) == "set"
    assert evidence(pytest_is_imported_inside=modules) is False


@claim("INTERP19")
def test_an_interpreter_may_not_start_daemon_threads(evidence):
    """os.fork() and daemon threads are refused in an interpreter: RuntimeError; threads work.

    "RuntimeError: daemon threads are disabled in this (sub)interpreter", and where there is
    os.fork(), "RuntimeError: fork not supported for isolated subinterpreters".
    """
    with new_interpreter() as one:
        one.exec("import threading")
        daemon = outcome(one.exec, "threading.Thread(target=print, daemon=True)")
        one.exec("done = []; t = threading.Thread(target=done.append, args=[1])")
        one.exec("t.start(); t.join()")
        assert evidence(ordinary_thread=evaluate(one, "done[0]")) == 1
    assert evidence(daemon=first_line(daemon)).startswith("RuntimeError: daemon threads are")


@claim("INTERP19")
@needs_fork
def test_an_interpreter_may_not_fork_the_process(evidence):
    """os.fork() in an interpreter raises RuntimeError."""
    with new_interpreter() as one:
        one.exec("import os")
        fork = outcome(one.exec, "os.fork()")
    assert evidence(fork=first_line(fork)).startswith("RuntimeError: fork not supported")


@claim("INTERP20")
def test_an_interpreter_cannot_set_signal_handlers(evidence):
    """signal.signal() in an interpreter raises ValueError, though it runs in the main thread.

    "ValueError: signal only works in main thread of the main interpreter".
    """
    with new_interpreter() as one:
        one.exec("import signal")
        error = outcome(one.exec, "signal.signal(signal.SIGTERM, signal.SIG_DFL)")
        known = evaluate(one, "signal.getsignal(signal.SIGTERM) is not None")
    assert evidence(raised=first_line(error)).startswith("ValueError: signal only works in")
    assert evidence(getsignal_works=known) is True


LEFT_OPEN = """
from concurrent import interpreters
one = interpreters.create()
if {close}:
    one.close()
print("end")
"""


@claim("INTERP21")
@cases(close=(False, True))
@refuted(
    where=before("3.14.1"),
    close="False",
    because="3.14.0 looks for open interpreters only when it has torn down the modules (gh-128639)",
)
def test_an_interpreter_left_open_is_warned_of_at_exit(programs, close, evidence):
    """A program that ends with an interpreter open is warned at exit: RuntimeWarning.

    "RuntimeWarning: remaining subinterpreters; close them with Interpreter.close()".  The exit code
    is 0 all the same.  In 3.14.0 nothing is said, as the object that stands for the interpreter is
    gone by then.  Call close(), or use InterpreterPoolExecutor in a with block.
    """
    program = programs.run(LEFT_OPEN.format(close=close))
    assert (program.exit_code, program.lines) == (0, ["end"])
    evidence(on_stderr=program.err.strip())
    warned = "RuntimeWarning: remaining subinterpreters" in program.err
    assert evidence(warned=warned) is not close


color = contextvars.ContextVar("color", default="default")


def color_inside():
    return color.get()


@claim("INTERP22")
def test_context_variables_do_not_cross_into_an_interpreter(evidence):
    """A ContextVar that is set here has its default in call()'s function, over there."""

    def set_and_call():
        color.set("set")
        with new_interpreter() as one:
            return color.get(), one.call(color_inside)

    here, there = contextvars.copy_context().run(set_and_call)
    assert evidence(here=here, there=there) == ("set", "default")


MAIN_AGAIN = """
from concurrent import interpreters
print("top level as", __name__, flush=True)
count = 0

def bump():
    global count
    count += 1
    return count

if __name__ == "__main__":
    one = interpreters.create()
    print(one.call(bump), one.call(bump), count)
    one.close()
"""


@claim("INTERP23")
def test_calling_a_function_of_the_script_runs_the_script_there(programs, evidence):
    """call() of a function of the main script runs the script again there, as another __name__.

    So, as for spawned processes, what is to run once belongs under `if __name__ == "__main__":`.
    """
    program = programs.run(MAIN_AGAIN)
    here, there, counts = evidence(printed=program.lines)
    assert (here, counts) == ("top level as __main__", "1 2 0")
    assert there.startswith("top level as ")
    assert there != here
