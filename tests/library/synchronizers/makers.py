"""What the specs here have in common: the kinds of locks, and how one is refused.

threading, multiprocessing and a manager make objects of the same names, so most specs take each
of them in turn as ``maker`` and say ``maker.Lock()``.
"""

import multiprocessing

from tests.harness import DEFAULT_START_METHOD, MACOS, before

SEMAPHORES = ("Semaphore", "BoundedSemaphore")

#: What has acquire() and release(), and lets in one at a time if it is made without arguments.
LOCKS = ("Lock", "RLock", *SEMAPHORES)

#: Where repr() of multiprocessing's Lock and RLock knows its owner only if that is the asker.
NO_OWNER = MACOS and before("3.12.8", "3.13.1")

#: The seconds that a timeout is given, and those that it has to last at least: clocks may go by
#: ticks, of 16 ms on Windows.
TIMEOUT, AT_LEAST = 0.1, 0.07

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def raised(kind, function, *arguments):
    """Return the exception of this kind that the call raises, if any; others go through."""
    try:
        function(*arguments)
    except kind as error:
        return error
    return None
