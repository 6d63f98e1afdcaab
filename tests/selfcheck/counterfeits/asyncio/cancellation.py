"""Counterfeits for the claims of library/asyncio/test_cancellation.py."""

import sys

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import tasks_with

#: Where a Future of run_coroutine_threadsafe() cancels its task at once, in the loop's thread.
CANCELS_AT_ONCE = VERSION >= (3, 14, 3) or (3, 13, 12) <= VERSION < (3, 14)
#: Where the future keeps a task that was cancelled in shield().
SHIELD_LEAKS = (3, 14) <= VERSION < (3, 14, 8)
#: Where an exception in a shielded future is told as soon as it comes.
SHIELD_TELLS = (3, 14) <= VERSION < (3, 14, 9) or VERSION == (3, 15, 0)
#: Where a TaskGroup is told of an eager task before create_task() returns.
TOLD_TOO_EARLY = (3, 12) <= VERSION < (3, 12, 9) or (3, 13) <= VERSION < (3, 13, 2)


@counterfeit("TASK19", "TASK22", "TASK27")
def cancelled_tells_of_the_request():
    """Task.cancelled() is true once somebody has called cancel()."""

    def change_cancel(cancel):
        def note(self, msg=None):
            self.asked = True
            return cancel(self, msg)

        return note

    def change_cancelled(cancelled):
        return lambda self: getattr(self, "asked", False) or cancelled(self)

    tasks_with(cancel=change_cancel, cancelled=change_cancelled)


@counterfeit("TASK20")
def cancelling_comes_after_the_start():
    """Task.cancel() lets the task start first."""

    def change(cancel):
        def later(self, msg=None):
            self.get_loop().call_soon(cancel, self, msg)
            return not self.done()

        return later

    tasks_with(cancel=change)


@counterfeit("TASK21")
def a_cancellation_is_an_exception():
    """What a coroutine gets when it is cancelled is an Exception."""
    import asyncio
    from collections.abc import Coroutine

    create_task = asyncio.create_task

    class Cancelled(Exception):
        pass

    class Translated(Coroutine):
        def __init__(self, coroutine):
            self.coroutine = coroutine

        def __await__(self):
            return self.coroutine.__await__()

        def send(self, value):
            return self.coroutine.send(value)

        def throw(self, *error):
            try:
                return self.coroutine.throw(Cancelled())
            except Cancelled:
                raise asyncio.CancelledError from None

    asyncio.create_task = lambda coroutine, **keywords: create_task(
        Translated(coroutine), **keywords
    )


@counterfeit("TASK23", "TASK24", where=VERSION >= (3, 11))
def uncancel_only_counts():
    """Task.uncancel() returns one less, and changes nothing."""
    tasks_with(uncancel=lambda _: lambda self: self.cancelling() - 1)


@counterfeit("TASK25")
def shield_does_not_protect():
    """asyncio.shield() returns what it was given."""
    import asyncio

    asyncio.shield = asyncio.ensure_future


@counterfeit("TASK26", where=VERSION >= (3, 11))
def a_cancel_message_stays_in_the_task():
    """Who awaits a cancelled task gets a CancelledError without the message."""
    import asyncio

    def change(wait):
        def wait_without(self):
            try:
                return (yield from wait(self))
            except asyncio.CancelledError:
                raise asyncio.CancelledError from None

        return wait_without

    tasks_with(__await__=change)


@counterfeit("TASK28")
def awaiting_a_task_shields_it():
    """Cancelling who awaits a task leaves the task running."""
    import asyncio

    def change(wait):
        def shielded(self):
            others = asyncio.get_running_loop().create_future()
            self.add_done_callback(lambda _: others.done() or others.set_result(None))
            if not self.done():
                yield from others.__await__()
            return self.result()

        return shielded

    tasks_with(__await__=change)


@counterfeit("TASK29")
def a_thread_is_waited_for():
    """Cancelling what runs in an executor waits until it has ended."""
    import asyncio

    async def wait_for_all(future):
        await asyncio.wait([future])
        return future.result()

    async def stubborn(future):
        waiting = asyncio.ensure_future(wait_for_all(future))
        while not waiting.done():
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                continue
        return waiting.result()

    def change(run):
        return lambda self, *arguments: asyncio.ensure_future(stubborn(run(self, *arguments)))

    patch("asyncio.BaseEventLoop", run_in_executor=change)


@counterfeit("TASK47", where=VERSION >= (3, 12))
def wait_for_swallows_a_late_cancellation():
    """wait_for() returns the result if it is cancelled as its future is done."""
    import asyncio

    old = asyncio.wait_for

    async def wait_for(future, timeout):
        try:
            return await old(future, timeout)
        except asyncio.CancelledError:
            if asyncio.isfuture(future) and future.done() and not future.cancelled():
                return future.result()
            raise

    asyncio.wait_for = wait_for


@counterfeit("TASK47", where=VERSION < (3, 12))
def wait_for_loses_the_result():
    """wait_for() of a future waits as wait() does."""
    import asyncio

    old = asyncio.wait_for

    async def wait_for(future, timeout):
        if not asyncio.isfuture(future):
            return await old(future, timeout)
        await asyncio.wait([future], timeout=timeout)
        return await old(future, 0)

    asyncio.wait_for = wait_for


@counterfeit("TASK48", where=(3, 11) <= VERSION < (3, 13))
def a_group_takes_its_cancellation_back():
    """At its end a TaskGroup uncancels the task that it has cancelled."""
    import asyncio

    def change(leave):
        async def leave_and_uncancel(self, *error):
            task = asyncio.current_task()
            before = task.cancelling()
            try:
                return await leave(self, *error)
            finally:
                while task.cancelling() > before:
                    task.uncancel()

        return leave_and_uncancel

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK48", where=VERSION >= (3, 13))
def a_group_leaves_a_cancellation():
    """After a TaskGroup has failed, cancelling() of its task is one more."""
    import asyncio
    from contextlib import suppress

    def change(leave):
        async def leave_and_cancel(self, *error):
            try:
                return await leave(self, *error)
            except Exception:
                asyncio.current_task().cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)
                raise

        return leave_and_cancel

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK50", where=CANCELS_AT_ONCE)
def a_threadsafe_future_is_cancelled_later():
    """In the loop's thread cancel() of run_coroutine_threadsafe() waits for the next round."""
    import asyncio

    run = asyncio.run_coroutine_threadsafe

    def run_and_cancel_later(coroutine, loop):
        future = run(coroutine, loop)
        cancel = future.cancel

        def cancel_later():
            if asyncio._get_running_loop() is not loop:
                return cancel()
            loop.call_soon(cancel)
            return not future.done()

        future.cancel = cancel_later
        return future

    asyncio.run_coroutine_threadsafe = run_and_cancel_later


@counterfeit("TASK50", where=not CANCELS_AT_ONCE)
def a_threadsafe_future_cancels_its_task():
    """In the loop's thread the Future of run_coroutine_threadsafe() cancels its task at once."""
    import asyncio

    run = asyncio.run_coroutine_threadsafe

    def run_known(coroutine, loop):
        tasks = []

        async def known():
            tasks.append(asyncio.current_task())
            return await coroutine

        def cancel(future):
            if future.cancelled() and asyncio._get_running_loop() is loop:
                for task in tasks:
                    task.cancel()

        future = run(known(), loop)
        future.add_done_callback(cancel)
        return future

    asyncio.run_coroutine_threadsafe = run_known


@counterfeit("TASK52", where=not SHIELD_LEAKS)
def shield_keeps_the_task():
    """asyncio.shield() refers to the task that calls it for good."""
    import asyncio

    shield, kept = asyncio.shield, []

    def shield_and_keep(one):
        kept.append(asyncio.current_task())
        return shield(one)

    asyncio.shield = shield_and_keep


@counterfeit("TASK52", where=SHIELD_LEAKS)
def shield_is_not_in_the_call_graph():
    """asyncio.shield() does not note which task calls it."""
    import asyncio
    from asyncio import tasks

    shield, current_task = asyncio.shield, tasks.current_task

    def shield_for_nobody(one):
        tasks.current_task = lambda loop=None: None
        try:
            return shield(one)
        finally:
            tasks.current_task = current_task

    asyncio.shield = shield_for_nobody


@counterfeit("TASK53", where=not SHIELD_TELLS)
def shield_tells_of_any_exception():
    """An exception in a shielded future goes to the loop's exception handler, too."""
    import asyncio

    shield = asyncio.shield

    def tell(future):
        if not future.cancelled() and future.exception() is not None:
            message = "exception in shielded future"
            future.get_loop().call_exception_handler({"message": message})

    def shield_and_tell(one):
        one.add_done_callback(tell)
        return shield(one)

    asyncio.shield = shield_and_tell


@counterfeit("TASK53", where=SHIELD_TELLS)
def shield_tells_of_no_exception():
    """An exception in a shielded future does not go to the loop's exception handler."""
    from asyncio import tasks

    tasks._log_on_exception = lambda future: None


@counterfeit("TASK54", where=VERSION >= (3, 12) and not TOLD_TOO_EARLY)
def a_group_of_eager_tasks_cancels_none():
    """A TaskGroup whose loop makes eager tasks does not cancel the others when one fails."""
    import asyncio

    def change(abort):
        def abort_lazy(self):
            if self._loop.get_task_factory() is not asyncio.eager_task_factory:
                abort(self)

        return abort_lazy

    patch("asyncio.TaskGroup", _abort=change)


@counterfeit("TASK54", where=TOLD_TOO_EARLY)
def a_group_starts_no_task_eagerly():
    """TaskGroup.create_task() makes ordinary tasks."""

    def change(create):
        def create_lazily(self, coroutine, **keywords):
            factory = self._loop.get_task_factory()
            self._loop.set_task_factory(None)
            try:
                return create(self, coroutine, **keywords)
            finally:
                self._loop.set_task_factory(factory)

        return create_lazily

    patch("asyncio.TaskGroup", create_task=change)


@counterfeit("TASK55", where=VERSION >= (3, 13))
def a_notify_is_not_passed_on():
    """A notify() of asyncio.Condition is lost if the task that it wakes is cancelled."""
    patch(
        "asyncio.Condition",
        _notify=lambda notify: lambda self, n: sys.exc_info()[0] or notify(self, n),
    )


@counterfeit("TASK55", where=VERSION < (3, 13))
def a_notify_is_passed_on():
    """A task that is cancelled in wait() of asyncio.Condition notifies another one."""

    def change(wait):
        async def wait_or_pass_on(self):
            try:
                return await wait(self)
            except BaseException:
                self.notify()
                raise

        return wait_or_pass_on

    patch("asyncio.Condition", wait=change)


@counterfeit("TASK61", where=VERSION >= (3, 13))
def a_group_forgets_what_was_asked_before():
    """A TaskGroup that fails does not ask for its task's cancellation again."""

    def change(leave):
        async def leave_alone(self, *exception):
            from unittest.mock import patch as replaced

            with replaced.object(self, "_parent_task", Quiet(self._parent_task)):
                return await leave(self, *exception)

        return leave_alone

    class Quiet:
        def __init__(self, task):
            self.task = task

        def __getattr__(self, name):
            return getattr(self.task, name)

        def cancelling(self):
            return 0

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK61", where=(3, 11, 3) <= VERSION < (3, 13))
def a_timeout_counts_what_was_asked_before():
    """asyncio.timeout() takes a cancellation of before its block for one of the block."""

    def change(enter):
        async def enter_uncounted(self):
            entered = await enter(self)
            self._cancelling = 0
            return entered

        return enter_uncounted

    patch("asyncio.Timeout", __aenter__=change)
