"""Run a function beside the test, in a thread, and bring its result or exception back.

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
    """A function that runs in a thread of its own."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._value: Any = None
        self._error: BaseException | None = None
        self._running = _thread.allocate_lock()
        self._running.acquire()
        self.ident = _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            self._value = self._function(*self._arguments)
        except BaseException as error:
            self._error = error
        finally:
            self._running.release()

    @property
    def finished(self) -> bool:
        """Tell whether the function has returned or raised."""
        return not self._running.locked()

    def result(self, *, within: float = PATIENCE) -> Any:
        """Return what the function returned, or raise what it raised.

        Raises NotSeen if it has not ended after ``within`` seconds.
        """
        if not self._running.acquire(timeout=max(within, 0)):
            name = getattr(self._function, "__name__", repr(self._function))
            raise NotSeen(f"{name}() had not returned after {within:g} s")
        self._running.release()
        if self._error is not None:
            raise self._error
        return self._value
