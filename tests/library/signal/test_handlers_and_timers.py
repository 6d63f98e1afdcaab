"""Handlers, the names of signals, and the timers that send them.

The observations are made in one fresh interpreter, each once for all specs.

Source: https://docs.python.org/3/library/signal.html#module-contents
"""

import os
import signal
import threading
import time

from tests.harness import PATIENCE, PYPY, applies, claim, control, outcome, refuted, until
from tests.library.signal.observing import Observed, observe

needs_posix = applies(
    where=hasattr(signal, "setitimer"), because="these signals and timers exist only on POSIX"
)


def kind(observed):
    """The exact type of an exception, by name; any other value as it is."""
    return type(observed).__name__ if isinstance(observed, BaseException) else observed


def set_and_get():
    def handler(number, frame):
        frames.append((number, frame.f_code.co_name))

    frames = []
    before = signal.getsignal(signal.SIGUSR1)
    replaced = [
        signal.signal(signal.SIGUSR1, handler),
        signal.signal(signal.SIGUSR1, signal.SIG_IGN),
        signal.signal(signal.SIGUSR1, handler),
    ]
    signal.raise_signal(signal.SIGUSR1)
    got = signal.getsignal(signal.SIGUSR1) is handler
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.raise_signal(signal.SIGUSR1)
    last = signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    names = [handler if each is handler else each.name for each in (before, *replaced, last)]
    return (
        ["handler" if each is handler else each for each in names],
        got,
        [(type(number).__name__, int(number), name) for number, name in frames],
    )


@claim("SG12")
@needs_posix
def test_signal_returns_the_handler_that_it_replaces(programs, evidence):
    """signal.signal() returns the handler that it replaces; getsignal() tells the present one.

    A handler gets the number and the frame that was running.  SIG_IGN ignores the signal, SIG_DFL
    leaves it to the system.
    """
    handlers, got, frames = seen(set_and_get, programs, evidence)
    assert handlers == ["SIG_DFL", "SIG_DFL", "handler", "SIG_IGN", "SIG_IGN"]
    assert got is True
    assert frames == [("int", signal.SIGUSR1, "set_and_get")]


def refuse():
    calls = [
        (signal.SIGKILL, signal.SIG_IGN),
        (signal.SIGSTOP, lambda *_: None),
        (0, signal.SIG_IGN),
        (1000, signal.SIG_IGN),
        (signal.SIGUSR1, "not callable"),
        (signal.SIGUSR1, None),
    ]
    refused = [outcome(signal.signal, *arguments) for arguments in calls]
    refused.append(outcome(signal.getsignal, 1000))
    return [kind(each) if isinstance(each, Exception) else "accepted" for each in refused]


@claim("SG13")
@needs_posix
@refuted(where=PYPY, because="PyPy does not notice that the system refuses")
def test_sigkill_and_sigstop_can_have_no_handler(programs, evidence):
    """SIGKILL and SIGSTOP can have no handler and cannot be ignored: that is an OSError.

    PyPy says nothing, but they stop and end a process all the same.
    """
    refused = seen(refuse, programs, evidence)
    control(refused[:2] in (["OSError"] * 2, ["accepted"] * 2), f"another end: {refused[:2]}")
    assert refused[:2] == ["OSError"] * 2


@claim("SG20")
@needs_posix
def test_a_wrong_signal_or_handler_is_refused(programs, evidence):
    """A number that is no signal is a ValueError, a handler that is no function a TypeError."""
    refused = seen(refuse, programs, evidence)
    assert refused[2:] == ["ValueError"] * 2 + ["TypeError"] * 2 + ["ValueError"]


def name_signals():
    valid = signal.valid_signals()
    return (
        [signal.strsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)],
        [type(number).__name__ for number in sorted(valid)[:3]],
        {signal.SIGINT, signal.SIGKILL, signal.SIGUSR1, signal.SIGCHLD} <= valid,
        {0, signal.NSIG} & valid,
        kind(outcome(signal.strsignal, 0)),
        (signal.Signals(9).name, int(signal.Signals.SIGTERM), signal.NSIG > max(valid)),
        [type(each).__name__ for each in (signal.SIG_DFL, signal.SIG_IGN, signal.SIG_BLOCK)],
    )


@claim("SG14")
@applies(where=os.name == "posix" and os.uname().sysname == "Linux", because="texts of Linux")
def test_signals_have_numbers_names_and_texts(programs, evidence):
    """strsignal() is the system's text for a signal; valid_signals() are those that exist here."""
    texts, types, known, none, zero, names, kinds = seen(name_signals, programs, evidence)
    assert texts == ["Interrupt", "Terminated", "Killed"]
    assert types == ["Signals"] * 3
    assert known is True
    assert none == set()
    assert zero == "ValueError"
    assert names == ("SIGKILL", 15, True)
    assert kinds == ["Handlers", "Handlers", "Sigmasks"]


def default_handlers():
    raised = []
    for arguments in ((), (2, None), (7, None)):
        try:
            signal.default_int_handler(*arguments)
        except BaseException as error:  # noqa: BLE001
            raised.append(type(error).__name__)
    readable, writable = os.pipe()
    os.close(readable)
    broken = kind(outcome(os.write, writable, b"."))
    os.close(writable)
    return (
        raised,
        broken,
        [signal.getsignal(number).name for number in (signal.SIGPIPE, signal.SIGTERM)],
        signal.getsignal(signal.SIGCHLD).name,
    )


@claim("SG15")
@needs_posix
def test_python_ignores_broken_pipes_and_leaves_sigterm_alone(programs, evidence):
    """Python ignores SIGPIPE, so that write() raises BrokenPipeError, and leaves SIGTERM alone.

    So SIGTERM ends a program with no clean-up; SIGINT has default_int_handler, which raises
    KeyboardInterrupt.
    """
    raised, broken, names, child = seen(default_handlers, programs, evidence)
    assert raised in (["KeyboardInterrupt"] * 3, ["TypeError", *["KeyboardInterrupt"] * 2])
    assert broken == "BrokenPipeError"
    assert names == ["SIG_IGN", "SIG_DFL"]
    assert child == "SIG_DFL"


def alarms():
    noted = []
    signal.signal(signal.SIGALRM, lambda *_: noted.append(threading.current_thread().name))
    returned = [signal.alarm(0), signal.alarm(100), signal.alarm(50)]
    left = signal.getitimer(signal.ITIMER_REAL)[0]
    returned.append(signal.alarm(0))
    cancelled = signal.getitimer(signal.ITIMER_REAL)
    return returned, 49 < left <= 50, cancelled, noted


@claim("SG16")
@needs_posix
def test_alarm_replaces_the_alarm_before(programs, evidence):
    """There is one alarm: signal.alarm(n) replaces it and returns its seconds; 0 cancels it."""
    returned, left, cancelled, noted = seen(alarms, programs, evidence)
    assert returned[:2] == [0, 0]
    assert returned[2] in (99, 100)
    assert returned[3] in (49, 50)
    assert (left, cancelled, noted) == (True, (0.0, 0.0), [])


def timers():
    noted = []
    for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
        signal.signal(
            number, lambda number, _: noted.append((int(number), threading.current_thread().name))
        )
    before = signal.setitimer(signal.ITIMER_REAL, 0.01)
    begin = time.monotonic()
    until(lambda: noted, "the alarm")
    waited = time.monotonic() - begin
    once = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.01)
    until(lambda: len(noted) >= 4, "three more alarms")
    running = signal.setitimer(signal.ITIMER_REAL, 0)
    for which in (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(which, 0.005)
        deadline = time.monotonic() + PATIENCE
        count = len(noted)
        while len(noted) == count and time.monotonic() < deadline:
            sum(range(1000))
    wrong = [outcome(signal.setitimer, 99, 1), outcome(signal.setitimer, signal.ITIMER_REAL, -1)]
    return (
        (before, once, round(running[1], 3), waited >= 0.01),
        sorted(set(noted)),
        [isinstance(each, signal.ItimerError) for each in wrong],
        issubclass(signal.ItimerError, OSError),
    )


@claim("SG17")
@needs_posix
def test_a_timer_sends_signals_at_intervals(programs, evidence):
    """signal.setitimer(which, first, interval) sends SIGALRM, SIGVTALRM or SIGPROF, once or again.

    It returns the timer before, as getitimer() tells it; 0 stops it.  A wrong timer or time is an
    ItimerError, an OSError.
    """
    (before, once, interval, waited), noted, wrong, is_os_error = seen(timers, programs, evidence)
    assert (before, once, interval, waited) == ((0.0, 0.0), (0.0, 0.0), 0.01, True)
    numbers = (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF)
    assert noted == sorted((int(number), "MainThread") for number in numbers)
    assert wrong == [True, True]
    assert is_os_error is True


OBSERVATIONS = [set_and_get, refuse, name_signals, default_handlers, alarms, timers]


def observe_all():
    return observe(OBSERVATIONS)


seen = Observed(observe_all)

KILLED = """\
import atexit, os, signal, threading
atexit.register(print, "at exit")
{prepare}
try:
    {send}
    threading.Event().wait()
finally:
    print("finally")
"""
SENT = "os.kill(os.getpid(), signal.SIGTERM)"


@claim("SG18")
@needs_posix
def test_a_signal_without_a_handler_ends_all_threads(programs, evidence):
    """A fatal signal without a handler ends the process at once, with all threads and no clean-up.

    No finally block and no atexit handler runs; for the parent the status is -15 for SIGTERM.
    """
    in_main = programs.run(KILLED.format(prepare="", send=SENT))
    in_thread = programs.run(
        KILLED.format(prepare="", send=f"threading.Thread(target=lambda: {SENT}).start()")
    )
    evidence(exit_codes=(in_main.exit_code, in_thread.exit_code))
    assert (in_main.exit_code, in_main.out, in_main.err) == (-signal.SIGTERM, "", "")
    assert (in_thread.exit_code, in_thread.out, in_thread.err) == (-signal.SIGTERM, "", "")


@claim("SG19")
@needs_posix
def test_a_handler_may_end_the_program_with_clean_up(programs, evidence):
    """A handler that calls sys.exit(n) ends the program: finally, atexit handlers, status n.

    It raises SystemExit in the main thread.  It is the usual way to obey SIGTERM.
    """
    handler = "import sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))"
    program = programs.run(KILLED.format(prepare=handler, send=SENT))
    evidence(exit_code=program.exit_code, printed=program.lines)
    assert (program.exit_code, program.err) == (3, "")
    assert program.lines == ["finally", "at exit"]
