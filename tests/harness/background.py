"""Run a function, or a whole spec, in a thread, and bring its result or exception back.

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
    from typing import Any, TypeVar

    Spec = TypeVar("Spec", bound=Callable[..., None])

#: Seconds that a bounded spec may take, longer than any wait within it.
WHOLE_SPEC = 2 * PATIENCE


class Task:
    """A function that runs in a thread of its own."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._name = getattr(function, "__name__", repr(function))
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


def bounded(spec: Spec) -> Spec:
    """Decorate a spec whose own calls might block for ever if its claim were false.

    It runs in a thread beside pytest's, which waits for it so long (WHOLE_SPEC): NotSeen ends it
    then, while a time-out of pytest's would tell nothing about the claim.
    """

    def run(**fixtures: Any) -> None:
        def body() -> None:
            spec(**fixtures)

        body.__name__ = spec.__name__
        Task(body, ()).result(within=WHOLE_SPEC)

    # What functools.wraps would do; pytest reads the names of the fixtures from __wrapped__.
    run.__name__, run.__qualname__ = spec.__name__, spec.__qualname__
    run.__doc__, run.__module__ = spec.__doc__, spec.__module__
    run.__wrapped__ = spec  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


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
