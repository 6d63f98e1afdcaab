"""Counterfeits for the claims of library/subprocess/test_life.py."""

import os
import threading

from .. import counterfeit
from ..facts import FORK, POSIX, PYPY, VERSION, in_a_program
from ..patching import patch

IMPORTS_LATE = VERSION in ((3, 12, 9), (3, 13, 2))


@counterfeit("POPEN07", where=POSIX)
def a_returncode_asks_by_itself():
    """Popen.returncode looks whether the child has ended."""
    from subprocess import Popen

    def get(self):
        known = self.__dict__
        if known.get("code") is None and known.get("pid"):
            try:
                pid, status = os.waitpid(known["pid"], os.WNOHANG)
            except ChildProcessError:
                return None
            if pid:
                known["code"] = os.waitstatus_to_exitcode(status)
        return known.get("code")

    Popen.returncode = property(get, lambda self, code: self.__dict__.update(code=code))


@counterfeit("POPEN08", where=POSIX)
def a_popen_is_dropped_in_silence():
    """No warning is given of a Popen that is dropped while its child runs."""

    def change(delete):
        return lambda self, **_: delete(self, _warn=lambda *args, **keywords: None)

    patch("subprocess.Popen", __del__=change)


@counterfeit("POPEN09", where=POSIX)
def a_with_block_kills_its_child():
    """The with block of a Popen kills the child in the end."""

    def change(leave):
        def kill(self, *error):
            self.kill()
            return leave(self, *error)

        return kill

    patch("subprocess.Popen", __exit__=change)


@counterfeit("POPEN10", "POPEN14", where=POSIX)
def a_late_signal_is_refused():
    """send_signal() raises ProcessLookupError if the child has ended."""

    def change(send):
        def refuse(self, number):
            if self.poll() is not None:
                raise ProcessLookupError(self.pid)
            send(self, number)

        return refuse

    patch("subprocess.Popen", send_signal=change)


@counterfeit("POPEN11", where=POSIX)
def terminate_kills():
    """terminate() sends SIGKILL, as on Windows."""
    from subprocess import Popen

    Popen.terminate = Popen.kill


@counterfeit("POPEN12", where=POSIX)
def a_code_above_128_is_taken_for_a_signal():
    """run() makes -N of the exit code 128 + N."""
    import subprocess

    run = subprocess.run

    def interpret(*args, **keywords):
        done = run(*args, **keywords)
        if done.returncode > 128:
            done.returncode = 128 - done.returncode
        return done

    subprocess.run = interpret


@counterfeit("POPEN13", "WAIT05", where=POSIX)
def a_child_that_is_gone_is_a_failure():
    """wait() gives 255 if somebody else has reaped the child."""

    def change(_):
        def try_wait(self, flags):
            try:
                return os.waitpid(self.pid, flags)
            except ChildProcessError:
                return self.pid, 255 << 8

        return try_wait

    patch("subprocess.Popen", _try_wait=change)


@counterfeit("POPEN14", where=FORK)
def a_fork_knows_nothing_of_its_parents_children():
    """In a forked child poll() of its parent's processes is None."""

    def remember(init):
        def init_here(self, *args, **keywords):
            self.owner = os.getpid()
            init(self, *args, **keywords)

        return init_here

    def change(poll):
        return lambda self: poll(self) if os.getpid() == self.owner else None

    patch("subprocess.Popen", __init__=remember, poll=change)


@counterfeit("POPEN15", where=POSIX)
def a_second_thread_waits_for_nothing():
    """Threads that wait for a child are told 0, except the first one."""

    def change(wait):
        def wait_or_not(self, timeout=None):
            first = self.__dict__.setdefault("first", threading.get_ident())
            code = wait(self, timeout)
            return code if first == threading.get_ident() else 0

        return wait_or_not

    patch("subprocess.Popen", wait=change)


@counterfeit("POPEN16", where=POSIX)
def a_signal_queues_for_the_lock():
    """send_signal() waits until no thread is in wait()."""

    def change(send):
        def queue(self, number):
            with self._waitpid_lock:
                pass
            send(self, number)

        return queue

    patch("subprocess.Popen", send_signal=change)


@counterfeit("POPEN17", where=POSIX)
def a_program_waits_for_its_subprocesses():
    """A program that ends waits for its subprocesses."""
    import atexit

    def change(init):
        def wait_at_exit(self, *args, **keywords):
            init(self, *args, **keywords)
            atexit.register(self.wait)

        return wait_at_exit

    if in_a_program():
        patch("subprocess.Popen", __init__=change)


@counterfeit("POPEN53", where=POSIX and not PYPY and not IMPORTS_LATE)
def terminate_imports_signal():
    """As in 3.12.9 and 3.13.2, terminate() and kill() import the module signal."""

    def terminate(self):
        import signal

        self.send_signal(signal.SIGTERM)

    def kill(self):
        import signal

        self.send_signal(signal.SIGKILL)

    patch("subprocess.Popen", terminate=lambda _: terminate, kill=lambda _: kill)


@counterfeit("POPEN53", where=POSIX and IMPORTS_LATE)
def terminate_needs_no_import():
    """terminate() and kill() know the numbers of their signals."""
    from signal import SIGKILL, SIGTERM

    patch(
        "subprocess.Popen",
        terminate=lambda _: lambda self: self.send_signal(SIGTERM),
        kill=lambda _: lambda self: self.send_signal(SIGKILL),
    )
