"""Section 3 of the notes: two threads count, first one after the other, then together.

Source: https://docs.python.org/3/library/threading.html#thread-objects
"""

import gc
import threading
import time
import weakref

from tests.harness import (
    GRACE,
    NO_GIL,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
    started,
    until,
)

WITHOUT_GIL = "PEP 703: this interpreter runs without a GIL, so two threads count side by side"


def linger(log, number):
    log.append(f"{number} begins")
    never(lambda: log[-1] != f"{number} begins", during=GRACE / 2)  # time for another to begin
    log.append(f"{number} ends")


@claim("3.01")
def test_joining_inside_the_loop_runs_threads_one_after_the_other(evidence):
    """start() and join() inside the loop run the threads strictly one after the other.

    Each join() waits for the thread just started, so the next one is not even started yet.
    Start them all, and join them in a second loop.
    """
    log = []
    for number in range(2):
        thread = threading.Thread(target=linger, args=(log, number))
        thread.start()
        thread.join()
    evidence(log=log)
    assert log == ["0 begins", "0 ends", "1 begins", "1 ends"]


@claim("3.02")
def test_join_waits_until_the_thread_has_ended(background, evidence):
    """join() waits until the thread has ended."""
    log, may_end = [], []

    def work():
        until(lambda: may_end, "permission to end")
        log.append("the thread ends")

    def wait_for(thread):
        log.append("join is called")
        log.append(f"join returns {thread.join()}")
        log.append(f"alive: {thread.is_alive()}")

    thread = threading.Thread(target=work)
    thread.start()
    joining = background(wait_for, thread)
    until(lambda: log, "the call of join")
    waited = never(lambda: joining.finished)
    may_end.append(True)
    joining.result()
    evidence(waited=waited, log=log)
    assert waited
    assert log == ["join is called", "the thread ends", "join returns None", "alive: False"]


@claim("3.03")
def test_constructing_a_thread_does_not_start_it(evidence):
    """Thread(...) only sets the thread up; start() starts it.

    Until then it has no identity and is not alive, and nothing of its target has run.
    """
    ran_in, may_end = [], []

    def work():
        ran_in.append(threading.get_ident())
        until(lambda: may_end, "permission to end")

    thread = threading.Thread(target=work)
    stayed_unstarted = never(lambda: ran_in)
    before = (thread.ident, thread.is_alive(), thread in threading.enumerate())
    thread.start()
    after = (thread.ident, thread.is_alive(), thread in threading.enumerate())
    may_end.append(True)
    joined(thread)
    evidence(before=before, after=after, ran_in=ran_in)
    assert stayed_unstarted
    assert before == (None, False, False)
    assert after == (thread.ident, True, True)
    assert ran_in == [thread.ident]
    assert thread.ident != threading.get_ident()


def meet(inside, seen):
    """Go inside, wait until two are there or one has given up, and note how many are."""
    inside.append(threading.get_ident())
    outcome(until, lambda: len(inside) == 2 or seen, "both threads inside")
    seen.append(len(inside))


def count_to(steps, *meeting):
    """Count as the notes do, but meet the other counter between a read and its write."""
    i = 0
    for step in range(steps):
        read = i
        if step == steps // 2:
            meet(*meeting)
        i = read + 1
    return i


@claim("3.04")
def test_two_counters_with_locals_of_their_own_do_not_race(evidence):
    """Each call counts its own local variable, so both threads reach exactly the full count.

    Locals belong to a call, not to the function.  This does not make i = i + 1 atomic: two
    threads that counted one shared variable could lose steps.
    """
    halfway, seen, counts = [], [], []

    def work():
        counts.append(count_to(1000, halfway, seen))

    joined(*started(threading.Thread(target=work) for _ in range(2)))
    evidence(counts=counts, halfway_at_once=seen)
    assert seen == [2, 2]
    assert counts == [1000, 1000]


class Result:
    """A result that one can watch being forgotten."""


@claim("3.05")
def test_what_the_target_returns_goes_nowhere(evidence):
    """What the target of a thread returns goes nowhere: join() returns None, nobody keeps it.

    To get at it, let the thread put it into a list or a queue, or submit to an executor.
    """
    returned = []

    def work():
        result = Result()
        returned.append(weakref.ref(result))
        return result

    thread = threading.Thread(target=work)
    thread.start()
    from_join = thread.join()
    gc.collect()
    kept = [reference() is not None for reference in returned]
    evidence(join_returned=from_join, result_kept=kept)
    assert from_join is None
    assert kept == [False]


COUNTER = """\
import sys
import time
from threading import Thread

def count(steps):
    begin = time.perf_counter()
    i = 0
    for _ in range(steps):
        i = i + 1
    print(time.perf_counter() - begin, file=sys.stderr)
    return True

def main():
    begin = time.perf_counter()
    for _ in range(2):
        thread = Thread(target=count, args=(100_000,))
        thread.start()
        thread.join()
    print("Total time: {}".format(time.perf_counter() - begin))

if __name__ == "__main__":
    main()
"""


@claim("3.06")
def test_the_sequential_program_prints_its_total_time(programs, evidence):
    """The sequential program prints one line: a total time, at least the sum of both counts.

    The number itself (16.03777527809143 in the notes) is a sample of one machine on one day.
    """
    finished = programs.run(COUNTER)
    counts = [float(line) for line in finished.err.splitlines()]
    evidence(printed=finished.out.strip(), seconds_of_each_count=counts)
    assert finished.exit_code == 0
    assert len(finished.lines) == 1
    words, _, total = finished.lines[0].partition(": ")
    assert words == "Total time"
    assert len(counts) == 2
    assert float(total) >= sum(counts) > 0


@claim("3.07")
def test_starting_both_before_joining_either_makes_them_coexist(evidence):
    """Starting both threads before joining either makes them coexist.

    Each waits inside until the other is inside, too: one after the other they would never end.
    """
    inside, seen = [], []
    threads = [threading.Thread(target=meet, args=(inside, seen)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    evidence(seen_inside=seen, threads=len(set(inside)))
    assert seen == [2, 2]
    assert set(inside) == {thread.ident for thread in threads}


def count(steps):
    i = 0
    for _ in range(steps):
        i += 1


#: The speed-up by two threads below which they surely take longer than one after the other.
SLOWED_DOWN = 0.7


@claim("3.08")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_counting_at_once_takes_about_as_long_as_in_sequence(speedup, evidence):
    """Two threads that count at once take about as long as one after the other.

    The notes saw 1.017 times the sequential time: a sample.  Neither "a little slower" nor "a
    little faster" is a law, and a GIL allows nothing more than a little.  Instead, without a GIL:
    let each thread count in a counter of its own, and add them up.
    """
    gain = speedup.in_time(count)
    evidence(speed_up_by_threads=gain.threads, by_processes=gain.processes)
    control(gain.threads.side_of(SLOWED_DOWN) >= 0, "threads must not cost a third more time")
    assert not gain.more_than_one_core


@claim("3.09")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_two_threads_save_no_time_where_two_processes_do(speedup, evidence):
    """Threads save no time here: counting in two is no faster, where two processes are.

    Use processes, or executors of them, for work in pure Python.  Instead, without a GIL: threads
    will do.
    """
    gain = speedup.in_time(count)
    evidence(speed_up_by_threads=gain.threads, by_processes=gain.processes)
    assert not gain.more_than_one_core


UNGUARDED = """\
from threading import Thread

print("top level")

def work(number):
    print("thread", number)

for number in range(2):
    thread = Thread(target=work, args=(number,))
    thread.start()
    thread.join()
"""


@claim("3.10")
def test_threads_need_no_main_guard(programs, evidence):
    """A program that starts threads needs no __main__ guard: its top level runs only once.

    A thread runs a function of the program that is there already; it imports nothing anew.
    """
    finished = programs.run(UNGUARDED)
    evidence(printed=finished.lines, exit_code=finished.exit_code)
    assert finished.lines == ["top level", "thread 0", "thread 1"]
    assert (finished.exit_code, finished.err) == (0, "")


@claim("3.11")
def test_the_wall_clock_may_be_set_back_and_perf_counter_not(evidence):
    """time.time() may be set back, time.perf_counter() never goes back: measure with it."""
    wall, timer = time.get_clock_info("time"), time.get_clock_info("perf_counter")
    readings = [time.perf_counter() for _ in range(10_000)]
    evidence(
        time=f"adjustable {wall.adjustable}, monotonic {wall.monotonic}",
        perf_counter=f"adjustable {timer.adjustable}, monotonic {timer.monotonic}",
    )
    assert (wall.adjustable, wall.monotonic) == (True, False)
    assert (timer.adjustable, timer.monotonic) == (False, True)
    assert readings == sorted(readings)
    assert readings[0] < readings[-1]
