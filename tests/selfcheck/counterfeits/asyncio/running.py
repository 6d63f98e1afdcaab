"""Counterfeits for the claims of library/asyncio/test_running.py."""

from .. import counterfeit
from ..facts import POSIX, VERSION
from ..patching import patch


def _policies():
    """Return the place of the class that keeps the current loop of each thread."""
    from asyncio import events

    name = "_BaseDefaultEventLoopPolicy"
    return f"asyncio.events.{name if hasattr(events, name) else name[1:]}"


def _make_a_loop_when(allowed):
    """Let a policy's get_event_loop() make a loop instead of raising, if ``allowed(call)``."""
    calls = []

    def change(get):
        def get_or_make(self):
            calls.append(1)
            try:
                return get(self)
            except RuntimeError:
                if not allowed(len(calls)):
                    raise
                self.set_event_loop(self.new_event_loop())
                return get(self)

        return get_or_make

    patch(_policies(), get_event_loop=change)


@counterfeit("LOOP01", where=VERSION >= (3, 14))
def the_first_call_makes_a_loop():
    """The first get_event_loop() makes a loop, as it did before 3.14."""
    _make_a_loop_when(lambda call: call == 1)


@counterfeit("LOOP01", where=VERSION < (3, 14))
def get_event_loop_only_looks():
    """get_event_loop() makes no loop, as from 3.14 on."""
    from asyncio import events

    def look(self):
        if self._local._loop is None:
            raise RuntimeError("There is no current event loop in thread 'MainThread'.")
        return self._local._loop

    events.BaseDefaultEventLoopPolicy.get_event_loop = look


#: Whether get_event_loop() makes a loop for code without a __name__.
NAMELESS = VERSION < (3, 12) and VERSION[:3] not in ((3, 10, 9), (3, 11, 1))


@counterfeit("LOOP89", where=NAMELESS)
def get_event_loop_asks_for_a_name():
    """get_event_loop() makes no loop where the caller's globals have no __name__."""
    import asyncio
    import sys

    get = asyncio.get_event_loop

    def asking():
        if sys._getframe(1).f_globals.get("__name__") is None:
            raise AttributeError("'NoneType' object has no attribute 'startswith'")
        return get()

    asyncio.get_event_loop = asking


@counterfeit("LOOP89", where=not NAMELESS)
def get_event_loop_asks_for_no_name():
    """get_event_loop() makes a loop where the caller's globals have no __name__."""
    import asyncio
    import sys

    get = asyncio.get_event_loop

    def make():
        nameless = sys._getframe(1).f_globals.get("__name__") is None
        return asyncio.new_event_loop() if nameless else get()

    asyncio.get_event_loop = make


@counterfeit("LOOP02")
def a_later_call_makes_a_loop():
    """A second get_event_loop() of a program makes a loop, if asyncio.run() was called before."""

    def later(call):
        from threading import current_thread, main_thread

        return call > 1 and current_thread() is main_thread()

    _make_a_loop_when(later)


@counterfeit("LOOP03", "LOOP14")
def every_thread_makes_a_loop():
    """get_event_loop() makes a loop in any thread but the main one."""

    def elsewhere(call):
        from threading import current_thread, main_thread

        return current_thread() is not main_thread()

    _make_a_loop_when(elsewhere)


@counterfeit("LOOP03", "LOOP14")
def all_threads_have_one_current_loop():
    """set_event_loop() sets the current loop of all threads."""

    class Shared:
        _loop = None
        _set_called = False

    patch(_policies(), _Local=lambda local: Shared)


@counterfeit("LOOP04")
def loops_run_inside_loops():
    """A loop runs inside a loop that runs."""
    patch("asyncio.BaseEventLoop", _check_running=lambda check: lambda self: None)


@counterfeit("LOOP05")
def closed_loops_take_callbacks():
    """A closed loop takes callbacks."""
    patch("asyncio.BaseEventLoop", _check_closed=lambda check: lambda self: None)


@counterfeit("LOOP06")
def closing_a_running_loop_is_ignored():
    """close() of a running loop does nothing, and says nothing."""

    def change(close):
        return lambda self: None if self.is_running() else close(self)

    patch("asyncio.SelectorEventLoop", close=change)


@counterfeit("LOOP07")
def no_running_loop_is_none():
    """get_running_loop() returns None where no loop runs."""
    import asyncio
    from asyncio import events

    asyncio.get_running_loop = events._get_running_loop


@counterfeit("LOOP08")
def asyncio_run_forgets_its_tasks():
    """asyncio.run() does not cancel the tasks that are left."""
    from asyncio import runners

    runners._cancel_all_tasks = lambda loop: None


@counterfeit("LOOP09")
def every_run_cancels_what_is_left():
    """run_until_complete() cancels the tasks that are left."""

    def change(run):
        def run_and_cancel(self, future):
            import asyncio

            try:
                return run(self, future)
            finally:
                for task in asyncio.all_tasks(self):
                    task.cancel()
                self.call_soon(self.call_soon, self.stop)
                self.run_forever()

        return run_and_cancel

    patch("asyncio.BaseEventLoop", run_until_complete=change)


@counterfeit("LOOP10", where=VERSION >= (3, 11))
def a_runner_has_no_context_of_its_own():
    """Each Runner.run() starts with a copy of the caller's context."""

    def change(run):
        def run_in_a_copy(self, coroutine, *, context=None):
            from contextvars import copy_context

            return run(self, coroutine, context=context or copy_context())

        return run_in_a_copy

    patch("asyncio.Runner", run=change)


@counterfeit("LOOP11")
def loops_come_without_a_policy():
    """new_event_loop() asks no policy."""
    import asyncio
    from asyncio import events

    events.new_event_loop = asyncio.new_event_loop = lambda: asyncio.SelectorEventLoop()


@counterfeit("LOOP12", where=VERSION >= (3, 12))
def the_policy_is_asked_all_the_same():
    """asyncio.run() asks the policy although it gets a loop_factory."""
    import asyncio

    old = asyncio.run

    def run(main, *, loop_factory=None, **keywords):
        if loop_factory:
            asyncio.new_event_loop().close()
        return old(main, loop_factory=loop_factory, **keywords)

    asyncio.run = run


@counterfeit("LOOP13", where=VERSION >= (3, 14))
def policies_are_silent():
    """get_event_loop_policy() warns of nothing."""
    import asyncio
    from asyncio import events

    asyncio.get_event_loop_policy = events._get_event_loop_policy


@counterfeit("LOOP13", where=VERSION < (3, 14))
def policies_warn():
    """asyncio.get_event_loop_policy() warns, as from 3.14 on."""
    import asyncio

    asyncio.get_event_loop_policy = _warning(asyncio.get_event_loop_policy, "")


def _warning(function, instead):
    """Return a function that warns as 3.14 does, and does the same."""
    import warnings

    name = f"'asyncio.{function.__name__.lstrip('_')}'"

    def warn(*arguments):
        told = f"{name} is deprecated and slated for removal in Python 3.16{instead}"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return function(*arguments)

    return warn


@counterfeit("LOOP15")
def new_event_loop_makes_another_kind():
    """new_event_loop() makes a loop of another class."""
    import asyncio

    class Other(asyncio.SelectorEventLoop):
        pass

    asyncio.new_event_loop = Other


@counterfeit("LOOP16")
def a_stopped_loop_runs_another_round():
    """run_forever() runs once more after stop()."""

    def change(run):
        def run_twice(self):
            run(self)
            self.call_soon(self.stop)
            run(self)

        return run_twice

    patch("asyncio.BaseEventLoop", run_forever=change)


@counterfeit("LOOP17", where=VERSION >= (3, 12))
def generators_are_coroutines():
    """iscoroutine() is true for a generator."""
    import asyncio
    from inspect import isgenerator

    old = asyncio.iscoroutine
    asyncio.iscoroutine = lambda one: isgenerator(one) or old(one)


@counterfeit("LOOP18", where=VERSION < (3, 14))
def iscoroutinefunction_warns():
    """asyncio.iscoroutinefunction() warns, as from 3.14 on."""
    import asyncio

    instead = "; use inspect.iscoroutinefunction() instead"
    asyncio.iscoroutinefunction = _warning(asyncio.iscoroutinefunction, instead)


@counterfeit("LOOP18", where=VERSION >= (3, 14))
def iscoroutinefunction_is_silent():
    """asyncio.iscoroutinefunction() is inspect's."""
    import asyncio
    import inspect

    asyncio.iscoroutinefunction = inspect.iscoroutinefunction


@counterfeit("LOOP74")
def every_function_is_a_coroutine_function():
    """asyncio.iscoroutinefunction() is true for whatever can be called."""
    import asyncio

    asyncio.iscoroutinefunction = callable


@counterfeit("LOOP68", where=VERSION >= (3, 11))
def asyncsetup_waits_for_the_test():
    """IsolatedAsyncioTestCase calls asyncSetUp() in the test's task."""
    from inspect import iscoroutinefunction
    from unittest import IsolatedAsyncioTestCase

    def change_method(call):
        def set_up_and_call(self, method):
            async def both():
                await self.asyncSetUp()
                if iscoroutinefunction(method):
                    return await method()
                return method()

            return call(self, both)

        return set_up_and_call

    IsolatedAsyncioTestCase._callSetUp = lambda self: self.setUp()
    patch("unittest.IsolatedAsyncioTestCase", _callTestMethod=change_method)


@counterfeit("LOOP68", where=VERSION < (3, 11))
def asyncsetup_is_a_task():
    """IsolatedAsyncioTestCase runs asyncSetUp() in a task of its own."""

    def change(call):
        def set_up_in_a_task(self):
            import asyncio

            set_up = self.asyncSetUp

            async def in_a_task():
                await asyncio.create_task(set_up())

            self.asyncSetUp = in_a_task
            call(self)

        return set_up_in_a_task

    patch("unittest.IsolatedAsyncioTestCase", _callSetUp=change)


@counterfeit("LOOP71")
def gather_waits_for_a_loop():
    """gather() returns a coroutine where no loop runs."""
    import asyncio

    gather = asyncio.gather

    async def later(*awaitables, **keywords):
        return await gather(*awaitables, **keywords)

    def gather_or_wait(*awaitables, **keywords):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return later(*awaitables, **keywords)
        return gather(*awaitables, **keywords)

    asyncio.gather = gather_or_wait


@counterfeit("LOOP72", where=VERSION < (3, 14))
def asyncio_run_takes_any_awaitable():
    """asyncio.run() makes a coroutine of what has an __await__ method, and is no future."""
    import asyncio

    run = asyncio.run

    async def wrap(awaitable):
        return await awaitable

    def run_any(main, **keywords):
        if hasattr(main, "__await__") and not (asyncio.iscoroutine(main) or asyncio.isfuture(main)):
            main = wrap(main)
        return run(main, **keywords)

    asyncio.run = run_any


@counterfeit("LOOP72", where=VERSION >= (3, 14))
def asyncio_run_takes_coroutines_alone():
    """asyncio.run() raises ValueError for what is no coroutine."""
    import asyncio

    run = asyncio.run

    def run_a_coroutine(main, **keywords):
        if not asyncio.iscoroutine(main):
            raise ValueError(f"a coroutine was expected, got {main!r}")
        return run(main, **keywords)

    asyncio.run = run_a_coroutine


@counterfeit("LOOP75")
def run_raises_what_its_tasks_raise():
    """asyncio.run() raises what a task raises that it has cancelled at its end."""
    import asyncio

    cancel_all = asyncio.runners._cancel_all_tasks

    def cancel_and_raise(loop):
        tasks = asyncio.all_tasks(loop)
        cancel_all(loop)
        for task in tasks:
            if not task.cancelled() and task.exception() is not None:
                raise task.exception()

    asyncio.runners._cancel_all_tasks = cancel_and_raise


@counterfeit("LOOP76")
def a_loop_closes_itself_silently():
    """A loop that is freed closes itself, and gives no warning."""
    import asyncio

    def close(self):
        if not self.is_closed():
            self.close()

    asyncio.BaseEventLoop.__del__ = close


@counterfeit("LOOP77", where=POSIX)
def a_loop_watches_what_a_stream_has():
    """The loop watches whatever descriptor it is asked to."""
    from asyncio.selector_events import BaseSelectorEventLoop

    BaseSelectorEventLoop._ensure_fd_no_transport = lambda self, fd: None


@counterfeit("LOOP78", where=VERSION >= (3, 11))
def reuse_address_is_ignored():
    """create_datagram_endpoint() takes reuse_address, and ignores it."""

    def change(create):
        async def create_without(self, *arguments, reuse_address=None, **keywords):
            return await create(self, *arguments, **keywords)

        return create_without

    patch("asyncio.BaseEventLoop", create_datagram_endpoint=change)


@counterfeit("LOOP79", where=VERSION >= (3, 11))
def what_a_test_returns_is_awaited():
    """IsolatedAsyncioTestCase awaits whatever a test returns."""
    import inspect

    def change(_):
        def call(self, method):
            returned = method()
            if inspect.isawaitable(returned):
                self._asyncioRunner.run(returned)

        return call

    patch("unittest.IsolatedAsyncioTestCase", _callTestMethod=change)


@counterfeit("LOOP80", where=VERSION >= (3, 11))
def the_socket_of_a_transport_does_all():
    """The socket of a transport has close(), send() and recv()."""
    from asyncio.trsock import TransportSocket

    TransportSocket.close = TransportSocket.send = TransportSocket.recv = lambda *arguments: None


@counterfeit("LOOP80", where=VERSION < (3, 11))
def the_socket_of_a_transport_does_little():
    """The socket of a transport has no close(), send() or recv()."""
    from asyncio.trsock import TransportSocket

    del TransportSocket.close, TransportSocket.send, TransportSocket.recv


@counterfeit("ACHILD18")
def every_loop_starts_children():
    """subprocess_exec() of the base of all loops returns a transport."""
    from asyncio.base_events import BaseEventLoop
    from unittest.mock import Mock

    async def start(self, protocol_factory, *arguments, **keywords):
        return Mock(), protocol_factory()

    BaseEventLoop.subprocess_exec = start


@counterfeit("LOOP84")
def a_thread_of_to_thread_has_the_callers_loop():
    """A function in to_thread() finds the loop of its caller running."""
    import asyncio

    original = asyncio.to_thread

    async def to_thread(function, *arguments, **keywords):
        def call(loop):
            asyncio._set_running_loop(loop)
            try:
                return function(*arguments, **keywords)
            finally:
                asyncio._set_running_loop(None)

        return await original(call, asyncio.get_running_loop())

    asyncio.to_thread = to_thread


@counterfeit("LOOP86", where=VERSION >= (3, 11))
def what_a_test_returns_is_ignored():
    """A TestCase calls a test, and says nothing of what it returns."""
    patch("unittest.TestCase", _callTestMethod=lambda _: lambda self, method: [method()].clear())


@counterfeit("LOOP86", where=VERSION < (3, 11))
def what_a_test_returns_is_warned_of():
    """A TestCase warns of a test that returns something."""

    def change(_):
        def call(self, method):
            if method() is not None:
                import warnings

                text = "It is deprecated to return a value that is not None from a test case"
                warnings.warn(text, DeprecationWarning, stacklevel=3)

        return call

    patch("unittest.TestCase", _callTestMethod=change)


#: Where sock_accept() accepts for a task that was cancelled.
ACCEPTS = VERSION < (3, 13, 15) or (3, 14) <= VERSION < (3, 14, 7)


@counterfeit("LOOP88", where=POSIX and ACCEPTS)
def nothing_is_accepted_for_a_cancelled_task():
    """A sock_accept() that is cancelled leaves the connection."""

    def change(accept):
        return lambda self, future, server: None if future.done() else accept(self, future, server)

    patch("asyncio.SelectorEventLoop", _sock_accept=change)


@counterfeit("LOOP88", where=POSIX and not ACCEPTS)
def a_connection_is_accepted_for_a_cancelled_task():
    """A sock_accept() that is cancelled takes the connection."""

    def change(accept):
        def accept_in_vain(self, future, server):
            if future.done():
                server.accept()[0].close()
            accept(self, future, server)

        return accept_in_vain

    patch("asyncio.SelectorEventLoop", _sock_accept=change)
