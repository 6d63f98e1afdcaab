"""Counterfeits for the claims of library/asyncio/test_waiting.py."""

import sys

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch

#: Where as_completed() needs a running loop.
NEEDS_A_LOOP = VERSION >= (3, 14, 8) and sys.version_info[:4] != (3, 15, 0, "candidate")
#: Where a future that never comes keeps the tasks that have waited for it.
WAIT_LEAKS = (3, 14) <= VERSION < (3, 14, 7)


@counterfeit("TASK30")
def gather_cancels_the_others():
    """gather() cancels the others when one fails."""
    import asyncio

    gather = asyncio.gather

    def gather_all_or_none(*awaitables, **keywords):
        tasks = [asyncio.ensure_future(one) for one in awaitables]

        def cancel(task):
            if not task.cancelled() and task.exception() is not None and not keywords:
                for other in tasks:
                    other.cancel()

        for task in tasks:
            task.add_done_callback(cancel)
        return gather(*tasks, **keywords)

    asyncio.gather = gather_all_or_none


@counterfeit("TASK31")
def gather_always_raises():
    """gather() raises in spite of return_exceptions."""
    import asyncio

    gather = asyncio.gather
    asyncio.gather = lambda *awaitables, return_exceptions=False: gather(*awaitables)


@counterfeit("TASK32")
def gather_shields():
    """Cancelling gather() cancels nothing of what it gathers."""
    import asyncio

    gather = asyncio.gather

    def gather_shielded(*awaitables, **keywords):
        return gather(*map(asyncio.shield, awaitables), **keywords)

    asyncio.gather = gather_shielded


@counterfeit("TASK33", where=VERSION >= (3, 11))
def a_task_group_raises_the_exception_itself():
    """A TaskGroup in which one task fails raises the task's exception."""

    def change(leave):
        async def unwrap(self, *error):
            try:
                return await leave(self, *error)
            except BaseExceptionGroup as group:  # noqa: F821 - since 3.11
                raise group.exceptions[0] from None

        return unwrap

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK34", where=VERSION >= (3, 11))
def a_cancelled_task_group_goes_on():
    """TaskGroup.cancel() cancels the tasks, and the body goes on."""
    import asyncio

    asyncio.TaskGroup.cancel = lambda self: self._abort()


@counterfeit("TASK35")
def wait_cancels_what_is_late():
    """asyncio.wait() cancels the tasks that have not ended."""
    import asyncio

    wait = asyncio.wait

    async def wait_and_cancel(tasks, **keywords):
        done, pending = await wait(tasks, **keywords)
        for task in pending:
            task.cancel()
        return done, pending

    asyncio.wait = wait_and_cancel


@counterfeit("TASK36", where=VERSION >= (3, 11))
def wait_takes_coroutines():
    """asyncio.wait() makes tasks of coroutines."""
    import asyncio

    wait = asyncio.wait

    async def wait_for_any(awaitables, **keywords):
        return await wait([asyncio.ensure_future(one) for one in awaitables], **keywords)

    asyncio.wait = wait_for_any


@counterfeit("TASK37")
def as_completed_keeps_the_order():
    """as_completed() yields in the order in which the tasks were passed."""
    import asyncio

    asyncio.as_completed = lambda tasks, timeout=None: iter(tasks)


@counterfeit("TASK38", where=VERSION >= (3, 13))
def as_completed_is_no_asynchronous_iterator():
    """as_completed() can only be iterated over by a plain `for`."""
    import asyncio

    as_completed = asyncio.as_completed
    asyncio.as_completed = lambda tasks, timeout=None: (
        one for one in as_completed(tasks, timeout=timeout)
    )


@counterfeit("TASK39", "TASK57", where=VERSION >= (3, 11))
def the_timeout_error_is_asyncio_s_own():
    """asyncio.wait_for() raises a TimeoutError of asyncio's."""
    import asyncio

    wait_for, error = asyncio.wait_for, type("TimeoutError", (Exception,), {})
    asyncio.TimeoutError = error

    async def wait_or_raise(awaitable, timeout):
        try:
            return await wait_for(awaitable, timeout)
        except TimeoutError:
            raise error from None

    asyncio.wait_for = wait_or_raise


@counterfeit("TASK40", "TASK41")
def wait_for_leaves_at_once():
    """wait_for() makes a task, and does not wait for the task that it cancels."""
    import asyncio

    async def wait_for(awaitable, timeout):
        task = asyncio.ensure_future(awaitable)
        await asyncio.wait([task], timeout=timeout)
        if not task.done():
            task.cancel()
            raise asyncio.TimeoutError
        return task.result()

    asyncio.wait_for = wait_for


@counterfeit("TASK41", where=VERSION >= (3, 12))
def wait_for_makes_a_task():
    """wait_for() makes a task of a coroutine."""
    import asyncio

    wait_for = asyncio.wait_for

    async def wait_for_a_task(awaitable, timeout):
        return await wait_for(asyncio.ensure_future(awaitable), timeout)

    asyncio.wait_for = wait_for_a_task


@counterfeit("TASK42", where=VERSION >= (3, 11))
def a_timeout_never_expires():
    """Timeout.expired() is always false."""
    patch("asyncio.Timeout", expired=lambda _: lambda self: False)


@counterfeit("TASK43", where=VERSION >= (3, 11))
def a_timeout_keeps_its_deadline():
    """Timeout.reschedule() does not change the deadline."""
    patch(
        "asyncio.Timeout", reschedule=lambda old: lambda self, when: old(self, self.when() or when)
    )


@counterfeit("TASK44", where=VERSION >= (3, 11))
def a_timeout_takes_any_cancellation_for_its_own():
    """asyncio.timeout() makes a TimeoutError of every CancelledError, and so does wait_for()."""
    import asyncio

    def change(leave):
        async def convert(self, kind, *error):
            await leave(self, kind, *error)
            if kind is not None and issubclass(kind, asyncio.CancelledError):
                raise TimeoutError

        return convert

    patch("asyncio.Timeout", __aexit__=change)


@counterfeit("TASK45", where=VERSION >= (3, 11))
def a_task_group_is_never_finished():
    """TaskGroup.create_task() makes a task when the group has ended."""

    def change(create):
        def create_late(self, coroutine, **keywords):
            if self._exiting and not self._tasks:
                return None
            return create(self, coroutine, **keywords)

        return create_late

    patch("asyncio.TaskGroup", create_task=change)


@counterfeit("TASK49", where=not NEEDS_A_LOOP)
def as_completed_needs_a_running_loop():
    """as_completed() raises RuntimeError where no loop runs."""
    import asyncio

    as_completed = asyncio.as_completed

    def as_completed_in_a_loop(awaitables, **keywords):
        asyncio.get_running_loop()
        return as_completed(awaitables, **keywords)

    asyncio.as_completed = as_completed_in_a_loop


@counterfeit("TASK49", where=NEEDS_A_LOOP)
def as_completed_does_without_a_current_task():
    """as_completed() takes None for the current task where no loop runs."""
    from asyncio import tasks

    current_task = tasks.current_task

    def current_task_or_none(loop=None):
        try:
            return current_task(loop)
        except RuntimeError:
            return None

    tasks.current_task = current_task_or_none


@counterfeit("TASK51", where=not WAIT_LEAKS)
def wait_keeps_the_task():
    """asyncio.wait() refers to the task that calls it for good."""
    import asyncio

    wait, kept = asyncio.wait, []

    async def wait_and_keep(tasks, **keywords):
        kept.append(asyncio.current_task())
        return await wait(tasks, **keywords)

    asyncio.wait = wait_and_keep


@counterfeit("TASK51", where=WAIT_LEAKS)
def wait_is_not_in_the_call_graph():
    """asyncio.wait() takes the task out of the call graph at its end."""
    import asyncio

    wait = asyncio.wait

    async def wait_and_discard(tasks, **keywords):
        try:
            return await wait(tasks, **keywords)
        finally:
            for task in tasks:
                asyncio.future_discard_from_awaited_by(task, asyncio.current_task())

    asyncio.wait = wait_and_discard


@counterfeit("TASK56", where=(3, 11) <= VERSION < (3, 15))
def a_group_lets_generator_exit_through():
    """A TaskGroup whose body gets GeneratorExit raises nothing else."""

    def change(leave):
        async def leave_or_exit(self, kind, error, trace):
            try:
                return await leave(self, kind, error, trace)
            except BaseExceptionGroup as group:  # noqa: F821 - since 3.11
                if group.exceptions != (error,) or kind is not GeneratorExit:
                    raise
                raise error from None

        return leave_or_exit

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK56", where=VERSION >= (3, 15))
def a_group_wraps_generator_exit():
    """A TaskGroup whose body gets GeneratorExit raises a BaseExceptionGroup."""

    def change(leave):
        async def leave_and_wrap(self, kind, error, trace):
            try:
                return await leave(self, kind, error, trace)
            except GeneratorExit:
                raise BaseExceptionGroup("unhandled errors", [error]) from None  # noqa: F821

        return leave_and_wrap

    patch("asyncio.TaskGroup", __aexit__=change)


@counterfeit("TASK58", where=VERSION >= (3, 11))
def a_group_has_every_exception_in_it():
    """A TaskGroup raises SystemExit and KeyboardInterrupt in a group, as all else."""
    import asyncio

    asyncio.TaskGroup._is_base_error = lambda self, error: False


@counterfeit("TASK59", where=VERSION >= (3, 11))
def a_block_leaves_alone_who_entered_by_hand():
    """A TaskGroup or timeout() that enter() of a spec has entered cancels nothing."""
    import asyncio
    from unittest.mock import Mock

    def entering(place, attribute):
        def change(enter):
            async def enter_for_nobody(self):
                entered = await enter(self)
                if asyncio.current_task().get_coro().__name__ == "enter":
                    nobody = Mock(cancelling=lambda: 0, uncancel=lambda: 0)
                    setattr(self, attribute, nobody)
                return entered

            return enter_for_nobody

        patch(place, __aenter__=change)

    entering("asyncio.TaskGroup", "_parent_task")
    entering("asyncio.Timeout", "_task")
