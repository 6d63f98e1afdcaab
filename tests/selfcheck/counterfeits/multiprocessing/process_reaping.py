"""Counterfeits for the claims of library/multiprocessing/test_process_reaping.py."""

from .. import counterfeit
from ..facts import FORK, VERSION, in_a_program_or_a_command
from .shared import fork_where


@counterfeit("REAP08", where=VERSION < (3, 14))
def a_lost_exit_code_reads_255():
    """If the exit code has been taken by another, exitcode is 255."""
    import os
    from multiprocessing import popen_fork

    def poll(self, flag=os.WNOHANG):
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


@counterfeit("REAP07")
def two_threads_never_ask_for_one_exit_code():
    """Process.join() waits while another thread asks for the exit code of the process."""
    import threading
    from multiprocessing import popen_fork

    poll, asking = popen_fork.Popen.poll, threading.RLock()

    def poll_alone(self, *flag):
        with asking:
            return poll(self, *flag)

    popen_fork.Popen.poll = poll_alone


@counterfeit("REAP02", where=VERSION < (3, 14))
def an_exit_code_can_be_waited_for_twice():
    """os.waitpid() returns the status of a child again if it is asked again."""
    import os

    wait, known = os.waitpid, {}

    def waitpid(pid, options):
        try:
            ended, status = wait(pid, options)
        except ChildProcessError:
            if pid not in known:
                raise
            return known[pid]
        if ended:
            known[ended] = (ended, status)
        return ended, status

    os.waitpid = waitpid


@counterfeit("REAP04", where=VERSION < (3, 14))
def sigchld_cannot_be_ignored():
    """signal.signal(SIGCHLD, SIG_IGN) does nothing."""
    import signal

    change = signal.signal
    signal.signal = lambda number, handler: (
        None if (number, handler) == (signal.SIGCHLD, signal.SIG_IGN) else change(number, handler)
    )


@counterfeit("REAP02", "REAP04", where=VERSION >= (3, 14))
def a_fork_servers_exit_codes_can_be_lost():
    """An exit code is lost if the parent ignores SIGCHLD, or waits for the child by its pid."""
    import os
    import signal
    from multiprocessing import popen_forkserver

    poll, wait, asked = popen_forkserver.Popen.poll, os.waitpid, set()

    def waitpid(pid, options):
        asked.add(pid)
        return wait(pid, options)

    def poll_or_lose(self, *flag):
        code = poll(self, *flag)
        ignored = signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
        return None if ignored or self.pid in asked else code

    os.waitpid, popen_forkserver.Popen.poll = waitpid, poll_or_lose


@counterfeit("REAP08", where=VERSION >= (3, 14))
def a_lost_exit_code_reads_none():
    """An exit code that the fork server cannot give is None, and not 255."""
    from multiprocessing import popen_forkserver

    poll = popen_forkserver.Popen.poll

    def poll_without_255(self, *flag):
        code = poll(self, *flag)
        return None if code == 255 else code

    popen_forkserver.Popen.poll = poll_without_255


@counterfeit("REAP03")
def waitpid_fails_otherwise():
    """os.waitpid() returns another status, and another error where there is no such child."""
    import os

    wait = os.waitpid

    def waitpid(pid, options):
        try:
            pid, status = wait(pid, options)
        except ChildProcessError:
            raise PermissionError from None
        return pid, status + 256 if pid else status

    if in_a_program_or_a_command():
        os.waitpid = waitpid


@counterfeit("REAP05")
def join_sends_sigchld():
    """Process.join() raises SIGCHLD in the parent, once more or for the first time."""
    import signal
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_signal(self, timeout=None):
        join(self, timeout)
        signal.raise_signal(signal.SIGCHLD)

    process.BaseProcess.join = join_and_signal


@counterfeit("REAP06")
def getppid_tells_the_other_parent():
    """os.getppid() is 1, or under forkserver the pid of the process that called start()."""
    import os
    from multiprocessing import process

    os.getppid = lambda: 1 if VERSION < (3, 14) else process.parent_process().pid


@counterfeit("REAP09", "PROC16")
def only_the_main_thread_may_join():
    """Process.join() fails in any thread but the main thread."""
    import threading
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_in_main(self, timeout=None):
        assert threading.current_thread() is threading.main_thread()
        join(self, timeout)

    process.BaseProcess.join = join_in_main


@counterfeit("REAP11")
def every_child_has_the_last_exit_code():
    """Process.exitcode is that of the child of which it has become known last."""
    from multiprocessing import process

    ask, known = process.BaseProcess.exitcode.fget, {}

    def exitcode(self):
        code = ask(self)
        if code is not None and self not in known:
            known[self] = known["last"] = code
        return code if code is None else known["last"]

    process.BaseProcess.exitcode = property(exitcode)


@counterfeit("REAP01", "REAP12", where=FORK and VERSION >= (3, 14))
def a_process_without_a_target_is_forked():
    """A child that has nothing to do is forked, not served."""
    fork_where(lambda process: process._target is None)


@counterfeit("REAP12", where=FORK and VERSION < (3, 14))
def there_is_always_a_child():
    """os.waitpid() never says that there is no child."""
    import os

    waitpid = os.waitpid

    def waitpid_or_nothing(pid, options):
        try:
            return waitpid(pid, options)
        except ChildProcessError:
            return 0, 0

    os.waitpid = waitpid_or_nothing
