"""Counterfeits for the claims of library/signal/test_handlers_and_timers.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, PYPY, in_a_program_or_a_command


@counterfeit("SIGNAL01", where=POSIX)
def signal_returns_the_new_handler():
    """signal.signal() returns the handler that it sets."""
    import signal

    set_handler = signal.signal
    if in_a_program_or_a_command():
        signal.signal = lambda number, handler: (set_handler(number, handler), handler)[1]


@counterfeit("SIGNAL02", "SIGNAL03", where=POSIX and not PYPY)
def any_handler_is_accepted():
    """signal.signal() accepts any signal and any handler."""
    import signal

    set_handler = signal.signal

    def set_or_not(number, handler):
        try:
            return set_handler(number, handler)
        except (OSError, ValueError, TypeError):
            return signal.SIG_DFL

    signal.signal = set_or_not


@counterfeit("SIGNAL02", "SIGNAL03", where=PYPY)
def the_unstoppable_signals_are_refused():
    """signal.signal() refuses SIGKILL and SIGSTOP, and None is a handler."""
    import signal

    set_handler = signal.signal

    def set_or_refuse(number, handler):
        if number in (signal.SIGKILL, signal.SIGSTOP):
            raise OSError("refused")
        return set_handler(number, signal.SIG_DFL if handler is None else handler)

    signal.signal = set_or_refuse


@counterfeit("SIGNAL04", where=POSIX)
def strsignal_is_the_name():
    """signal.strsignal() returns the name of the signal."""
    import signal

    signal.strsignal = lambda number: signal.Signals(number).name


@counterfeit("SIGNAL04", where=POSIX)
def every_number_is_a_signal():
    """signal.valid_signals() has all numbers up to NSIG."""
    import signal

    signal.valid_signals = lambda: set(range(signal.NSIG + 1))


@counterfeit("SIGNAL05", where=POSIX)
def a_broken_pipe_ends_a_program():
    """SIGPIPE is left to the system."""
    import signal

    if in_a_program_or_a_command():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


@counterfeit("SIGNAL06", where=POSIX)
def alarm_returns_nothing():
    """signal.alarm() returns 0, even if there was an alarm before."""
    import signal

    alarm = signal.alarm
    signal.alarm = lambda seconds: alarm(seconds) * 0


@counterfeit("SIGNAL07", where=POSIX)
def a_timer_goes_off_once():
    """signal.setitimer() ignores its interval."""
    import signal

    set_timer = signal.setitimer
    signal.setitimer = lambda which, seconds, interval=0.0: set_timer(which, seconds)


@counterfeit("SIGNAL07", where=POSIX)
def a_timer_goes_off_early():
    """signal.setitimer() waits for half of the time."""
    import signal

    set_timer = signal.setitimer
    signal.setitimer = lambda which, seconds, interval=0.0: set_timer(
        which, seconds / 2, interval / 2
    )


@counterfeit("SIGNAL05", "SIGNAL08", where=POSIX)
def sigterm_cleans_up():
    """Python handles SIGTERM by sys.exit()."""
    import signal

    if in_a_program_or_a_command():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@counterfeit("SIGNAL29", where=POSIX)
def print_never_raises():
    """print() in a program ends without an exception, whatever happens."""
    import builtins

    original = builtins.print

    def print_if_possible(*things, **keywords):
        try:
            original(*things, **keywords)
        except RuntimeError:
            return

    if in_a_program_or_a_command():
        builtins.print = print_if_possible


@counterfeit("SIGNAL30")
def every_lock_is_reentrant():
    """threading.Lock() in a program is an RLock."""
    import threading

    if in_a_program_or_a_command():
        threading.Lock = threading.RLock


@counterfeit("SIGNAL31", where=POSIX)
def setting_an_event_waits_for_nobody():
    """multiprocessing.Event is an event of threading."""
    import multiprocessing
    import threading

    multiprocessing.Event = threading.Event
