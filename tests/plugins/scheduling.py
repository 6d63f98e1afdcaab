"""Short time slices for free-threaded interpreters, which starve beside busy processes otherwise.

A lock of free-threaded CPython calls sched_yield() up to 40 times before it sleeps, and 3.13 comes
to that some 80 times in each start (where a critical section is entered again by its holder).  With
each call Linux takes away the rest of a time slice, by default about 3 ms: beside four busy
processes on two cores a start of 3.13t took up to 40 s, and with slices of 0.1 ms at most 4 s.
"""

import os
import platform
import struct
import sys

from tests.harness.interpreter import FREE_THREADED_BUILD

#: Nanoseconds; the least that Linux grants.
SLICE = 100_000

#: The number of the system call sched_setattr, which the C library has no function for.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}

#: ``struct sched_attr`` as sched_setattr(2) describes it: size, policy, flags, nice, priority,
#: runtime, deadline, period.
_ATTRIBUTES = "=IIQiIQQQ"


def ask_for_short_slices() -> bool:
    """Ask for short time slices for this process and its children; tell whether they are granted.

    Only for a free-threaded build, on Linux 6.12 or newer; elsewhere nothing changes.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if not (FREE_THREADED_BUILD and sys.platform == "linux" and number):
        return False
    try:
        import ctypes  # here, for not every build has it
    except ImportError:
        return False
    size = struct.calcsize(_ATTRIBUTES)
    policy, nice = os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)
    wish = struct.pack(_ATTRIBUTES, size, policy, 0, nice, 0, SLICE, 0, 0)
    return bool(ctypes.CDLL(None).syscall(number, 0, wish, 0) == 0)
