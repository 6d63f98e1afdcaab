"""Handlers, the names of signals, and the timers that send them.

What sets handlers and timers runs in a fresh interpreter.

Source: https://docs.python.org/3/library/signal.html#module-contents
"""

import os
import signal
import threading
import time

from tests.harness import (
    POSIX,
    PYPY,
    cases,
    claim,
    control,
    in_the_main_thread,
    kinds,
    needs_posix,
    outcome,
    predicts,
    refuted,
    until,
)


def handlers_one_after_another():
    """Return what signal() returns, and what getsignal() returns then."""

    def handler(number, frame):
        pass

    found = []
    for new in (handler, signal.SIG_IGN, signal.SIG_DFL):
        old = signal.signal(signal.SIGTERM, new)
        found += [(old, signal.getsignal(signal.SIGTERM))]
    return [tuple(getattr(each, "name", "handler") for each in pair) for pair in found]


@claim("SIGNAL01")
def test_signal_returns_the_handler_that_it_replaces(programs, evidence):
    """signal.signal() returns the handler that it replaces; getsignal() returns the present one."""
    assert evidence(replaced_and_present=programs.call(handlers_one_after_another)) == [
        ("SIG_DFL", "handler"),
        ("handler", "SIG_IGN"),
        ("SIG_IGN", "SIG_DFL"),
    ]


def handle_and_ignore():
    """Return what a handler is given for one signal; the next one is ignored."""
    given = []

    def handler(number, frame):
        given.append((number, frame.f_code.co_name))

    signal.signal(signal.SIGTERM, handler)
    signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.raise_signal(signal.SIGTERM)
    return given


@claim("SIGNAL01")
def test_a_handler_gets_the_number_and_the_frame(programs, evidence):
    """A handler gets the number of the signal, and the frame that was running; SIG_IGN ignores it.

    SIG_DFL leaves the signal to the system, which ends the process, as a rule.
    """
    given = programs.call(handle_and_ignore)
    assert evidence(given=given) == [(signal.SIGTERM, "handle_and_ignore")]


@claim("SIGNAL02")
@needs_posix
@in_the_main_thread
@cases(name=("SIGKILL", "SIGSTOP"))
@refuted(where=PYPY, because="PyPy does not notice that the system refuses")
def test_sigkill_and_sigstop_can_have_no_handler(name, evidence):
    """SIGKILL and SIGSTOP can have no handler and cannot be ignored: that is an OSError.

    PyPy raises nothing, but they stop and end a process all the same.
    """
    refused = outcome(signal.signal, getattr(signal, name), signal.SIG_IGN)
    assert evidence(refused=kinds([refused])) == ["OSError"]


@claim("SIGNAL03")
@in_the_main_thread
@cases(number=(0, 1000))
def test_a_wrong_signal_or_handler_is_refused(number, evidence):
    """A number that is no signal is a ValueError, a handler that is no function a TypeError."""
    refused = [outcome(signal.signal, number, signal.SIG_IGN), outcome(signal.getsignal, number)]
    assert evidence(refused=kinds(refused)) == ["ValueError", "ValueError"]


@claim("SIGNAL03")
@in_the_main_thread
@cases(handler=("not callable", None))
def test_a_handler_must_be_a_function(handler, evidence):
    """A handler that is no function is a TypeError."""
    refused = outcome(signal.signal, signal.SIGTERM, handler)
    assert evidence(refused=kinds([refused])) == ["TypeError"]


@claim("SIGNAL04")
def test_signals_have_numbers_names_and_texts(evidence):
    """strsignal() is the system's text for a signal; valid_signals() are those that exist here."""
    some = (signal.SIGINT, signal.SIGTERM)
    texts = [signal.strsignal(number).partition(":")[0] for number in some]  # macOS: "...: 2"
    assert evidence(texts=texts) == ["Interrupt", "Terminated"]
    assert signal.valid_signals().issuperset(some)
    assert signal.valid_signals().isdisjoint({0, signal.NSIG})


@claim("SIGNAL04")
def test_the_constants_of_signal_are_enumerations(evidence):
    """Signals, SIG_DFL and its kin, and SIG_BLOCK and its kin are enumerations, with names.

    Windows has no signal masks, and so no SIG_BLOCK.
    """
    named = [signal.Signals(15), signal.Handlers(0)]
    named += [signal.Sigmasks(signal.SIG_BLOCK)] * POSIX
    names = ["SIGTERM", "SIG_DFL", *["SIG_BLOCK"] * POSIX]
    assert evidence(named=[one.name for one in named]) == names


def write_into_a_broken_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    handlers = [signal.getsignal(number) for number in (signal.SIGPIPE, signal.SIGTERM)]
    names = [getattr(each, "name", "handler") for each in handlers]
    ends = names[0] == "SIG_DFL"  # this process
    return names, kinds([None if ends else outcome(os.write, writing, b".")])


@claim("SIGNAL05")
@needs_posix
def test_python_ignores_broken_pipes_and_leaves_sigterm_alone(programs, evidence):
    """Python ignores SIGPIPE, so that write() raises BrokenPipeError, and leaves SIGTERM alone.

    So SIGTERM ends a program with no clean-up.
    """
    handlers, written = programs.call(write_into_a_broken_pipe)
    assert evidence(sigpipe_and_sigterm=handlers) == ["SIG_IGN", "SIG_DFL"]
    assert evidence(written=written) == ["BrokenPipeError"]


@claim("SIGNAL05")
def test_the_default_handler_of_sigint_raises_keyboard_interrupt(evidence):
    """SIGINT has signal.default_int_handler as its handler, which raises KeyboardInterrupt."""
    raised = None
    try:
        signal.default_int_handler(signal.SIGINT, None)
    except KeyboardInterrupt as error:
        raised = error
    assert evidence(raised=kinds([raised])) == ["KeyboardInterrupt"]


def alarms():
    returned = [signal.alarm(seconds) for seconds in (0, 100, 50, 0)]
    return returned, signal.getitimer(signal.ITIMER_REAL)


@claim("SIGNAL06")
@needs_posix
def test_alarm_replaces_the_alarm_before(programs, evidence):
    """There is one alarm: signal.alarm(n) replaces it and returns its seconds; 0 cancels it.

    On Windows there is none: "module 'signal' has no attribute 'SIGALRM'" (or 'alarm').  Programs
    that limit the time of a function by it run on POSIX only, and in the main thread only.
    Instead: run the function in a process, and terminate() that after join(timeout), see ASK26.
    """
    (none, first, replaced, cancelled), left = programs.call(alarms)
    evidence(replaced=replaced, cancelled=cancelled)
    assert (none, first) == (0, 0)
    assert 90 < replaced <= 100  # a busy machine may take seconds between two calls
    assert 40 < cancelled <= 50
    assert left == (0, 0)


def signal_of(timer):
    """Return the names of the signal that a timer sends, and of the thread of its handler."""
    noted = []

    def note(number, _frame):
        noted.append((signal.Signals(number).name, threading.current_thread().name))

    for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
        signal.signal(number, note)
    signal.setitimer(getattr(signal, timer), 0.005)
    while not noted:  # two of the timers run only while the program does
        pass
    return noted[0]


@claim("SIGNAL07")
@needs_posix
@cases(sent={"REAL": "SIGALRM", "VIRTUAL": "SIGVTALRM", "PROF": "SIGPROF"})
def test_a_timer_sends_signals_at_intervals(sent, programs, evidence):
    """signal.setitimer(which, first, interval) sends SIGALRM, SIGVTALRM or SIGPROF, once or again.

    ITIMER_REAL counts the time that passes, ITIMER_VIRTUAL the CPU time of the program, and
    ITIMER_PROF that of the system on its behalf as well.
    """
    timer = {"SIGALRM": "ITIMER_REAL", "SIGVTALRM": "ITIMER_VIRTUAL", "SIGPROF": "ITIMER_PROF"}
    assert evidence(sent=programs.call(signal_of, timer[sent])) == (sent, "MainThread")


def repeated_timer():
    """Return what the calls return while a timer runs once, and then repeatedly, until stopped."""
    noted = []
    signal.signal(signal.SIGALRM, lambda *_: noted.append(time.monotonic()))
    begin = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    until(lambda: noted, "the alarm")
    after_one = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.01)
    until(lambda: len(noted) >= 4, "three more alarms")
    _, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    return noted[0] - begin >= 0.01, after_one, round(interval, 3)


@claim("SIGNAL07")
@needs_posix
def test_a_timer_is_stopped_by_zero(programs, evidence):
    """A timer with an interval goes on until it is set to 0; without one it goes off once.

    setitimer() returns the timer before, as getitimer() does: the seconds left, and the interval.
    """
    in_time, after_one, interval = programs.call(repeated_timer)
    assert evidence(not_early=in_time, after_one=after_one) == (True, (0, 0))
    assert evidence(interval=interval) == 0.01


@claim("SIGNAL07")
@needs_posix
@cases(arguments={"a wrong timer": (99, 1), "a wrong time": (0, -1)})
def test_a_wrong_timer_is_an_itimer_error(arguments, evidence):
    """A wrong timer or time is a signal.ItimerError, which is an OSError."""
    raised = outcome(signal.setitimer, *arguments)
    assert evidence(raised=type(raised)) is signal.ItimerError
    assert isinstance(raised, OSError)


KILLED = """\
import atexit, os, signal, sys, threading
atexit.register(print, "at exit")
{prepare}
try:
    {send}
    threading.Event().wait()
finally:
    print("finally")
"""
SENT = "os.kill(os.getpid(), signal.SIGTERM)"


@claim("SIGNAL08")
@cases(send={"by main": SENT, "by a thread": f"threading.Thread(target=lambda: {SENT}).start()"})
def test_a_signal_without_a_handler_ends_all_threads(send, programs, evidence):
    """A fatal signal without a handler ends the process, with all its threads and no clean-up.

    No finally block and no atexit handler runs; the parent sees the status -15 for SIGTERM (15 on
    Windows, where os.kill() sends nothing but ends the process).
    """
    program = programs.run(KILLED.format(prepare="", send=send))
    code = -signal.SIGTERM if POSIX else signal.SIGTERM
    assert evidence(exit_code=program.exit_code, printed=program.out) == (code, "")


@claim("SIGNAL09")
def test_a_handler_may_end_the_program_with_clean_up(programs, evidence):
    """A handler that calls sys.exit(n) ends the program: finally, atexit handlers, status n.

    It raises SystemExit in the main thread.  It is the usual way to handle SIGTERM gracefully, for
    without a handler nothing is cleaned up (SIGNAL08).
    """
    handler = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))"
    send = "signal.raise_signal(signal.SIGTERM)"
    program = programs.run(KILLED.format(prepare=handler, send=send))
    assert evidence(exit_code=program.exit_code, printed=program.lines) == (
        3,
        ["finally", "at exit"],
    )


def locks_in_a_handler():
    """Return which locks of the main thread its handler gets, by name."""
    got = {}

    def handler(*_):
        got[name] = lock.acquire(timeout=0.05)

    signal.signal(signal.SIGTERM, handler)
    for name, lock in (("Lock", threading.Lock()), ("RLock", threading.RLock())):
        with lock:
            signal.raise_signal(signal.SIGTERM)
    return got


@claim("SIGNAL30")
@predicts("N17")
def test_a_handler_waits_for_a_lock_of_the_main_thread(programs, evidence):
    """A signal handler never gets a Lock that the main thread holds: it hangs, a deadlock.

    The handler runs in the main thread, between two lines of what it interrupts, which cannot
    release the lock before the handler returns.  Event.set(), Queue.put(), Condition.notify() and
    logging take locks, too.  An RLock lets the handler in, in the middle of what the lock protects.
    Instead: set a plain variable, put into a queue.SimpleQueue (CPython), or wait for the signal in
    a thread, by signal.sigwait().
    """
    got = programs.call(locks_in_a_handler)
    assert evidence(handler_gets=got) == {"Lock": False, "RLock": True}


WAITING = """
import multiprocessing, os, signal, threading

def handler(number, frame):
    names = []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    # Not before the event's wait() is in that of its condition, and once.  The timer goes on, for
    # a signal that comes just before the main thread sleeps does not wake it.
    if names.count("wait") < 2 or "handler" in names:
        return
    threading.Timer(1, os._exit, (0,)).start()
    print("sets it", flush=True)
    stop.set()
    print("has set it", flush=True)

stop = multiprocessing.Event()
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
stop.wait()
print("goes on", flush=True)
os._exit(0)
"""


@claim("SIGNAL31")
@predicts("N115")
@needs_posix
@refuted(because="set() waits until the waiter has woken, which is the thread that it interrupts")
def test_a_handler_sets_the_event_that_the_main_thread_waits_for(programs, evidence):
    """A signal handler may set() the multiprocessing.Event that the main thread waits for.

    You might expect it to end a server's wait() on SIGTERM.  It hangs, with wait(timeout) in a loop
    as well: a deadlock.  threading.Event seems to work, unless the signal comes while the lock of
    the event is held (SIGNAL30).  Instead: set a plain variable, and wait with a timeout, or wait
    for the signal in a thread, by signal.sigwait().
    """
    printed = evidence(printed=programs.run(WAITING).lines)
    control(printed[:1] == ["sets it"], f"the handler must come to set(), not {printed}")
    assert printed == ["sets it", "has set it", "goes on"]


PRINTING = """
import os, select, signal, threading, time

def handler(number, frame):
    try:
        print("in the handler", file=output, flush=True)
        told.append("printed")
    except RuntimeError as error:
        told.append(repr(error))
    handled.set()

def interrupt_and_read():
    end = time.monotonic() + 10
    while select.select([], [writing], [], 0)[1] and time.monotonic() < end:
        time.sleep(0.001)  # until the pipe is full, so that the main thread is in print()
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    handled.wait(10)
    while os.read(reading, 1 << 16):
        pass

told, handled = [], threading.Event()
reading, writing = os.pipe()
output = open(writing, "w")
signal.signal(signal.SIGUSR1, handler)
thread = threading.Thread(target=interrupt_and_read)
thread.start()
print("x" * 1_000_000, file=output, flush=True)
output.close()
thread.join()
print(*told)
"""


@claim("SIGNAL29")
@predicts("N13")
@needs_posix
def test_print_in_a_handler_may_be_refused(programs, evidence):
    """A print() in a signal handler raises RuntimeError if it interrupts one to the same file.

    "RuntimeError: reentrant call inside <_io.BufferedWriter name=...>" (PyPy: "reentrant
    call") comes now and then, so tests rarely see it.  logging to that file is like that.
    Instead: let the handler set a flag or an Event that the main loop looks at, or call
    os.write(1, b"...").
    """
    program = programs.run(PRINTING)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    told = evidence(handler=program.out.strip())
    assert told.startswith("RuntimeError('reentrant call")
