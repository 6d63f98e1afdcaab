"""The clock that timeouts follow.

Source: https://docs.python.org/3/library/threading.html#threading.Lock.acquire
"""

import multiprocessing
import sysconfig
import threading
from pathlib import Path

from tests.harness import (
    LINUX,
    PATIENCE,
    PYPY,
    Inconclusive,
    applies,
    cases,
    claim,
    pause,
    predicts,
    refuted,
    until,
)

#: The numbers of the system call futex: of x86-64, of ARM and other 64-bit machines.
FUTEX = (202, 98)
WAIT_BITSET, CLOCK_REALTIME = 9, 256


def operation_of(waiting, lock):
    """Return the operation of the futex that another thread waits in for the lock, with a timeout.

    Seen in /proc: the same system call, five times on end, with the thread able to run between.
    """
    idents = []

    def wait():
        idents.append(threading.get_native_id())
        lock.acquire(True, PATIENCE)

    lock.acquire()
    waiter = waiting(wait)
    until(lambda: idents, "the thread")
    try:
        return operation_in(Path(f"/proc/self/task/{idents[0]}/syscall"))
    finally:
        lock.release()
        waiter.result()


def operation_in(path):
    """Return the operation of the futex that the file shows again and again."""
    seen = []

    def settled():
        try:
            seen.append(path.read_text())
        except OSError as error:
            raise Inconclusive(f"/proc does not show system calls: {error}") from None
        pause(0.004)
        return len(set(seen[-5:])) == 1 and len(seen) > 4 and "running" not in seen[-1]

    until(settled, "the thread to wait in one system call")
    number, *arguments = seen[-1].split()
    operation = int(arguments[1], 16) if int(number) in FUTEX else -1
    if operation & 127 != WAIT_BITSET:
        raise Inconclusive(f"no wait that names its clock: {seen[-1]}")
    return operation


@claim("STDLIB21")
@predicts("H25")
@applies(where=LINUX, because="is about Linux's clocks, and what /proc shows of them")
@cases(
    lock={
        "threading.Lock": threading.Lock,
        "threading.RLock": threading.RLock,
        "multiprocessing.Lock": multiprocessing.Lock,
    }
)
@refuted(
    lock="multiprocessing.Lock",
    because="multiprocessing's locks call sem_timedwait(), which follows the date",
)
@refuted(
    where=PYPY,
    lock=("threading.Lock", "threading.RLock"),
    because="PyPy's locks of threads follow the date as well",
)
@refuted(
    where=not PYPY and not sysconfig.get_config_var("HAVE_SEM_CLOCKWAIT"),
    lock=("threading.Lock", "threading.RLock"),
    because="built with a C library without sem_clockwait(), as glibc before 2.30, or musl",
)
def test_timeouts_do_not_follow_the_system_clock(lock, background, evidence):
    """A lock's timeout is measured by the monotonic clock, which nobody can set.

    The locks of threads do so since 3.10.1 (bpo-41710), if Python was built with sem_clockwait(),
    of glibc 2.30 or newer; portable builds (uv, rye, conda) may have none.  Those of
    multiprocessing, and all of PyPy, measure by the date: if NTP or the administrator sets the
    system clock back by an hour, their acquire(timeout=1) waits for an hour longer; set forward, it
    returns at once.  Where that may happen, wait in short steps and look at time.monotonic().
    """
    operation = operation_of(background, lock())
    by_the_date = bool(operation & CLOCK_REALTIME)
    assert evidence(clock="CLOCK_REALTIME" if by_the_date else "CLOCK_MONOTONIC") == (
        "CLOCK_MONOTONIC"
    )
