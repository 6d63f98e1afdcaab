"""What happens when a thread ends by an exception: excepthook, SystemExit, exit codes.

Source: https://docs.python.org/3/library/threading.html#threading.excepthook

pytest has hooks of its own: specs replace them, or run in fresh interpreters.
"""

import _thread
import sys
import threading

from tests.harness import (
    GRACE,
    PATIENCE,
    cases,
    claim,
    control,
    joined,
    kinds,
    never,
    outcome,
    started,
    until,
)


def fail():
    """End the thread by an exception."""
    raise LookupError("lost")


@claim("EXCEPT01")
@cases(error=(ValueError, SystemExit, KeyboardInterrupt))
def test_an_uncaught_exception_ends_only_its_thread(error, monkeypatch, evidence):
    """An uncaught exception ends only its own thread: threading.excepthook gets it, not join().

    The process goes on and exits with 0, and the caller, the main thread, notices nothing: a try
    around start() or join() catches no exception in a thread.  To catch the exception of a thread
    in the caller, catch it in the target and hand it over, or use concurrent.futures, whose
    result() raises it.
    """
    raised, hooked = error(1, 2), []

    def target():
        raise raised

    monkeypatch.setattr(threading, "excepthook", hooked.append)
    thread = threading.Thread(target=target)
    joined(*started([thread]))
    ((kind, value, traceback, in_thread),) = hooked
    assert evidence(type=kind, value=value) == (error, raised)
    assert (traceback, in_thread) == (raised.__traceback__, thread)


#: Threads that leave in silence, and one whose exception is printed.
DEFAULT_HOOK = """\
import sys, threading

def fail():
    raise LookupError("lost")

def run(target, *args):
    thread = threading.Thread(target=target, args=args, name="at work")
    thread.start()
    thread.join()

for code in (0, 3, "a message", None):
    run(sys.exit, code)
print("--", file=sys.stderr)
run(fail)
print("goes on")
"""


@claim("EXCEPT01")
def test_a_process_goes_on_when_a_thread_fails(programs, evidence):
    """The process goes on when a thread of it fails, and its exit code is 0."""
    program = programs.once(DEFAULT_HOOK)
    assert evidence(printed=program.lines, exit_code=program.exit_code) == (["goes on"], 0)


@claim("EXCEPT02")
def test_system_exit_ends_its_thread_in_silence(programs, evidence):
    """sys.exit() in a thread ends only that thread, without a message, whatever the code.

    So sys.exit() does not exit the program when it is called inside a thread, and the process exits
    with 0.  How to exit the whole program from a thread: let the main thread end, when an Event or
    a queue says so.  os._exit() ends it from any thread, but without any clean-up.
    """
    program = programs.once(DEFAULT_HOOK)
    on_stderr = program.err.partition("--\n")[0]
    assert evidence(on_stderr=on_stderr, exit_code=program.exit_code) == ("", 0)
    assert program.lines == ["goes on"]


@claim("EXCEPT03")
def test_the_default_hook_prints_the_thread_and_traceback(programs, evidence):
    """The default threading.excepthook prints "Exception in thread NAME:" and the traceback."""
    lines = programs.once(DEFAULT_HOOK).err.partition("--\n")[2].splitlines()
    assert evidence(first=lines[:2]) == [
        "Exception in thread at work:",
        "Traceback (most recent call last):",
    ]
    assert any("in fail" in line for line in lines)
    assert evidence(last=lines[-1]) == "LookupError: lost"


@claim("EXCEPT04")
def test_an_error_in_the_hook_goes_to_sys_excepthook(monkeypatch, capsys, evidence):
    """An exception in threading.excepthook goes to sys.excepthook; the thread ends all the same.

    Above it "Exception in threading.excepthook:" is printed.
    """
    passed_on = []

    def hook(_args):
        raise RuntimeError("in the hook")

    monkeypatch.setattr(sys, "excepthook", lambda *args: passed_on.append(repr(args[1])))
    monkeypatch.setattr(threading, "excepthook", hook)
    joined(*started([threading.Thread(target=fail)]))
    printed = capsys.readouterr().err
    assert evidence(sys_excepthook=passed_on) == ["RuntimeError('in the hook')"]
    assert evidence(printed=printed) == "Exception in threading.excepthook:\n"


@claim("EXCEPT04")
def test_the_default_hook_can_be_put_back(monkeypatch, capsys, evidence):
    """threading.__excepthook__ is the default hook, to be put back."""
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    joined(*started([threading.Thread(target=fail, name="at work")]))
    printed = capsys.readouterr().err.splitlines()
    assert evidence(printed=printed)[0] == "Exception in thread at work:"


@claim("EXCEPT04")
def test_no_thread_can_be_made_without_a_hook(monkeypatch, evidence):
    """While threading.excepthook is None, Thread() raises RuntimeError."""
    monkeypatch.setattr(threading, "excepthook", None)
    assert evidence(made=kinds([outcome(threading.Thread)])) == ["RuntimeError"]


@claim("EXCEPT05")
def test_an_error_in_a_foreign_thread_is_unraisable(monkeypatch, evidence):
    """In a thread of _thread an uncaught exception goes to sys.unraisablehook; SystemExit nowhere.

    threading.excepthook does not get it, and the process goes on.
    """
    hooked = []

    def hook(args):
        hooked.append((repr(args.exc_value), f"{args.err_msg} {args.object!r}"))

    monkeypatch.setattr(sys, "unraisablehook", hook)
    monkeypatch.setattr(threading, "excepthook", hooked.append)
    _thread.start_new_thread(fail, ())
    until(lambda: hooked, "a hook to be called")
    ((error, message),) = evidence(hooked=hooked)
    assert error == "LookupError('lost')"
    assert "<function fail" in message


@claim("EXCEPT05")
@cases(leave={"_thread.exit": _thread.exit, "sys.exit": sys.exit})
def test_a_foreign_thread_exits_in_silence(leave, monkeypatch, evidence):
    """_thread.exit() and sys.exit() end a thread of _thread, and no hook is called."""
    hooked, leaving = [], []

    def target():
        leaving.append(True)
        leave()

    for module, hook in ((sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, hooked.append)
    _thread.start_new_thread(target, ())
    until(lambda: leaving, "the thread to run")
    never(lambda: hooked, during=GRACE / 4)
    assert evidence(hooked=hooked) == []


@claim("EXCEPT06")
def test_excepthookargs_holds_four_fields_by_name(evidence):
    """ExceptHookArgs takes a sequence of exactly four: type, value, traceback and thread."""
    fields = (ValueError, ValueError("x"), None, threading.Thread())
    args = threading.ExceptHookArgs(fields)
    assert evidence(args=tuple(args)) == fields
    assert (args.exc_type, args.exc_value, args.exc_traceback, args.thread) == fields
    wrong = [outcome(threading.ExceptHookArgs, [None] * count) for count in (0, 3, 5)]
    assert evidence(wrong=kinds(wrong)) == ["TypeError"] * 3


@claim("EXCEPT07")
def test_thread_error_is_runtime_error(evidence):
    """threading.ThreadError and _thread.error are RuntimeError, by older names."""
    old = evidence(threading=threading.ThreadError, _thread=_thread.error)
    assert old == (RuntimeError, RuntimeError)


@claim("EXCEPT08")
def test_each_thread_handles_an_exception_of_its_own(background, evidence):
    """sys.exc_info() is per thread: other threads do not see the exception that one is handling."""
    handling, looked = threading.Event(), threading.Event()

    def handle():
        try:
            fail()
        except LookupError:
            handling.set()
            looked.wait(PATIENCE)
            return sys.exc_info()[0]

    handler = background(handle)
    control(handling.wait(PATIENCE), "the other thread must handle its exception")
    here = sys.exc_info()
    looked.set()
    assert evidence(there=handler.result(), here=here) == (LookupError, (None, None, None))
