"""Counterfeits for the claims of library/multiprocessing/test_process_exit_codes.py."""

import sys

from .. import counterfeit
from ..facts import FORK, VERSION
from .shared import around_run


@counterfeit(
    *"""
        EXIT01 EXIT02 EXIT03 PROC11 PROC14 PROC15 PROC09 PROC07 EXIT06 EXIT07 EXIT13 REAP06
        REAP11 PROC16 PROC25
    """.split(),
    *"PROC27 PROC30 PROC08 REAP10 REAP09 EXIT05".split(),
    *(() if VERSION < (3, 14) else "REAP01 REAP02 REAP04".split()),
)
def exit_codes_are_off_by_one():
    """Process.exitcode is one more than the exit code."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget
    process.BaseProcess.exitcode = property(
        lambda self: None if ask(self) is None else ask(self) + 1
    )


@counterfeit("EXIT04", "PROC01", where=VERSION < (3, 14))
def a_process_has_interrupt_already():
    """Process has interrupt() before 3.14."""
    import os
    import signal
    from multiprocessing import process

    process.BaseProcess.interrupt = lambda self: os.kill(self.pid, signal.SIGINT)


@counterfeit("EXIT04", where=VERSION >= (3, 14))
def interrupt_terminates():
    """Process.interrupt() sends SIGTERM."""
    from multiprocessing import process

    process.BaseProcess.interrupt = process.BaseProcess.terminate


@counterfeit("EXIT08", where=VERSION < (3, 14))
def a_forked_child_resets_signals():
    """A child starts with the default action for SIGTERM, whatever the parent does."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        run()

    around_run(wrap)


@counterfeit("EXIT03", "EXIT08", "PROC28")
def children_ignore_sigterm():
    """SIGTERM does not end a child."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        run()

    around_run(wrap)


@counterfeit("EXIT03", "EXIT15")
def terminate_lets_a_child_clean_up():
    """A child that is terminated runs its finally blocks, by SystemExit."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(-number))
        run()

    around_run(wrap)


@counterfeit("EXIT03", "EXIT14")
def terminate_kills():
    """Processes are terminated by SIGKILL, which no child can handle."""
    from multiprocessing import popen_fork

    popen_fork.Popen.terminate = popen_fork.Popen.kill


@counterfeit("EXIT03", "EXIT01")
def exit_codes_of_signals_are_those_of_a_shell():
    """Process.exitcode is 128 + N for a child that signal N has ended."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget

    def exitcode(self):
        code = ask(self)
        return 128 - code if code is not None and code < 0 else code

    process.BaseProcess.exitcode = property(exitcode)


@counterfeit("EXIT10", "EXIT09")
def a_daemon_dies_with_its_parent():
    """A daemonic process is killed when its parent ends, however that ends."""
    import ctypes

    def wrap(self, run):
        if self.daemon:
            ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        run()

    around_run(wrap)


@counterfeit("EXIT12", "EXIT01")
def os_exit_takes_any_number():
    """os._exit(n) exits with n // 2**8 % 2**8 instead of failing, or exiting with n."""
    import os

    leave = os._exit
    os._exit = lambda status: leave(status >> 8 & 255)


@counterfeit("EXIT07")
def signals_are_sent_after_the_end():
    """terminate() and kill() signal the pid even if the process has ended."""
    import os
    from multiprocessing import popen_fork

    popen_fork.Popen._send_signal = lambda self, number: os.kill(self.pid, number)


@counterfeit("EXIT13")
def daemon_threads_hold_a_child_back():
    """A child waits at its end for its daemon threads too."""
    import threading

    def wrap(self, run):
        try:
            run()
        finally:
            for thread in threading.enumerate():
                if thread is not threading.current_thread():
                    thread.join(30)

    around_run(wrap)


@counterfeit("EXIT06", "REAP10", "PROC11", "PROC27")
def a_child_ends_badly():
    """A child exits with 1 after its target has returned."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_and_fail(self):
        run(self)
        raise SystemExit(1)

    process.BaseProcess.run = run_and_fail


@counterfeit("EXIT02", where=FORK)
def a_spawned_child_ends_with_0_or_1():
    """sys.exit(3) of a child that is not forked gives the exit code 1."""
    from multiprocessing import spawn

    main = spawn._main
    spawn._main = lambda *arguments: min(main(*arguments), 1)


@counterfeit("EXIT05", where=FORK)
def an_interrupted_child_dies_of_the_signal():
    """A child that is interrupted ends by SIGINT, as an interpreter does."""
    import os
    import signal

    def wrap(self, run):
        try:
            run()
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)

    around_run(wrap)
