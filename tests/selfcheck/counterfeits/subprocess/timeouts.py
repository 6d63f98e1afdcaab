"""Counterfeits for the claims of library/subprocess/test_timeouts.py."""

import os
import signal

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch

FORGETS_INPUT = not (3, 13, 10) <= VERSION < (3, 14) and VERSION < (3, 14, 1)


def at_a_timeout_of_communicate(do):
    """Call a function with the Popen and the exception when communicate() raises TimeoutExpired."""
    import subprocess

    def change(communicate):
        def communicate_and_do(self, *args, **keywords):
            try:
                return communicate(self, *args, **keywords)
            except subprocess.TimeoutExpired as error:
                do(self, error)
                raise

        return communicate_and_do

    patch("subprocess.Popen", communicate=change)


@counterfeit("POPEN28", "POPEN29", where=POSIX)
def a_timeout_loses_the_output():
    """What communicate() has read before a timeout is lost."""

    def lose(process, _error):
        for pieces in getattr(process, "_fileobj2output", {}).values():
            pieces.clear()

    at_a_timeout_of_communicate(lose)


@counterfeit("POPEN29", where=POSIX)
def the_output_so_far_is_text():
    """TimeoutExpired.stdout is a str in text mode."""

    def decode(process, error):
        if process.text_mode and error.output:
            error.output = error.output.decode()

    at_a_timeout_of_communicate(decode)


@counterfeit("POPEN30", where=POSIX)
def a_wait_that_times_out_kills():
    """wait(timeout) kills the child before it raises TimeoutExpired."""
    import subprocess

    def change(wait):
        def wait_or_kill(self, timeout=None):
            try:
                return wait(self, timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                wait(self)
                raise

        return wait_or_kill

    patch("subprocess.Popen", wait=change)


@counterfeit("POPEN31", where=POSIX)
def a_timeout_is_told_in_milliseconds():
    """TimeoutExpired.timeout is in milliseconds."""

    def change(init):
        def in_milliseconds(self, cmd, timeout, *args, **keywords):
            init(self, cmd, timeout * 1000, *args, **keywords)

        return in_milliseconds

    patch("subprocess.TimeoutExpired", __init__=change)


@counterfeit("POPEN32", where=POSIX)
def call_kills_nobody():
    """call(timeout=) leaves the child running."""
    import subprocess

    def call(*args, timeout=None, **keywords):
        return subprocess.Popen(*args, **keywords).wait(timeout)

    subprocess.call = call


@counterfeit("POPEN33", "POPEN35", where=POSIX)
def kill_ends_the_whole_family():
    """kill() ends the child, and what that has started."""

    def change(init):
        def lead(self, *args, **keywords):
            init(self, *args, **{**keywords, "start_new_session": True})

        return lead

    patch(
        "subprocess.Popen",
        __init__=change,
        kill=lambda kill: lambda self: os.killpg(self.pid, signal.SIGKILL),
    )


@counterfeit("POPEN34", where=POSIX and not FORGETS_INPUT)
def a_timeout_loses_the_input():
    """As up to 3.13.9, communicate() forgets its input at a timeout."""
    at_a_timeout_of_communicate(lambda process, _error: setattr(process, "_input", None))


@counterfeit("POPEN34", where=POSIX and FORGETS_INPUT)
def a_timeout_keeps_the_input():
    """As from 3.13.10 on, communicate() goes on with its input after a timeout."""

    def change(communicate):
        def go_on(self, given, endtime, timeout):
            return communicate(self, given or getattr(self, "_input", None), endtime, timeout)

        return go_on

    patch("subprocess.Popen", _communicate=change)


@counterfeit("POPEN50", where=POSIX and VERSION >= (3, 15))
def waiting_is_polling():
    """As up to 3.14, wait(timeout) polls."""
    import subprocess

    subprocess._CAN_USE_PIDFD_OPEN = subprocess._CAN_USE_KQUEUE = False


@counterfeit("POPEN50", where=POSIX and VERSION < (3, 15))
def a_wait_does_not_sleep():
    """wait(timeout) does not call time.sleep()."""
    import subprocess
    import threading
    import time

    def change(wait):
        def wait_in_small_steps(self, timeout):
            end = None if timeout is None else time.monotonic() + timeout
            while end is not None and self.poll() is None:
                if time.monotonic() > end:
                    raise subprocess.TimeoutExpired(self.args, timeout)
                threading.Event().wait(0.001)
            return wait(self, None)

        return wait_in_small_steps

    patch("subprocess.Popen", _wait=change)


@counterfeit("POPEN54", where=POSIX)
def a_wait_cannot_be_infinite():
    """As in the betas of 3.15, wait(float("inf")) raises OverflowError."""

    def change(wait):
        def limit(self, timeout=None):
            if timeout == float("inf"):
                raise OverflowError("timestamp too large to convert to C PyTime_t")
            return wait(self, timeout)

        return limit

    patch("subprocess.Popen", wait=change)


@counterfeit("POPEN54", where=POSIX)
def communicate_can_be_infinite():
    """communicate(timeout=float("inf")) has no timeout."""

    def change(communicate):
        def unlimited(self, given=None, timeout=None):
            return communicate(self, given, None if timeout == float("inf") else timeout)

        return unlimited

    patch("subprocess.Popen", communicate=change)
