"""Loops that tell when they sleep, one that runs in another thread, and what asyncio logs."""

import asyncio
import contextlib
import logging
import selectors
import socket
import threading

from tests.harness import PATIENCE, control
from tests.harness.threads import Task


class _Watched(selectors.DefaultSelector):
    """A selector that tells when its loop sleeps, for want of anything to do."""

    def __init__(self):
        super().__init__()
        self.asked = False
        self.asleep = threading.Event()

    def select(self, timeout=None):
        # The loop has decided how long to sleep: what others add to its callbacks comes too late.
        if self.asked and (timeout is None or timeout > 0):
            found = super().select(0)
            if found:
                return found
            self.asked = False
            self.asleep.set()
        return super().select(timeout)


class WatchedLoop:
    """A new loop, of which other threads can tell whether it sleeps."""

    def __init__(self):
        self._selector = _Watched()
        self.loop = asyncio.SelectorEventLoop(self._selector)
        self.loop.set_debug(False)  # whatever python -X dev says
        self._asking, self._asked = socket.socketpair()
        self.loop.add_reader(self._asked, self._watch)

    def _watch(self):
        self._asked.recv(1)
        self._selector.asked = True

    def falls_asleep(self):
        """Wait until the loop sleeps, after all that it has been told to do so far."""
        # Through a socket of its own: what other calls send to wake the loop has then been read.
        self._selector.asleep.clear()
        self.wake()
        control(self._selector.asleep.wait(PATIENCE), "the loop must sleep")

    def wake(self):
        """Wake the loop, not by its own means."""
        self._asking.send(b"?")

    def close(self):
        """Close the loop, which has stopped."""
        self.loop.close()
        self._asking.close()
        self._asked.close()


class LoopThread(WatchedLoop):
    """A loop that runs in another thread."""

    def __init__(self):
        super().__init__()
        self.thread = Task(self.loop.run_forever)

    def call(self, function, *arguments):
        """Return what the function returns when the loop calls it."""

        async def call():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(PATIENCE)

    def close(self):
        """Stop the loop, and close it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.result()
        super().close()


@contextlib.contextmanager
def loop_in_a_thread():
    """Run a loop in another thread, and stop and close it in the end."""
    running = LoopThread()
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def logged():
    """Collect what asyncio logs."""
    texts = []
    handler = logging.Handler()
    handler.emit = lambda record: texts.append(f"{record.levelname}: {record.getMessage()}")
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    try:
        yield texts
    finally:
        logger.removeHandler(handler)
