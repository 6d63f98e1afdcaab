"""Counterfeits for the claims of library/asyncio/test_executors.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("LOOP31")
def the_default_executor_has_more_threads():
    """The default executor has one thread more."""
    from asyncio import base_events
    from concurrent import futures

    class Wider(futures.ThreadPoolExecutor):
        def __init__(self, max_workers=None, *args, **kwargs):
            super().__init__(max_workers, *args, **kwargs)
            self._max_workers += max_workers is None

    class Futures:
        ThreadPoolExecutor = Wider
        Future = futures.Future

    class Concurrent:
        futures = Futures

    base_events.concurrent = Concurrent


@counterfeit("LOOP32", "LOOP36")
def names_are_looked_up_in_the_loop():
    """loop.getaddrinfo() needs no thread."""

    def change(_getaddrinfo):
        async def look_up(self, *arguments, **keywords):
            from socket import getaddrinfo

            return getaddrinfo(*arguments, **keywords)

        return look_up

    patch("asyncio.BaseEventLoop", getaddrinfo=change)


@counterfeit("LOOP33", where=VERSION >= (3, 11))
def any_executor_can_be_the_default():
    """set_default_executor() takes whatever it is given."""

    def change(_set):
        return lambda self, executor: vars(self).update(_default_executor=executor)

    patch("asyncio.BaseEventLoop", set_default_executor=change)


@counterfeit("LOOP34")
def asyncio_run_leaves_its_threads():
    """asyncio.run() does not wait for the default executor."""
    import asyncio

    old = asyncio.run

    def run(main, **keywords):
        from asyncio import get_running_loop

        async def run_and_let_go():
            result = await main
            executor = get_running_loop()._default_executor
            if executor is not None:
                executor.shutdown(wait=False)
                get_running_loop()._default_executor = None
            return result

        return old(run_and_let_go(), **keywords)

    asyncio.run = run


@counterfeit("LOOP35", where=VERSION >= (3, 12, 3))
def giving_up_is_silent():
    """shutdown_default_executor(timeout) gives up without a warning."""

    def change(shut_down):
        async def silently(self, timeout=None):
            from warnings import catch_warnings, simplefilter

            with catch_warnings():
                simplefilter("ignore")
                await shut_down(self, timeout)

        return silently

    patch("asyncio.BaseEventLoop", shutdown_default_executor=change)


@counterfeit("LOOP36")
def the_default_executor_comes_back():
    """run_in_executor() makes a new default executor after the shutdown of the old one."""

    def change(shut_down):
        async def forget(self, *arguments):
            await shut_down(self, *arguments)
            self._executor_shutdown_called = False
            self._default_executor = None

        return forget

    patch("asyncio.BaseEventLoop", shutdown_default_executor=change)


@counterfeit("LOOP37")
def cancelling_to_thread_waits_for_the_thread():
    """A to_thread() that is cancelled ends only when its function has ended."""
    import asyncio

    async def to_thread(function, *arguments):
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(None, function, *arguments)
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            return await call

    asyncio.to_thread = to_thread


@counterfeit("LOOP38")
def what_waits_for_a_thread_runs_all_the_same():
    """A to_thread() is run although it was cancelled before it began."""
    import asyncio

    async def to_thread(function, *arguments):
        return await asyncio.shield(
            asyncio.get_running_loop().run_in_executor(None, function, *arguments)
        )

    asyncio.to_thread = to_thread


@counterfeit("LOOP39")
def closing_waits_for_threads():
    """loop.close() waits for the default executor's threads."""

    def change(close):
        def wait(self):
            executor = self._default_executor
            if executor is not None:
                executor.shutdown(wait=True)
            close(self)

        return wait

    patch("asyncio.SelectorEventLoop", close=change)


@counterfeit("LOOP40")
def to_thread_runs_coroutines():
    """to_thread() of an async function awaits it."""
    import asyncio

    old = asyncio.to_thread

    async def to_thread(function, *arguments):
        result = await old(function, *arguments)
        return await result if asyncio.iscoroutine(result) else result

    asyncio.to_thread = to_thread


@counterfeit("LOOP41", where=VERSION >= (3, 12, 6))
def a_stop_iteration_is_none():
    """run_in_executor() gives None where the function raises StopIteration."""

    def change(run):
        def run_quietly(self, executor, function, *arguments):
            def call():
                try:
                    return function(*arguments)
                except StopIteration:
                    return None

            return run(self, executor, call)

        return run_quietly

    patch("asyncio.BaseEventLoop", run_in_executor=change)


@counterfeit("LOOP90")
def run_in_executor_takes_keywords():
    """run_in_executor() hands keyword arguments on."""
    from functools import partial

    def change(run):
        return lambda self, executor, function, *args, **keywords: run(
            self, executor, partial(function, **keywords), *args
        )

    patch("asyncio.BaseEventLoop", run_in_executor=change)
