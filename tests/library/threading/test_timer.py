"""threading.Timer: a thread that waits, and then calls a function once, unless it is cancelled.

Source: https://docs.python.org/3/library/threading.html#timer-objects
"""

import threading
import time

from tests.harness import GRACE, PATIENCE, claim, joined, never, pause, started


@claim("TIMER01")
def test_a_cancelled_timer_never_runs(evidence):
    """Timer.cancel() before the interval is over: the function never runs, and the thread ends."""
    ran = []
    timer = threading.Timer(2 * PATIENCE, ran.append, [1])
    timer.start()
    timer.cancel()
    joined(timer)  # long before its time
    assert evidence(ran=ran) == []


@claim("TIMER01")
def test_a_timer_can_be_cancelled_before_it_starts(evidence):
    """A Timer that was cancelled before start() does not call its function either."""
    ran = []
    timer = threading.Timer(0, ran.append, [1])
    timer.cancel()
    joined(*started([timer]))
    assert evidence(ran=ran) == []


@claim("TIMER02")
def test_a_timer_calls_its_function_once(evidence):
    """Timer(interval, function, args, kwargs) calls function(*args, **kwargs) once, in its thread.

    It is a Thread: start() and join() it.
    """
    calls = []

    def call(*args, **kwargs):
        calls.append((threading.get_ident(), args, kwargs))

    timer = threading.Timer(0.001, call, ["a", 2], {"three": 3})
    joined(*started([timer]))
    assert evidence(calls=calls) == [(timer.ident, ("a", 2), {"three": 3})]


@claim("TIMER02")
def test_a_timer_needs_no_arguments_for_its_function(evidence):
    """Without args and kwargs a Timer calls function()."""
    calls = []
    joined(*started([threading.Timer(0, lambda *args, **kwargs: calls.append((args, kwargs)))]))
    assert evidence(calls=calls) == [((), {})]


@claim("TIMER03")
def test_a_timer_waits_for_its_interval(evidence):
    """A Timer calls its function when the interval is over, counted from start(), not before."""
    ran, interval = [], GRACE
    timer = threading.Timer(interval, lambda: ran.append(time.monotonic()))
    pause(interval / 2)
    began = time.monotonic()
    joined(*started([timer]))
    # The clock of Windows ticks every 16 ms.  A slow machine can only make it later.
    assert evidence(waited=ran[0] - began) > interval * 0.6


@claim("TIMER04")
def test_cancelling_a_running_timer_does_nothing(evidence):
    """Timer.cancel() while the function runs, or afterwards, changes nothing."""
    began, may_end, ended = threading.Event(), threading.Event(), []

    def work():
        began.set()
        ended.append(may_end.wait(PATIENCE))

    timer = threading.Timer(0, work)
    timer.start()
    began.wait(PATIENCE)
    timer.cancel()
    goes_on = never(lambda: not timer.is_alive(), during=GRACE / 6)
    may_end.set()
    joined(timer)
    timer.cancel()
    assert evidence(goes_on=goes_on, ended=ended) == (True, [True])


PROGRAM = """
import threading

def late():
    threading.main_thread().join()  # a slow main thread may have been overtaken
    print("the timer", flush=True)

threading.Timer({interval}, late).start()
print("the main thread ends", flush=True)
"""


@claim("TIMER05")
def test_a_program_waits_for_its_timers(programs, evidence):
    """A program does not end before its Timers have run: they are not daemons.

    You might expect a Timer to be forgotten when the main thread ends; in fact the program hangs
    until the last one has run.  cancel() it, or set timer.daemon = True before start().
    """
    program = programs.run(PROGRAM.format(interval=GRACE))
    assert (program.exit_code, program.err) == (0, "")
    assert evidence(printed=program.lines) == ["the main thread ends", "the timer"]
