"""Several interpreters in one process: each with modules, names and a GIL of its own.

Source: https://docs.python.org/3/library/concurrent.interpreters.html
"""

import contextvars
import importlib
import os
import pickle
import threading

from tests.harness import PATIENCE, claim, control, joined, outcome, refuted, until
from tests.library.interpreters import inside
from tests.library.interpreters.making import (
    AVAILABLE,
    evaluate,
    interpreter,
    interpreters,
    name_of,
    since_3_14,
)


@claim("IN01")
@refuted(where=not AVAILABLE, because="concurrent.interpreters is new in 3.14 (PEP 734)")
def test_the_module_of_interpreters_can_be_imported(evidence):
    """`from concurrent import interpreters` works.

    It came with 3.14 (PEP 734).  Before, and on PyPy: "ModuleNotFoundError: No module named
    'concurrent.interpreters'".  There, processes are the way to another GIL.
    """
    module = outcome(importlib.import_module, "concurrent.interpreters")
    evidence(module=module)
    control(
        isinstance(module, ModuleNotFoundError) or module is interpreters,
        f"neither there nor missing: {module!r}",
    )
    assert module is interpreters
    assert module.__name__ == "concurrent.interpreters"


@claim("IN13")
@since_3_14
def test_a_program_begins_in_the_main_interpreter(evidence):
    """get_main() has id 0 and "runtime init", and is get_current() in the main program."""
    main, current = interpreters.get_main(), interpreters.get_current()
    with interpreter() as other:
        expression = "__import__('concurrent.interpreters').interpreters.get_{}().id"
        seen_inside = [evaluate(other, expression.format(which)) for which in ("main", "current")]
        evidence(main=main, current=current, seen_inside=seen_inside)
        assert seen_inside == [0, other.id]
    assert (main.id, main.whence) == (0, "runtime init")
    assert current is main
    assert main.is_running() is True


@claim("IN19")
@since_3_14
def test_each_created_interpreter_has_a_new_id(evidence):
    """create() makes an idle interpreter with a new id, listed by list_all() until close()."""
    before = interpreters.list_all()
    made = [interpreters.create() for _ in range(3)]
    listed = interpreters.list_all()
    running = [one.is_running() for one in made]
    ids, whence = [one.id for one in made], {one.whence for one in made}
    closed = [one.close() for one in made]
    after = interpreters.list_all()
    evidence(ids=ids, whence=whence, listed=len(listed), after=len(after))
    assert listed == before + made
    assert after == before
    assert ids == sorted(set(ids))
    assert ids[0] > max(one.id for one in before)
    assert whence == {"_interpreters module"}
    assert running == [False] * 3
    assert closed == [None] * 3


@claim("IN02")
@since_3_14
def test_executed_code_keeps_its_names(evidence):
    """exec() keeps its names for the next exec(); the caller's names are unknown there."""
    with interpreter() as one, interpreter() as other:
        returned = one.exec("number = 40")
        one.exec("number += 2")
        unknown = outcome(one.exec, "inside")
        elsewhere = outcome(other.exec, "number")
        evidence(number=evaluate(one, "number"), unknown=name_of(unknown))
        assert evaluate(one, "(number, __name__)") == (42, "__main__")
        assert returned is None
        assert [error.excinfo.type.__name__ for error in (unknown, elsewhere)] == ["NameError"] * 2


@claim("IN20")
@since_3_14
def test_prepared_names_are_there_for_executed_code(evidence):
    """prepare_main(dict, name=value) binds shareable values in __main__, or binds none of them."""
    with interpreter() as one:
        returned = one.prepare_main({"a": 1, "b": b"two"}, b="keyword", c=(None, 2.5))
        got = evaluate(one, "(a, b, c)")
        refused = outcome(one.prepare_main, d=4, e=["not", "shareable"])
        unbound = outcome(one.exec, "d")
        evidence(got=got, refused=refused)
        assert returned is None
        assert got == (1, "keyword", (None, 2.5))
        assert type(refused) is interpreters.NotShareableError
        assert type(unbound) is interpreters.ExecutionFailed


@claim("IN03")
@since_3_14
def test_a_call_returns_what_the_function_returns(evidence):
    """call() returns the value of a module's function; a closure is refused: NotShareableError."""
    local = 1
    with interpreter() as one:
        values = [one.call(inside.add, 4, other=5), one.call(inside.add, "a", "b")]
        closure = outcome(one.call, lambda: local)
        stateless = one.call(lambda number: number * 2, 21)
        evidence(values=values, closure=closure)
        assert values == [9, "ab"]
        assert stateless == 42
        assert type(closure) is interpreters.NotShareableError
        assert isinstance(closure, TypeError)


@claim("IN21")
@since_3_14
def test_a_call_changes_copies_only(evidence):
    """call() works on copies: of the arguments, of the module's globals, of the returned value."""
    items = ["outside"]
    with interpreter() as one:
        returned = one.call(inside.append_to, items)
        states = [one.call(inside.bump), one.call(inside.bump, by=5)]
        evidence(returned=returned, items=items, states=states, here=inside.state)
        assert returned == ["outside", "inside"]
        assert items == ["outside"]
        assert states == [1, 6]
        assert inside.state == 0


@claim("IN04")
@since_3_14
def test_errors_inside_become_execution_failed(evidence):
    """What is raised in exec() or call() arrives as ExecutionFailed, with type and text only.

    One would expect `except KeyError` to catch it.  Instead the exception stays inside; str()
    shows its traceback, `excinfo.type.__name__` and `excinfo.msg` tell what it was.
    """
    with interpreter() as one:
        errors = [
            outcome(one.exec, "raise ValueError('text')"),
            outcome(one.call, inside.fail),
            outcome(one.exec, "raise SystemExit(3)"),
        ]
        still_works = one.call(inside.add, 1, 2)
    shown = [(e.excinfo.type.__name__, e.excinfo.msg, e.excinfo.formatted) for e in errors]
    evidence(errors=shown)
    assert [type(error) for error in errors] == [interpreters.ExecutionFailed] * 3
    assert isinstance(errors[0], interpreters.InterpreterError)
    assert not isinstance(errors[1], LookupError)
    assert shown == [
        ("ValueError", "text", "ValueError: text"),
        ("KeyError", "'inside'", "KeyError: 'inside'"),
        ("SystemExit", "3", "SystemExit: 3"),
    ]
    assert str(errors[0]).startswith("ValueError: text\n\nUncaught in the interpreter:\n")
    assert "raise KeyError" in str(errors[1])
    assert still_works == 3


@claim("IN07")
@since_3_14
def test_a_call_in_a_thread_returns_the_started_thread(evidence):
    """call_in_thread() returns a started Thread at once; the function's value is thrown away."""
    with interpreter() as one:
        told, gate = interpreters.create_queue(), interpreters.create_queue()

        thread = one.call_in_thread(report_and_wait, told, gate, number=7)
        told_id, told_ident, number = told.get(timeout=int(PATIENCE))
        alive, running = thread.is_alive(), one.is_running()
        gate.put("go on")
        joined(thread)
        evidence(thread=type(thread).__name__, ran_in=told_id, alive=alive)
        assert type(thread) is threading.Thread
        assert (told_id, told_ident, number) == (one.id, thread.ident, 7)
        assert (alive, running) == (True, True)
        assert one.is_running() is False


def report_and_wait(told, gate, number=0):
    import threading
    from concurrent import interpreters

    told.put((interpreters.get_current().id, threading.get_ident(), number))
    gate.get()


@claim("IN22")
@since_3_14
def test_an_error_in_a_thread_of_an_interpreter_is_only_printed(evidence):
    """What call_in_thread()'s function raises goes to threading.excepthook as ExecutionFailed."""
    seen, original = [], threading.excepthook
    threading.excepthook = seen.append
    try:
        with interpreter() as one:
            thread = one.call_in_thread(inside.fail)
            joined(thread)
    finally:
        threading.excepthook = original
    caught = [(hook.exc_type, hook.exc_value.excinfo.type.__name__) for hook in seen]
    evidence(caught=caught)
    assert caught == [(interpreters.ExecutionFailed, "KeyError")]
    assert seen[0].thread is thread
    seen.clear()


@claim("IN08")
@since_3_14
def test_a_running_interpreter_cannot_be_closed(evidence):
    """close() of a running interpreter is InterpreterError; after close(), NotFoundError."""
    with interpreter() as one:
        told, gate = interpreters.create_queue(), interpreters.create_queue()
        thread = one.call_in_thread(report_and_wait, told, gate)
        told.get(timeout=int(PATIENCE))
        busy = [outcome(one.close), outcome(one.exec, "1")]
        gate.put("go on")
        joined(thread)
        until(lambda: not one.is_running(), "the interpreter to be idle")
        closed = one.close()
        calls = (one.close, one.is_running, lambda: one.exec("1"), lambda: one.call(inside.fail))
        gone = [outcome(call) for call in calls]
    evidence(busy=busy, gone=[*map(name_of, gone)])
    assert [type(error) for error in busy] == [interpreters.InterpreterError] * 2
    assert closed is None
    assert [type(error) for error in gone] == [interpreters.InterpreterNotFoundError] * 4
    assert issubclass(interpreters.InterpreterNotFoundError, interpreters.InterpreterError)


@claim("IN24")
@since_3_14
def test_the_main_interpreter_is_not_to_be_used(evidence):
    """exec(), call(), prepare_main() and close() of the main interpreter raise InterpreterError."""
    main = interpreters.get_main()
    calls = {
        "exec": lambda: main.exec("1"),
        "call": lambda: main.call(inside.add, 1),
        "prepare_main": lambda: main.prepare_main(x=1),
        "close": main.close,
    }
    errors = {name: outcome(call) for name, call in calls.items()}
    evidence(errors={name: name_of(error) for name, error in errors.items()})
    assert {type(error) for error in errors.values()} == {interpreters.InterpreterError}


@claim("IN25")
@since_3_14
def test_there_is_one_object_for_each_interpreter(evidence):
    """Interpreter(id) and a pickled Interpreter give the same object again, while it lives."""
    with interpreter() as one:
        same = [
            interpreters.Interpreter(one.id),
            pickle.loads(pickle.dumps(one)),
            interpreters.list_all()[-1],
        ]
        missing = outcome(interpreters.Interpreter, one.id + 1000)
        text = outcome(interpreters.Interpreter, str(one.id))
        evidence(shown=repr(one), missing=name_of(missing), text=name_of(text))
        assert all(other is one for other in same)
        assert repr(one) == f"Interpreter({one.id})"
        assert type(missing) is interpreters.InterpreterNotFoundError
        assert type(text) is TypeError


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


@claim("IN09")
@since_3_14
def test_each_interpreter_has_a_gil_of_its_own(programs, evidence):
    """Two interpreters run Python code at the same time, though neither gives up its GIL.

    So threads in interpreters of their own use several cores, as processes do (PEP 684).
    """
    program = programs.run(MEETING.format(patience=PATIENCE / 2))
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines == ["2 2"]


@claim("IN10")
@since_3_14
def test_modules_are_per_interpreter_and_the_process_is_shared(evidence):
    """sys.modules and os.environ are each interpreter's own; pid and working directory are not."""
    name = "CONCURRENCY_SPEC_INSIDE"
    with interpreter() as one:
        one.exec(f"import os; os.environ[{name!r}] = 'set'; import colorsys")
        pid, cwd, seen = evaluate(one, f"(os.getpid(), os.getcwd(), os.environ[{name!r}])")
        modules = evaluate(one, "('colorsys' in sys.modules, 'pytest' in sys.modules)")
        evidence(pid=pid, here=os.environ.get(name), modules_inside=modules)
        assert (pid, cwd, seen) == (os.getpid(), os.getcwd(), "set")
        assert name not in os.environ
        assert modules == (True, False)


@claim("IN11")
@since_3_14
def test_an_interpreter_may_neither_fork_nor_start_daemons(evidence):
    """os.fork() and daemon threads are refused in an interpreter: RuntimeError; threads work."""
    daemon = "import threading; threading.Thread(target=print, daemon=True).start()"
    ordinary = "t = threading.Thread(target=lambda: done.append(1)); done = []; t.start(); t.join()"
    with interpreter() as one:
        errors = [outcome(one.exec, code) for code in ("import os; os.fork()", daemon)]
        one.exec(ordinary)
        started = evaluate(one, "done[0]")
    evidence(errors=[error.excinfo.formatted for error in errors], thread_ran=started)
    assert [error.excinfo.type.__name__ for error in errors] == ["RuntimeError"] * 2
    assert "fork" in errors[0].excinfo.msg
    assert "daemon" in errors[1].excinfo.msg
    assert started == 1


@claim("IN14")
@since_3_14
def test_an_interpreter_cannot_set_signal_handlers(evidence):
    """signal.signal() in an interpreter raises ValueError, though it runs in the main thread."""
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL)"
    with interpreter() as one:
        error = outcome(one.exec, code)
        asked = evaluate(one, "signal.getsignal(signal.SIGTERM) is not None")
    evidence(error=error.excinfo.formatted)
    assert error.excinfo.type.__name__ == "ValueError"
    assert asked is True


LEFT_OPEN = """
from concurrent import interpreters
one = interpreters.create()
if {close}:
    one.close()
print("end")
"""


@claim("IN17")
@since_3_14
def test_an_interpreter_left_open_is_warned_of_at_exit(programs, evidence):
    """A program that ends with an interpreter open is warned at exit: RuntimeWarning.

    "remaining subinterpreters; close them with Interpreter.close()".  The exit code is 0 all the
    same.  Call close(), or use InterpreterPoolExecutor in a with block.
    """
    left, closed = (programs.run(LEFT_OPEN.format(close=close)) for close in (False, True))
    evidence(left_open=left.err, closed=closed.err)
    assert (left.exit_code, left.lines) == (0, ["end"])
    assert "RuntimeWarning: remaining subinterpreters" in left.err
    assert (closed.exit_code, closed.lines, closed.err) == (0, ["end"], "")


color = contextvars.ContextVar("color", default="default")


def color_inside():
    return color.get()


@claim("IN18")
@since_3_14
def test_context_variables_do_not_cross_into_an_interpreter(evidence):
    """A ContextVar that is set here has its default in call()'s function, over there."""

    def set_and_call():
        color.set("set")
        with interpreter() as one:
            return color.get(), one.call(color_inside)

    here, there = contextvars.copy_context().run(set_and_call)
    evidence(here=here, there=there)
    assert (here, there) == ("set", "default")


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


@claim("IN26")
@since_3_14
def test_calling_a_function_of_the_script_runs_the_script_there(programs, evidence):
    """call() of a function of the main script runs the script again there, as another __name__.

    So, as for spawned processes, what is to run once belongs under `if __name__ == "__main__":`.
    """
    program = programs.run(MAIN_AGAIN)
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert len(program.lines) == 3
    assert program.lines[0] == "top level as __main__"
    assert program.lines[1].startswith("top level as ")
    assert program.lines[1] != program.lines[0]
    assert program.lines[2] == "1 2 0"
