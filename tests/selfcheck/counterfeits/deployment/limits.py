"""Counterfeits for the claims of library/deployment/test_limits.py."""

import contextlib
import os
import sys

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch
from .shared import convert

LINUX = sys.platform == "linux"


@counterfeit("DEPLOY12", where=LINUX)
def a_lock_takes_a_descriptor():
    """A Lock has a descriptor."""
    from multiprocessing import synchronize

    make = synchronize.SemLock.__init__

    def make_and_open(self, *arguments, **keywords):
        make(self, *arguments, **keywords)
        os.dup(0)

    synchronize.SemLock.__init__ = make_and_open


@counterfeit("DEPLOY13", where=LINUX)
def closing_a_process_closes_nothing():
    """Process.close() leaves the descriptors open."""
    kept = []
    patch("multiprocessing.popen_fork.Popen", close=lambda close: lambda self: kept.append(self))


@counterfeit("DEPLOY14", where=LINUX)
def closing_a_queue_closes_its_pipe():
    """Queue.close() closes both ends of a pipe that was not used."""

    def change(close):
        def close_all(self):
            close(self)
            if self._thread is None:
                self._reader.close()
                self._writer.close()

        return close_all

    patch("multiprocessing.queues.Queue", close=change)


@counterfeit("DEPLOY15", where=POSIX)
def a_start_without_descriptors_is_another_error():
    """start() says by a RuntimeError that there is no descriptor left."""

    class Otherwise(RuntimeError):
        """Raised where the system says no."""

    convert("multiprocessing.process.BaseProcess", "start", OSError, Otherwise)


@counterfeit("DEPLOY16", where=LINUX)
def a_start_without_processes_is_another_error():
    """start() says by a RuntimeError that there can be no process."""
    convert("multiprocessing.process.BaseProcess", "start", BlockingIOError, RuntimeError)


def _open_descriptors():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that has listed them is closed
            os.fstat(int(name))
            yield int(name)


@counterfeit("DEPLOY17", where=LINUX)
def a_fork_that_fails_closes_its_pipes():
    """A start() under fork closes its pipes if there can be no process."""

    def change(launch):
        def launch_or_close(self, process):
            before = set(_open_descriptors())
            try:
                launch(self, process)
            except OSError:
                for number in set(_open_descriptors()) - before:
                    os.close(number)
                raise

        return launch_or_close

    patch("multiprocessing.popen_fork.Popen", _launch=change)


@counterfeit("DEPLOY18", where=LINUX)
def a_thread_without_room_is_a_memory_error():
    """A thread that cannot be started is a MemoryError."""
    convert("threading.Thread", "start", RuntimeError, MemoryError)


@counterfeit("DEPLOY19", where=LINUX)
def submit_takes_a_task_back():
    """A task whose submit() fails is taken out of the queue again."""

    def change(submit):
        def submit_or_take_back(self, *arguments, **keywords):
            try:
                return submit(self, *arguments, **keywords)
            except RuntimeError:
                tasks = []
                while not self._work_queue.empty():
                    tasks.append(self._work_queue.get())
                for task in tasks[:-1]:
                    self._work_queue.put(task)
                raise

        return submit_or_take_back

    patch("concurrent.futures.thread.ThreadPoolExecutor", submit=change)


@counterfeit("DEPLOY20", where=LINUX)
def a_block_that_is_too_large_is_a_memory_error():
    """SharedMemory that the system refuses is a MemoryError."""
    convert("multiprocessing.shared_memory.SharedMemory", "__init__", OSError, MemoryError)


@counterfeit("DEPLOY40", where=POSIX)
def a_loop_tells_nothing_of_resources():
    """The exception handler of a loop is not told what is at its end."""
    from asyncio import BaseEventLoop

    tell = BaseEventLoop.call_exception_handler

    def tell_less(self, context):
        tell(self, {**context, "message": "a connection was lost"})

    BaseEventLoop.call_exception_handler = tell_less
