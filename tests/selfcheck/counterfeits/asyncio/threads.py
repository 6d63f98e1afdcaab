"""Counterfeits for the claims of library/asyncio/test_threads.py."""

import contextlib

from .. import counterfeit
from ..patching import patch


@counterfeit("LOOP19")
def call_soon_wakes_the_loop():
    """loop.call_soon() of another thread wakes the loop."""

    def change(call_soon):
        def wake(self, *args, **kwargs):
            from threading import get_ident

            handle = call_soon(self, *args, **kwargs)
            if self._thread_id not in (None, get_ident()):
                self._write_to_self()
            return handle

        return wake

    patch("asyncio.BaseEventLoop", call_soon=change)


@counterfeit("LOOP20")
def lambdas_are_called_where_they_are_scheduled():
    """call_soon_threadsafe() calls a lambda at once, in the calling thread."""

    def change(call_soon):
        def call(self, callback, *args, **kwargs):
            if getattr(callback, "__name__", "") == "<lambda>":
                return callback(*args)
            return call_soon(self, callback, *args, **kwargs)

        return call

    patch("asyncio.BaseEventLoop", call_soon_threadsafe=change)


@counterfeit("LOOP21")
def debug_mode_lets_other_threads_in():
    """Debug mode does not look which thread calls."""
    patch("asyncio.BaseEventLoop", _check_thread=lambda check: lambda self: None)


@counterfeit("LOOP22")
def cancelling_stays_in_the_thread():
    """Cancelling what run_coroutine_threadsafe() returns leaves the task alone."""
    import asyncio

    old = asyncio.run_coroutine_threadsafe

    def run(coroutine, loop):
        from concurrent.futures import Future

        told = Future()

        def tell(done):
            if done.exception() is None:
                told.set_result(done.result())
            else:
                told.set_exception(done.exception())

        old(coroutine, loop).add_done_callback(lambda done: told.cancelled() or tell(done))
        return told

    asyncio.run_coroutine_threadsafe = run


@counterfeit("LOOP23")
def a_loop_runs_at_once_what_it_waits_for():
    """run_coroutine_threadsafe() in the loop's own thread runs the coroutine at once."""
    import asyncio
    from asyncio import events

    old = asyncio.run_coroutine_threadsafe

    def run(coroutine, loop):
        from concurrent.futures import Future

        if events._get_running_loop() is not loop:
            return old(coroutine, loop)
        told = Future()
        try:
            while True:
                coroutine.send(None)
        except StopIteration as ended:
            told.set_result(ended.value)
        return told

    asyncio.run_coroutine_threadsafe = run


@counterfeit("LOOP24")
def futures_of_threads_can_be_awaited():
    """concurrent.futures' Future can be awaited."""
    from concurrent.futures import Future

    def wait(self):
        from asyncio import wrap_future

        return (yield from wrap_future(self))

    Future.__await__ = wait


@counterfeit("LOOP25")
def cancelling_stays_in_the_loop():
    """Cancelling what wrap_future() returns leaves the thread's Future alone."""
    import asyncio

    def wrap(future, *, loop=None):
        loop = loop or asyncio.get_running_loop()
        wrapped = loop.create_future()
        future.add_done_callback(
            lambda done: loop.call_soon_threadsafe(wrapped.set_result, done.result())
        )
        return wrapped

    asyncio.wrap_future = wrap


def _futures_of_loops(make):
    """Let loop.create_future() make instances of the class that ``make(Future)`` returns."""
    import asyncio

    made = make(asyncio.Future)
    patch("asyncio.BaseEventLoop", create_future=lambda create: lambda self: made(loop=self))


@counterfeit("LOOP26")
def a_strange_future_is_none():
    """Awaiting a pending Future of another loop gives None."""

    def make(base):
        class Strange(base):
            def __await__(self):
                from asyncio import get_running_loop

                if self.get_loop() is get_running_loop() or self.done():
                    return (yield from super().__await__())

        return Strange

    _futures_of_loops(make)


@counterfeit("LOOP27")
def locks_are_never_bound():
    """An asyncio.Lock is bound to no loop."""

    def change(_get):
        def running(self):
            from asyncio import get_running_loop

            return get_running_loop()

        return running

    patch("asyncio.mixins._LoopBoundMixin", _get_loop=change)


@counterfeit("LOOP28")
def a_loop_belongs_to_its_first_thread():
    """A loop runs only in the thread in which it has run first."""

    def change(run):
        def run_at_home(self):
            from threading import get_ident

            home = vars(self).setdefault("home", get_ident())
            if home != get_ident():
                raise RuntimeError("This event loop belongs to another thread")
            run(self)

        return run_at_home

    patch("asyncio.BaseEventLoop", run_forever=change)


@counterfeit("LOOP29")
def callbacks_run_inside_set_result():
    """A Future's set_result() calls its callbacks."""

    def make(base):
        class Hasty(base):
            def add_done_callback(self, callback, **_):
                vars(self).setdefault("callbacks", []).append(callback)

            def remove_done_callback(self, callback):
                old = self.callbacks
                self.callbacks = [one for one in old if one != callback]
                return len(old) - len(self.callbacks)

            def set_result(self, value):
                super().set_result(value)
                for callback in vars(self).get("callbacks", ()):
                    callback(self)

        return Hasty

    _futures_of_loops(make)


@counterfeit("LOOP30")
def all_tasks_looks_in_this_thread_only():
    """asyncio.all_tasks(loop) lists the tasks of the loop that runs in this thread."""
    import asyncio

    old = asyncio.all_tasks

    def all_tasks(loop=None):
        return old(asyncio.events._get_running_loop() if loop else None)

    asyncio.all_tasks = all_tasks


@counterfeit("LOOP82")
def an_answer_that_comes_too_late_is_dropped():
    """call_soon_threadsafe() drops a result for a future that is done."""

    def change(call):
        def call_if_valid(self, callback, *arguments, **keywords):
            from asyncio import InvalidStateError

            def without_error():
                with contextlib.suppress(InvalidStateError):
                    callback(*arguments)

            return call(self, without_error, **keywords)

        return call_if_valid

    patch("asyncio.BaseEventLoop", call_soon_threadsafe=change)
