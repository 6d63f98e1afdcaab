"""What the specs here have in common: the kinds of locks, and how one is refused.

threading, multiprocessing and a manager make objects of the same names, so most specs take each
of them in turn as ``maker`` and say ``maker.Lock()``.
"""

import multiprocessing

from tests.harness import DEFAULT_START_METHOD

SEMAPHORES = ("Semaphore", "BoundedSemaphore")

#: What has acquire() and release(), and lets in one at a time if it is made without arguments.
LOCKS = ("Lock", "RLock", *SEMAPHORES)

#: For what happens inside one process, where the start method plays no part.
here = multiprocessing.get_context(DEFAULT_START_METHOD)


def raised(kind, function, *arguments):
    """Return the exception of this kind that the call raises, if any; others go through."""
    try:
        function(*arguments)
    except kind as error:
        return error
    return None
