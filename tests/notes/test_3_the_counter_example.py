"""Section 3 of the notes: two threads count, first one after the other, then together.

The words of the specs (ctx, reports, control, until, ...) are explained in tests/notes/__init__.py.

Two programs have a function that counts to 100,000,000 in a local variable (3.04) and returns True
(3.05).  Each of them starts two threads that run it, behind a __main__ guard (3.10), and prints the
time from the first start to the last join, as time.time() tells it (3.11).

* The first program makes a thread (3.03), starts it and joins it, "waiting until the thread
  terminates" (3.02), before it makes the next: they run one after the other (3.01).  It printed
  "Total time: 16.03777527809143" (3.06).
* The second one starts both before it joins either (3.07).  It printed "Total time:
  16.30307172728943" (3.06, 3.08).

They conclude that threads save no time in Python (3.09), and ask nothing.

Source: https://docs.python.org/3/library/threading.html#thread-objects
"""

import gc
import threading
import time
import weakref

from tests.harness import (
    GRACE,
    NO_GIL,
    cases,
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


@claim("3.01")
def test_joining_inside_the_loop_runs_threads_one_after_the_other(evidence):
    """start() and join() in the same loop run the threads strictly one after the other.

    join() waits for the thread that was just started, and only then the loop starts the next one.
    To run them at the same time, start all of them in one loop and join them in a second loop.
    """
    log = []
    for number in range(2):
        thread = threading.Thread(target=linger, args=(log, number))
        thread.start()
        thread.join()
    assert evidence(log=log) == ["0 begins", "0 ends", "1 begins", "1 ends"]


def linger(log, number):
    log.append(f"{number} begins")
    never(lambda: log[-1] != f"{number} begins", during=GRACE / 2)  # time for another to begin
    log.append(f"{number} ends")


@claim("3.02")
def test_join_waits_until_the_thread_has_ended(background, evidence):
    """join() waits until the thread has ended, and returns None.

    That is the use of join() in threading, and what join() is for: without it the program goes on
    while the thread works.  To wait for all threads to finish, join each of them in a loop.  You
    need not join threads only for the program's end, which waits for them (DAEMON02).
    """
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
    assert evidence(waits=never(lambda: joining.finished))
    may_end.append(True)
    joining.result()
    assert evidence(log=log) == [
        "join is called",
        "the thread ends",
        "join returns None",
        "alive: False",
    ]


@claim("3.03")
def test_constructing_a_thread_does_not_start_it(evidence):
    """Thread(...) does not start the thread; start() does.

    Before start() it has no ident, is_alive() is False, and nothing of its target has run.  To run
    a function in the background, create a thread and call start(): it runs the target there.  The
    difference between run() and start() in a thread: run() is an ordinary call, in the caller.
    """
    ran_in, may_end = [], []

    def work():
        ran_in.append(threading.get_ident())
        until(lambda: may_end, "permission to end")

    def state():
        return thread.ident, thread.is_alive(), thread in threading.enumerate()

    thread = threading.Thread(target=work)
    assert never(lambda: ran_in)
    assert evidence(before_start=state()) == (None, False, False)
    thread.start()
    assert evidence(after_start=state()) == (thread.ident, True, True)
    may_end.append(True)
    joined(thread)
    assert evidence(ran_in=ran_in) == [thread.ident]
    assert thread.ident != threading.get_ident()


@claim("3.04")
def test_two_counters_with_locals_of_their_own_do_not_race(evidence):
    """Two threads that count in local variables both reach the full count.

    Every call has its own local variables, so there is no race condition here.  With one shared
    variable there would be: i = i + 1 is not atomic, and steps could be lost.
    """
    halfway, seen, counts = [], [], []

    def work():
        counts.append(count_to(1000, halfway, seen))

    joined(*started(threading.Thread(target=work) for _ in range(2)))
    control(seen == [2, 2], "both must be halfway at the same time")
    assert evidence(counts=counts) == [1000, 1000]


def count_to(steps, *meeting):
    """Count as the notes do, but meet the other counter between a read and its write."""
    i = 0
    for step in range(steps):
        read = i
        if step == steps // 2:
            meet(*meeting)
        i = read + 1
    return i


@claim("3.05")
def test_what_the_target_returns_goes_nowhere(evidence):
    """The return value of a thread's target is lost: join() returns None.

    Nobody keeps it.  To get a return value, let the thread put it into a list or a queue, or submit
    the function to a ThreadPoolExecutor and ask the future for its result().
    """
    thread = threading.Thread(target=lambda: 42)
    thread.start()
    assert evidence(join_returned=thread.join()) is None
    assert evidence(kept_in_the_thread=42 in vars(thread).values()) is False


@claim("3.05")
def test_nobody_keeps_what_the_target_returns(evidence):
    """Nobody keeps the object that a thread's target returns: it is gone when the thread has ended.

    A weak reference to the object shows that: it gives None once nobody has the object any more.
    """
    watched = []

    def work():
        result = Result()
        watched.append(weakref.ref(result))
        return result

    thread = threading.Thread(target=work)
    thread.start()
    joined(thread)
    gc.collect()  # PyPy forgets an object only now
    assert evidence(still_there=[reference() for reference in watched]) == [None]


class Result:
    """A result that one can watch being forgotten: a number has no weak references."""


@claim("3.06")
@cases(at_once={"sequential": "threads[-1].join()", "concurrent": "pass"})
def test_each_program_prints_its_total_time(programs, at_once, evidence):
    """Each of the two programs prints one line: a total time, no less than its counts need.

    Those are both counts together if the program joins each thread at once, and the longer one if
    it starts both before.  The numbers of the notes, 16.03777527809143 and 16.30307172728943, are
    samples of one machine on one day.
    """
    finished = programs.run(COUNTER.format(at_once=at_once))
    assert len(evidence(printed=finished.lines)) == 1
    words, _, total = finished.lines[0].partition(": ")
    counts = evidence(seconds_of_each_count=[float(line) for line in finished.err.splitlines()])
    assert (finished.exit_code, words, len(counts)) == (0, "Total time", 2)
    least = max(counts) if at_once == "pass" else sum(counts)
    assert float(total) >= least > 0


#: Both programs: they differ in when they join the threads.
COUNTER = """\
import os
import time
from threading import Thread

def count(steps):
    begin = time.perf_counter()
    i = 0
    for _ in range(steps):
        i = i + 1
    os.write(2, f"{{time.perf_counter() - begin}}\\n".encode())
    return True

def main():
    threads = []
    begin = time.perf_counter()
    for _ in range(2):
        threads.append(Thread(target=count, args=(100_000,)))
        threads[-1].start()
        {at_once}
    for thread in threads:
        thread.join()
    print("Total time: {{}}".format(time.perf_counter() - begin))

if __name__ == "__main__":
    main()
"""


@claim("3.07")
def test_starting_both_before_joining_either_makes_them_coexist(evidence):
    """If both threads are started before either is joined, they run at the same time.

    That is how to run two functions in parallel, at the same time.  Each waits inside until the
    other is inside, too: one after the other they would never meet.
    """
    inside, seen = [], []
    threads = [threading.Thread(target=meet, args=(inside, seen)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert evidence(seen_inside=seen) == [2, 2]
    assert set(inside) == {thread.ident for thread in threads}


@claim("3.08", notes="refined")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_counting_at_once_takes_about_as_long_as_in_sequence(speedup, evidence):
    """Two threads that count at the same time take about as long as one after the other.

    The notes saw 1.017 times the sequential time.  That is a sample: under a GIL it may be a little
    slower or a little faster.  Without a GIL it takes half the time on two cores, if each thread
    counts in its own variable.
    """
    gain = speedup.in_time(count)  # such as: threads 0.98 (0.94 to 1.02), processes 1.95
    evidence(speed_up_by_threads=gain.threads, by_processes=gain.processes)
    control(gain.threads.side_of(0.7) >= 0, "threads must not take surely longer by a third")
    assert evidence(surely_faster_with_threads=gain.more_than_one_core) is False


@claim("3.09")
@refuted(where=NO_GIL, because=WITHOUT_GIL)
def test_two_threads_save_no_time_where_two_processes_do(speedup, evidence):
    """Two threads count no faster than one, where two processes do.

    Counting is CPU-bound, and the GIL lets one thread at a time run Python code.  For CPU-bound
    work use processes or a ProcessPoolExecutor.  Without a GIL, threads are enough.
    """
    gain = speedup.in_time(count)  # such as: threads 0.98 (0.94 to 1.02), processes 1.95
    evidence(speed_up_by_threads=gain.threads, by_processes=gain.processes)
    assert evidence(surely_faster_with_threads=gain.more_than_one_core) is False


@claim("3.10")
def test_threads_need_no_main_guard(programs, evidence):
    """A program that starts threads needs no __main__ guard: its top level runs only once.

    A thread runs a function of the program that is already loaded; it imports nothing again.  A
    program that starts processes needs the guard where a child imports it: under spawn and
    forkserver.
    """
    finished = programs.run(UNGUARDED)
    assert evidence(printed=finished.lines) == ["top level", "thread 0", "thread 1"]
    assert (finished.exit_code, finished.err) == (0, "")


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


@claim("3.11")
def test_the_wall_clock_may_be_set_back_and_perf_counter_not(evidence):
    """time.time() can go back; time.perf_counter() never does, so measure with it.

    The notes measure with time.time().  It follows the wall clock, which may be set back meanwhile.
    """
    wall, timer = time.get_clock_info("time"), time.get_clock_info("perf_counter")
    assert evidence(time=(wall.adjustable, wall.monotonic)) == (True, False)
    assert evidence(perf_counter=(timer.adjustable, timer.monotonic)) == (False, True)
    assert abs(time.time() - time.perf_counter()) > 86_400  # it does not count from 1970
    readings = [time.perf_counter() for _ in range(10_000)]
    assert readings == sorted(readings)
    assert readings[0] < readings[-1]


# What several specs use.


def meet(inside, seen):
    """Go inside, wait until two are there or one has given up, and note how many are."""
    inside.append(threading.get_ident())
    outcome(until, lambda: len(inside) == 2 or seen, "both threads inside")
    seen.append(len(inside))


def count(steps):
    i = 0
    for _ in range(steps):
        i += 1
