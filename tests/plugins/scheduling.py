"""Short time slices for free-threaded interpreters, which starve beside busy processes otherwise.

A lock of free-threaded CPython calls sched_yield() up to 40 times before it sleeps, and 3.13 comes
to that some 80 times in each start (where a critical section is entered again by its holder).  With
each call Linux takes away the rest of a time slice, by default about 3 ms: beside four busy
processes on two cores a start of 3.13t took up to 40 s, and with slices of 0.1 ms at most 4 s.
"""

import ctypes
import os
import platform
import sys

from tests.harness.interpreter import FREE_THREADED_BUILD

#: Nanoseconds; the least that Linux grants.
SLICE = 100_000

#: The number of the system call sched_setattr, which the C library has no function for.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}


class _Attributes(ctypes.Structure):
    """``struct sched_attr`` as sched_setattr(2) describes it."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def ask_for_short_slices() -> bool:
    """Ask for short time slices for this process and its children; tell whether they are granted.

    Only for a free-threaded build, on Linux 6.12 or newer; elsewhere nothing changes.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if not (FREE_THREADED_BUILD and sys.platform == "linux" and number):
        return False
    wish = _Attributes(
        size=ctypes.sizeof(_Attributes),
        policy=os.sched_getscheduler(0),
        nice=os.getpriority(os.PRIO_PROCESS, 0),
        runtime=SLICE,
    )
    return bool(ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wish), 0) == 0)
