"""Counterfeits for the claims of library/signal/test_signals_and_threads.py."""

import os

from .. import counterfeit
from ..facts import POSIX, PYPY, VERSION


def wrap_handlers(wrap):
    """Set wrap(handler) in the place of each handler that is a function."""
    import signal

    set_handler = signal.signal
    signal.signal = lambda number, handler: set_handler(
        number, wrap(handler) if callable(handler) and not isinstance(handler, int) else handler
    )


@counterfeit("SIGNAL15", where=POSIX)
def any_thread_can_set_a_handler():
    """signal.signal() outside the main thread does nothing, and says nothing."""
    import signal
    import threading

    set_handler = signal.signal

    def set_in_main(number, handler):
        if threading.current_thread() is threading.main_thread():
            return set_handler(number, handler)
        return signal.getsignal(number)

    signal.signal = set_in_main


@counterfeit("SIGNAL15", "SIGNAL16", "SIGNAL19", "SIGNAL28", where=POSIX)
def handlers_run_in_threads_of_their_own():
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


@counterfeit("SIGNAL16", where=POSIX)
def pthread_kill_sends_to_the_process():
    """signal.pthread_kill() sends to the process, of which any thread may take the signal."""
    import os
    import signal

    signal.pthread_kill = lambda ident, number: os.kill(os.getpid(), number)


@counterfeit("SIGNAL17", where=POSIX)
def pthread_sigmask_returns_the_new_mask():
    """signal.pthread_sigmask() returns the mask as it is now."""
    import signal

    mask = signal.pthread_sigmask

    def pthread_sigmask(how, numbers):
        mask(how, numbers)
        return mask(signal.SIG_BLOCK, [])

    signal.pthread_sigmask = pthread_sigmask


@counterfeit("SIGNAL17", where=POSIX)
def setting_a_mask_adds_to_it():
    """signal.pthread_sigmask(SIG_SETMASK, ...) blocks those signals as well."""
    import signal

    mask = signal.pthread_sigmask
    signal.pthread_sigmask = lambda how, numbers: mask(
        signal.SIG_BLOCK if how == signal.SIG_SETMASK else how, numbers
    )


@counterfeit("SIGNAL17", where=POSIX)
def a_thread_starts_with_no_signal_blocked():
    """A new thread blocks no signal, whatever its starter blocks."""
    import _thread
    import signal

    start = _thread.start_new_thread

    def start_new_thread(function, args):
        def unblock_and_run(*args):
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            function(*args)

        return start(unblock_and_run, args)

    _thread.start_new_thread = start_new_thread


@counterfeit("SIGNAL18", "SIGNAL22", where=POSIX)
def no_signal_is_pending():
    """signal.sigpending() lists no signal."""
    import signal

    signal.sigpending = set


@counterfeit("SIGNAL18", "SIGNAL22", where=POSIX)
def a_blocked_signal_is_lost():
    """signal.raise_signal() sends no signal that the thread blocks."""
    import signal

    send = signal.raise_signal

    def raise_signal(number):
        if number not in signal.pthread_sigmask(signal.SIG_BLOCK, []):
            send(number)

    signal.raise_signal = raise_signal


@counterfeit("SIGNAL19", where=POSIX)
def sigwait_takes_the_first_of_its_signals():
    """signal.sigwait() returns the signal with the lowest number of those it waits for."""
    import signal

    wait = signal.sigwait
    signal.sigwait = lambda numbers: (wait(numbers), min(numbers))[1]


@counterfeit("SIGNAL20", where=POSIX and not PYPY)
def sigtimedwait_does_not_wait():
    """signal.sigtimedwait() takes its timeout for 0."""
    import signal

    wait = signal.sigtimedwait
    signal.sigtimedwait = lambda numbers, timeout: wait(numbers, min(timeout, 0))


@counterfeit("SIGNAL21", where=POSIX)
def the_wakeup_fd_is_not_kept():
    """signal.set_wakeup_fd() returns -1 at any time."""
    import signal

    set_wakeup_fd = signal.set_wakeup_fd
    signal.set_wakeup_fd = lambda *file, **more: min(set_wakeup_fd(*file, **more), -1)


@counterfeit("SIGNAL21", where=POSIX)
def no_byte_is_written_for_a_signal():
    """signal.set_wakeup_fd() does nothing."""
    import signal

    signal.set_wakeup_fd = lambda *file, **more: -1


@counterfeit("SIGNAL22", where=POSIX)
def raise_signal_sends_to_the_process():
    """signal.raise_signal() sends to the process, so that any of its threads may take it."""
    import signal

    signal.raise_signal = lambda number: os.kill(os.getpid(), number)


@counterfeit("SIGNAL23", where=POSIX)
def interrupted_calls_are_not_made_again():
    """os.read() that is interrupted by a signal is an InterruptedError."""

    def wrap(handler):
        def handle_and_interrupt(number, frame):
            handler(number, frame)
            if frame.f_code.co_name == "be_interrupted_while_reading":
                raise InterruptedError

        return handle_and_interrupt

    wrap_handlers(wrap)


@counterfeit("SIGNAL24", "SIGNAL09", where=POSIX)
def a_handler_cannot_raise():
    """What the handler of a signal raises is swallowed."""
    import contextlib

    def wrap(handler):
        def handle(number, frame):
            with contextlib.suppress(BaseException):
                handler(number, frame)

        return handle

    wrap_handlers(wrap)


@counterfeit("SIGNAL25", where=POSIX)
def join_cannot_be_interrupted():
    """Thread.join() swallows KeyboardInterrupt, and returns."""
    import contextlib
    import threading

    join = threading.Thread.join

    def join_on(self, timeout=None):
        with contextlib.suppress(KeyboardInterrupt):
            join(self, timeout)

    threading.Thread.join = join_on


@counterfeit("SIGNAL26", where=POSIX)
def an_interrupted_join_changes_its_mind():
    """Thread.join() that is interrupted takes the thread for ended, or not if it always did so."""
    import threading

    join = threading.Thread.join

    def join_and_forget(self, timeout=None):
        try:
            join(self, timeout)
        except KeyboardInterrupt:
            ended = VERSION >= (3, 13) and not PYPY
            self.is_alive = lambda: not ended
            if not ended:
                self.join = lambda timeout=None: vars(self).pop("is_alive", None)
            raise

    threading.Thread.join = join_and_forget


@counterfeit("SIGNAL27", where=POSIX)
def siginterrupt_does_nothing():
    """signal.siginterrupt() changes nothing."""
    import signal

    signal.siginterrupt = lambda number, flag: None


@counterfeit("SIGNAL28", where=POSIX)
def pause_does_not_wait():
    """signal.pause() does not wait."""
    import signal

    signal.pause = lambda: None


@counterfeit("SIGNAL21", where=POSIX)
def a_full_wakeup_fd_is_kept_secret():
    """signal.set_wakeup_fd() never warns of a full buffer."""
    import signal

    set_wakeup_fd = signal.set_wakeup_fd
    signal.set_wakeup_fd = lambda file, **_: set_wakeup_fd(file, warn_on_full_buffer=False)
