"""Future: what stands for a result that is not there yet.

Source: https://docs.python.org/3/library/concurrent.futures.html#future-objects
"""

import asyncio
import concurrent.futures
import logging
import pickle
import threading
from concurrent.futures import CancelledError, Future, InvalidStateError, ThreadPoolExecutor

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    never,
    outcome,
    predicts,
    raises,
    refuted,
    until,
)

PENDING, RUNNING, CANCELLED, FINISHED = "pending", "running", "cancelled", "finished"


class TaskError(Exception):
    """What a task may raise."""


def future_in(state, value=7):
    """Return a future of our own that has been brought into the state."""
    future = Future()
    if state in (RUNNING, FINISHED):
        future.set_running_or_notify_cancel()
    if state == CANCELLED:
        future.cancel()
    elif state == "failed":
        future.set_exception(value)
    elif state == FINISHED:
        future.set_result(value)
    return future


@claim("CF01")
def test_submit_returns_a_future_for_the_result(executors, background, evidence):
    """submit() returns a Future at once; result() gives the value, again and again."""
    gate, value = threading.Event(), [9]
    executor = executors(ThreadPoolExecutor, 1)

    def task(*numbers, **named):
        gate.wait(PATIENCE)
        return value if (numbers, named) == ((1, 2), {"fn": 3, "self": 4}) else named

    try:
        future = background(lambda: executor.submit(task, 1, 2, fn=3, self=4)).result()
        done_at_first = future.done()
        waiting = background(future.result)
        waited = never(lambda: waiting.finished, during=0.05)
    finally:
        gate.set()
    got = [waiting.result(), future.result(), future.result(timeout=0)]
    after = [future.exception(), future.done(), future.running(), future.cancelled()]
    evidence(kind=type(future).__name__, results=got, after=after, cancel=future.cancel())
    assert type(future) is Future
    assert not done_at_first
    assert waited
    assert all(one is value for one in got)
    assert after == [None, True, False, False]
    assert future.cancel() is False
    assert future.result() is value


@claim("CF03")
def test_cancel_stops_a_pending_future_only(executors, background, evidence):
    """cancel() succeeds as long as the task has not begun; the task is then never run.

    It returns False for a task that runs or has ended: a thread cannot be stopped from outside.
    result() and exception() of a cancelled future raise CancelledError, an ordinary Exception.
    """
    gate, begun, ran = threading.Event(), threading.Event(), []
    executor = executors(ThreadPoolExecutor, 1)

    def task():
        begun.set()
        return gate.wait(PATIENCE)

    try:
        running = executor.submit(task)
        pending = executor.submit(ran.append, "cancelled")
        last = executor.submit(ran.append, "last")
        control(begun.wait(PATIENCE), "the first task never began")
        cancelled = [running.cancel(), pending.cancel(), pending.cancel()]
        states = [(f.cancelled(), f.running(), f.done()) for f in (running, pending, last)]
        got = [outcome(background(get).result) for get in (pending.result, pending.exception)]
    finally:
        gate.set()
    results = [running.result(PATIENCE), last.result(PATIENCE)]
    evidence(cancelled=cancelled, states=states, got=got, ran=ran, finished=running.cancel())
    assert cancelled == [False, True, True]
    assert states == [(False, True, False), (True, False, True), (False, False, False)]
    assert [type(error) for error in got] == [CancelledError] * 2
    assert results == [True, None]
    assert ran == ["last"]
    assert [running.cancel(), last.cancel(), running.cancelled()] == [False] * 3


@claim("CF04")
@predicts("RC27")
@refuted(where=before("3.11.0"), because="one class since 3.11 (bpo-42413)")
def test_the_builtin_timeout_error_catches_a_futures_timeout(evidence):
    """`except TimeoutError` catches the timeout of Future.result().

    Before 3.11 it does not: concurrent.futures.TimeoutError is a class of its own, derived from
    Exception, and escapes.  Since 3.11 it is an alias of the builtin TimeoutError ("What's New In
    Python 3.11", bpo-42413).  In code for both write `except concurrent.futures.TimeoutError`.
    """
    got = outcome(Future().result, timeout=0)
    evidence(raised=f"{type(got).__module__}.{type(got).__name__}")
    control(type(got) is concurrent.futures.TimeoutError, f"result() ended with {got!r}")
    assert isinstance(got, TimeoutError)
    assert concurrent.futures.TimeoutError is TimeoutError


@claim("CF05")
@refuted(where=before("3.11.0"), because="one class since 3.11 (bpo-42413)")
def test_the_timeout_error_of_asyncio_is_that_of_futures(evidence):
    """asyncio.TimeoutError and concurrent.futures.TimeoutError are one class.

    They were so up to 3.7; from 3.8 to 3.10 each is a class of its own, so that an except clause
    for the one lets the other escape.  Since 3.11 both are the builtin TimeoutError (bpo-42413).
    """
    ours, theirs = concurrent.futures.TimeoutError, asyncio.TimeoutError
    evidence(futures=f"{ours.__module__}.{ours.__name__}", asyncio=theirs.__module__)
    control(issubclass(ours, Exception) and issubclass(theirs, Exception), "one is no Exception")
    assert ours is theirs


@claim("CF43")
@refuted(because="classes of their own since 3.8 (bpo-32528)")
def test_the_cancelled_error_of_asyncio_is_that_of_futures(evidence):
    """`except asyncio.CancelledError` catches the CancelledError of Future.result().

    One would expect so, and it was so up to 3.7.  Since 3.8 asyncio.CancelledError is a class of
    its own, not even an Exception (bpo-32528), so concurrent.futures.CancelledError escapes it,
    while `except Exception` swallows concurrent.futures.CancelledError.  Name the one you mean.
    """
    got = outcome(future_in(CANCELLED).result, 0)
    evidence(raised=type(got).__module__, bases=[base.__name__ for base in type(got).__mro__])
    control(type(got) is CancelledError, f"result() ended with {got!r}")
    control(not issubclass(asyncio.CancelledError, Exception), "asyncio's is an Exception")
    assert isinstance(got, asyncio.CancelledError)


@claim("CF06")
@cases(get=["result", "exception"])
def test_result_with_a_timeout_leaves_the_task_running(executors, background, get, evidence):
    """result(timeout) and exception(timeout) raise TimeoutError, and the task goes on.

    The timeout ends the waiting, not the task.  Nothing can stop a running task from outside.
    """
    gate, begun = threading.Event(), threading.Event()
    executor = executors(ThreadPoolExecutor, 1)

    def task():
        begun.set()
        control(gate.wait(PATIENCE), "the gate was never opened")
        raise TaskError(7)

    try:
        future = executor.submit(task)
        control(begun.wait(PATIENCE), "the task never began")
        late = [outcome(background(getattr(future, get), after).result) for after in (0, 0.01)]
        states = [future.running(), future.done(), future.cancelled()]
        waiting = background(getattr(future, get), PATIENCE)
        waited = never(lambda: waiting.finished, during=0.05)
    finally:
        gate.set()
    got = outcome(waiting.result)
    evidence(too_early=[type(error).__name__ for error in late], states=states, in_time=got)
    assert [type(error) for error in late] == [concurrent.futures.TimeoutError] * 2
    assert states == [True, False, False]
    assert waited
    assert (type(got), got.args) == (TaskError, (7,))


@claim("CF07")
@refuted(where=before("3.13.0"), because="not in __all__ before 3.13")
def test_an_import_of_everything_brings_invalid_state_error(evidence):
    """`from concurrent.futures import *` brings InvalidStateError.

    The exception is there since 3.8, as concurrent.futures.InvalidStateError, but before 3.13 it is
    missing from __all__, so that the star import leaves it out: NameError.  Import it by name.
    """
    names = {}
    exec("from concurrent.futures import *", names)  # noqa: S102 - not allowed in a function
    evidence(exported=sorted(name for name in names if "Error" in name))
    control(issubclass(InvalidStateError, Exception), "there is no such exception")
    control(names["CancelledError"] is CancelledError, "the star import brings nothing")
    assert names.get("InvalidStateError") is InvalidStateError


@claim("CF44")
def test_a_finished_future_keeps_its_first_outcome(evidence):
    """A result or an exception can be set once; the second raises InvalidStateError.

    The first outcome stays.  A cancelled future refuses both, too.
    """
    error = TaskError("first")
    for state, value in ((FINISHED, 1), ("failed", error), (CANCELLED, None)):
        future = future_in(state, value)
        refused = [outcome(future.set_result, 2), outcome(future.set_exception, TaskError("late"))]
        kept = outcome(future.result, 0)
        evidence(state=state, refused=[type(one).__name__ for one in refused], kept=kept)
        assert [type(one) for one in refused] == [InvalidStateError] * 2
        assert kept is value if state != CANCELLED else type(kept) is CancelledError


class Silent(logging.Handler):
    """Keeps what is logged, in place of showing it."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        """Keep the record."""
        self.records.append(record)

    def __enter__(self):
        logging.getLogger("concurrent.futures").addHandler(self)
        return self

    def __exit__(self, *exception):
        logging.getLogger("concurrent.futures").removeHandler(self)


@claim("CF08")
def test_callbacks_run_in_the_order_they_were_added(evidence):
    """Done-callbacks are called with the future, in the order of adding, each of them once.

    One that raises is logged ("exception calling callback for <Future ...>") and skipped, and
    harms nobody else.  One that is added later runs at once, in the thread that adds it.
    """
    future, calls = Future(), []

    def record(name):
        def callback(argument):
            calls.append((name, argument is future, future.done(), threading.get_ident()))
            if name in ("second", "late"):
                raise TaskError(name)

        return callback

    with Silent() as log:
        for name in ("first", "second", "third", "fourth"):
            future.add_done_callback(record(name))
        before = list(calls)
        future.set_result(7)
        early = len(calls)
        future.add_done_callback(record("late"))
        future.add_done_callback(record("last"))
    logged = [(entry.levelname, entry.exc_info[1].args) for entry in log.records]
    evidence(order=[name for name, *_ in calls], before=before, logged=logged)
    names = ["first", "second", "third", "fourth", "late", "last"]
    assert before == []
    assert early == 4
    assert calls == [(name, True, True, threading.get_ident()) for name in names]
    assert logged == [("ERROR", ("second",)), ("ERROR", ("late",))]
    assert "exception calling callback for <Future" in log.records[0].getMessage()
    assert future.result(0) == 7


@claim("CF45")
def test_early_callbacks_run_in_the_thread_of_the_task(executors, evidence):
    """A callback that was added in time runs in the pool's thread that ran the task.

    So it must not touch what only the adding thread may, such as a user interface.
    """
    gate, idents, called = threading.Event(), [], threading.Event()
    executor = executors(ThreadPoolExecutor, 2)

    def task():
        control(gate.wait(PATIENCE), "the gate was never opened")
        return threading.get_ident()

    def note(future):
        idents.append((future.result(0), threading.get_ident()))
        if len(idents) == 2:
            called.set()

    futures = [executor.submit(task) for _ in range(2)]
    for future in futures:
        future.add_done_callback(note)
    gate.set()
    control(called.wait(PATIENCE), "not every callback was called")
    ran = sorted(future.result(PATIENCE) for future in futures)
    evidence(threads=len(set(ran)), here=[ident == threading.get_ident() for _, ident in idents])
    assert [task for task, _ in idents] == [callback for _, callback in idents]
    assert sorted(task for task, _ in idents) == ran
    assert threading.get_ident() not in ran


@claim("CF09")
@cases(ending=[SystemExit, KeyboardInterrupt])
def test_a_late_callbacks_base_exception_reaches_the_caller(ending, evidence):
    """A KeyboardInterrupt or SystemExit of a late callback comes out of add_done_callback().

    Only an Exception is logged and skipped; these two are none.
    """

    def leave(future):
        raise ending(future.result())

    future = future_in(FINISHED, 5)
    with raises(ending) as raised:
        future.add_done_callback(leave)
    evidence(raised=repr(raised.error))
    assert type(raised.error) is ending
    assert raised.error.args == (5,)


@claim("CF46")
@cases(ending=[SystemExit, KeyboardInterrupt])
@refuted(because="CPython catches Exception only around callbacks; PyPy has the same code")
def test_a_callback_that_exits_does_not_harm_its_pool(executors, ending, evidence):
    """A done-callback that raises SystemExit or KeyboardInterrupt leaves the pool usable.

    One would expect so, as other exceptions of callbacks are logged.  But these two end the pool's
    thread, which is not replaced: "Exception in worker" is logged, and a pool of one thread never
    runs another task; result() waits for ever.  Do not call sys.exit() in a callback.
    """
    gate = threading.Event()
    executor = executors(ThreadPoolExecutor, 1, "exiting")

    def leave(future):
        raise ending(future.result())

    with Silent() as log:
        future = executor.submit(gate.wait, PATIENCE)
        future.add_done_callback(leave)
        (thread,) = [one for one in threading.enumerate() if one.name == "exiting_0"]
        later = executor.submit(int, "7")
        gate.set()
        until(lambda: later.done() or not thread.is_alive(), "the next task, or the thread's end")
        got = outcome(later.result, 0.05)
    logged = [entry.getMessage() for entry in log.records]
    evidence(task=outcome(future.result, 0), next_task=got, logged=logged)
    control(outcome(future.result, 0) is True, "the task itself failed")
    control(got == 7 or type(got) is concurrent.futures.TimeoutError, f"it ended with {got!r}")
    control(got == 7 or logged == ["Exception in worker"], f"the log has {logged}")
    assert got == 7


@claim("X02")
@refuted(where=before("3.13.4"), because="fixed in 3.13.4 and 3.14 (gh-132063)")
def test_an_exception_that_is_false_is_raised(evidence):
    """result() raises an exception even if that is false as a condition, such as an empty group.

    An exception class with __len__ or __bool__ may be false.  Before the fix result() takes such
    an exception for none and returns None as if the task had succeeded, though exception() gives
    it.  Ask exception() first, and do not give exceptions a length.
    """

    class Empty(Exception):
        def __len__(self):
            return 0

    error = Empty()
    future = future_in("failed", error)
    got = outcome(future.result, 0)
    evidence(result=repr(got), exception=repr(future.exception(0)))
    control(future.exception(0) is error, "exception() has not the exception")
    control(got is None or got is error, f"result() ended with {got!r}")
    assert got is error


@claim("CF34")
@refuted(where=PYPY, because="PyPy can pickle its locks")
def test_a_future_cannot_be_pickled(evidence):
    """A Future cannot be pickled, so it cannot be passed to a task of a process pool: TypeError.

    Its value or its exception can be, if those can.  "cannot pickle '_thread.RLock' object" says
    CPython.  On PyPy it is copied without complaint, and the copy never learns of the result.
    Instead: pass what result() returns.
    """
    got = outcome(pickle.dumps, future_in(FINISHED))
    evidence(pickled=type(got).__name__)
    control(isinstance(got, (TypeError, bytes)), f"it ended with {got!r}")
    assert type(got) is TypeError


@claim("CF47")
def test_a_future_goes_from_pending_over_running_to_done(evidence):
    """A future is pending, then running, then done, or cancelled, which is done as well."""
    states = {}
    for state in (PENDING, RUNNING, CANCELLED, FINISHED, "failed"):
        future = future_in(state, TaskError("failed"))
        printed = repr(future).partition("state=")[2].rstrip(">")
        states[state] = (future.running(), future.cancelled(), future.done(), printed)
    evidence(running_cancelled_done=states)
    assert states == {
        PENDING: (False, False, False, "pending"),
        RUNNING: (True, False, False, "running"),
        CANCELLED: (False, True, True, "cancelled"),
        FINISHED: (False, False, True, "finished returned TaskError"),
        "failed": (False, False, True, "finished raised TaskError"),
    }


@claim("CF48")
def test_exception_returns_what_result_would_raise(evidence):
    """exception() returns the exception that result() raises, or None if there is a result."""
    error = TaskError("failed")
    failed, finished = future_in("failed", error), future_in(FINISHED, error)
    got = [failed.exception(), failed.exception(0), finished.exception()]
    raised = [outcome(failed.result), outcome(failed.result, 0)]
    returned = finished.result(0)
    evidence(exceptions=got, raised=raised, cancelled=outcome(future_in(CANCELLED).exception, 0))
    assert got == [error, error, None]
    assert [one is error for one in raised] == [True, True]
    with raises(TaskError):
        failed.result()
    assert returned is error
    assert type(outcome(future_in(CANCELLED).exception, 0)) is CancelledError


@claim("CF49")
@cases(get=["result", "exception"])
def test_every_waiting_thread_gets_the_outcome(background, get, evidence):
    """All threads that wait for a future wake up when it is set, or cancelled."""
    error = TaskError(7)
    for end in ("set_result", "set_exception", "cancel"):
        future = Future()
        waiting = [background(getattr(future, get)) for _ in range(3)]
        waiting += [background(getattr(future, get), PATIENCE)]
        waited = never(lambda: any(one.finished for one in waiting), during=0.02)
        getattr(future, end)(*{"set_result": [7], "set_exception": [error]}.get(end, []))
        got = [outcome(one.result) for one in waiting]
        evidence(end=end, waited=waited, got=got)
        assert waited
        if end == "cancel":
            assert [type(one) for one in got] == [CancelledError] * 4
        elif end == "set_exception":
            assert [one is error for one in got] == [True] * 4
        else:
            assert got == [7 if get == "result" else None] * 4


@claim("CF50")
def test_cancelling_calls_the_callbacks_in_the_caller(evidence):
    """cancel() itself calls the done-callbacks, once, in the thread that cancels."""
    future, calls = Future(), []
    for number in range(3):
        future.add_done_callback(
            lambda done, number=number: calls.append(
                (number, done is future, done.cancelled(), threading.get_ident())
            )
        )
    answers = [future.cancel(), future.cancel()]
    future.set_running_or_notify_cancel()
    evidence(answers=answers, calls=[number for number, *_ in calls])
    assert answers == [True, True]
    assert calls == [(number, True, True, threading.get_ident()) for number in range(3)]


@claim("CF51")
def test_an_executor_learns_whether_to_run_the_task(evidence):
    """set_running_or_notify_cancel() returns True once, or False if the future is cancelled.

    It is for those who write an Executor: the task must be run if, and only if, it returns True.
    From then on cancel() fails.  To call it again is a mistake, and an exception.
    """
    wanted, unwanted = Future(), future_in(CANCELLED)
    answers = [wanted.set_running_or_notify_cancel(), unwanted.set_running_or_notify_cancel()]
    states = [wanted.running(), wanted.cancel(), unwanted.cancelled(), unwanted.running()]
    with Silent() as log:
        again = [outcome(one.set_running_or_notify_cancel) for one in (wanted, unwanted)]
    evidence(answers=answers, states=states, again=again, logged=len(log.records))
    assert answers == [True, False]
    assert states == [True, False, True, False]
    assert [type(error) for error in again] == [RuntimeError] * 2
    assert [entry.levelname for entry in log.records] == ["CRITICAL"] * 2
    assert not wanted.done()


#: A task fails, its future is dropped, and the program ends.
FORGOTTEN = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as executor:
    executor.submit(int, "not a number")
    executor.map(int, ["not a number either"])
    executor.submit(print, "the next task").result()
print("the end")
"""


@claim("CF52")
@refuted(because="CPython and PyPy keep a task's exception in its future (PEP 3148)")
def test_an_exception_nobody_asks_for_is_shown(programs, evidence):
    """An exception of a task is shown, or changes the exit code, even if nobody asks for it.

    One would expect a traceback, as from a thread, or as asyncio gives ("exception was never
    retrieved").  But the exception stays in the Future, silently: exit code 0, nothing on standard
    error.  Call result() of every future, or iterate over what map() returned.
    """
    program = programs.run(FORGOTTEN)
    evidence(exit_code=program.exit_code, printed=program.lines, on_stderr=program.err)
    control(program.lines == ["the next task", "the end"], f"it printed {program.out}")
    assert program.exit_code != 0 or "ValueError" in program.err
