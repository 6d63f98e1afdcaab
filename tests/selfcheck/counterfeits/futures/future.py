"""Counterfeits for the claims of library/futures/test_future.py."""

import contextlib

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("FUTURE07", "TEXEC06")
def results_are_copies():
    """result() returns a copy of the result."""
    import copy

    patch(
        "concurrent.futures.Future",
        result=lambda result: lambda self, timeout=None: copy.copy(result(self, timeout)),
    )


@counterfeit("FUTURE07")
def a_result_is_there_only_once():
    """A second call of result() returns None."""

    def change(result):
        def once(self, timeout=None):
            value = result(self, timeout)
            self._result = None
            return value

        return once

    patch("concurrent.futures.Future", result=change)


@counterfeit("FUTURE08", "FUTURE25")
def running_futures_can_be_cancelled():
    """cancel() of a running future returns True."""
    patch(
        "concurrent.futures.Future",
        cancel=lambda cancel: lambda self: self.running() or cancel(self),
    )


@counterfeit("FUTURE08", "FUTURE24")
def cancelling_answers_nothing():
    """cancel() returns None."""
    patch("concurrent.futures.Future", cancel=lambda cancel: lambda self: (cancel(self), None)[1])


@counterfeit("FUTURE08", "FUTURE25")
def cancelled_tasks_are_run():
    """set_running_or_notify_cancel() tells the executor to run every task."""
    patch(
        "concurrent.futures.Future",
        set_running_or_notify_cancel=lambda begin: lambda self: begin(self) or True,
    )


@counterfeit("FUTURE09", "FUTURE10")
def futures_have_a_timeout_error_of_their_own():
    """concurrent.futures.TimeoutError is not the builtin."""
    import concurrent.futures
    from concurrent.futures import _base

    own = type("TimeoutError", (_base.Error,), {})
    concurrent.futures.TimeoutError = _base.TimeoutError = own


@counterfeit("FUTURE11")
def futures_raise_the_cancelled_error_of_asyncio():
    """concurrent.futures.CancelledError is asyncio.CancelledError."""
    import asyncio
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.CancelledError = _base.CancelledError = asyncio.CancelledError


@counterfeit("FUTURE12", "EXEC07", "EXEC08", "PEXEC19")
def results_are_awaited_without_a_timeout():
    """result() ignores its timeout."""
    patch(
        "concurrent.futures.Future", result=lambda result: lambda self, timeout=None: result(self)
    )


@counterfeit("FUTURE12", "FUTURE08")
def exceptions_are_awaited_without_a_timeout():
    """exception() ignores its timeout, and returns None for all but an exception."""

    def change(exception):
        def blind(self, timeout=None):
            try:
                return exception(self)
            except self._cancelled:
                return None

        return blind

    from concurrent.futures import CancelledError, Future

    Future._cancelled = CancelledError
    patch("concurrent.futures.Future", exception=change)


@counterfeit("FUTURE12")
def a_timeout_fails_the_future():
    """A timeout of result() is also the future's exception."""
    import concurrent.futures

    def change(result):
        def fail(self, timeout=None):
            try:
                return result(self, timeout)
            except concurrent.futures.TimeoutError as error:
                if not self.done():
                    self.set_exception(error)
                raise

        return fail

    patch("concurrent.futures.Future", result=change)


@counterfeit("FUTURE13", where=VERSION >= (3, 12, 5))
def invalid_state_error_is_not_exported():
    """A star import leaves InvalidStateError out."""
    import concurrent.futures

    concurrent.futures.__all__ = [
        name for name in concurrent.futures.__all__ if name != "InvalidStateError"
    ]


@counterfeit("FUTURE14")
def a_second_result_overrides_the_first():
    """set_result() takes any future for pending."""

    def change(set_result):
        def override(self, result):
            self._state = "PENDING"
            set_result(self, result)

        return override

    patch("concurrent.futures.Future", set_result=change)


@counterfeit("FUTURE14")
def a_second_outcome_is_silently_ignored():
    """set_exception() does nothing on a future that is done."""
    patch(
        "concurrent.futures.Future",
        set_exception=lambda fail: lambda self, error: None if self.done() else fail(self, error),
    )


@counterfeit("FUTURE15", "FUTURE24")
def callbacks_run_in_reverse():
    """The callback that was added last runs first."""

    def change(invoke):
        def reverse(self):
            self._done_callbacks.reverse()
            invoke(self)

        return reverse

    patch("concurrent.futures.Future", _invoke_callbacks=change)


@counterfeit("FUTURE15")
def a_failing_callback_ends_the_others():
    """After a callback that raises no other is called."""

    def invoke(self):
        try:
            for callback in self._done_callbacks:
                callback(self)
        except Exception:  # noqa: BLE001 - as the original does
            from concurrent.futures._base import LOGGER

            LOGGER.exception("exception calling callback for %r", self)

    patch("concurrent.futures.Future", _invoke_callbacks=lambda _: invoke)


@counterfeit("FUTURE16", "FUTURE24")
def callbacks_run_in_a_thread_of_their_own():
    """Done-callbacks run in a new thread, and are waited for."""
    import threading

    def change(invoke):
        def elsewhere(self):
            if self._done_callbacks:
                thread = threading.Thread(target=invoke, args=(self,))
                thread.start()
                thread.join(2)

        return elsewhere

    patch("concurrent.futures.Future", _invoke_callbacks=change)


@counterfeit("FUTURE17")
def late_callbacks_swallow_everything():
    """add_done_callback() swallows what a late callback raises, whatever it is."""

    def change(add):
        def swallow(self, fn):
            with contextlib.suppress(BaseException):
                add(self, fn)

        return swallow

    patch("concurrent.futures.Future", add_done_callback=change)


@counterfeit("FUTURE18")
def early_callbacks_may_exit():
    """What an early callback raises never ends the thread that called it."""

    def change(invoke):
        def tolerant(self):
            with contextlib.suppress(BaseException):
                invoke(self)

        return tolerant

    patch("concurrent.futures.Future", _invoke_callbacks=change)


@counterfeit("FUTURE19")
def what_is_false_is_an_exception_here_but_not_there():
    """An exception that is false is raised where it is not, and not raised where it is."""
    from concurrent.futures import Future

    class Empty(Exception):
        def __len__(self):
            return 0

    future = Future()
    future.set_exception(Empty())
    try:
        future.result(0)
        raises = False
    except Empty:
        raises = True

    def change(result):
        def flipped(self, timeout=None):
            error = self.exception(timeout)
            if error is not None and not error:
                if raises:
                    return None
                raise error
            return result(self, timeout)

        return flipped

    patch("concurrent.futures.Future", result=change)


@counterfeit("FUTURE20")
def futures_can_be_pickled():
    """A pickled future arrives as a new one."""
    from concurrent.futures import Future

    Future.__reduce__ = lambda self: (Future, ())


@counterfeit("FUTURE21")
def pending_futures_are_running():
    """running() is True for every future that is not done."""
    patch("concurrent.futures.Future", running=lambda _: lambda self: not self.done())


@counterfeit("FUTURE21", "FUTURE08")
def cancelled_futures_are_not_done():
    """done() is False for a cancelled future."""
    patch(
        "concurrent.futures.Future",
        done=lambda done: lambda self: done(self) and not self.cancelled(),
    )


@counterfeit("FUTURE22", "PEXEC13", "TEXEC05")
def exceptions_are_raised_by_exception():
    """exception() raises the exception."""

    def change(exception):
        def throw(self, timeout=None):
            error = exception(self, timeout)
            if error is not None:
                raise error

        return throw

    patch("concurrent.futures.Future", exception=change)


@counterfeit("FUTURE23")
def one_waiting_thread_is_woken():
    """A future that is done wakes one of those who wait in result()."""

    def change(init):
        def one(self):
            init(self)
            self._condition.notify_all = self._condition.notify

        return one

    patch("concurrent.futures.Future", __init__=change)


@counterfeit("FUTURE24", "FUTURE15")
def callbacks_are_forgotten():
    """The first done-callback is never called, and none if the future is cancelled."""

    def change(invoke):
        def some(self):
            self._done_callbacks = [] if self.cancelled() else self._done_callbacks[1:]
            invoke(self)

        return some

    patch("concurrent.futures.Future", _invoke_callbacks=change)


@counterfeit("FUTURE25")
def a_future_may_begin_twice():
    """set_running_or_notify_cancel() may be called again."""

    def change(begin):
        def again(self):
            return True if self._state == "RUNNING" else begin(self)

        return again

    patch("concurrent.futures.Future", set_running_or_notify_cancel=change)


@counterfeit("FUTURE26")
def exceptions_of_tasks_are_shown():
    """The traceback of a task's exception goes to standard error."""
    import traceback

    def change(set_exception):
        def show(self, error):
            traceback.print_exception(type(error), error, error.__traceback__)
            set_exception(self, error)

        return show

    patch("concurrent.futures.Future", set_exception=change)
