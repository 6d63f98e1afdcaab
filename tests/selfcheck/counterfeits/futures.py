"""Counterfeits of Future, wait(), as_completed() and Executor.map()."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from . import counterfeit

UNRELATED = ("1.", "4.", "5.", "8.")

Method = Callable[..., Any]


def _change(name: str, change: Callable[[Method], Method]) -> None:
    """Replace a method of Future by what ``change`` makes of it."""
    from concurrent.futures import Future

    setattr(Future, name, change(getattr(Future, name)))


@counterfeit("CF01", "CF74")
def results_are_copies() -> None:
    """result() returns a copy of the result."""
    import copy

    _change("result", lambda result: lambda self, timeout=None: copy.copy(result(self, timeout)))


@counterfeit("CF01")
def a_result_is_there_only_once() -> None:
    """A second call of result() returns None."""

    def change(result: Method) -> Method:
        def once(self: Any, timeout: float | None = None) -> Any:
            value = result(self, timeout)
            self._result = None
            return value

        return once

    _change("result", change)


@counterfeit("CF01", "CF84", "CF85", "CF16", "Z20")
def submit_waits_for_its_task() -> None:
    """submit() returns when the task is done."""
    from concurrent.futures import ThreadPoolExecutor

    submit = ThreadPoolExecutor.submit

    def patient(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        future = submit(self, fn, *args, **kwargs)
        future.exception(3)
        return future

    ThreadPoolExecutor.submit = patient


@counterfeit("CF03", "CF51")
def running_futures_can_be_cancelled() -> None:
    """cancel() of a running future returns True."""
    _change("cancel", lambda cancel: lambda self: self.running() or cancel(self))


@counterfeit("CF03", "CF50")
def cancelling_answers_nothing() -> None:
    """cancel() returns None."""
    _change("cancel", lambda cancel: lambda self: (cancel(self), None)[1])


@counterfeit("CF03", "CF51")
def cancelled_tasks_are_run() -> None:
    """set_running_or_notify_cancel() tells the executor to run every task."""
    _change(
        "set_running_or_notify_cancel",
        lambda begin: lambda self: begin(self) or True,
    )


@counterfeit("CF04", "CF05")
def futures_have_a_timeout_error_of_their_own() -> None:
    """concurrent.futures.TimeoutError is not the builtin."""
    import concurrent.futures
    from concurrent.futures import _base

    own = type("TimeoutError", (_base.Error,), {})
    concurrent.futures.TimeoutError = _base.TimeoutError = own


@counterfeit("CF43")
def futures_raise_the_cancelled_error_of_asyncio() -> None:
    """concurrent.futures.CancelledError is asyncio.CancelledError."""
    import asyncio
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.CancelledError = _base.CancelledError = asyncio.CancelledError


@counterfeit("CF06", "CF12", "CF72", "CF90")
def results_are_awaited_without_a_timeout() -> None:
    """result() ignores its timeout."""
    _change("result", lambda result: lambda self, timeout=None: result(self))


@counterfeit("CF06", "CF49")
def exceptions_are_awaited_without_a_timeout() -> None:
    """exception() ignores its timeout, and returns None for all but an exception."""

    def change(exception: Method) -> Method:
        def blind(self: Any, timeout: float | None = None) -> Any:
            try:
                return exception(self)
            except self._cancelled:
                return None

        return blind

    from concurrent.futures import CancelledError, Future

    Future._cancelled = CancelledError
    _change("exception", change)


@counterfeit("CF06")
def a_timeout_fails_the_future() -> None:
    """A timeout of result() is also the future's exception."""
    import concurrent.futures

    def change(result: Method) -> Method:
        def fail(self: Any, timeout: float | None = None) -> Any:
            try:
                return result(self, timeout)
            except concurrent.futures.TimeoutError as error:
                if not self.done():
                    self.set_exception(error)
                raise

        return fail

    _change("result", change)


@counterfeit("CF07", where=sys.version_info >= (3, 13))
def invalid_state_error_is_not_exported() -> None:
    """A star import leaves InvalidStateError out."""
    import concurrent.futures

    concurrent.futures.__all__ = [
        name for name in concurrent.futures.__all__ if name != "InvalidStateError"
    ]


@counterfeit("CF44")
def a_second_result_overrides_the_first() -> None:
    """set_result() takes any future for pending."""

    def change(set_result: Method) -> Method:
        def override(self: Any, result: Any) -> None:
            self._state = "PENDING"
            set_result(self, result)

        return override

    _change("set_result", change)


@counterfeit("CF44")
def a_second_outcome_is_silently_ignored() -> None:
    """set_exception() does nothing on a future that is done."""
    _change(
        "set_exception",
        lambda fail: lambda self, error: None if self.done() else fail(self, error),
    )


@counterfeit("CF08", "CF50")
def callbacks_run_in_reverse() -> None:
    """The callback that was added last runs first."""

    def change(invoke: Method) -> Method:
        def reverse(self: Any) -> None:
            self._done_callbacks.reverse()
            invoke(self)

        return reverse

    _change("_invoke_callbacks", change)


@counterfeit("CF08")
def a_failing_callback_ends_the_others() -> None:
    """After a callback that raises no other is called."""

    def invoke(self: Any) -> None:
        try:
            for callback in self._done_callbacks:
                callback(self)
        except Exception:  # noqa: BLE001 - as the original does
            from concurrent.futures._base import LOGGER

            LOGGER.exception("exception calling callback for %r", self)

    _change("_invoke_callbacks", lambda _: invoke)


@counterfeit("CF08", "CF45", "CF50")
def callbacks_run_in_a_thread_of_their_own() -> None:
    """Done-callbacks run in a new thread, and are waited for."""
    import threading

    def change(invoke: Method) -> Method:
        def elsewhere(self: Any) -> None:
            if self._done_callbacks:
                thread = threading.Thread(target=invoke, args=(self,))
                thread.start()
                thread.join(2)

        return elsewhere

    _change("_invoke_callbacks", change)


@counterfeit("CF09")
def late_callbacks_swallow_everything() -> None:
    """add_done_callback() swallows what a late callback raises, whatever it is."""

    def change(add: Method) -> Method:
        def swallow(self: Any, fn: Any) -> None:
            with contextlib.suppress(BaseException):
                add(self, fn)

        return swallow

    _change("add_done_callback", change)


@counterfeit("CF46")
def early_callbacks_may_exit() -> None:
    """What an early callback raises never ends the thread that called it."""

    def change(invoke: Method) -> Method:
        def tolerant(self: Any) -> None:
            with contextlib.suppress(BaseException):
                invoke(self)

        return tolerant

    _change("_invoke_callbacks", change)


@counterfeit("X02")
def what_is_false_is_an_exception_here_but_not_there() -> None:
    """An exception that is false is raised where it is not, and not raised where it is."""
    from concurrent.futures import Future

    class Empty(Exception):
        def __len__(self) -> int:
            return 0

    future = Future()
    future.set_exception(Empty())
    try:
        future.result(0)
        raises = False
    except Empty:
        raises = True

    def change(result: Method) -> Method:
        def flipped(self: Any, timeout: float | None = None) -> Any:
            error = self.exception(timeout)
            if error is not None and not error:
                if raises:
                    return None
                raise error
            return result(self, timeout)

        return flipped

    _change("result", change)


@counterfeit("CF34")
def futures_can_be_pickled() -> None:
    """A pickled future arrives as a new one."""
    from concurrent.futures import Future

    Future.__reduce__ = lambda self: (Future, ())


@counterfeit("CF47")
def pending_futures_are_running() -> None:
    """running() is True for every future that is not done."""
    _change("running", lambda _: lambda self: not self.done())


@counterfeit("CF47", "CF03")
def cancelled_futures_are_not_done() -> None:
    """done() is False for a cancelled future."""
    _change("done", lambda done: lambda self: done(self) and not self.cancelled())


@counterfeit("CF48", "CF02")
def exceptions_are_raised_by_exception() -> None:
    """exception() raises the exception."""

    def change(exception: Method) -> Method:
        def throw(self: Any, timeout: float | None = None) -> None:
            error = exception(self, timeout)
            if error is not None:
                raise error

        return throw

    _change("exception", change)


@counterfeit("CF49")
def one_waiting_thread_is_woken() -> None:
    """A future that is done wakes one of those who wait in result()."""

    def change(init: Method) -> Method:
        def one(self: Any) -> None:
            init(self)
            self._condition.notify_all = self._condition.notify

        return one

    _change("__init__", change)


@counterfeit("CF50", "CF08")
def callbacks_are_forgotten() -> None:
    """The first done-callback is never called, and none if the future is cancelled."""

    def change(invoke: Method) -> Method:
        def some(self: Any) -> None:
            self._done_callbacks = [] if self.cancelled() else self._done_callbacks[1:]
            invoke(self)

        return some

    _change("_invoke_callbacks", change)


@counterfeit("CF51")
def a_future_may_begin_twice() -> None:
    """set_running_or_notify_cancel() may be called again."""

    def change(begin: Method) -> Method:
        def again(self: Any) -> bool:
            return True if self._state == "RUNNING" else begin(self)

        return again

    _change("set_running_or_notify_cancel", change)


@counterfeit("CF52")
def exceptions_of_tasks_are_shown() -> None:
    """The traceback of a task's exception goes to standard error."""
    import traceback

    def change(set_exception: Method) -> Method:
        def show(self: Any, error: BaseException) -> None:
            traceback.print_exception(type(error), error, error.__traceback__)
            set_exception(self, error)

        return show

    _change("set_exception", change)


def _tasks(iterables: Any) -> Iterator[Any]:
    """Yield the arguments of each task of map(); of these, the inputs again."""
    return zip(*iterables)  # noqa: B905 - the shortest ends it


def _map(new: Method) -> None:
    """Replace Executor.map."""
    from concurrent.futures import Executor

    Executor.map = new


@counterfeit("CF10")
def map_yields_results_as_they_come() -> None:
    """map() yields results in the order of completion."""
    from concurrent.futures import as_completed

    def hasty(self: Any, fn: Any, *iterables: Any, timeout: Any = None, **options: Any) -> Any:
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result() for future in as_completed(futures, timeout))

    _map(hasty)


@counterfeit("CF54")
def map_leaves_failures_out() -> None:
    """map() goes on after an element that fails."""

    def tolerant(self: Any, fn: Any, *iterables: Any, timeout: Any = None, **options: Any) -> Any:
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result() for future in futures if not future.exception(timeout))

    _map(tolerant)


@counterfeit("CF54")
def map_goes_on_after_a_failure() -> None:
    """The iterator of map() can be used after it has raised."""
    from concurrent.futures import Executor

    class Going:
        def __init__(self, futures: list[Any], timeout: Any) -> None:
            self.futures, self.timeout = futures, timeout

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            if not self.futures:
                raise StopIteration
            return self.futures.pop(0).result(self.timeout)

    Executor.map = lambda self, fn, *iterables, timeout=None, chunksize=1: Going(
        [self.submit(fn, *args) for args in _tasks(iterables)], timeout
    )


@counterfeit("CF55", "CF56", "CF72")
def map_is_lazy() -> None:
    """map() submits a task when its result is asked for."""

    def lazy(self: Any, fn: Any, *iterables: Any, timeout: Any = None, **options: Any) -> Any:
        for args in _tasks(iterables):
            yield self.submit(fn, *args).result(timeout)

    _map(lazy)


@counterfeit("CF11", "CF57", where=sys.version_info < (3, 14))
def map_has_a_buffer() -> None:
    """map() has the parameter buffersize of 3.14."""
    import itertools
    from concurrent.futures import Executor

    plain = Executor.map

    def buffered(
        self: Any, fn: Any, *iterables: Any, buffersize: Any = None, **options: Any
    ) -> Any:
        if buffersize is None:
            return plain(self, fn, *iterables, **options)
        if not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        tasks = _tasks(iterables)
        ahead = [self.submit(fn, *args) for args in itertools.islice(tasks, buffersize)]

        def results() -> Iterator[Any]:
            while ahead:
                ahead.extend(self.submit(fn, *args) for args in itertools.islice(tasks, 1))
                yield ahead.pop(0).result()

        return results()

    _map(buffered)


@counterfeit("CF11", where=sys.version_info >= (3, 14))
def map_takes_one_too_many() -> None:
    """map(buffersize=n) takes n + 1 elements at once."""
    from concurrent.futures import Executor

    original = Executor.map

    def greedy(self: Any, *args: Any, buffersize: Any = None, **options: Any) -> Any:
        more = buffersize + 1 if isinstance(buffersize, int) and buffersize > 0 else buffersize
        return original(self, *args, buffersize=more, **options)

    _map(greedy)


@counterfeit("CF57", where=sys.version_info >= (3, 14))
def map_takes_any_buffersize() -> None:
    """map() ignores a buffersize that is no positive integer."""
    from concurrent.futures import Executor

    original = Executor.map

    def tolerant(self: Any, *args: Any, buffersize: Any = None, **options: Any) -> Any:
        good = buffersize if isinstance(buffersize, int) and buffersize > 0 else None
        return original(self, *args, buffersize=good, **options)

    _map(tolerant)


@counterfeit("CF12", "CF72", "CF90")
def map_ignores_its_timeout() -> None:
    """map() waits as long as it takes."""
    from concurrent.futures import Executor

    original = Executor.map

    def patient(self: Any, *args: Any, timeout: Any = None, **options: Any) -> Any:
        return original(self, *args, **options)

    _map(patient)


@counterfeit("CF72", "X35", "CF12")
def map_has_its_timeout_for_each_result() -> None:
    """The timeout of map() begins anew with each result; and closing its iterator has no effect."""

    def each(self: Any, fn: Any, *iterables: Any, timeout: Any = None, **options: Any) -> Any:
        futures = [self.submit(fn, *args) for args in _tasks(iterables)]
        return (future.result(timeout) for future in futures)

    _map(each)


@counterfeit("CF10", "CF39", "CF33", "CF55", "CF56", "CF58", "CF59")
def map_forgets_the_last_element() -> None:
    """map() leaves out the last element of the shortest input."""
    from concurrent.futures import Executor

    original = Executor.map

    def short(self: Any, fn: Any, *iterables: Any, **options: Any) -> Any:
        tasks = [*_tasks(iterables)][:-1]
        return original(self, fn, *_tasks(tasks), **options)

    _map(short)


@counterfeit("CF58")
def threads_refuse_a_chunksize_of_zero() -> None:
    """map(chunksize=0) is refused by a thread pool, too."""
    from concurrent.futures import Executor

    original = Executor.map

    def strict(self: Any, *args: Any, chunksize: int = 1, **options: Any) -> Any:
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        return original(self, *args, chunksize=chunksize, **options)

    _map(strict)


@counterfeit("CF59")
def an_executor_submits_nothing() -> None:
    """Executor.submit() is no error, and returns None."""
    from concurrent.futures import Executor

    Executor.submit = lambda self, fn, /, *args, **kwargs: None


def _wait(change: Callable[[Method], Method]) -> None:
    """Replace wait()."""
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.wait = _base.wait = change(_base.wait)


@counterfeit("CF14")
def waiting_for_the_first_waits_for_all() -> None:
    """wait() waits for all, whatever it should wait for."""
    _wait(lambda wait: lambda fs, timeout=None, return_when="ALL_COMPLETED": wait(fs, timeout))


@counterfeit("CF60")
def waiting_for_an_exception_waits_for_anything() -> None:
    """wait(return_when=FIRST_EXCEPTION) returns with the first that is done."""

    def change(wait: Method) -> Method:
        def hasty(fs: Any, timeout: Any = None, return_when: str = "ALL_COMPLETED") -> Any:
            return wait(fs, timeout, return_when.replace("FIRST_EXCEPTION", "FIRST_COMPLETED"))

        return hasty

    _wait(change)


@counterfeit("CF61", "CF60")
def waiting_for_all_waits_for_one() -> None:
    """wait() returns with the first that is done."""

    def change(wait: Method) -> Method:
        def hasty(fs: Any, timeout: Any = None, return_when: str = "") -> Any:
            return wait(fs, timeout, "FIRST_COMPLETED")

        return hasty

    _wait(change)


@counterfeit("CF62", "CF65", "CF66")
def waiting_in_vain_raises() -> None:
    """wait() raises TimeoutError if the time is over before it has what it waits for."""

    def change(wait: Method) -> Method:
        def strict(*args: Any, **options: Any) -> Any:
            got = wait(*args, **options)
            if got.not_done:
                raise TimeoutError
            return got

        return strict

    _wait(change)


@counterfeit("CF62")
def waiting_takes_no_notice_of_the_time() -> None:
    """wait() waits five seconds at least, unless its timeout is 0."""

    def change(wait: Method) -> Method:
        def patient(fs: Any, timeout: Any = None, return_when: str = "ALL_COMPLETED") -> Any:
            return wait(fs, timeout and max(timeout, 5), return_when)

        return patient

    _wait(change)


@counterfeit("CF64")
def waiting_takes_any_condition() -> None:
    """wait() takes a condition that it does not know for ALL_COMPLETED."""

    def change(wait: Method) -> Method:
        def tolerant(fs: Any, timeout: Any = None, return_when: str = "") -> Any:
            known = return_when in ("FIRST_COMPLETED", "FIRST_EXCEPTION")
            return wait(fs, timeout, return_when if known else "ALL_COMPLETED")

        return tolerant

    _wait(change)


@counterfeit("CF61", "CF63", "X36")
def waiting_returns_lists() -> None:
    """wait() returns two lists."""
    _wait(lambda wait: lambda *args, **options: tuple(map(list, wait(*args, **options))))


@counterfeit("CF14", "CF60", "CF61", "CF62", "CF63", "CF64")
def waiting_swaps_its_answers() -> None:
    """wait() returns what is not done first."""
    from concurrent.futures._base import DoneAndNotDoneFutures

    _wait(
        lambda wait: (
            lambda *args, **options: DoneAndNotDoneFutures(*reversed(wait(*args, **options)))
        )
    )


@counterfeit("CF65", "CF66", "CF51")
def cancelling_notifies_those_who_wait() -> None:
    """A cancelled future counts at once for wait() and as_completed()."""

    def change(cancel: Method) -> Method:
        def notify(self: Any) -> bool:
            cancelled = cancel(self)
            if cancelled and self._state == "CANCELLED":
                begin(self)
            return cancelled

        return notify

    from concurrent.futures import Future

    begin = Future.set_running_or_notify_cancel
    _change("cancel", change)
    _change(
        "set_running_or_notify_cancel",
        lambda begin: lambda self: False if self.cancelled() else begin(self),
    )


def _as_completed(change: Callable[[Method], Method]) -> None:
    """Replace as_completed()."""
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.as_completed = _base.as_completed = change(_base.as_completed)


@counterfeit("CF13", "CF67")
def futures_come_in_the_order_given() -> None:
    """as_completed() yields futures in the order given."""

    def given(fs: Any, timeout: Any = None) -> Iterator[Any]:
        for future in dict.fromkeys(fs):
            future.exception(timeout)
            yield future

    _as_completed(lambda _: given)


@counterfeit("CF67")
def the_last_that_was_done_comes_first() -> None:
    """as_completed() yields what is ready with the latest first."""
    from concurrent.futures import _base

    original = _base._yield_finished_futures

    def latest(fs: Any, *args: Any, **options: Any) -> Any:
        fs.reverse()
        return original(fs, *args, **options)

    _base._yield_finished_futures = latest


@counterfeit("CF68", "CF13", "X36")
def a_duplicate_comes_twice() -> None:
    """as_completed() yields the first future once more at the end."""

    def change(as_completed: Method) -> Method:
        def again(fs: Any, timeout: Any = None) -> Iterator[Any]:
            fs = list(fs)
            yield from as_completed(fs, timeout)
            yield from fs[:1]
            yield from [None] * (not fs)

        return again

    _as_completed(change)


@counterfeit("CF69")
def as_completed_just_ends() -> None:
    """as_completed() ends, without an exception, when its time is over."""

    def change(as_completed: Method) -> Method:
        def silent(fs: Any, timeout: Any = None) -> Iterator[Any]:
            try:
                yield from as_completed(fs, timeout)
            except TimeoutError:
                return

        return silent

    _as_completed(change)


@counterfeit("CF69")
def as_completed_ignores_its_timeout() -> None:
    """as_completed() waits as long as it takes."""
    _as_completed(lambda original: lambda fs, timeout=None: original(fs))


@counterfeit("CF70")
def as_completed_takes_its_futures_at_once() -> None:
    """as_completed() takes its futures, and looks at its timeout, when it is called."""

    def change(as_completed: Method) -> Method:
        def at_once(fs: Any, timeout: Any = None) -> Any:
            return as_completed([*fs], timeout)

        return at_once

    _as_completed(change)


@counterfeit("CF71")
def leaving_as_completed_cancels_the_others() -> None:
    """The futures that a loop over as_completed() has not come to are cancelled at its end."""

    def change(as_completed: Method) -> Method:
        def cancelling(fs: Any, timeout: Any = None) -> Iterator[Any]:
            fs = list(fs)
            try:
                yield from as_completed(fs, timeout)
            finally:
                for future in fs:
                    future.cancel()

        return cancelling

    _as_completed(change)
