"""Signals in a process with several threads: where handlers run, masks, waits, interrupted calls.

What sets handlers runs in a fresh interpreter.

Source: https://docs.python.org/3/library/signal.html#signals-and-threads
"""

import os
import queue
import select
import signal
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from tests.harness import (
    GRACE,
    MACOS,
    PATIENCE,
    POSIX,
    PYPY,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    never,
    outcome,
    pause,
    predicts,
    refuted,
    since,
    started,
    until,
)
from tests.harness.threads import Task


def noting(*numbers):
    """Install a handler for these signals; return the list where it notes signal and thread."""
    noted = []

    def note(number, _frame):
        noted.append(f"{signal.Signals(number).name} in {threading.current_thread().name}")

    for number in numbers:
        signal.signal(number, note)
    return noted


@claim("SIGNAL15")
def test_signals_are_set_and_handled_in_the_main_thread(background, evidence):
    """Only the main thread can set a handler, and handlers run in it, whichever thread sends.

    Elsewhere signal.signal() is a "ValueError: signal only works in main thread of the main
    interpreter" (PyPy: "ValueError: signal only works in main thread or with
    __pypy__.thread.enable_signals()").  That hits servers and libraries started in a thread.
    """
    set_handler = background(signal.signal, signal.SIGTERM, signal.SIG_IGN)
    set_wakeup_fd = background(signal.set_wakeup_fd, -1)
    refused = evidence(refused=[outcome(set_handler.result), outcome(set_wakeup_fd.result)])
    assert kinds(refused) == ["ValueError", "ValueError"]


def send_from_threads():
    noted = noting(signal.SIGTERM)
    senders = [lambda: signal.raise_signal(signal.SIGTERM)]
    if POSIX:  # elsewhere os.kill() ends a process
        senders += [lambda: os.kill(os.getpid(), signal.SIGTERM)]
    for count, send in enumerate(senders, 1):
        Task(send).result()
        until(lambda count=count: len(noted) == count, "the handler to run")
    return {*noted}


@claim("SIGNAL15")
def test_handlers_run_in_the_main_thread(programs, evidence):
    """A handler runs in the main thread, also if another thread has sent the signal.

    So which thread gets a signal?  For Python it is always the main thread, and KeyboardInterrupt
    is raised there: an "except KeyboardInterrupt" in another thread never sees Ctrl-C.  A handler
    of SIGTERM is not called before the main thread executes Python again: a long call in C delays
    it.
    """
    assert evidence(handled=programs.call(send_from_threads)) == {"SIGTERM in MainThread"}


def send_to_a_thread():
    """Send a signal to a thread that blocks it at first.

    Return whether it waits for the thread, what is noted then, and whether the thread lives.
    """
    noted = noting(signal.SIGUSR1)
    blocks, unblock, end = threading.Event(), threading.Event(), threading.Event()

    def work():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        blocks.set()
        unblock.wait(PATIENCE)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        end.wait(PATIENCE)

    [thread] = started([threading.Thread(target=work)])
    control(blocks.wait(PATIENCE), "the thread must block the signal")
    for number in (0, signal.SIGUSR1):
        signal.pthread_kill(thread.ident, number)
    waits = never(lambda: noted)
    unblock.set()
    until(lambda: noted, "the handler to run")
    alive = thread.is_alive()
    end.set()
    joined(thread)
    return waits, noted, alive


@claim("SIGNAL16")
@needs_posix
def test_pthread_kill_reaches_a_thread_but_runs_the_handler_in_main(programs, evidence):
    """signal.pthread_kill() sends to one thread; the handler runs in the main thread all the same.

    It does not kill: the thread lives on.  If the thread blocks the signal, no other takes it.  The
    signal 0 is sent to nobody.
    """
    waits, noted, alive = programs.call(send_to_a_thread)
    assert evidence(waits_for_the_thread=waits, thread_alive=alive) == (True, True)
    assert evidence(handled=noted) == ["SIGUSR1 in MainThread"]


@claim("SIGNAL17")
@needs_posix
def test_the_signal_mask_is_per_thread(background, evidence):
    """signal.pthread_sigmask() blocks signals for the calling thread, and for those it starts."""

    def mask():
        return signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def change():
        signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGHUP])
        return background(mask).result()

    at_first = mask()
    assert evidence(of_a_thread_started_by_it=background(change).result()) == {signal.SIGHUP}
    assert evidence(of_the_first=mask()) == at_first


@claim("SIGNAL17")
@needs_posix
def test_a_mask_is_added_to_or_replaced(evidence):
    """pthread_sigmask() returns the mask before.  SIG_BLOCK adds, SIG_UNBLOCK takes away.

    SIG_SETMASK replaces the mask.
    """
    one, two = signal.SIGUSR1, signal.SIGUSR2
    at_first = signal.pthread_sigmask(signal.SIG_SETMASK, [one])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, [two]) == {one}
    assert signal.pthread_sigmask(signal.SIG_UNBLOCK, [one]) == {one, two}
    assert signal.pthread_sigmask(signal.SIG_SETMASK, [one]) == {two}
    assert evidence(at_last=signal.pthread_sigmask(signal.SIG_SETMASK, at_first)) == {one}


def block_and_send():
    """Return what is pending and noted, while a signal is blocked, and after that."""
    noted = noting(signal.SIGUSR1)

    def look():
        return sorted(map(int, signal.sigpending())), noted[:]

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    for _ in range(3):
        signal.raise_signal(signal.SIGUSR1)
    blocked = look()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    return blocked, look()


@claim("SIGNAL18")
@needs_posix
def test_a_blocked_signal_waits_and_is_not_counted(programs, evidence):
    """A blocked signal is pending, as sigpending() shows, until it is unblocked; once is enough.

    Sent three times meanwhile, it is handled once.
    """
    blocked, unblocked = programs.call(block_and_send)
    assert evidence(pending_and_handled_while_blocked=blocked) == ([signal.SIGUSR1], [])
    assert evidence(unblocked=unblocked) == ([], ["SIGUSR1 in MainThread"])


def wait_in_a_thread():
    """Return what a thread takes by sigwait(), and what is handled."""
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    signals = {signal.SIGUSR1, signal.SIGUSR2}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    taken = []
    for number in (signal.SIGUSR2, signal.SIGUSR1):
        waiting = Task(signal.sigwait, (signals,))
        os.kill(os.getpid(), number)
        taken.append(waiting.result().name)
    return taken, noted


@claim("SIGNAL19")
@needs_posix
def test_sigwait_takes_a_blocked_signal_in_any_thread(programs, evidence):
    """signal.sigwait() waits for a signal, and takes it: no handler runs.  Any thread may wait.

    Block the signals in the main thread before any other is started, and let one thread wait.
    """
    taken, noted = programs.call(wait_in_a_thread)
    assert evidence(taken=taken, handled=noted) == (["SIGUSR2", "SIGUSR1"], [])


@claim("SIGNAL20")
@needs_posix
@refuted(
    where=PYPY or MACOS,
    because="PyPy and macOS have no sigtimedwait() and no sigwaitinfo()",
    by="AttributeError: module 'signal' has no attribute 'sigtimedwait'",
)
def test_sigtimedwait_waits_no_longer_than_its_timeout(evidence):
    """signal.sigtimedwait() returns None after its timeout, else who sent which signal.

    signal.sigwaitinfo() waits without one.  On PyPy and on macOS ("AttributeError: module 'signal'
    has no attribute 'sigtimedwait'") use signal.sigwait().
    """
    wait = signal.sigtimedwait
    at_first = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    begin = time.monotonic()
    nothing = wait([signal.SIGUSR1], 0.02)
    waited = time.monotonic() - begin
    signal.raise_signal(signal.SIGUSR1)
    timed = wait([signal.SIGUSR1], PATIENCE)
    signal.raise_signal(signal.SIGUSR1)
    untimed = signal.sigwaitinfo([signal.SIGUSR1])
    signal.pthread_sigmask(signal.SIG_SETMASK, at_first)
    assert evidence(waited=waited) >= 0.02
    assert evidence(nothing=nothing) is None
    for info in (timed, untimed):
        assert type(info) is signal.struct_siginfo
        assert evidence(signal=info.si_signo) == signal.SIGUSR1
        assert evidence(sender=(info.si_pid, info.si_uid)) == (os.getpid(), os.getuid())
        assert info.si_code <= 0  # a process sent it, not the system


def wake_by_a_socket():
    """Return what set_wakeup_fd() returns, and the bytes that signals write."""
    noting(signal.SIGTERM, signal.SIGINT)
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    returned = [signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)]
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    returned.append(signal.set_wakeup_fd(-1))
    signal.raise_signal(signal.SIGTERM)
    until(lambda: select.select([reading], [], [], 0)[0], "the bytes")
    return [descriptor == writing.fileno() for descriptor in returned], list(reading.recv(100))


@claim("SIGNAL21")
def test_a_signal_writes_its_number_into_the_wakeup_fd(programs, evidence):
    """Each signal writes its number as one byte into the file of signal.set_wakeup_fd().

    So a loop that waits in select() wakes up.  The call returns the number of the file before, or
    -1 if there was none; set_wakeup_fd(-1) takes the file back.  On Windows it takes a socket, on
    POSIX any file.
    """
    returned, written = programs.call(wake_by_a_socket)
    assert evidence(written=written) == [signal.SIGTERM, signal.SIGINT]
    assert evidence(returns_the_file=returned) == [False, True]


FULL = """
import signal, socket

reading, writing = socket.socketpair()
writing.setblocking(False)
try:
    while writing.send(b"x" * 4096):
        pass
except BlockingIOError:
    pass
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
signal.set_wakeup_fd(writing.fileno())
signal.raise_signal(signal.SIGTERM)
signal.set_wakeup_fd(-1)
"""


@claim("SIGNAL21")
@predicts("N173")
def test_a_full_wakeup_fd_is_complained_of(programs, evidence):
    """If the file of signal.set_wakeup_fd() is full, that is printed, and the handler runs.

    "Exception ignored when trying to write to the signal wakeup fd", since 3.14 "... while trying
    to ...", and "BlockingIOError: [Errno 11] Resource temporarily unavailable" (on macOS 35): a
    loop that is blocked does not read, while signals come, such as a profiler's SIGPROF.  It is
    harmless.  Instead: set_wakeup_fd(..., warn_on_full_buffer=False), and a loop that does not
    block.
    """
    program = programs.run(FULL)
    control(program.lines == ["handled"], f"the handler runs: {program}")
    first, _, rest = evidence(printed=program.err.strip()).partition("\n")
    error = evidence(error=rest.rpartition("\n")[2])
    assert "trying to write to the signal wakeup fd" in first
    assert error.startswith("BlockingIOError: ")


def wake_by_a_blocking_socket():
    _, writing = socket.socketpair()
    return kinds([outcome(signal.set_wakeup_fd, writing.fileno())])


@claim("SIGNAL21")
@refuted(where=WINDOWS, because="Windows does not tell whether a socket blocks")
def test_the_wakeup_fd_must_not_block(programs, evidence):
    """The file of signal.set_wakeup_fd() must not block: else the call is a ValueError."""
    assert evidence(refused=programs.call(wake_by_a_blocking_socket)) == ["ValueError"]


def raise_in_main():
    """Return how often the handler has run after each of three calls of raise_signal()."""
    noted, counts = noting(signal.SIGTERM), []
    for _ in range(3):
        signal.raise_signal(signal.SIGTERM)
        counts.append(len(noted))
    return counts


@claim("SIGNAL22")
def test_raise_signal_sends_to_the_calling_thread(programs, evidence):
    """signal.raise_signal() sends to the calling thread: in main, the handler has run on return."""
    assert evidence(handled_on_return=programs.call(raise_in_main)) == [1, 2, 3]


def raise_in_a_thread_that_blocks():
    noted = noting(signal.SIGUSR1)

    def send():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        signal.raise_signal(signal.SIGUSR1)
        return never(lambda: noted), sorted(map(int, signal.sigpending()))

    return Task(send).result()


@claim("SIGNAL22")
@needs_posix
def test_a_signal_that_a_thread_raises_and_blocks_is_taken_by_no_other(programs, evidence):
    """If the calling thread blocks the signal, it waits for that thread; no other takes it."""
    not_handled, pending = programs.call(raise_in_a_thread_that_blocks)
    assert evidence(not_handled=not_handled, pending=pending) == (True, [signal.SIGUSR1])


def be_interrupted_while_reading():
    """Read from a pipe until twenty signals have been handled, and data comes only then."""
    noted = noting(signal.SIGUSR1)
    reading, writing = os.pipe()

    def send():
        while len(noted) < 20:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
            pause()
        os.write(writing, b"data")

    sending = Task(send)
    try:
        read = os.read(reading, 100)
    except InterruptedError as error:
        read = repr(error)
    sending.result()
    return read


@claim("SIGNAL23")
@needs_posix
def test_a_call_that_a_signal_interrupts_is_made_again(programs, evidence):
    """A blocking call goes on after a signal's handler has returned: no InterruptedError.

    That is so since PEP 475.  A handler that raises does break it off.
    """
    assert evidence(read=programs.call(be_interrupted_while_reading)) == b"data"


@contextmanager
def main_thread_signalled():
    """Send the main thread SIGINT again and again while the block runs."""
    stop = threading.Event()

    def send():
        while not stop.wait(0.005):
            if POSIX:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            else:
                signal.raise_signal(signal.SIGINT)

    sending = Task(send)
    try:
        yield
    finally:
        stop.set()
        sending.result()


def broken_off(wait, end):
    """Return whether Ctrl-C breaks the wait off, before it is ended.

    The handler lets those signals pass that come before the wait or after it.
    """
    over, ended, interrupted = threading.Event(), threading.Event(), False
    lines = {
        file: Path(file).read_text("utf-8").splitlines() for file in (__file__, threading.__file__)
    }

    def break_off(number, frame):
        line = lines.get(frame.f_code.co_filename, [""] * frame.f_lineno)[frame.f_lineno - 1]
        if ("acquire(" in line or "_handle.join(" in line) and not ended.is_set():
            signal.signal(number, signal.SIG_IGN)
            signal.default_int_handler(number, frame)  # raises KeyboardInterrupt

    def end_it():
        if not over.wait(PATIENCE / 2 if INTERRUPTS else 10 * GRACE):
            ended.set()
            end()

    signal.signal(signal.SIGINT, break_off)
    ending = Task(end_it)
    try:
        with main_thread_signalled():
            wait()
    except KeyboardInterrupt:
        interrupted = True
    over.set()
    ending.result()
    return interrupted


def wait_broken_off(name):
    """Return whether this wait is broken off by a handler that raises."""
    lock, event, items = threading.Lock(), threading.Event(), queue.Queue()
    lock.acquire()
    wait, end = {
        "Lock.acquire": (lambda: lock.acquire(), lock.release),
        "Lock.acquire with a timeout": (lambda: lock.acquire(timeout=PATIENCE), lock.release),
        "Event.wait": (event.wait, event.set),
        "Queue.get": (items.get, lambda: items.put("item")),
    }[name]
    return broken_off(wait, end)


#: Whether Windows lets Ctrl-C end a wait for a lock.
INTERRUPTS = POSIX or since("3.14.0")

NOT_ON_WINDOWS = refuted(
    where=not INTERRUPTS,
    because="on Windows no signal ends a wait for a lock before 3.14 (gh-125541)",
)


@claim("SIGNAL24")
@cases(name=("Lock.acquire", "Lock.acquire with a timeout", "Event.wait", "Queue.get"))
@NOT_ON_WINDOWS
def test_a_handler_that_raises_breaks_off_a_wait_for_a_lock(name, programs, evidence):
    """A wait for a Lock, Event or Queue in the main thread is broken off by a handler that raises.

    On Windows Ctrl-C alone does so, from 3.14 on.  Before, and in any other thread, nothing does:
    there, wait with a timeout in a loop.
    """
    assert evidence(broken_off=programs.call(wait_broken_off, name)) is True


def interrupted_join():
    """Return whether join() is interrupted, and whether the thread is alive then, and at last."""
    gate, ended = threading.Event(), threading.Event()
    [thread] = started([threading.Thread(target=lambda: (gate.wait(), ended.set()))])
    interrupted = broken_off(thread.join, gate.set)
    alive = thread.is_alive()
    gate.set()
    ended.wait()
    thread.join()
    return interrupted, alive, thread.is_alive()


@claim("SIGNAL25")
@NOT_ON_WINDOWS
def test_ctrl_c_interrupts_join_in_the_main_thread(programs, evidence):
    """Thread.join() in the main thread is interrupted by SIGINT: it raises KeyboardInterrupt.

    In any other thread join() is not interrupted.  On Windows before 3.14 it is not interrupted in
    the main thread either, so that Ctrl+C in the terminal seems to be broken.  Instead, on Windows:
    call join() with a timeout in a loop.
    """
    interrupted, _, _ = programs.once(interrupted_join)
    assert evidence(interrupted=interrupted) is True


@claim("SIGNAL26")
@applies(where=INTERRUPTS, because="on Windows nothing interrupts join() before 3.14")
@refuted(
    where=(since("3.10.1") and before("3.13.0")) or PYPY,
    because="before 3.13 an interrupted join() took the thread for ended (gh-90882)",
)
def test_a_thread_lives_on_when_its_join_is_interrupted(programs, evidence):
    """A thread whose join() was interrupted by Ctrl-C is alive, and can be joined again.

    From 3.10.1 to 3.12, and on PyPy, is_alive() is False and join() returns immediately, though the
    thread runs, and the program does not wait for it at its end.  There, wait for an Event that the
    thread sets at its end.
    """
    interrupted, alive, alive_at_last = programs.once(interrupted_join)
    control(interrupted, "join() was not interrupted")
    assert evidence(alive_when_interrupted=alive, at_last=alive_at_last) == (True, False)


def main_thread_sleeps():
    stat = Path(f"/proc/self/task/{os.getpid()}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "S"


def handled_while_reading(flag):
    """Return whether a handler runs before a read has ended, and what is handled after all."""
    noted = noting(signal.SIGUSR1)
    signal.siginterrupt(signal.SIGUSR1, flag)
    reading, writing = os.pipe()

    def send():
        until(lambda: never(lambda: not main_thread_sleeps(), during=0.05), "main to read")
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        not_handled = never(lambda: noted, during=PATIENCE / 2 if flag else GRACE)
        os.write(writing, b"data")
        return not not_handled

    sending = Task(send)
    os.read(reading, 100)
    return sending.result(), noted


@claim("SIGNAL27")
@applies(where=Path("/proc/self/task").exists(), because="Linux shows whether a thread sleeps")
@cases(flag=(True, False))
def test_siginterrupt_false_delays_the_handler(flag, programs, evidence):
    """After signal.siginterrupt(n, False) a handler waits until the call that blocks has ended.

    By default, and with True, the call is interrupted, the handler runs, and the call goes on.
    """
    early, noted = programs.call(handled_while_reading, flag)
    assert evidence(handled_while_reading=early) is flag
    assert evidence(handled=noted) == ["SIGUSR1 in MainThread"]


def pause_for_a_signal():
    noted = noting(signal.SIGINT)
    with main_thread_signalled():
        returned = signal.pause()
        return returned, len(noted) > 0


@claim("SIGNAL28")
@needs_posix
def test_pause_returns_when_a_handler_has_run(programs, evidence):
    """signal.pause() sleeps until a signal has come, and its handler has run; it returns None."""
    returned, handled = programs.call(pause_for_a_signal)
    assert evidence(returned=returned, handled=handled) == (None, True)
