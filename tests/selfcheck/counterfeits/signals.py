"""Counterfeits of signals: handlers, masks, waits, timers, and what children make of them."""

import os
import sys

from . import counterfeit

HAS_SIGNALS = os.name == "posix"
PYPY = sys.implementation.name == "pypy"


def fresh() -> bool:
    """Tell whether this interpreter was started by a spec for a program, or for one function."""
    return sys.orig_argv[-1].endswith("program.py") or "-c" in sys.orig_argv


def wrap_handlers(wrap) -> None:
    """Set wrap(handler) in the place of each handler that is a function."""
    import signal

    set_handler = signal.signal
    signal.signal = lambda number, handler: set_handler(
        number, wrap(handler) if callable(handler) and not isinstance(handler, int) else handler
    )


@counterfeit("TH32", where=HAS_SIGNALS)
def any_thread_can_set_a_handler() -> None:
    """signal.signal() outside the main thread does nothing, and says nothing."""
    import signal
    import threading

    set_handler = signal.signal

    def set_in_main(number, handler):
        if threading.current_thread() is threading.main_thread():
            return set_handler(number, handler)
        return signal.getsignal(number)

    signal.signal = set_in_main


@counterfeit("TH32", "SG01", "SG04", "SG10", where=HAS_SIGNALS)
def handlers_run_in_threads_of_their_own() -> None:
    """The handler of a signal runs in a new thread; sigwait() leaves the signal pending."""
    import signal
    import threading

    def wrap(handler):
        def in_a_thread(number, frame):
            threading.Thread(target=handler, args=(number, frame)).start()

        return in_a_thread

    wait = signal.sigwait
    wrap_handlers(wrap)
    signal.sigwait = lambda numbers: int(wait(numbers))
    signal.pause = lambda: None


@counterfeit("SG01", where=HAS_SIGNALS)
def pthread_kill_sends_nothing() -> None:
    """signal.pthread_kill() sends nothing to another thread than the main one."""
    import signal
    import threading

    kill = signal.pthread_kill

    def pthread_kill(ident, number):
        if ident in (threading.main_thread().ident, threading.get_ident()):
            kill(ident, number)

    signal.pthread_kill = pthread_kill


@counterfeit("SG02", where=HAS_SIGNALS)
def pthread_sigmask_returns_the_new_mask() -> None:
    """signal.pthread_sigmask() returns the mask as it is now."""
    import signal

    mask = signal.pthread_sigmask

    def pthread_sigmask(how, numbers):
        mask(how, numbers)
        return mask(signal.SIG_BLOCK, [])

    if fresh():
        signal.pthread_sigmask = pthread_sigmask


@counterfeit("SG02", where=HAS_SIGNALS)
def setting_a_mask_adds_to_it() -> None:
    """signal.pthread_sigmask(SIG_SETMASK, ...) blocks those signals as well."""
    import signal

    mask = signal.pthread_sigmask
    if fresh():
        signal.pthread_sigmask = lambda how, numbers: mask(
            signal.SIG_BLOCK if how == signal.SIG_SETMASK else how, numbers
        )


@counterfeit("SG02", where=HAS_SIGNALS)
def a_thread_starts_with_no_signal_blocked() -> None:
    """A new Thread blocks no signal, whatever its starter blocks."""
    import signal
    import threading

    run = threading.Thread.run
    threading.Thread.run = lambda self: (
        signal.pthread_sigmask(signal.SIG_SETMASK, []) and None,
        run(self),
    )


@counterfeit("SG03", "SG07", where=HAS_SIGNALS)
def no_signal_is_pending() -> None:
    """signal.sigpending() tells of no signal."""
    import signal

    signal.sigpending = set


@counterfeit("SG03", "SG07", where=HAS_SIGNALS)
def a_blocked_signal_is_lost() -> None:
    """signal.raise_signal() sends no signal that the thread blocks."""
    import signal

    send = signal.raise_signal

    def raise_signal(number):
        if number not in signal.pthread_sigmask(signal.SIG_BLOCK, []):
            send(number)

    signal.raise_signal = raise_signal


@counterfeit("SG04", where=HAS_SIGNALS)
def sigwait_takes_the_first_of_its_signals() -> None:
    """signal.sigwait() returns the signal with the lowest number of those it waits for."""
    import signal

    wait = signal.sigwait
    signal.sigwait = lambda numbers: (wait(numbers), min(numbers))[1]


@counterfeit("SG05", where=HAS_SIGNALS and not PYPY)
def sigtimedwait_does_not_wait() -> None:
    """signal.sigtimedwait() takes its timeout for 0."""
    import signal

    wait = signal.sigtimedwait
    signal.sigtimedwait = lambda numbers, timeout: wait(numbers, min(timeout, 0))


@counterfeit("SG06", where=HAS_SIGNALS)
def the_wakeup_fd_is_not_kept() -> None:
    """signal.set_wakeup_fd() returns -1 at any time."""
    import signal

    set_wakeup_fd = signal.set_wakeup_fd
    signal.set_wakeup_fd = lambda *file, **more: min(set_wakeup_fd(*file, **more), -1)


@counterfeit("SG06", where=HAS_SIGNALS)
def no_byte_is_written_for_a_signal() -> None:
    """signal.set_wakeup_fd() does nothing."""
    import signal

    signal.set_wakeup_fd = lambda *file, **more: -1


@counterfeit("SG07", where=HAS_SIGNALS)
def raise_signal_sends_to_the_process() -> None:
    """signal.raise_signal() sends to the process, so that any of its threads may take it."""
    import signal

    signal.raise_signal = lambda number: os.kill(os.getpid(), number)


@counterfeit("SG08", where=HAS_SIGNALS)
def interrupted_calls_are_not_made_again() -> None:
    """os.read() that is interrupted by a signal is an InterruptedError."""

    def wrap(handler):
        def handle_and_interrupt(number, frame):
            handler(number, frame)
            if frame.f_code.co_name == "be_interrupted_while_reading":
                raise InterruptedError

        return handle_and_interrupt

    wrap_handlers(wrap)


@counterfeit("TH53", "SG19", where=HAS_SIGNALS)
def a_handler_cannot_raise() -> None:
    """What the handler of a signal raises is swallowed."""
    import contextlib

    def wrap(handler):
        def handle(number, frame):
            with contextlib.suppress(Exception, SystemExit):
                handler(number, frame)

        return handle

    wrap_handlers(wrap)


@counterfeit("Z11", where=HAS_SIGNALS)
def join_cannot_be_interrupted() -> None:
    """Thread.join() swallows KeyboardInterrupt, and returns."""
    import contextlib
    import threading

    join = threading.Thread.join

    def join_on(self, timeout=None):
        with contextlib.suppress(KeyboardInterrupt):
            join(self, timeout)

    threading.Thread.join = join_on


@counterfeit("SG11", where=HAS_SIGNALS)
def an_interrupted_join_changes_its_mind() -> None:
    """Thread.join() that is interrupted takes the thread for ended, or not if it always did so."""
    import threading

    join = threading.Thread.join

    def join_and_forget(self, timeout=None):
        try:
            join(self, timeout)
        except KeyboardInterrupt:
            ended = sys.version_info >= (3, 13) and not PYPY
            self.is_alive = lambda: not ended
            if not ended:
                self.join = lambda timeout=None: vars(self).pop("is_alive", None)
            raise

    threading.Thread.join = join_and_forget


@counterfeit("SG09", where=HAS_SIGNALS)
def siginterrupt_does_nothing() -> None:
    """signal.siginterrupt() changes nothing."""
    import signal

    signal.siginterrupt = lambda number, flag: None


@counterfeit("SG10", where=HAS_SIGNALS)
def pause_does_not_wait() -> None:
    """signal.pause() returns at once."""
    import signal

    signal.pause = lambda: None


@counterfeit("SG12", where=HAS_SIGNALS)
def signal_returns_the_new_handler() -> None:
    """signal.signal() returns the handler that it sets."""
    import signal

    set_handler = signal.signal
    if fresh():
        signal.signal = lambda number, handler: (set_handler(number, handler), handler)[1]


@counterfeit("SG13", "SG20", where=HAS_SIGNALS and not PYPY)
def any_handler_is_accepted() -> None:
    """signal.signal() accepts any signal and any handler."""
    import signal

    set_handler = signal.signal

    def set_or_not(number, handler):
        try:
            return set_handler(number, handler)
        except (OSError, ValueError, TypeError):
            return signal.SIG_DFL

    signal.signal = set_or_not


@counterfeit("SG13", "SG20", where=PYPY)
def the_unstoppable_signals_are_refused() -> None:
    """signal.signal() refuses SIGKILL and SIGSTOP, and None is a handler."""
    import signal

    set_handler = signal.signal

    def set_or_refuse(number, handler):
        if number in (signal.SIGKILL, signal.SIGSTOP):
            raise OSError("refused")
        return set_handler(number, signal.SIG_DFL if handler is None else handler)

    signal.signal = set_or_refuse


@counterfeit("SG14", where=HAS_SIGNALS)
def strsignal_is_the_name() -> None:
    """signal.strsignal() returns the name of the signal."""
    import signal

    signal.strsignal = lambda number: signal.Signals(number).name


@counterfeit("SG14", where=HAS_SIGNALS)
def every_number_is_a_signal() -> None:
    """signal.valid_signals() has all numbers up to NSIG."""
    import signal

    signal.valid_signals = lambda: set(range(signal.NSIG + 1))


@counterfeit("SG15", where=HAS_SIGNALS)
def a_broken_pipe_ends_a_program() -> None:
    """SIGPIPE is left to the system."""
    import signal

    if fresh():
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


@counterfeit("SG16", where=HAS_SIGNALS)
def alarm_returns_nothing() -> None:
    """signal.alarm() returns 0, even if there was an alarm before."""
    import signal

    alarm = signal.alarm
    signal.alarm = lambda seconds: alarm(seconds) * 0


@counterfeit("SG17", where=HAS_SIGNALS)
def a_timer_goes_off_once() -> None:
    """signal.setitimer() ignores its interval."""
    import signal

    set_timer = signal.setitimer
    signal.setitimer = lambda which, seconds, interval=0.0: set_timer(which, seconds)


@counterfeit("SG17", where=HAS_SIGNALS)
def a_timer_goes_off_early() -> None:
    """signal.setitimer() waits for half of the time."""
    import signal

    set_timer = signal.setitimer
    signal.setitimer = lambda which, seconds, interval=0.0: set_timer(
        which, seconds / 2, interval / 2
    )


@counterfeit("SG15", "SG18", where=HAS_SIGNALS)
def sigterm_cleans_up() -> None:
    """Python handles SIGTERM by sys.exit()."""
    import signal

    if fresh():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@counterfeit("SG21", "SG22", where=HAS_SIGNALS)
def a_child_process_starts_with_fresh_signals() -> None:
    """A child of multiprocessing starts with no signal handled, ignored or blocked."""
    import signal
    from multiprocessing import process

    bootstrap = process.BaseProcess._bootstrap

    def bootstrap_fresh(self, *arguments, **keywords):
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        return bootstrap(self, *arguments, **keywords)

    process.BaseProcess._bootstrap = bootstrap_fresh


@counterfeit("SG23", "SG24", where=HAS_SIGNALS)
def every_child_is_a_success() -> None:
    """subprocess takes every child for a success."""
    import subprocess

    wait = subprocess.Popen.wait

    def wait_for_success(self, timeout=None):
        wait(self, timeout)
        self.returncode = 0
        return 0

    if fresh():
        subprocess.Popen.wait = wait_for_success


@counterfeit("SG24", where=HAS_SIGNALS)
def ignoring_children_forgets_none() -> None:
    """To ignore SIGCHLD does not make the system forget the children."""
    import signal

    set_handler = signal.signal

    def set_or_not(number, handler):
        if number == signal.SIGCHLD and handler == signal.SIG_IGN:
            handler = signal.SIG_DFL
        return set_handler(number, handler)

    signal.signal = set_or_not


@counterfeit("SG25", where=HAS_SIGNALS)
def sigint_is_always_handled() -> None:
    """Python handles SIGINT even where its starter ignored it, or not if it always did so."""
    import signal

    if "-c" in sys.orig_argv and "getsignal" in sys.orig_argv[-1]:
        signal.signal(signal.SIGINT, signal.SIG_IGN if PYPY else signal.default_int_handler)


@counterfeit("SG26", where=sys.platform == "linux" and not PYPY)
def a_pidfd_of_an_ended_process_takes_signals() -> None:
    """signal.pidfd_send_signal() to a process that has ended does nothing, and says nothing."""
    import contextlib
    import signal

    send = signal.pidfd_send_signal

    def send_or_not(file, number):
        with contextlib.suppress(ProcessLookupError):
            send(file, number)

    signal.pidfd_send_signal = send_or_not
