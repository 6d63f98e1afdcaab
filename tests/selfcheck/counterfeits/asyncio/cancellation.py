"""Counterfeits for the claims of library/asyncio/test_cancellation.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import tasks_with


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
