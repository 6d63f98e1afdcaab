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
    kinds,
    never,
    outcome,
    predicts,
    refuted,
    until,
)
from tests.library.futures.scenery import Gate, TaskError

PENDING, RUNNING, CANCELLED, FINISHED, FAILED = "pending running cancelled finished failed".split()


def future_in(state, value=7):
    """Return a future of our own that has been brought into the state."""
    future = Future()
    if state == CANCELLED:
        future.cancel()
    elif state != PENDING:
        future.set_running_or_notify_cancel()
    if state == FAILED:
        future.set_exception(value)
    elif state == FINISHED:
        future.set_result(value)
    return future


@claim("FUTURE07")
def test_submit_returns_a_future_for_the_result(executors, background, evidence):
    """submit() returns a Future immediately; result() gives the value, again and again.

    To get the results of an executor in order, keep the futures in a list, and ask one after the
    other; map() does the same.  A 'Future' object is not iterable, nor subscriptable, as it is not
    the value: call result().
    """
    value = [9]
    with Gate() as gate:
        future = executors(ThreadPoolExecutor, 1).submit(gate, value)
        waiting = background(future.result)
        waited = never(lambda: waiting.finished, during=0.05)
    results = [waiting.result(), future.result(), future.result(timeout=0)]
    same = [result is value for result in results]
    assert type(future) is Future
    assert evidence(waited=waited, same_object_each_time=same) == (True, [True] * 3)


@claim("FUTURE07")
def test_submit_passes_all_arguments_on(executors, evidence):
    """submit() passes all arguments on to the function, whatever the names."""

    def task(*numbers, **named):
        return numbers, named

    got = executors(ThreadPoolExecutor, 1).submit(task, 1, 2, fn=3, self=4).result()
    assert evidence(arguments=got) == ((1, 2), {"fn": 3, "self": 4})


@claim("FUTURE08")
def test_cancel_stops_a_pending_future_only(executors, evidence):
    """cancel() of a future succeeds as long as the task has not begun; it is then never run.

    cancel() returns False for a future that is running or has ended: a thread cannot be stopped
    from outside.  How to cancel a running future, then?  Let its task look at an Event in its loop,
    and set that (ASK25).  result() and exception() of a cancelled future raise CancelledError, an
    ordinary Exception.
    """
    executor, ran = executors(ThreadPoolExecutor, 1), []
    with Gate() as gate:
        running, pending = executor.submit(gate), executor.submit(ran.append, "cancelled")
        gate.reached()
        answers = {"running": running.cancel(), "pending": pending.cancel()}
    executor.submit(ran.append, "last").result()
    answers["finished"] = running.cancel()
    assert evidence(cancel=answers) == {"running": False, "pending": True, "finished": False}
    assert evidence(ran=ran, is_cancelled=running.cancelled()) == (["last"], False)


@claim("FUTURE08")
@cases(get=("result", "exception"))
def test_a_cancelled_future_raises_cancelled_error(get, evidence):
    """result() and exception() of a cancelled future raise CancelledError, again and again."""
    future = future_in(CANCELLED)
    got = [outcome(getattr(future, get)) for _ in range(2)]
    assert evidence(got=repr(got), done=future.done()) == (
        "[CancelledError(), CancelledError()]",
        True,
    )


@claim("FUTURE09")
@predicts("RC27")
@refuted(where=before("3.11.0"), because="one class since 3.11 (bpo-42413)")
def test_the_builtin_timeout_error_catches_a_futures_timeout(evidence):
    """`except TimeoutError` catches the timeout of Future.result().

    Before 3.11 it does not: concurrent.futures.TimeoutError is another class, derived from
    Exception, and escapes.  Since 3.11 it is an alias of the builtin TimeoutError ("What's New In
    Python 3.11", bpo-42413).  In code for both write `except concurrent.futures.TimeoutError`.
    """
    kind = type(outcome(Future().result, timeout=0))
    control(kind is concurrent.futures.TimeoutError, f"result() ended with {kind}")
    evidence(raised=f"{kind.__module__}.{kind.__name__}")
    assert issubclass(kind, TimeoutError)


@claim("FUTURE10")
@refuted(where=before("3.11.0"), because="one class since 3.11 (bpo-42413)")
def test_the_timeout_error_of_asyncio_is_that_of_futures(evidence):
    """asyncio.TimeoutError and concurrent.futures.TimeoutError are one class.

    They were so up to 3.7; from 3.8 to 3.10 they are two classes, so that an except clause for the
    one lets the other escape.  Since 3.11 both are the builtin TimeoutError (bpo-42413).
    """
    ours, theirs = concurrent.futures.TimeoutError, asyncio.TimeoutError
    evidence(futures=f"{ours.__module__}.{ours.__name__}", asyncio=theirs.__module__)
    assert ours is theirs


@claim("FUTURE11")
@refuted(because="two classes since 3.8 (bpo-32528)", by=CancelledError)
def test_the_cancelled_error_of_asyncio_is_that_of_futures(evidence):
    """`except asyncio.CancelledError` catches the CancelledError of Future.result().

    You might expect so, and it was so up to 3.7.  Since 3.8 asyncio.CancelledError is another
    class, not even an Exception (bpo-32528), so concurrent.futures.CancelledError escapes it,
    while `except Exception` swallows concurrent.futures.CancelledError.  Name the one you mean.
    """
    try:
        future_in(CANCELLED).result()
    except asyncio.CancelledError as error:
        caught = error
    assert evidence(caught=repr(caught)) == "CancelledError()"


@claim("FUTURE12")
@cases(get=("result", "exception"))
def test_result_with_a_timeout_leaves_the_task_running(executors, get, evidence):
    """result(timeout) and exception(timeout) raise TimeoutError, and the task goes on.

    The timeout of concurrent.futures does not kill the thread: it ends the waiting, not the task.
    Nothing can stop a running task from outside.
    """
    with Gate() as gate:
        future = executors(ThreadPoolExecutor, 1).submit(gate, 7)
        gate.reached()
        late = [outcome(getattr(future, get), seconds) for seconds in (0, 0.01)]
        running = future.running()
    assert evidence(too_early=repr(late), running=running) == (
        "[TimeoutError(), TimeoutError()]",
        True,
    )
    assert evidence(result=future.result(PATIENCE)) == 7


@claim("FUTURE13")
@refuted(
    where=before("3.12.5", "3.13.0"),
    because="not in __all__ before 3.12.5 and 3.13 (gh-120121)",
    by="KeyError: 'InvalidStateError'",
)
def test_an_import_of_everything_brings_invalid_state_error(evidence):
    """`from concurrent.futures import *` brings InvalidStateError.

    The exception is there since 3.8, as concurrent.futures.InvalidStateError, but before 3.12.5 and
    3.13 it is missing from __all__ (gh-120121), so that the star import leaves it out, and whoever
    uses it gets a NameError.  Import it by name.
    """
    names = {}
    exec("from concurrent.futures import *", names)  # noqa: S102 - not allowed in a function
    assert evidence(imported=names["InvalidStateError"]) is InvalidStateError


@claim("FUTURE14")
@cases(state=(FINISHED, FAILED, CANCELLED))
def test_a_finished_future_keeps_its_first_outcome(state, evidence):
    """A result or an exception can be set once; the second raises InvalidStateError.

    The first outcome stays.  A cancelled future refuses both, too.
    """
    future = future_in(state, TaskError("first"))
    first = repr(outcome(future.result, 0))
    refused = [outcome(future.set_result, 2), outcome(future.set_exception, TaskError("late"))]
    assert evidence(refused=kinds(refused)) == ["InvalidStateError"] * 2
    assert evidence(kept=repr(outcome(future.result, 0))) == first


class Silent(logging.Handler):
    """Keeps what concurrent.futures logs, in place of showing it."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        """Keep the record's message."""
        self.messages.append(f"{record.levelname} {record.getMessage()}")

    def __enter__(self):
        logging.getLogger("concurrent.futures").addHandler(self)
        return self

    def __exit__(self, *error):
        logging.getLogger("concurrent.futures").removeHandler(self)


@claim("FUTURE15")
@cases(
    end={
        "a result": lambda future: future.set_result(7),
        "an exception": lambda future: future.set_exception(TaskError()),
        "cancelled": Future.cancel,
    }
)
def test_callbacks_run_in_the_order_they_were_added(end, evidence):
    """Done-callbacks are called with the future, in the order of adding, each of them once.

    What is passed to add_done_callback() runs in the thread that ends the future: in a worker of a
    ThreadPoolExecutor, in a thread of the parent for a ProcessPoolExecutor, and where cancel() is
    called.  Callbacks are called however the future ends: by a result, by an exception, or
    cancelled.  A callback that raises is logged ("exception calling callback for <Future ...>") and
    skipped.  One that is added later runs immediately, in the thread that adds it.
    """
    future, calls = Future(), []
    for name in ("first", "second", "third"):
        future.add_done_callback(lambda given, name=name: calls.append((name, given is future)))
    early = list(calls)
    end(future)
    assert evidence(before_the_end=early) == []
    assert evidence(calls=calls) == [("first", True), ("second", True), ("third", True)]


@claim("FUTURE15")
def test_a_failing_callback_is_logged_and_skipped(evidence):
    """A done-callback that raises is logged ("exception calling callback"); the next one runs."""
    future, calls = Future(), []

    def fail(_):
        raise TaskError

    with Silent() as log:
        future.add_done_callback(fail)
        future.add_done_callback(calls.append)
        future.set_result(7)
        future.add_done_callback(fail)
    assert evidence(next_called=calls == [future]) is True
    assert [message[:41] for message in evidence(logged=log.messages)] == [
        "ERROR exception calling callback for <Fut"
    ] * 2


@claim("FUTURE15")
def test_a_late_callback_is_called_where_it_is_added(evidence):
    """A callback for a finished future runs immediately, in the thread that adds it."""
    idents = []
    future_in(FINISHED).add_done_callback(lambda _: idents.append(threading.get_ident()))
    assert evidence(called_here=idents == [threading.get_ident()]) is True


@claim("FUTURE16")
def test_early_callbacks_run_in_the_thread_of_the_task(executors, evidence):
    """A callback that was added in time runs in the pool's thread that ran the task.

    So it must not touch what only the adding thread may, such as a user interface.
    """
    called_in = []
    executor = executors(ThreadPoolExecutor, 2)
    with Gate() as gate:
        for future in [executor.submit(gate) for _ in range(2)]:
            future.add_done_callback(lambda _: called_in.append(threading.current_thread()))
        gate.reached(2)
    executor.shutdown()
    assert evidence(
        threads=len(gate.threads), of_the_tasks=set(called_in) == set(gate.threads)
    ) == (2, True)


@claim("FUTURE17")
@cases(ending=(SystemExit, KeyboardInterrupt))
def test_a_late_callbacks_base_exception_reaches_the_caller(ending, evidence):
    """add_done_callback() raises the KeyboardInterrupt or SystemExit of a late callback.

    A callback is late if the future is done already.  An Exception is logged and skipped; these
    two are no Exceptions.
    """

    def leave(future):
        raise ending(future.result())

    raised = None
    try:
        future_in(FINISHED, 5).add_done_callback(leave)
    except ending as error:
        raised = error.args
    assert evidence(raised=raised) == (5,)


@claim("FUTURE18")
@cases(ending=(SystemExit, KeyboardInterrupt))
@refuted(
    because="CPython catches Exception only around callbacks; PyPy has the same code",
    by=concurrent.futures.TimeoutError,
)
def test_a_callback_that_exits_does_not_harm_its_pool(executors, ending, evidence):
    """A done-callback that raises SystemExit or KeyboardInterrupt leaves the pool usable.

    You might expect so, as other exceptions of callbacks are logged.  But these two end the pool's
    thread, which is not replaced: "Exception in worker" is logged, and a pool of one thread never
    runs another task; result() hangs.  Do not call sys.exit() in a callback.
    """
    executor = executors(ThreadPoolExecutor, 1)

    def leave(_):
        raise ending

    with Silent() as log:
        with Gate() as gate:
            executor.submit(gate).add_done_callback(leave)
            later = executor.submit(int, "7")
            gate.reached()
        (thread,) = gate.threads
        until(lambda: later.done() or not thread.is_alive(), "the next task, or the thread's end")
    evidence(logged=log.messages)
    assert evidence(next_task=later.result(0)) == 7


@claim("FUTURE19")
@refuted(
    where=before("3.13.4", "3.14.0"),
    because="fixed in 3.13.4 and 3.14 (gh-132063)",
    by="AssertionError: assert None is Empty()",
)
def test_an_exception_that_is_false_is_raised(evidence):
    """result() raises the exception of the task, even an exception for which bool() is False.

    An exception class with __len__ or __bool__ may be false.  Before 3.13.4 and 3.14 (gh-132063)
    result() takes such an exception for none and returns None as if the task had succeeded, though
    exception() gives it.  Ask exception() first, and do not give exceptions a length.
    """

    class Empty(Exception):
        def __len__(self):
            return 0

    future = future_in(FAILED, Empty())
    assert evidence(result=outcome(future.result, 0)) is future.exception(0)


@claim("FUTURE20")
@refuted(
    where=PYPY,
    because="PyPy can pickle its locks",
    by="AssertionError: assert 'bytes' == 'TypeError'",
)
def test_a_future_cannot_be_pickled(evidence):
    """A Future cannot be pickled, so it cannot be passed to a task of a process pool: TypeError.

    Its value or its exception can be, if those can.  On CPython it is "TypeError: cannot pickle
    '_thread.RLock' object".  PyPy copies it without complaint, and the copy never learns of the
    result.  Instead: pass what result() returns.
    """
    got = outcome(pickle.dumps, future_in(FINISHED))
    evidence(pickled=got if isinstance(got, Exception) else "without complaint")
    assert type(got).__name__ == "TypeError"


@claim("FUTURE21")
def test_a_future_goes_from_pending_over_running_to_done(evidence):
    """A future is pending, then running, then done, or cancelled, which is done as well."""
    states = {}
    for state in (PENDING, RUNNING, CANCELLED, FINISHED, FAILED):
        future = future_in(state, TaskError("failed"))
        printed = repr(future).partition("state=")[2].rstrip(">")
        states[state] = future.running(), future.cancelled(), future.done(), printed
    assert evidence(running_cancelled_done_printed=states) == {
        PENDING: (False, False, False, "pending"),
        RUNNING: (True, False, False, "running"),
        CANCELLED: (False, True, True, "cancelled"),
        FINISHED: (False, False, True, "finished returned TaskError"),
        FAILED: (False, False, True, "finished raised TaskError"),
    }


@claim("FUTURE22")
def test_exception_returns_what_result_would_raise(evidence):
    """exception() returns the exception that result() raises, or None if there is a result."""
    failed, finished = (
        future_in(FAILED, TaskError("failed")),
        future_in(FINISHED, TaskError("value")),
    )
    assert evidence(failed=failed.exception()) is outcome(failed.result)
    assert evidence(finished=finished.exception()) is None
    assert evidence(result=repr(finished.result())) == "TaskError('value')"


@claim("FUTURE23")
@cases(
    get=("result", "exception"),
    end={
        "a result": lambda future: future.set_result(7),
        "an exception": lambda future: future.set_exception(TaskError(7)),
        "cancel": Future.cancel,
    },
)
def test_every_waiting_thread_gets_the_outcome(background, get, end, evidence):
    """All threads that wait for a future wake up when it is set, or cancelled."""
    future = Future()
    waiting = [background(getattr(future, get)) for _ in range(3)]
    waiting.append(background(getattr(future, get), PATIENCE))
    waited = never(lambda: any(one.finished for one in waiting), during=0.02)
    end(future)
    got = [repr(outcome(one.result)) for one in waiting]
    afterwards = repr(outcome(getattr(future, get)))
    assert evidence(waited=waited, got=got) == (True, [afterwards] * 4)


@claim("FUTURE24")
def test_cancelling_calls_the_callbacks_in_the_caller(evidence):
    """cancel() itself calls the done-callbacks, once, in the thread that cancels."""
    future, calls = Future(), []
    for number in range(3):
        future.add_done_callback(lambda _, n=number: calls.append((n, threading.get_ident())))
    answers = future.cancel(), future.cancel()
    assert evidence(answers=answers, order=[number for number, _ in calls]) == (
        (True, True),
        [0, 1, 2],
    )
    assert {ident for _, ident in calls} == {threading.get_ident()}


@claim("FUTURE25")
def test_an_executor_learns_whether_to_run_the_task(evidence):
    """set_running_or_notify_cancel() returns True once, or False if the future is cancelled.

    It is for those who write an Executor: the task must be run if, and only if, it returns True.
    From then on cancel() fails.  To call it again is a mistake, and an exception.
    """
    wanted, unwanted = Future(), future_in(CANCELLED)
    run = wanted.set_running_or_notify_cancel(), unwanted.set_running_or_notify_cancel()
    assert evidence(wanted_and_unwanted=run) == (True, False)
    assert evidence(runs=wanted.running(), cancelled_then=wanted.cancel()) == (True, False)


@claim("FUTURE25")
@cases(state=(PENDING, CANCELLED))
def test_an_executor_begins_a_task_only_once(state, evidence):
    """A second call of set_running_or_notify_cancel() raises RuntimeError."""
    future = future_in(state)
    future.set_running_or_notify_cancel()
    with Silent() as log:
        again = outcome(future.set_running_or_notify_cancel)
    assert evidence(again=kinds([again]), logged=len(log.messages)) == (["RuntimeError"], 1)


#: A task fails, its future is dropped, and the program ends.
FORGOTTEN = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as executor:
    executor.submit(int, "not a number")
    executor.map(int, ["not a number either"])
    executor.submit(print, "the next task").result()
print("the end")
"""


@claim("FUTURE26")
@refuted(because="CPython and PyPy keep a task's exception in its future (PEP 3148)")
def test_an_exception_nobody_asks_for_is_shown(programs, evidence):
    """An exception of a task is shown, or changes the exit code, even if you never ask for it.

    You might expect a traceback, as from a thread, or as asyncio gives ("exception was never
    retrieved").  But the exception stays in the Future, silently: exit code 0, nothing on standard
    error.  Call result() of every future, or iterate over what map() returned.
    """
    program = programs.run(FORGOTTEN)
    control(program.lines == ["the next task", "the end"], f"it printed {program.out}")
    exit_code, shown = evidence(exit_code=program.exit_code, on_stderr=program.err)
    assert exit_code != 0 or "ValueError" in shown
