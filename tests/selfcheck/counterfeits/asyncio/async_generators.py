"""Counterfeits for the claims of library/asyncio/test_async_generators.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch


def _close(generator):
    """Close an async generator that awaits nothing."""
    try:
        generator.aclose().send(None)
    except StopIteration:
        return


@counterfeit("AGEN01")
def a_generator_is_closed_where_it_is_left():
    """The task that frees an async generator closes it, at once."""

    def change(_):
        return lambda self, generator: _close(generator)

    patch("asyncio.BaseEventLoop", _asyncgen_finalizer_hook=change)


@counterfeit("AGEN01")
def a_generator_is_closed_by_no_task():
    """A callback of the event loop closes an async generator."""

    def change(_):
        return lambda self, generator: self.call_soon_threadsafe(_close, generator)

    patch("asyncio.BaseEventLoop", _asyncgen_finalizer_hook=change)


@counterfeit("AGEN02")
def tasks_run_one_after_another():
    """A task of asyncio.create_task() starts when the one before has ended."""
    import asyncio

    create_task, last = asyncio.create_task, []

    async def later(coroutine, before):
        if before:
            await asyncio.wait(before)
        return await coroutine

    def create_later(coroutine, **keywords):
        before = [task for task in last if not task.done()]
        last[:] = [create_task(later(coroutine, before), **keywords)]
        return last[0]

    asyncio.create_task = create_later


@counterfeit("AGEN03", where=VERSION >= (3, 11))
def a_time_of_zero_is_endless():
    """asyncio.timeout(0) cancels nothing."""
    import asyncio

    timeout = asyncio.timeout
    asyncio.timeout = lambda delay: timeout(delay or None)


@counterfeit("AGEN03", where=VERSION >= (3, 11))
def a_failed_task_leaves_the_body_of_its_group():
    """A TaskGroup does not cancel the task that has entered it."""

    class Parent:
        def cancel(self):
            """Cancel nothing."""

        def cancelling(self):
            return 0

        uncancel = done = cancelling

    def change(enter):
        async def enter_for_another(self):
            await enter(self)
            self._parent_task = Parent()
            return self

        return enter_for_another

    patch("asyncio.TaskGroup", __aenter__=change)


@counterfeit("AGEN04", where=VERSION >= (3, 13) and not PYPY)
def an_asend_that_nobody_awaits_is_not_warned_about():
    """There is no warning of an asend(), athrow() or aclose() that was never awaited."""
    import warnings

    old = warnings.simplefilter

    def simplefilter(action, *arguments, **keywords):
        old(action, *arguments, **keywords)
        warnings.filterwarnings("ignore", "coroutine method")

    warnings.simplefilter = simplefilter


@counterfeit("AGEN04", where=VERSION < (3, 13) or PYPY)
def the_start_of_a_generator_is_warned_about():
    """The first asend(), athrow() or aclose() of an async generator gives the warning."""
    import sys
    import warnings

    old = warnings.simplefilter

    def warn(generator):
        method = sys._getframe(1).f_locals.get("method")
        text = f"coroutine method {method!r} of {generator.__name__!r} was never awaited"
        warnings.warn(text, RuntimeWarning, stacklevel=2)

    def simplefilter(action, *arguments, **keywords):
        old(action, *arguments, **keywords)
        sys.set_asyncgen_hooks(firstiter=warn)

    warnings.simplefilter = simplefilter
