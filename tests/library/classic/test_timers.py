"""Repeating something every n seconds: a Timer runs once, so what to do.

Source: https://docs.python.org/3/library/threading.html#timer-objects
"""

import threading
import time
from itertools import pairwise

from tests.harness import GRACE, PATIENCE, claim, control, joined, kinds, outcome, started, until


@claim("CLASSIC33")
def test_a_loop_over_an_event_repeats_every_n_seconds(evidence):
    """A thread that loops "while not stop.wait(n): work()" works every n seconds until stop.set().

    A Timer calls its function once and cannot be started again.  Here one thread does all rounds,
    and set() ends it at once.  If work() takes long, the rounds drift: wait(next_time - now) of
    time.monotonic() keeps to the clock.
    """
    stop, times = threading.Event(), []

    def repeat():
        while not stop.wait(GRACE / 5):
            times.append(time.monotonic())

    (thread,) = started([threading.Thread(target=repeat)])
    until(lambda: len(times) >= 4, "four rounds")
    stop.set()
    joined(thread)
    pauses = [after - before for before, after in pairwise(times)]
    # The clock of Windows ticks every 16 ms.
    assert evidence(shortest_pause=min(pauses)) > GRACE / 10


@claim("CLASSIC34")
def test_a_timer_that_starts_the_next_one_makes_a_thread_for_each_round(evidence):
    """A function that starts the next Timer runs each time in a new thread.

    A common way to repeat something, with a trap: cancel() must find the Timer of the present
    round, which has been replaced in the meantime.  A loop over an Event (CLASSIC33) has one thread
    to stop.
    """
    threads, last = [], threading.Event()

    def again():
        threads.append(threading.current_thread())
        if len(threads) == 3:
            last.set()
        else:
            threading.Timer(0, again).start()

    first = threading.Timer(0, again)
    first.start()
    control(last.wait(PATIENCE), "the third round came")
    joined(*threads)
    control(threads[0] is first, "the first round ran in the first Timer")
    assert evidence(threads=len({id(thread) for thread in threads})) == 3
    assert evidence(started_again=kinds([outcome(first.start)])) == ["RuntimeError"]
