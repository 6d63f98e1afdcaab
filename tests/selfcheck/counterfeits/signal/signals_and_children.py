"""Counterfeits for the claims of library/signal/test_signals_and_children.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, PYPY, in_a_program_or_a_command


@counterfeit("SIGNAL10", "SIGNAL11", where=POSIX)
def a_child_process_starts_with_fresh_signals():
    """A child of multiprocessing starts with no signal handled, ignored or blocked."""
    import signal
    from multiprocessing import process

    bootstrap = process.BaseProcess._bootstrap

    def bootstrap_fresh(self, *arguments, **keywords):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        return bootstrap(self, *arguments, **keywords)

    process.BaseProcess._bootstrap = bootstrap_fresh


@counterfeit("SIGNAL12", "WAIT05", where=POSIX)
def every_child_is_a_success():
    """subprocess takes every child for a success."""
    import subprocess

    wait = subprocess.Popen.wait

    def wait_for_success(self, timeout=None):
        wait(self, timeout)
        self.returncode = 0
        return 0

    if in_a_program_or_a_command():
        subprocess.Popen.wait = wait_for_success


@counterfeit("SIGNAL13", where=POSIX)
def sigint_is_always_handled():
    """Python handles SIGINT even where its starter ignored it, or not if it always did so."""
    import signal

    if "-c" in sys.orig_argv and "getsignal" in sys.orig_argv[-1]:
        signal.signal(signal.SIGINT, signal.SIG_IGN if PYPY else signal.default_int_handler)


@counterfeit("SIGNAL14", where=sys.platform == "linux" and not PYPY)
def a_pidfd_of_an_ended_process_takes_signals():
    """signal.pidfd_send_signal() to a process that has ended does nothing, and says nothing."""
    import contextlib
    import signal

    send = signal.pidfd_send_signal

    def send_or_not(file, number):
        with contextlib.suppress(ProcessLookupError):
            send(file, number)

    signal.pidfd_send_signal = send_or_not
