"""Bounded waits, and the ways in which a spec ends other than by an assertion.

None of the exceptions here is an AssertionError: a refuted claim must be refuted by its own
assertion, never by a helper that gave up.
"""

from __future__ import annotations

import _thread
import os
import time
from collections.abc import Callable, Iterable

# typing would cost every spawned child some 5 ms.  Type checkers take this name to be true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise SystemExit(f"error: {variable}={text!r} is not a number of seconds") from None


#: Seconds within which a thing that must happen does happen, even on a loaded machine.  It is
#: spent only when a claim fails; ``SPEC_PATIENCE`` shortens it where many failures are expected.
PATIENCE = _seconds("SPEC_PATIENCE", 20.0)

#: Seconds for which a thing that must not happen is watched.  A slow machine can only weaken
#: such a check, never redden it.
GRACE = 0.1


class NotSeen(Exception):
    """A thing that had to happen was not seen within the patience."""


class ControlFailed(Exception):
    """A control of the spec failed, so that its main observation would prove nothing."""


class Inconclusive(Exception):
    """The claim was executed, but this machine could not decide it; the message has numbers."""


def control(condition: object, message: str) -> None:
    """Raise ControlFailed with the message unless the condition is true.

    For what must be so before the claim's own assertion means anything: an assertion in its
    place would count as the refutation of a claim that is refuted here.
    """
    if not condition:
        raise ControlFailed(message)


def pause(seconds: float = 0.001) -> None:
    """Let other threads run for a moment, without ``time.sleep``, which specs examine."""
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire(timeout=seconds)


def until(condition: Callable[[], object], what: str, *, within: float = PATIENCE) -> None:
    """Return once the condition is true; raise NotSeen, naming what, after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise NotSeen(f"waited {within:g} s for this, in vain: {what}")
        pause()


def never(condition: Callable[[], object], *, during: float = GRACE) -> bool:
    """Watch for ``during`` seconds and tell whether the condition stayed false all the time."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        if condition():
            return False
        pause()
    return not condition()


def outcome(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return what the call returns, or the exception that it raises."""
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        return error


def kinds(outcomes: Iterable[Any]) -> list[str]:
    """Return the names of the outcomes' types, in order: ``["int", "TypeError"]``."""
    return [type(one).__name__ for one in outcomes]
