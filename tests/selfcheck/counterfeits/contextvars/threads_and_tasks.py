"""Counterfeits for the claims of library/contextvars/test_threads_and_tasks.py."""

from .. import counterfeit
from ..facts import VERSION


@counterfeit("CONTEXT07", "CONTEXT09", "CONTEXT08", where=VERSION < (3, 14))
def threads_inherit_the_context():
    """A thread starts with the values of its starter."""
    import contextvars
    import threading

    start = threading.Thread.start

    def inherit(self):
        context, run = contextvars.copy_context(), self.run
        self.run = lambda: context.run(run)
        start(self)

    threading.Thread.start = inherit


@counterfeit("CONTEXT07", "CONTEXT09", where=VERSION >= (3, 14))
def threads_always_inherit_the_context():
    """A thread starts with the values of its starter, whatever the flag says."""
    import contextvars
    import threading

    start = threading.Thread.start

    def inherit(self):
        self._context = contextvars.copy_context()
        start(self)

    threading.Thread.start = inherit


@counterfeit("CONTEXT08", where=VERSION >= (3, 14))
def threads_never_inherit_the_context():
    """A thread starts with an empty context, whatever the flag says."""
    import contextvars
    import threading

    start = threading.Thread.start

    def empty(self):
        self._context = contextvars.Context()
        start(self)

    threading.Thread.start = empty


@counterfeit("CONTEXT10", "CONTEXT13")
def executors_carry_the_context():
    """A ThreadPoolExecutor runs each task with the values of who submits it."""
    import contextvars
    from concurrent.futures import ThreadPoolExecutor

    submit = ThreadPoolExecutor.submit

    def carry(self, function, /, *args, **kwargs):
        return submit(self, contextvars.copy_context().run, function, *args, **kwargs)

    ThreadPoolExecutor.submit = carry


@counterfeit("CONTEXT12")
def to_thread_leaves_the_context():
    """asyncio.to_thread() is run_in_executor()."""
    import asyncio

    async def to_thread(function, /, *args):
        return await asyncio.get_running_loop().run_in_executor(None, function, *args)

    asyncio.to_thread = to_thread


@counterfeit("CONTEXT14", where=VERSION >= (3, 11))
def tasks_start_with_an_empty_context():
    """An asyncio task starts with the defaults."""
    import asyncio
    import contextvars

    create_task = asyncio.create_task
    asyncio.create_task = lambda coroutine: create_task(coroutine, context=contextvars.Context())


@counterfeit("CONTEXT11", "CONTEXT13", "CONTEXT04", "CONTEXT05")
def copy_context_gives_an_empty_one():
    """copy_context() returns an empty context."""
    import contextvars

    contextvars.copy_context = contextvars.Context
