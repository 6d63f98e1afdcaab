"""Counterfeits for the claims of library/asyncio/test_blocking.py."""

import sys

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch


@counterfeit("LOOP50")
def time_sleep_runs_the_loop():
    """time.sleep() runs the callbacks of the loop that runs in its thread."""
    import time
    from asyncio import events

    old = time.sleep

    def sleep(seconds):
        loop = events._get_running_loop()
        for handle in list(loop._ready if loop else ()):
            handle._run()
        old(seconds)

    time.sleep = sleep


@counterfeit("LOOP51")
def a_free_lock_lets_others_run():
    """Lock.acquire() lets other tasks run even if the lock is free."""

    def change(acquire):
        async def give_way(self):
            from asyncio import sleep

            await sleep(0)
            return await acquire(self)

        return give_way

    patch("asyncio.Lock", acquire=change)


@counterfeit("LOOP52")
def the_limit_of_debug_mode_is_fixed():
    """loop.slow_callback_duration cannot be changed."""
    import asyncio

    fixed = property(lambda loop: 0.1, lambda loop, seconds: None)
    asyncio.BaseEventLoop.slow_callback_duration = fixed


@counterfeit("LOOP53")
def the_last_callback_comes_first():
    """call_soon() puts a callback before all others."""

    def change(call_soon):
        def put_first(self, *args, **kwargs):
            handle = call_soon(self, *args, **kwargs)
            self._ready.appendleft(self._ready.pop())
            return handle

        return put_first

    patch("asyncio.BaseEventLoop", call_soon=change)


@counterfeit("LOOP54")
def the_last_timer_comes_first():
    """A loop's timers are sorted backwards."""

    def change(_less):
        return lambda self, other: self._when > other._when

    patch("asyncio.TimerHandle", __lt__=change)


@counterfeit("LOOP55")
def cancelling_a_handle_does_nothing():
    """Handle.cancel() does nothing."""
    patch("asyncio.Handle", cancel=lambda cancel: lambda self: None)


@counterfeit("LOOP56", where=VERSION >= (3, 12))
def call_soon_drops_the_context():
    """call_soon() ignores the context that it is given."""

    def change(call_soon):
        return lambda self, callback, *args, context=None: call_soon(self, callback, *args)

    patch("asyncio.BaseEventLoop", call_soon=change)


@counterfeit("LOOP73")
def readers_are_resumed_in_the_other_context():
    """resume_reading() uses its caller's context since 3.15, and a new one before."""
    import contextvars

    def change(resume):
        def resume_elsewhere(self):
            if VERSION < (3, 15):
                contextvars.Context().run(resume, self)
            else:
                self._context = contextvars.copy_context()
                resume(self)

        return resume_elsewhere

    patch("asyncio.selector_events._SelectorSocketTransport", resume_reading=change)


def _call_once(add, remove):
    """Remove what was added after it has been called."""

    def add_once(self, file, callback, *arguments):
        def call():
            remove(self, file)
            callback(*arguments)

        add(self, file, call)

    return add_once


@counterfeit("LOOP57")
def a_reader_is_called_once():
    """add_reader()'s callback is called once."""
    import asyncio

    remove = asyncio.SelectorEventLoop.remove_reader
    patch("asyncio.SelectorEventLoop", add_reader=lambda add: _call_once(add, remove))


@counterfeit("LOOP58")
def a_writer_is_called_once():
    """add_writer()'s callback is called once."""
    import asyncio

    remove = asyncio.SelectorEventLoop.remove_writer
    patch("asyncio.SelectorEventLoop", add_writer=lambda add: _call_once(add, remove))


@counterfeit("LOOP59")
def errors_in_callbacks_are_not_logged():
    """The default exception handler logs nothing."""
    patch("asyncio.BaseEventLoop", default_exception_handler=lambda log: lambda self, context: None)


@counterfeit("LOOP60")
def exits_in_callbacks_are_handled():
    """KeyboardInterrupt and SystemExit in a callback go to the exception handler."""

    def change(run):
        def handle(self):
            try:
                run(self)
            except (KeyboardInterrupt, SystemExit) as error:
                self._loop.call_exception_handler({"message": "exit", "exception": error})

        return handle

    patch("asyncio.Handle", _run=change)


@counterfeit("LOOP61")
def errors_of_tasks_are_told_at_once():
    """The exception of a Task is told when the task ends."""

    def change(create):
        def create_and_watch(self, *args, **kwargs):
            def tell(task):
                if not task.cancelled() and task.exception():
                    self.call_exception_handler({"message": "Task exception was never retrieved"})

            task = create(self, *args, **kwargs)
            task.add_done_callback(tell)
            return task

        return create_and_watch

    patch("asyncio.BaseEventLoop", create_task=change)


@counterfeit("LOOP62")
def task_factories_are_not_asked():
    """loop.create_task() asks no task factory."""

    def change(_create):
        def create(self, coroutine, **kwargs):
            from asyncio import Task

            return Task(coroutine, loop=self, **kwargs)

        return create

    patch("asyncio.BaseEventLoop", create_task=change)


@counterfeit("LOOP69", where=sys.platform == "linux")
def a_loop_reads_any_file():
    """add_reader() takes what epoll refuses, and never calls back."""

    def change(add):
        def add_or_ignore(self, *arguments):
            try:
                return add(self, *arguments)
            except PermissionError:
                return None

        return add_or_ignore

    patch("asyncio.SelectorEventLoop", add_reader=change)


@counterfeit("LOOP70", where=POSIX)
def a_pipe_still_blocks():
    """connect_write_pipe() leaves the pipe as it was."""
    import os

    def change(connect):
        async def connect_and_restore(self, factory, pipe):
            connected = await connect(self, factory, pipe)
            os.set_blocking(pipe.fileno(), True)
            return connected

        return connect_and_restore

    patch("asyncio.SelectorEventLoop", connect_write_pipe=change)


@counterfeit("LOOP62")
def tasks_of_a_factory_are_named_the_other_way():
    """A task of a factory is called None where it has a name of its own, and vice versa."""

    def change(create):
        def renamed(self, coroutine, **keywords):
            task = create(self, coroutine, **keywords)
            if self.get_task_factory() is not None and keywords.get("name") is None:
                task.set_name("Task-0" if task.get_name() == "None" else "None")
            return task

        return renamed

    patch("asyncio.BaseEventLoop", create_task=change)


#: Whether create_task(name=...) leaves the name to the task factory.
HANDS_NAMES_ON = (3, 13, 3) <= VERSION < (3, 13, 4) or VERSION >= (3, 14)


@counterfeit("LOOP81", where=HANDS_NAMES_ON)
def a_task_factory_is_told_no_name():
    """create_task() keeps the name to itself."""

    def change(create):
        return lambda self, coroutine, name=None, **keywords: create(self, coroutine, **keywords)

    patch("asyncio.BaseEventLoop", create_task=change)


@counterfeit("LOOP81", where=not HANDS_NAMES_ON)
def a_task_factory_is_told_the_name():
    """create_task() hands the name that is given on to the task factory."""

    def change(create):
        def tell(self, coroutine, *, name=None, **keywords):
            factory = self.get_task_factory()
            if factory and name:
                return factory(self, coroutine, name=name, **keywords)
            return create(self, coroutine, name=name, **keywords)

        return tell

    patch("asyncio.BaseEventLoop", create_task=change)


@counterfeit("LOOP83")
def every_loop_watches_files_and_signals():
    """add_reader() and its like do nothing in the base of all loops."""
    from asyncio.base_events import BaseEventLoop

    for name in ("add_reader", "add_writer", "add_signal_handler"):
        setattr(BaseEventLoop, name, lambda self, *arguments: None)


@counterfeit("LOOP85")
def loops_have_a_clock_of_their_own():
    """loop.time() does not ask time.monotonic()."""
    from time import perf_counter

    patch("asyncio.BaseEventLoop", time=lambda _: lambda self: perf_counter())


@counterfeit("LOOP87", where=VERSION >= (3, 11))
def run_hands_no_context_on():
    """asyncio.run() runs the loop of new_event_loop() by run_until_complete()."""
    import asyncio

    def run(main, **keywords):
        return asyncio.events.new_event_loop().run_until_complete(main)

    asyncio.run = run


@counterfeit("LOOP87", where=VERSION < (3, 11))
def run_hands_a_context_on():
    """asyncio.run() gives a context to create_task() of a loop of one's own."""
    import asyncio

    run = asyncio.run

    def run_in_a_context(main, **keywords):
        loop = asyncio.events.new_event_loop()
        if type(loop).create_task is not asyncio.BaseEventLoop.create_task:
            loop.create_task(main, context=None)
        loop.close()
        return run(main, **keywords)

    asyncio.run = run_in_a_context
