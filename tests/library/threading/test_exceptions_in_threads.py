"""What happens when a thread ends by an exception: excepthook, SystemExit, exit codes.

Source: https://docs.python.org/3/library/threading.html#threading.excepthook

Most of it is executed in fresh interpreters, for pytest has a threading.excepthook of its own.
"""

import _thread
import sys
import threading

from tests.harness import PATIENCE, claim, joined, outcome, started

HOOK = """\
import sys, threading

seen = []
threading.excepthook = lambda args: seen.append((
    args.exc_type.__name__, args.exc_value.args, args.exc_traceback.tb_lineno > 0,
    args.exc_value.__traceback__ is args.exc_traceback, args.thread.name,
    threading.current_thread() is args.thread))

def fail(error):
    raise error

threads = [
    threading.Thread(target=fail, args=(ValueError(1, 2),), name="A"),
    threading.Thread(target=fail, args=(SystemExit(3),), name="B"),
    threading.Thread(target=fail, args=(KeyboardInterrupt(),), name="C"),
]
for thread in threads:
    thread.start()
    print(thread.join(), thread.is_alive())
print(seen)
"""


@claim("TH06")
def test_an_uncaught_exception_ends_only_its_thread(programs, evidence):
    """An uncaught exception ends only its own thread: threading.excepthook gets it, not join().

    The process goes on and exits with 0.  To hear of it, catch it in the target and hand it over,
    or use concurrent.futures, whose result() raises it.
    """
    program = programs.run(HOOK)
    evidence(hook_got=program.lines[-1:])
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines[:3] == ["None False"] * 3
    assert eval(program.lines[3]) == [
        ("ValueError", (1, 2), True, True, "A", True),
        ("SystemExit", (3,), True, True, "B", True),
        ("KeyboardInterrupt", (), True, True, "C", True),
    ]


DEFAULT_HOOK = """\
import sys, threading

def leave(code):
    sys.exit(code)

def fail():
    raise LookupError("lost")

for code in (0, 3, "a message", None):
    thread = threading.Thread(target=leave, args=(code,), name="leaves")
    thread.start()
    thread.join()
    print(thread.is_alive())
print("--", file=sys.stderr)
thread = threading.Thread(target=fail, name="fails")
thread.start()
thread.join()
print("goes on")
"""
_runs = {}


def default_hook(programs):
    """Run the program once for all specs that look at it."""
    if "run" not in _runs:
        _runs["run"] = programs.run(DEFAULT_HOOK)
    return _runs["run"]


@claim("TH07")
def test_system_exit_ends_its_thread_in_silence(programs, evidence):
    """sys.exit() in a thread ends that thread in silence, not the process, whatever the code.

    The process exits with 0.  os._exit() ends it from any thread, and without any clean-up;
    better: tell the main thread to end.
    """
    program = default_hook(programs)
    silence, _, _ = program.err.partition("--\n")
    evidence(exit_code=program.exit_code, printed=silence)
    assert program.exit_code == 0
    assert silence == ""
    assert program.lines == [*["False"] * 4, "goes on"]


@claim("TH76")
def test_the_default_hook_prints_the_thread_and_traceback(programs, evidence):
    """The default threading.excepthook prints "Exception in thread NAME:" and the traceback."""
    program = default_hook(programs)
    _, _, printed = program.err.partition("--\n")
    lines = printed.splitlines()
    evidence(first=lines[:1], last=lines[-1:])
    assert lines[0] == "Exception in thread fails:"
    assert lines[1] == "Traceback (most recent call last):"
    assert "in fail" in printed
    assert lines[-1] == "LookupError: lost"
    assert lines.count("LookupError: lost") == 1
    assert program.lines[-1] == "goes on"


FAILING_HOOK = """\
import sys, threading

def hook(args):
    raise RuntimeError("in the hook")

def run(target):
    thread = threading.Thread(target=target, name="at work")
    thread.start()
    thread.join()

seen = []
sys.excepthook = lambda *args: seen.append((args[0].__name__, str(args[1])))
threading.excepthook = hook
run([].pop)
threading.excepthook = None
try:
    threading.Thread()
except RuntimeError:
    seen.append("no thread without a hook")
threading.excepthook = threading.__excepthook__
run({}.popitem)
print(seen)
"""


@claim("TH77")
def test_an_error_in_the_hook_goes_to_sys_excepthook(programs, evidence):
    """An exception in threading.excepthook goes to sys.excepthook; the thread ends all the same.

    threading.__excepthook__ is the default, to be put back.  While the hook is None no Thread can
    be made: RuntimeError.
    """
    program = programs.run(FAILING_HOOK)
    evidence(seen=program.out)
    assert program.exit_code == 0
    assert eval(program.out) == [("RuntimeError", "in the hook"), "no thread without a hook"]
    assert program.err.splitlines()[:2] == [
        "Exception in threading.excepthook:",
        "Exception in thread at work:",
    ]
    assert program.err.splitlines()[-1].startswith("KeyError: ")


FOREIGN = """\
import _thread, sys, threading

seen, ended = [], _thread.allocate_lock()

def hook(args):
    told = f"{args.err_msg} {args.object!r}"
    seen.append((args.exc_type.__name__, str(args.exc_value), "<function fail" in told))
    ended.release()

sys.unraisablehook = hook
threading.excepthook = lambda args: seen.append("threading")

def fail():
    raise ValueError("foreign")

def leave(how):
    try:
        how()
    finally:
        ended.release()

for target, args in ((fail, ()), (leave, (_thread.exit,)), (leave, (sys.exit,))):
    ended.acquire()
    _thread.start_new_thread(target, args)
    ended.acquire()
    ended.release()
print(seen)
"""


@claim("TH78")
def test_an_error_in_a_foreign_thread_is_unraisable(programs, evidence):
    """In a thread of _thread an uncaught exception goes to sys.unraisablehook; SystemExit nowhere.

    threading.excepthook never hears of it, and the process goes on.
    """
    program = programs.run(FOREIGN)
    evidence(seen=program.out)
    assert (program.exit_code, program.err) == (0, "")
    assert eval(program.out) == [("ValueError", "foreign", True)]


@claim("TH79")
def test_excepthookargs_holds_four_fields_by_name(evidence):
    """ExceptHookArgs takes a sequence of exactly four: type, value, traceback and thread."""
    thread, error = threading.Thread(), ValueError("x")
    args = threading.ExceptHookArgs((ValueError, error, None, thread))
    wrong = [outcome(threading.ExceptHookArgs, [1] * count) for count in (0, 3, 5)]
    evidence(args=args, wrong=wrong)
    assert (args.exc_type, args.exc_value) == (ValueError, error)
    assert (args.exc_traceback, args.thread) == (None, thread)
    assert tuple(args) == (ValueError, error, None, thread)
    assert [type(each) for each in wrong] == [TypeError] * 3


@claim("TT01")
def test_thread_error_is_runtime_error(evidence):
    """threading.ThreadError and _thread.error are RuntimeError, by older names."""
    evidence(names=(threading.ThreadError.__name__, _thread.error.__name__))
    assert threading.ThreadError is RuntimeError
    assert _thread.error is RuntimeError


@claim("TT02")
def test_each_thread_handles_an_exception_of_its_own(evidence):
    """sys.exc_info() is per thread: what one thread is handling, another does not see."""
    handling, looked = threading.Event(), threading.Event()
    seen = {}

    def handle():
        try:
            raise KeyError("mine")
        except KeyError:
            handling.set()
            looked.wait(PATIENCE)
            seen["own"] = sys.exc_info()[0]

    def look():
        handling.wait(PATIENCE)
        seen["other's"] = sys.exc_info()
        looked.set()

    joined(*started([threading.Thread(target=handle), threading.Thread(target=look)]))
    evidence(seen=seen)
    assert seen == {"own": KeyError, "other's": (None, None, None)}
    assert sys.exc_info() == (None, None, None)
