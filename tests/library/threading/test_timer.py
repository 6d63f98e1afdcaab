"""threading.Timer: a thread that waits, and then calls a function once, unless it is cancelled.

Source: https://docs.python.org/3/library/threading.html#timer-objects
"""

import threading
import time

from tests.harness import GRACE, PATIENCE, claim, joined, never, outcome, until


@claim("TH26")
def test_a_cancelled_timer_never_runs(evidence):
    """Timer.cancel() before the interval is over: the function never runs, and the thread ends."""
    ran = []
    timers = [threading.Timer(interval, ran.append, [1]) for interval in (PATIENCE, 2 * PATIENCE)]
    for timer in timers:
        timer.daemon = True  # should it not end
        timer.start()
    alive = [timer.is_alive() for timer in timers]
    answers = [timer.cancel() for timer in timers]
    joined(timers[1])  # long before its time
    joined(timers[0], within=PATIENCE / 2)
    unstarted = threading.Timer(0, ran.append, [2])
    unstarted.cancel()
    unstarted.start()
    joined(unstarted)
    evidence(alive=alive, ran=ran)
    assert alive == [True, True]
    assert answers == [None, None]
    assert ran == []
    assert [timer.is_alive() for timer in timers] == [False, False]


@claim("TH110")
def test_a_timer_calls_its_function_once(evidence):
    """Timer(interval, function, args, kwargs) calls function(*args, **kwargs) once, in its thread.

    Without args and kwargs it calls function().  It is a Thread: start() and join() it.
    """
    calls = []

    def call(*args, **kwargs):
        calls.append((threading.get_ident(), args, kwargs))

    timers = [
        threading.Timer(GRACE / 10, call, ["a", 2], {"three": 3}),
        threading.Timer(interval=0, function=call, args=(4,), kwargs={}),
        threading.Timer(0.001, call),
    ]
    idents = []
    for timer in timers:
        timer.start()
        joined(timer)
        idents.append(timer.ident)
    again = outcome(timers[0].start)
    once = never(lambda: len(calls) != 3, during=GRACE / 6)
    evidence(calls=[call[1:] for call in calls], started_again=again)
    assert once
    assert [call[1:] for call in calls] == [(("a", 2), {"three": 3}), ((4,), {}), ((), {})]
    assert [call[0] for call in calls] == idents
    assert threading.get_ident() not in idents
    assert [isinstance(timer, threading.Thread) for timer in timers] == [True] * 3
    assert type(again) is RuntimeError


@claim("TH111")
def test_a_timer_waits_for_its_interval(evidence):
    """A Timer calls its function when the interval is over, counted from start(), not before."""
    ran, waited = [], GRACE / 2

    def note(name):
        ran.append((name, time.monotonic()))

    late = threading.Timer(2 * PATIENCE, note, ["late"])
    soon = threading.Timer(waited, note, ["soon"])
    late.daemon = True  # should it not end
    never(lambda: ran, during=GRACE / 5)
    began = time.monotonic()
    late.start()
    soon.start()
    joined(soon)
    never(lambda: len(ran) > 1, during=GRACE / 5)
    late.cancel()
    joined(late)
    evidence(ran=ran, began=began)
    assert [name for name, _ in ran] == ["soon"]
    assert ran[0][1] - began > waited * 0.9  # a slow machine can only make it later


@claim("TH112")
def test_cancelling_a_running_timer_does_nothing(evidence):
    """Timer.cancel() while the function runs, or afterwards, changes nothing."""
    began, may_end, ended = threading.Event(), threading.Event(), []

    def work():
        began.set()
        ended.append(may_end.wait(PATIENCE))

    timer = threading.Timer(0, work)
    timer.start()
    try:
        until(began.is_set, "the function to begin")
        timer.cancel()
        goes_on = never(lambda: not timer.is_alive(), during=GRACE / 6)
    finally:
        may_end.set()
    joined(timer)
    answers = [timer.cancel(), timer.cancel()]
    evidence(goes_on=goes_on, ended=ended)
    assert goes_on
    assert ended == [True]
    assert answers == [None, None]


PROGRAM = """
import threading

threading.Timer({interval}, print, ["the timer"], {{"flush": True}}).start()
print("the main thread ends", flush=True)
"""


@claim("TH113")
def test_a_program_waits_for_its_timers(programs, evidence):
    """A program does not end before its Timers have run: they are not daemons.

    One would expect a Timer to be forgotten when the main thread ends.  The program hangs until
    the last one has run.  cancel() it, or set timer.daemon = True before start().
    """
    program = programs.run(PROGRAM.format(interval=GRACE))
    evidence(printed=program.lines)
    assert (program.exit_code, program.err) == (0, "")
    assert program.lines == ["the main thread ends", "the timer"]
