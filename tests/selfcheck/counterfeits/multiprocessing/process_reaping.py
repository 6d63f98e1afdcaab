"""Counterfeits for the claims of library/multiprocessing/test_process_reaping.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("MP37", "MP38", "Z09", "Z10", where=VERSION < (3, 14))
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


@counterfeit("MP37")
def two_threads_never_ask_for_one_exit_code():
    """Process.join() waits while another thread asks for the exit code of the process."""
    import threading
    from multiprocessing import popen_fork

    poll, asking = popen_fork.Popen.poll, threading.RLock()

    def poll_alone(self, *flag):
        with asking:
            return poll(self, *flag)

    popen_fork.Popen.poll = poll_alone


@counterfeit("MP34")
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

    os.waitpid = waitpid


@counterfeit("MP35")
def join_sends_sigchld():
    """Process.join() raises SIGCHLD in the parent, once more or for the first time."""
    import signal
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_and_signal(self, timeout=None):
        join(self, timeout)
        signal.raise_signal(signal.SIGCHLD)

    process.BaseProcess.join = join_and_signal


@counterfeit("MP36")
def getppid_tells_the_other_parent():
    """os.getppid() is 1, or under forkserver the pid of the process that called start()."""
    import os
    from multiprocessing import process

    os.getppid = lambda: 1 if VERSION < (3, 14) else process.parent_process().pid


@counterfeit("X39", "MP41")
def only_the_main_thread_may_join():
    """Process.join() fails in any thread but the main thread."""
    import threading
    from multiprocessing import process

    join = process.BaseProcess.join

    def join_in_main(self, timeout=None):
        assert threading.current_thread() is threading.main_thread()
        join(self, timeout)

    process.BaseProcess.join = join_in_main
