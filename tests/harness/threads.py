"""Run a function in a thread, and bring its result or exception back.

It stands on ``_thread`` alone, so that a spec on locks or queues does not depend on
``threading.Thread``, and a failure in the thread fails the test.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable

from tests.harness.waiting import PATIENCE, NotSeen

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Task:
    """A function that runs in a thread of its own; its name is for messages."""

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...] = (), name: str = ""
    ) -> None:
        self._name = name or getattr(function, "__name__", repr(function))
        self._ended: list[tuple[Any, BaseException | None]] = []
        self._running = _thread.allocate_lock()
        self._running.acquire()
        job = [function, arguments, self._ended]
        self.ident = _thread.start_new_thread(_run, (job, self._running))

    @property
    def finished(self) -> bool:
        """Tell whether the function has returned or raised."""
        return not self._running.locked()

    def result(self, *, within: float = PATIENCE) -> Any:
        """Return what the function returned, or raise what it raised.

        Raises NotSeen if it has not ended after ``within`` seconds.
        """
        if not self._running.acquire(timeout=max(within, 0)):
            raise NotSeen(f"{self._name}() had not returned after {within:g} s")
        self._running.release()
        value, error = self._ended[0]
        if error is not None:
            raise error
        return value


def _run(job: list[Any], running: Any) -> None:
    """Do the job, and say so when this thread has let go of all that it was given.

    Otherwise it might free them at any later moment, and what ends a semaphore must not run
    while the main thread is making one.
    """
    try:
        job[2].append((job[0](*job[1]), None))
    except BaseException as error:
        job[2].append((None, error))
    finally:
        job.clear()
        running.release()
