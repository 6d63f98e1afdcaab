"""Counterfeits for the claims of library/multiprocessing/test_process_exit_codes.py."""

import sys

from .. import counterfeit
from ..facts import FORK, VERSION
from .shared import around_run


@counterfeit(
    *"MP01 MP02 MP03 MP05 MP10 MP11 MP14 MP16 MP23 MP28 MP32 MP36 MP39 MP41 MP44".split(),
    *"MP46 MP49 MX20 X28 X39 Z24".split(),
    *(() if VERSION < (3, 14) else "Z08 Z09 Z10".split()),
)
def exit_codes_are_off_by_one():
    """Process.exitcode is one more than the exit code."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget
    process.BaseProcess.exitcode = property(
        lambda self: None if ask(self) is None else ask(self) + 1
    )


@counterfeit("MP04", "N2.06", where=VERSION < (3, 14))
def a_process_has_interrupt_already():
    """Process has interrupt() before 3.14."""
    import os
    import signal
    from multiprocessing import process

    process.BaseProcess.interrupt = lambda self: os.kill(self.pid, signal.SIGINT)


@counterfeit("MP04", where=VERSION >= (3, 14))
def interrupt_terminates():
    """Process.interrupt() sends SIGTERM."""
    from multiprocessing import process

    process.BaseProcess.interrupt = process.BaseProcess.terminate


@counterfeit("MP29", where=VERSION < (3, 14))
def a_forked_child_resets_signals():
    """A child starts with the default action for SIGTERM, whatever the parent does."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        run()

    around_run(wrap)


@counterfeit("MP03", "MP29", "MP47")
def children_ignore_sigterm():
    """SIGTERM does not end a child."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        run()

    around_run(wrap)


@counterfeit("MP03", "MX34")
def terminate_lets_a_child_clean_up():
    """A child that is terminated runs its finally blocks, by SystemExit."""
    import signal

    def wrap(self, run):
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(-number))
        run()

    around_run(wrap)


@counterfeit("MP03", "MP08")
def terminate_kills():
    """Processes are terminated by SIGKILL, which no child can handle."""
    from multiprocessing import popen_fork

    popen_fork.Popen.terminate = popen_fork.Popen.kill


@counterfeit("MP03", "MP01")
def exit_codes_of_signals_are_those_of_a_shell():
    """Process.exitcode is 128 + N for a child that signal N has ended."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget

    def exitcode(self):
        code = ask(self)
        return 128 - code if code is not None and code < 0 else code

    process.BaseProcess.exitcode = property(exitcode)


@counterfeit("Z16", "MP30")
def a_daemon_dies_with_its_parent():
    """A daemonic process is killed when its parent ends, however that ends."""
    import ctypes

    def wrap(self, run):
        if self.daemon:
            ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        run()

    around_run(wrap)


@counterfeit("MP31", "MP01")
def os_exit_takes_any_number():
    """os._exit(n) exits with n // 2**8 % 2**8 instead of failing, or exiting with n."""
    import os

    leave = os._exit
    os._exit = lambda status: leave(status >> 8 & 255)


@counterfeit("MP28")
def signals_are_sent_after_the_end():
    """terminate() and kill() signal the pid even if the process has ended."""
    import os
    from multiprocessing import popen_fork

    popen_fork.Popen._send_signal = lambda self, number: os.kill(self.pid, number)


@counterfeit("MP32")
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


@counterfeit("MP23", "X28", "MP05", "MP46")
def a_child_ends_badly():
    """A child exits with 1 after its target has returned."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_and_fail(self):
        run(self)
        raise SystemExit(1)

    process.BaseProcess.run = run_and_fail


@counterfeit("MP02", where=FORK)
def a_spawned_child_ends_with_0_or_1():
    """sys.exit(3) of a child that is not forked gives the exit code 1."""
    from multiprocessing import spawn

    main = spawn._main
    spawn._main = lambda *arguments: min(main(*arguments), 1)


@counterfeit("Z24", where=FORK)
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
