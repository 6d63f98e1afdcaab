"""What specs on executors set up: a gate at which tasks wait, and workers that start fast."""

import threading
from multiprocessing import active_children, get_context

from tests.harness import PATIENCE, START_METHODS, control, until

#: Starts workers faster than spawn does, and safely beside threads, as fork does not.
CHEAP = get_context("forkserver" if "forkserver" in START_METHODS else "spawn")


class TaskError(Exception):
    """What a task may raise."""


def workers():
    """Return all threads and child processes there are, of this thread too."""
    return {*active_children(), *threading.enumerate(), threading.current_thread()}


class Gate:
    """A task that waits: ``with Gate() as gate: executor.submit(gate, 7)``.

    It returns its argument when the block has ended.
    """

    def __init__(self):
        self._open = threading.Event()
        self.arrived, self.threads = [], []

    def __call__(self, value=None):
        """Wait until the gate is open, and return the value."""
        self.threads.append(threading.current_thread())
        self.arrived.append(value)
        control(self._open.wait(PATIENCE), "the gate was never opened")
        return value

    def reached(self, tasks=1):
        """Return when so many tasks have arrived at the gate."""
        until(lambda: len(self.arrived) >= tasks, f"{tasks} tasks to begin")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._open.set()
