"""Counterfeits of how processes end: exit codes, signals, who reaps, and what goes on at exit."""

import sys
from collections.abc import Callable
from typing import Any

from . import counterfeit

UNRELATED = ("3.", "7.11", "7.12", "DU", "N2.07")

HAS_INTERRUPT = sys.version_info >= (3, 14)
BY_FORK = sys.version_info < (3, 14)  # on Linux
HAS_EXIT_HANDLERS = sys.version_info >= (3, 13)


def _around_run(wrap: Callable[[Any, Any], None]) -> None:
    """Let ``wrap(process, run)`` stand in for run() in every child."""
    from multiprocessing import process

    run = process.BaseProcess.run
    process.BaseProcess.run = lambda self: wrap(self, lambda: run(self))


@counterfeit(
    *"MP01 MP02 MP03 MP05 MP10 MP11 MP14 MP16 MP23 MP28 MP32 MP36 MP37 MP39 MP41 MP44".split(),
    *"MP46 MP49 MX20 X28 X39 Z24".split(),
    *("MP53 MP54".split()),
    *(() if BY_FORK else "MP38 Z08 Z09 Z10".split()),
)
def exit_codes_are_off_by_one() -> None:
    """Process.exitcode is one more than the exit code."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget
    process.BaseProcess.exitcode = property(
        lambda self: None if ask(self) is None else ask(self) + 1
    )


@counterfeit("MP53")
def a_text_given_to_sys_exit_is_lost() -> None:
    """A child that calls sys.exit(text) exits with 1, but prints nothing."""

    def wrap(self, run):  # type: ignore[no-untyped-def]
        try:
            run()
        except SystemExit as leaving:
            raise SystemExit(1 if isinstance(leaving.code, str) else leaving.code) from None

    _around_run(wrap)


@counterfeit("MP12", "MP52")
def an_exception_is_not_printed() -> None:
    """A child whose target raises exits with 1, but prints nothing."""

    def wrap(self, run):  # type: ignore[no-untyped-def]
        try:
            run()
        except LookupError:
            raise SystemExit(1) from None

    _around_run(wrap)


@counterfeit("MP52", "MP12")
def a_child_calls_sys_excepthook() -> None:
    """An exception in a child goes to sys.excepthook."""

    def wrap(self, run):  # type: ignore[no-untyped-def]
        try:
            run()
        except LookupError:
            sys.excepthook(*sys.exc_info())
            raise SystemExit(1) from None

    _around_run(wrap)


@counterfeit("MP04", "N2.06", where=not HAS_INTERRUPT)
def a_process_has_interrupt_already() -> None:
    """Process has interrupt() before 3.14."""
    import os
    import signal
    from multiprocessing import process

    process.BaseProcess.interrupt = lambda self: os.kill(self.pid, signal.SIGINT)


@counterfeit("MP04", where=HAS_INTERRUPT)
def interrupt_terminates() -> None:
    """Process.interrupt() sends SIGTERM."""
    from multiprocessing import process

    process.BaseProcess.interrupt = process.BaseProcess.terminate


@counterfeit("MP29", where=BY_FORK)
def a_forked_child_resets_signals() -> None:
    """A child starts with the default action for SIGTERM, whatever the parent does."""
    import signal

    def wrap(self, run):  # type: ignore[no-untyped-def]
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        run()

    _around_run(wrap)


@counterfeit("MP03", "MP29", "MP47")
def children_ignore_sigterm() -> None:
    """SIGTERM does not end a child."""
    import signal

    def wrap(self, run):  # type: ignore[no-untyped-def]
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        run()

    _around_run(wrap)


@counterfeit("MP03", "MX34")
def terminate_lets_a_child_clean_up() -> None:
    """A child that is terminated runs its finally blocks, by SystemExit."""
    import signal

    def wrap(self, run):  # type: ignore[no-untyped-def]
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(-number))
        run()

    _around_run(wrap)


@counterfeit("MP03", "MP08")
def terminate_kills() -> None:
    """Processes are terminated by SIGKILL, which no child can handle."""
    from multiprocessing import popen_fork

    popen_fork.Popen.terminate = popen_fork.Popen.kill


@counterfeit("MP03", "MP01")
def exit_codes_of_signals_are_those_of_a_shell() -> None:
    """Process.exitcode is 128 + N for a child that signal N has ended."""
    from multiprocessing import process

    ask = process.BaseProcess.exitcode.fget

    def exitcode(self):  # type: ignore[no-untyped-def]
        code = ask(self)
        return 128 - code if code is not None and code < 0 else code

    process.BaseProcess.exitcode = property(exitcode)


@counterfeit("Z16", "MP30")
def a_daemon_dies_with_its_parent() -> None:
    """A daemonic process is killed when its parent ends, however that ends."""
    import ctypes

    def wrap(self, run):  # type: ignore[no-untyped-def]
        if self.daemon:
            ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
        run()

    _around_run(wrap)


@counterfeit("MP31", "MP01")
def os_exit_takes_any_number() -> None:
    """os._exit(n) exits with n // 2**8 % 2**8 instead of failing, or exiting with n."""
    import os

    leave = os._exit
    os._exit = lambda status: leave(status >> 8 & 255)


@counterfeit("MP10", "MP33")
def every_sentinel_is_ready() -> None:
    """connection.wait() says at once that everything is ready."""
    from multiprocessing import connection

    connection.wait = lambda objects, timeout=None: list(objects)


@counterfeit("MP28")
def signals_are_sent_after_the_end() -> None:
    """terminate() and kill() signal the pid even if the process has ended."""
    import os
    from multiprocessing import popen_fork

    popen_fork.Popen._send_signal = lambda self, number: os.kill(self.pid, number)


@counterfeit("MP32")
def daemon_threads_hold_a_child_back() -> None:
    """A child waits at its end for its daemon threads too."""
    import threading

    def wrap(self, run):  # type: ignore[no-untyped-def]
        try:
            run()
        finally:
            for thread in threading.enumerate():
                if thread is not threading.current_thread():
                    thread.join(30)

    _around_run(wrap)


@counterfeit("MP11", *(["Z08"] if BY_FORK else []))
def nobody_looks_for_ended_children() -> None:
    """active_children() and start() neither reap nor forget children that have ended."""
    from multiprocessing import process

    process._cleanup = lambda: None


@counterfeit("MP37", "MP38", "Z09", "Z10", where=BY_FORK)
def a_lost_exit_code_reads_255() -> None:
    """If the exit code has been taken by another, exitcode is 255."""
    import os
    from multiprocessing import popen_fork

    def poll(self, flag=os.WNOHANG):  # type: ignore[no-untyped-def]
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, flag)
            except OSError:
                self.returncode = 255
            else:
                if pid == self.pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    popen_fork.Popen.poll = poll


@counterfeit("MP37")
def two_threads_never_ask_for_one_exit_code() -> None:
    """Process.join() waits while another thread asks for the exit code of the process."""
    import threading
    from multiprocessing import popen_fork

    poll, asking = popen_fork.Popen.poll, threading.RLock()

    def poll_alone(self, *flag):  # type: ignore[no-untyped-def]
        with asking:
            return poll(self, *flag)

    popen_fork.Popen.poll = poll_alone


@counterfeit("MP34")
def waitpid_fails_otherwise() -> None:
    """os.waitpid() returns another status, and another error where there is no such child."""
    import os

    wait = os.waitpid

    def waitpid(pid, options):  # type: ignore[no-untyped-def]
        try:
            pid, status = wait(pid, options)
        except ChildProcessError:
            raise PermissionError from None
        return pid, status + 256 if pid else status

    os.waitpid = waitpid


@counterfeit("MP35")
def join_sends_sigchld() -> None:
    """Process.join() raises SIGCHLD in the parent, once more or for the first time."""
    import signal
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_signal(self, timeout=None):  # type: ignore[no-untyped-def]
        join(self, timeout)
        signal.raise_signal(signal.SIGCHLD)

    process.BaseProcess.join = join_and_signal


@counterfeit("MP36")
def getppid_tells_the_other_parent() -> None:
    """os.getppid() is 1, or under forkserver the pid of the process that called start()."""
    import os
    from multiprocessing import process

    os.getppid = lambda: 1 if BY_FORK else process.parent_process().pid


@counterfeit("X39", "MP41")
def only_the_main_thread_may_join() -> None:
    """Process.join() fails in any thread but the main thread."""
    import threading
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_in_main(self, timeout=None):  # type: ignore[no-untyped-def]
        assert threading.current_thread() is threading.main_thread()
        join(self, timeout)

    process.BaseProcess.join = join_in_main


@counterfeit("MP08", "Z15")
def a_program_leaves_its_children_behind() -> None:
    """A program ends without joining or terminating its children."""
    import atexit
    from multiprocessing import util

    atexit.unregister(util._exit_function)


@counterfeit("Z15")
def the_exit_status_is_lost() -> None:
    """A program that has children exits with 0."""
    import atexit
    import os

    def leave() -> None:
        if sys.argv[0].endswith("program.py"):
            sys.stdout.flush()
            os._exit(0)

    atexit.register(leave)


@counterfeit("MP07")
def daemons_may_have_children() -> None:
    """A daemonic process may start a child."""
    from multiprocessing import process

    start = process.BaseProcess.start

    def start_anyway(self):  # type: ignore[no-untyped-def]
        config = process.current_process()._config
        daemon, config["daemon"] = config.get("daemon", False), False
        start(self)
        config["daemon"] = daemon

    process.BaseProcess.start = start_anyway


@counterfeit("MP07", "MP50")
def a_child_does_not_know_that_it_is_a_daemon() -> None:
    """current_process().daemon is False in every child."""

    def wrap(self, run):  # type: ignore[no-untyped-def]
        self._config["daemon"] = False
        run()

    _around_run(wrap)


@counterfeit("MP51", "MP09")
def a_parent_seems_dead_while_it_lives() -> None:
    """parent_process().is_alive() says the opposite."""
    from multiprocessing import process

    alive = process._ParentProcess.is_alive
    process._ParentProcess.is_alive = lambda self: not alive(self)


@counterfeit("MP09", "MP12", "MP55")
def a_child_does_not_know_its_name() -> None:
    """current_process().name is "Process" in every child."""

    def wrap(self, run):  # type: ignore[no-untyped-def]
        self._name = "Process"
        run()

    _around_run(wrap)


@counterfeit("MP09")
def every_process_is_number_one() -> None:
    """The name of every process that is given none ends in 1."""
    from multiprocessing import process

    make = process.BaseProcess.__init__

    def make_number_one(self, group=None, target=None, name=None, *rest, **others):  # type: ignore[no-untyped-def]
        make(self, group, target, name or f"{type(self).__name__}-1", *rest, **others)

    process.BaseProcess.__init__ = make_number_one


@counterfeit("MP16")
def a_child_reads_the_parents_stdin() -> None:
    """A child keeps the standard input of its parent."""
    from multiprocessing import util

    util._close_stdin = lambda: None


@counterfeit("MX20")
def a_child_forgets_what_it_has_printed() -> None:
    """A child does not flush its standard output at its end."""
    from multiprocessing import util

    util._flush_std_streams = lambda: None


@counterfeit("MX20")
def a_child_is_flushed_in_any_case() -> None:
    """os._exit() flushes the standard output first."""
    import os

    leave = os._exit

    def flush_and_leave(status):  # type: ignore[no-untyped-def]
        sys.stdout.flush()
        leave(status)

    os._exit = flush_and_leave


@counterfeit("MP14")
def threads_of_a_child_are_left() -> None:
    """A child does not join its threads at its end."""
    import os

    def wrap(self, run):  # type: ignore[no-untyped-def]
        run()
        sys.stdout.flush()
        os._exit(0)

    _around_run(wrap)


@counterfeit("MP15", where=HAS_EXIT_HANDLERS)
def a_child_registers_no_exit_handlers() -> None:
    """atexit.register() does nothing in a child."""
    import atexit
    from multiprocessing import process

    register = atexit.register

    def register_in_the_parent(function, *args, **kwargs):  # type: ignore[no-untyped-def]
        if process.parent_process() is None:
            register(function, *args, **kwargs)
        return function

    atexit.register = register_in_the_parent


@counterfeit("MP54", where=HAS_EXIT_HANDLERS)
def a_child_keeps_the_exit_handlers_of_its_parent() -> None:
    """A forked child runs the exit handlers that it has inherited."""
    import atexit

    atexit._clear = lambda: None
