"""What the specs on races share: threads let loose together, beside a control that is seen to lose.

A claim that nothing is lost would hold in vain of threads that never met.  So each thread also
counts without protection, between one piece of work and the next, and the claim is decided only
once that count has lost updates.
"""

import contextlib
import os
import sys
import threading
import time
from dataclasses import dataclass

from tests.harness import NO_GIL, PATIENCE, PYPY, Inconclusive, joined, outcome, started

WORKERS = 4

#: Whether a thread may be interrupted between any two bytecodes, or runs beside the others.
#: CPython with a GIL gives it up at calls and at the ends of loops only.
ANYWHERE = PYPY or NO_GIL


@contextlib.contextmanager
def short_turns():
    """Let threads take turns as often as the interpreter can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    if PYPY:  # compiled loops give up the GIL once in a round; a loop that is interpreted, anywhere
        import pypyjit  # type: ignore[import-not-found]

        pypyjit.set_param("off")
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if PYPY:
            pypyjit.set_param("default")


def spread_out():
    """Let this thread run on every core, whatever the process was confined to (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        outcome(os.sched_setaffinity, 0, range(os.cpu_count() or 1))


def together(work, workers=WORKERS):
    """Call ``work(number)`` in each of the threads, released at once; return what they returned.

    An exception takes the place of a result.
    """
    everybody, results = threading.Barrier(workers), [None] * workers

    def run(number):
        spread_out()
        everybody.wait(PATIENCE)
        results[number] = outcome(work, number)

    joined(*started(threading.Thread(target=run, args=(n,)) for n in range(workers)))
    return results


def in_another_thread(function, *arguments):
    """Return what the function returns, or raises, in a thread that has ended by then."""
    results = [None]

    def run():
        results[0] = outcome(function, *arguments)

    joined(*started([threading.Thread(target=run)]))
    return results[0]


def plus_one(number):
    """Add one in a function of its own: CPython with a GIL may switch threads at the call."""
    return number + 1


@dataclass(frozen=True)
class Contention:
    """How many pieces of work were done, in how many rounds, and what the control lost."""

    done: int
    rounds: int
    control_lost: int

    def __str__(self):
        return f"{self.done} in {self.rounds} rounds; unprotected count lost {self.control_lost}"


def contend(work, *, before=lambda numbers: None, intact=None, within=PATIENCE * 1.5):
    """Let four threads call ``work(n)`` for numbers n that are all different, from 0 upwards.

    Each round is longer than the last one, and begins with ``before(its numbers)``.  After four
    of them it goes on until the threads' unprotected count has lost updates; raises Inconclusive
    if it has not ``within`` so many seconds.  With ``intact``, a function of how much was done, it
    goes on until that is false too.
    """
    count, done, rounds = [0], 0, 0
    deadline = time.monotonic() + within

    def run(number):
        for n in numbers[number::WORKERS]:
            work(n)
            count[0] = plus_one(count[0])

    with short_turns():
        while True:
            numbers = range(done, done + WORKERS * min(250 + done // 8, 3000))
            before(numbers)
            for error in together(run):
                if error is not None:
                    raise error
            done, rounds = numbers.stop, rounds + 1
            seen = Contention(done, rounds, done - count[0])
            if rounds >= 4 and seen.control_lost and not (intact and intact(done)):
                return seen
            if time.monotonic() > deadline:
                raise Inconclusive(f"nothing was lost: {seen}")
