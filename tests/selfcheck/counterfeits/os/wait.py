"""Counterfeits for the claims of library/os/test_wait.py."""

import contextlib
import os

from .. import counterfeit
from ..facts import FORK


@counterfeit("WAIT01", where=FORK)
def an_exit_code_loses_its_sign():
    """waitstatus_to_exitcode() gives the number of the signal without its sign."""
    convert = os.waitstatus_to_exitcode
    os.waitstatus_to_exitcode = lambda status: abs(convert(status))


@counterfeit("WAIT02", where=FORK)
def no_child_is_ever_stopped():
    """WIFSTOPPED() is always false."""
    os.WIFSTOPPED = lambda status: False


@counterfeit("WAIT03", "WAIT05", where=FORK)
def waiting_for_a_child_that_is_gone_succeeds():
    """waitpid() gives status 0 where there is no child, or none any more."""
    wait = os.waitpid

    def waitpid(pid, options):
        try:
            return wait(pid, options)
        except ChildProcessError:
            return max(pid, 0), 0

    os.waitpid = waitpid


@counterfeit("WAIT04", where=FORK)
def wait4_takes_any_child():
    """wait4() waits for whichever child ends first."""
    os.wait4 = lambda pid, options: os.wait3(options)


@counterfeit("WAIT06", where=hasattr(os, "waitid"))
def waitid_always_reaps():
    """WNOWAIT is ignored."""
    wait = os.waitid
    os.waitid = lambda kind, id, options: wait(kind, id, options & ~os.WNOWAIT)


@counterfeit("WAIT07", where=hasattr(os, "pidfd_open"))
def a_pidfd_is_always_readable():
    """pidfd_open() gives a descriptor that is ready at once."""
    os.pidfd_open = lambda pid, flags=0: os.open(os.devnull, os.O_RDONLY)


@counterfeit("WAIT08", where=FORK)
def a_process_that_is_gone_can_be_killed():
    """os.kill() never raises ProcessLookupError."""
    send = os.kill

    def kill(pid, number):
        with contextlib.suppress(ProcessLookupError):
            send(pid, number)

    os.kill = kill


@counterfeit("WAIT09")
def a_returncode_loses_its_sign():
    """The returncode of a subprocess that signal N ended is N."""
    from subprocess import Popen

    Popen.returncode = property(
        lambda self: self.__dict__.get("code"),
        lambda self, code: self.__dict__.update(code=code and abs(code)),
    )


@counterfeit("WAIT05", where=FORK)
def ignoring_children_forgets_none():
    """To ignore SIGCHLD does not make the system forget the children."""
    import signal

    set_handler = signal.signal

    def set_or_not(number, handler):
        if number == signal.SIGCHLD and handler == signal.SIG_IGN:
            handler = signal.SIG_DFL
        return set_handler(number, handler)

    signal.signal = set_or_not
