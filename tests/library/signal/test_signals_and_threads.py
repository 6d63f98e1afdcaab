"""Signals in a process with several threads: where handlers run, masks, waits, interrupted calls.

The observations are made in one fresh interpreter, each once for all specs.

Source: https://docs.python.org/3/library/signal.html#signals-and-threads
"""

import os
import queue
import select
import signal
import threading
import time
from pathlib import Path

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    until,
)
from tests.library.signal.observing import Observed, observe

POSIX = hasattr(signal, "pthread_kill")
needs_posix = applies(where=POSIX, because="these signals exist only on POSIX")


def kind(observed):
    """The exact type of an exception, by name; any other value as it is."""
    return type(observed).__name__ if isinstance(observed, BaseException) else observed


def in_thread(function, *arguments):
    """What the function returns, or raises, in a thread of its own."""
    returned = []
    thread = threading.Thread(target=lambda: returned.append(outcome(function, *arguments)))
    thread.start()
    joined(thread)
    return returned[0]


def noting(*numbers):
    """Install, for these signals, a handler that notes number and thread; return the list."""
    noted = []
    for number in numbers:
        signal.signal(
            number,
            lambda number, frame: noted.append((int(number), threading.current_thread().name)),
        )
    return noted


def set_outside_main():
    noted = noting(signal.SIGUSR1)
    handler = signal.getsignal(signal.SIGUSR1)
    raised = [
        kind(in_thread(signal.signal, signal.SIGUSR1, signal.SIG_IGN)),
        kind(in_thread(signal.signal, signal.SIGUSR2, lambda *_: None)),
        kind(in_thread(signal.set_wakeup_fd, -1)),
    ]
    same = in_thread(signal.getsignal, signal.SIGUSR1) is handler
    senders = [
        lambda: signal.raise_signal(signal.SIGUSR1),
        lambda: os.kill(os.getpid(), signal.SIGUSR1),
        lambda: signal.pthread_kill(threading.get_ident(), signal.SIGUSR1),
    ]
    for sender in senders:
        in_thread(sender)
    until(lambda: len(noted) == 3, "three handlers to run")
    return raised, same, noted


@claim("TH32")
@needs_posix
def test_signals_are_set_and_handled_in_the_main_thread(programs, evidence):
    """Only the main thread can set a handler, and handlers run in it, whichever thread sends.

    Elsewhere signal.signal() is a ValueError: signal only works in main thread of the main
    interpreter.  That hits servers and libraries that are started in a thread.
    """
    raised, same, noted = seen(set_outside_main, programs, evidence)
    assert raised == ["ValueError"] * 3
    assert same is True
    assert noted == [(signal.SIGUSR1, "MainThread")] * 3


def send_to_one_thread():
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    gate = threading.Event()
    threads = [threading.Thread(target=gate.wait, args=(PATIENCE,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    returned = []
    for count, thread in enumerate(threads, 1):
        returned.append(signal.pthread_kill(thread.ident, signal.SIGUSR1))
        until(lambda count=count: len(noted) == count, "the handler to run")
    returned.append(signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR2))
    returned.append(signal.pthread_kill(threads[0].ident, 0))
    alive = [thread.is_alive() for thread in threads]
    gate.set()
    joined(*threads)
    return returned, noted, alive


@claim("SG01")
@needs_posix
def test_pthread_kill_reaches_a_thread_but_runs_the_handler_in_main(programs, evidence):
    """signal.pthread_kill() sends to one thread; the handler runs in the main thread all the same.

    It does not kill: the thread lives on.  The signal 0 is sent to nobody.
    """
    returned, noted, alive = seen(send_to_one_thread, programs, evidence)
    assert returned == [None] * 5
    assert noted == [(signal.SIGUSR1, "MainThread")] * 3 + [(signal.SIGUSR2, "MainThread")]
    assert alive == [True] * 3


def mask_in_threads():
    block, unblock, set_mask = signal.SIG_BLOCK, signal.SIG_UNBLOCK, signal.SIG_SETMASK
    of_main = signal.pthread_sigmask(block, [])

    def change():
        steps = [
            signal.pthread_sigmask(block, {signal.SIGUSR1}),
            signal.pthread_sigmask(block, [signal.SIGUSR2]),
            signal.pthread_sigmask(unblock, [signal.SIGUSR1]),
            signal.pthread_sigmask(set_mask, [signal.SIGALRM, signal.SIGHUP]),
            signal.pthread_sigmask(set_mask, []),
        ]
        signal.pthread_sigmask(block, [signal.SIGHUP])
        inherited = in_thread(signal.pthread_sigmask, block, [])
        return [sorted(map(int, step)) for step in steps], sorted(map(int, inherited))

    steps, inherited = in_thread(change)
    after = signal.pthread_sigmask(block, [])
    return steps, inherited, sorted(of_main) == sorted(after), len(of_main)


@claim("SG02")
@needs_posix
def test_the_signal_mask_is_per_thread(programs, evidence):
    """signal.pthread_sigmask() blocks signals for the calling thread, and for those it starts.

    It returns the mask as it was.  SIG_BLOCK adds, SIG_UNBLOCK takes away, SIG_SETMASK replaces.
    """
    steps, inherited, main_is_as_before, _ = seen(mask_in_threads, programs, evidence)
    one, two = sorted([signal.SIGUSR1, signal.SIGUSR2])
    assert steps[1:] == [
        sorted({*steps[0], signal.SIGUSR1}),
        sorted({*steps[0], one, two}),
        sorted({*steps[0], signal.SIGUSR2}),
        sorted([signal.SIGALRM, signal.SIGHUP]),
    ]
    assert inherited == [signal.SIGHUP]
    assert main_is_as_before


def block_and_send():
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    signals = [signal.SIGUSR1, signal.SIGUSR2]
    pending = [signal.sigpending()]
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for _ in range(3):
        signal.raise_signal(signal.SIGUSR1)
    pending.append(signal.sigpending())
    signal.raise_signal(signal.SIGUSR2)
    pending.append(signal.sigpending())
    before = list(noted)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    pending.append(signal.sigpending())
    return [sorted(map(int, numbers)) for numbers in pending], before, sorted(noted)


@claim("SG03")
@needs_posix
def test_a_blocked_signal_waits_and_is_not_counted(programs, evidence):
    """A blocked signal is pending, as sigpending() tells, until it is unblocked; once is enough.

    Sent three times meanwhile, it is handled once.
    """
    pending, before, after = seen(block_and_send, programs, evidence)
    one, two = signal.SIGUSR1, signal.SIGUSR2
    assert pending == [[], [one], sorted([one, two]), []]
    assert before == []
    assert after == sorted([(one, "MainThread"), (two, "MainThread")])


def wait_in_a_thread():
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    signals = {signal.SIGUSR1, signal.SIGUSR2}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    got = []

    def wait():
        for _ in range(3):
            number = signal.sigwait(signals)
            got.append((type(number).__name__, int(number), threading.current_thread().name))

    thread = threading.Thread(target=wait, name="waits")
    thread.start()
    for count, number in enumerate([signal.SIGUSR2, signal.SIGUSR1, signal.SIGUSR2], 1):
        os.kill(os.getpid(), number)
        until(lambda count=count: len(got) == count, "the signal to be taken")
    joined(thread)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    return got, noted


@claim("SG04")
@needs_posix
def test_sigwait_takes_a_blocked_signal_in_any_thread(programs, evidence):
    """signal.sigwait() waits for a signal, and takes it: no handler runs.  Any thread may wait.

    Block the signals in the main thread before any other is started, and let one thread wait.
    """
    got, noted = seen(wait_in_a_thread, programs, evidence)
    one, two = int(signal.SIGUSR1), int(signal.SIGUSR2)
    assert got == [("Signals", number, "waits") for number in (two, one, two)]
    assert noted == []


def wait_with_a_timeout():
    if not hasattr(signal, "sigtimedwait"):
        return "AttributeError"
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    begin = time.monotonic()
    nothing = signal.sigtimedwait([signal.SIGUSR1], 0.02)
    waited = time.monotonic() - begin >= 0.02
    signal.raise_signal(signal.SIGUSR1)
    timed = signal.sigtimedwait([signal.SIGUSR1], PATIENCE)
    os.kill(os.getpid(), signal.SIGUSR1)
    info = signal.sigwaitinfo([signal.SIGUSR1])
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    wrong = kind(outcome(signal.sigtimedwait, [signal.SIGUSR1], -1))
    own = (os.getpid(), os.getuid())
    from_whom = [(each.si_pid, each.si_uid) == own for each in (timed, info)]
    by_kill = info.si_code == 0 and type(info) is signal.struct_siginfo
    return nothing, waited, [int(timed.si_signo), int(info.si_signo)], from_whom, by_kill, wrong


@claim("SG05")
@needs_posix
@refuted(where=PYPY, because="PyPy has no sigtimedwait() and no sigwaitinfo()")
def test_sigtimedwait_waits_no_longer_than_its_timeout(programs, evidence):
    """signal.sigtimedwait() returns None after its timeout, else who sent which signal.

    signal.sigwaitinfo() waits without one.  PyPy: AttributeError: module 'signal' has no attribute
    'sigtimedwait'.  Instead, on PyPy: signal.sigwait().
    """
    result = seen(wait_with_a_timeout, programs, evidence)
    control(type(result) is tuple or result == "AttributeError", f"another end: {result}")
    assert result != "AttributeError"
    nothing, waited, numbers, from_whom, by_kill, wrong = result
    assert (nothing, waited) == (None, True)
    assert numbers == [signal.SIGUSR1] * 2
    assert from_whom == [True, True]
    assert by_kill is True
    assert wrong == "ValueError"


def wake_by_a_pipe():
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    readable, writable = os.pipe()
    blocking = kind(outcome(signal.set_wakeup_fd, writable))
    os.set_blocking(writable, False)
    before = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1):
        in_thread(os.kill, os.getpid(), number)
        until(lambda: select.select([readable], [], [], 0)[0], "a byte")
    got = [*os.read(readable, 100)]
    for _ in range(2):
        got.append(os.read(readable, 100)[0]) if len(got) < 3 else None
    until(lambda: len(noted) == 3, "three handlers to run")
    replaced = signal.set_wakeup_fd(-1)
    signal.raise_signal(signal.SIGUSR1)
    silent = not select.select([readable], [], [], 0)[0]
    os.close(readable)
    os.close(writable)
    return blocking, before, replaced == writable, got, silent


@claim("SG06")
@needs_posix
def test_a_signal_writes_its_number_into_the_wakeup_fd(programs, evidence):
    """Each signal writes its number as one byte into the file of signal.set_wakeup_fd().

    So a loop that waits in select() wakes up.  The file must not block, else ValueError; the call
    returns the number of the file before, or -1, which also takes it back.
    """
    blocking, before, replaced, got, silent = seen(wake_by_a_pipe, programs, evidence)
    assert blocking == "ValueError"
    assert (before, replaced, silent) == (-1, True, True)
    assert got == [signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR1]


def raise_here():
    noted = noting(signal.SIGUSR1)
    counts = []
    for _ in range(3):
        returned = signal.raise_signal(signal.SIGUSR1)
        counts.append((returned, len(noted)))

    def blocked():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        signal.raise_signal(signal.SIGUSR1)
        return len(noted), sorted(map(int, signal.sigpending()))

    return counts, in_thread(blocked), len(noted)


@claim("SG07")
@needs_posix
def test_raise_signal_sends_to_the_calling_thread(programs, evidence):
    """signal.raise_signal() sends to the calling thread: in main, the handler has run on return.

    Where that thread blocks the signal it waits for this thread, and no other takes it.
    """
    counts, of_thread, after = seen(raise_here, programs, evidence)
    assert counts == [(None, 1), (None, 2), (None, 3)]
    assert of_thread == (3, [signal.SIGUSR1])
    assert after == 3


def be_interrupted_while_reading():
    """Read from a pipe while twenty signals come, and data only afterwards."""
    noted = noting(signal.SIGUSR1)
    readable, writable = os.pipe()
    main = threading.get_ident()

    def send():
        for count in range(1, 21):
            signal.pthread_kill(main, signal.SIGUSR1)
            until(lambda count=count: len(noted) >= count, "the handler to run")
        os.write(writable, b"data")

    thread = threading.Thread(target=send)
    thread.start()
    read = os.read(readable, 100)
    joined(thread)
    return read, len(noted)


@claim("SG08")
@needs_posix
def test_a_call_that_a_signal_interrupts_is_made_again(programs, evidence):
    """A blocking call goes on after a signal's handler has returned: no InterruptedError.

    That is so since PEP 475.  A handler that raises does break it off.
    """
    read, handled = seen(be_interrupted_while_reading, programs, evidence)
    assert read == b"data"
    assert handled == 20


class Broken(Exception):
    """Raised by a handler."""


def break_off(_number, _frame):
    raise Broken


def broken_off(wait):
    """What ends the wait when signals come whose handler raises."""
    signal.signal(signal.SIGUSR1, break_off)
    main, stop = threading.get_ident(), threading.Event()

    def send():
        while not stop.wait(0.005):
            signal.pthread_kill(main, signal.SIGUSR1)

    thread = threading.Thread(target=send)
    try:
        thread.start()
        result = wait()
    except Broken as error:
        result = type(error).__name__
    finally:
        # Not before the handler is harmless, for another signal may have come already.
        while isinstance(outcome(signal.signal, signal.SIGUSR1, signal.SIG_IGN), Broken):
            pass
        stop.set()
        joined(thread)
    return result


def break_off_locks():
    lock = threading.Lock()
    lock.acquire()
    return {
        "Lock.acquire": broken_off(lambda: lock.acquire()),
        "with timeout": broken_off(lambda: lock.acquire(timeout=PATIENCE)),
        "Event.wait": broken_off(lambda: threading.Event().wait(PATIENCE)),
        "Queue.get": broken_off(lambda: queue.Queue().get()),
        "still held": lock.locked(),
    }


@claim("TH53")
@needs_posix
def test_a_handler_that_raises_breaks_off_a_wait_for_a_lock(programs, evidence):
    """A wait for a Lock, Event or Queue in the main thread is broken off by a handler that raises.

    In any other thread nothing does so: there, wait with a timeout.
    """
    result = seen(break_off_locks, programs, evidence)
    waits = ("Lock.acquire", "with timeout", "Event.wait", "Queue.get")
    assert result == {**dict.fromkeys(waits, "Broken"), "still held": True}


def interrupt_a_join():
    """What join() raises, whether the thread is alive then, and whether it is when it has ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupted, gate, ended = threading.Event(), threading.Event(), threading.Event()

    def send_until_interrupted():
        while not interrupted.wait(0.005):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        gate.wait(PATIENCE)
        ended.set()

    thread = threading.Thread(target=send_until_interrupted)
    told = []
    try:
        thread.start()
        thread.join()
    except KeyboardInterrupt as error:
        told.append(type(error).__name__)
    while interruptible(signal.signal, signal.SIGINT, signal.SIG_IGN):
        pass
    interrupted.set()
    told.append(thread.is_alive())
    gate.set()
    ended.wait(PATIENCE)
    thread.join()
    return [*told, thread.is_alive()]


def interruptible(function, *arguments):
    """Call the function, and tell whether it was interrupted."""
    try:
        function(*arguments)
    except KeyboardInterrupt:
        return True
    return False


@claim("Z11")
@needs_posix
def test_ctrl_c_interrupts_join_in_the_main_thread(programs, evidence):
    """Thread.join() in the main thread is interrupted by SIGINT: it raises KeyboardInterrupt.

    The thread itself goes on.  In any other thread join() is not interrupted.
    """
    raised, _, alive_at_the_end = seen(interrupt_a_join, programs, evidence)
    assert raised == "KeyboardInterrupt"
    assert alive_at_the_end is False


@claim("SG11")
@needs_posix
@refuted(
    where=before("3.13.0") or PYPY,
    because="before 3.13 an interrupted join() took the thread for ended (gh-90882)",
)
def test_a_thread_lives_on_when_its_join_is_interrupted(programs, evidence):
    """A thread whose join() was interrupted by Ctrl-C is alive, and can be joined again.

    Before 3.13, and on PyPy, is_alive() is False and join() returns at once, though the thread
    runs; nor is it waited for at exit.  There, wait for an Event that the thread sets at its end.
    """
    raised, alive, alive_at_the_end = seen(interrupt_a_join, programs, evidence)
    control(raised == "KeyboardInterrupt", f"it was not interrupted: {raised}")
    control(alive_at_the_end is False, "it never ended")
    control(type(alive) is bool, f"neither alive nor dead: {alive}")
    assert alive


def asleep():
    """Whether the main thread sleeps in the kernel."""
    stat = Path(f"/proc/self/task/{os.getpid()}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "S"


def restart_or_interrupt():
    """Whether a handler runs while main goes on reading, after siginterrupt with True and False."""
    noted = noting(signal.SIGUSR1, signal.SIGUSR2)
    ran_while_reading = []
    for number, flag in ((signal.SIGUSR1, True), (signal.SIGUSR2, False)):
        readable, writable = os.pipe()
        signal.siginterrupt(number, flag)

        def send(number=number, flag=flag, writable=writable):
            until(lambda: never(lambda: not asleep(), during=0.05), "main to read")
            signal.pthread_kill(threading.main_thread().ident, number)
            if flag:
                until(lambda: noted, "the handler to run")
            ran = not never(lambda: (number, "MainThread") in noted, during=0 if flag else 0.05)
            ran_while_reading.append(ran)
            os.write(writable, b"data")

        thread = threading.Thread(target=send)
        thread.start()
        os.read(readable, 100)
        joined(thread)
        os.close(readable)
        os.close(writable)
    return ran_while_reading, sorted(noted)


@claim("SG09")
@applies(where=Path("/proc/self/task").exists(), because="Linux shows whether a thread sleeps")
def test_siginterrupt_false_delays_the_handler(programs, evidence):
    """After signal.siginterrupt(n, False) a handler waits until the call that blocks has ended.

    By default, and with True, the call is interrupted, the handler runs, and the call goes on.
    """
    ran_while_reading, noted = seen(restart_or_interrupt, programs, evidence)
    assert ran_while_reading == [True, False]
    assert noted == sorted([(signal.SIGUSR1, "MainThread"), (signal.SIGUSR2, "MainThread")])


def pause_for_a_signal():
    noted = noting(signal.SIGUSR1)
    main, paused = threading.get_ident(), threading.Event()

    def send():
        while not paused.wait(0.005):
            signal.pthread_kill(main, signal.SIGUSR1)

    thread = threading.Thread(target=send)
    thread.start()
    returned = signal.pause()
    handled = len(noted) > 0
    paused.set()
    joined(thread)
    return returned, handled


@claim("SG10")
@needs_posix
def test_pause_returns_when_a_handler_has_run(programs, evidence):
    """signal.pause() sleeps until a signal has come, and its handler has run; it returns None."""
    assert seen(pause_for_a_signal, programs, evidence) == (None, True)


OBSERVATIONS = [
    set_outside_main,
    send_to_one_thread,
    mask_in_threads,
    block_and_send,
    wait_in_a_thread,
    wait_with_a_timeout,
    wake_by_a_pipe,
    raise_here,
    be_interrupted_while_reading,
    break_off_locks,
    interrupt_a_join,
    restart_or_interrupt,
    pause_for_a_signal,
]


def observe_all():
    return observe(OBSERVATIONS)


seen = Observed(observe_all)
