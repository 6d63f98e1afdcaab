"""Stopping threads: nobody can kill one; it has to be asked, and has to look.

Source: https://docs.python.org/3/library/threading.html#thread-objects ("threads cannot be
destroyed, stopped, suspended, resumed, or interrupted")
"""

import queue
import threading
import time

from tests.harness import (
    GRACE,
    PATIENCE,
    PYPY,
    applies,
    cases,
    claim,
    control,
    joined,
    never,
    outcome,
    pause,
    until,
)
from tests.library.classic.asleep import sleeps


@claim("CLASSIC23")
@cases(method=("kill", "terminate", "stop", "cancel", "interrupt"))
def test_a_thread_has_no_method_that_ends_it(method, evidence):
    """A Thread cannot be killed or stopped from outside: it has no method for it.

    "AttributeError: 'Thread' object has no attribute 'kill'".  A thread ends when its function
    does.  Let it look at an Event (CLASSIC24), or put None into its queue.  What must be killed,
    run in a Process, which has terminate() and kill().
    """
    thread = threading.Thread(target=int)
    refusal = outcome(lambda: getattr(thread, method)())
    text = f"AttributeError: 'Thread' object has no attribute {method!r}"
    assert evidence(refusal=f"{type(refusal).__name__}: {refusal}") == text


@claim("CLASSIC24")
def test_an_event_stops_a_thread_in_its_pause(evidence):
    """An Event stops a thread at once if it makes its pauses by event.wait(timeout).

    That is how to interrupt a sleeping thread: "while not stop.wait(60): work()".  set() ends the
    pause, so that join() returns right then.
    """
    stop, rounds = threading.Event(), []

    def work():
        while not stop.wait(0 if len(rounds) < 3 else 10 * PATIENCE):
            rounds.append("worked")

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: len(rounds) == 3, "the thread to make a long pause")
    goes_on = never(lambda: not thread.is_alive(), during=GRACE / 4)
    stop.set()
    joined(thread)
    assert evidence(went_on=goes_on, rounds=len(rounds)) == (True, 3)


@claim("CLASSIC35")
def test_a_none_in_the_queue_stops_one_worker(background, evidence):
    """A None that is put into a queue stops one of the workers that get() from it, not all.

    How does a consumer know that the producer is done?  By the poison pill of the textbooks: "for
    item in iter(q.get, None): work(item)".  It comes after all items before it.  Put as many as
    there are workers, or let each worker put it back before it ends.  Since 3.13 Queue.shutdown()
    wakes all of them.
    """
    items, done = queue.Queue(), []

    def work():
        for item in iter(items.get, None):
            done.append(item)

    workers = [background(work) for _ in range(3)]
    for item in [*range(10), None]:
        items.put(item)
    until(lambda: any(worker.finished for worker in workers), "one worker to end")
    one_ends = never(lambda: sum(worker.finished for worker in workers) != 1, during=GRACE / 4)
    for _ in range(2):
        items.put(None)
    for worker in workers:
        worker.result()
    assert evidence(one_ends=one_ends, done=sorted(done)) == (True, [*range(10)])


class Worker(threading.Thread):
    """A thread that looks at a plain attribute."""

    stopped, rounds = False, 0

    def __init__(self):
        super().__init__(daemon=True)

    def run(self):
        """Count rounds."""
        while not self.stopped:
            self.rounds += 1


@claim("CLASSIC25")
def test_a_plain_attribute_stops_a_busy_thread(evidence):
    """A plain attribute that another thread sets stops a loop that looks at it in each round.

    No lock and no volatile is needed to assign or read a boolean variable, which is thread-safe,
    with a GIL and without: "while not self.stopped:".  But nobody can wait for an attribute, so a
    thread that pauses between its rounds needs an Event (CLASSIC24).
    """
    worker = Worker()
    worker.start()
    until(lambda: worker.rounds, "the thread to be busy")
    worker.stopped = True
    joined(worker)
    assert evidence(alive=worker.is_alive()) is False


class Stopped(Exception):
    """What is raised in a thread from outside."""


def raise_in(task):
    """Raise Stopped in the thread of the task, and tell how many threads were found."""
    import ctypes  # here, for not every build has it

    set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc
    return set_exception(ctypes.c_ulong(task.ident), ctypes.py_object(Stopped))


def on_cpython(spec):
    return applies(where=not PYPY, because="ctypes.pythonapi of PyPy has no such function")(spec)


@claim("CLASSIC26")
@on_cpython
def test_an_exception_can_be_raised_in_a_busy_thread(background, evidence):
    """PyThreadState_SetAsyncExc() raises an exception in another thread that runs Python code.

    The only way to stop a thread that does not cooperate, by ctypes, in CPython alone.  The
    exception may come at any call or end of a loop, also inside of a finally: what the thread holds
    may be left half-done.  Prefer an Event (CLASSIC24), or a Process that can be killed.
    """
    rounds, ended, deadline = [0], [], time.monotonic() + PATIENCE / 4

    def be_busy():
        while time.monotonic() < deadline:
            rounds[0] += 1

    def work():
        try:
            be_busy()  # a loop right here might end at a jump that the "try" does not cover
        except Stopped:
            ended.append("stopped")

    task = background(work)
    until(lambda: rounds[0], "the thread to be busy")
    found = raise_in(task)
    control(found == 1, f"{found} threads were found")
    task.result()
    assert evidence(ended=ended) == ["stopped"]


def in_acquire():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire, lock.release


def in_get():
    items = queue.SimpleQueue()
    return items.get, lambda: items.put("an item")


def in_wait():
    event = threading.Event()
    return event.wait, event.set


@claim("CLASSIC27")
@on_cpython
@cases(blocked={"Lock.acquire()": in_acquire, "SimpleQueue.get()": in_get, "Event.wait()": in_wait})
def test_an_exception_does_not_end_a_blocking_call(blocked, background, evidence):
    """PyThreadState_SetAsyncExc() does not interrupt a call that blocks, such as Lock.acquire().

    The exception is raised only when the call has returned, and the thread runs Python code again:
    perhaps never.  Give the call a timeout, and repeat it in a loop.
    """
    call, let_go = blocked()
    begun, ended = [], []

    def work():
        try:
            begun.append(threading.get_native_id())
            call()
            until(lambda: False, "the exception")
        except Stopped:
            ended.append("stopped")

    task = background(work)
    until(lambda: begun and sleeps(*begun), "the thread to block")
    control(never(lambda: task.finished, during=GRACE / 5), "the thread blocks")
    raise_in(task)
    sleeps_on = never(lambda: task.finished, during=GRACE / 2)
    let_go()
    task.result()
    assert evidence(blocks_on=sleeps_on, in_the_end=ended) == (True, ["stopped"])


@claim("CLASSIC28")
@on_cpython
def test_nothing_wakes_a_thread_in_a_sleep(background, evidence):
    """A thread in time.sleep() cannot be woken by other threads: it sleeps for the whole time.

    Not even by PyThreadState_SetAsyncExc().  Use stop.wait(seconds) of an Event in place of
    time.sleep(seconds): set() ends it at once.
    """

    def work(began):
        begin = time.monotonic()
        try:
            began.set()
            time.sleep(3 * GRACE)
            until(lambda: False, "the exception")
        except Stopped:
            return time.monotonic() - begin

    slept = []
    while len(slept) < 3 and (not slept or slept[-1] < GRACE / 2):
        # On a busy machine the exception may come before the sleep: then once more, and later.
        began = threading.Event()
        task = background(work, began)
        began.wait(PATIENCE)
        pause(GRACE / 10 * 5 ** len(slept))
        raise_in(task)
        slept.append(task.result())
    assert evidence(slept=slept)[-1] > 2 * GRACE
