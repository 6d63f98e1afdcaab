"""Counterfeits for the claims of library/asyncio/test_tasks.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from .shared import each_new_task, tasks_with


@counterfeit("TASK01")
def create_task_without_a_loop_does_nothing():
    """asyncio.create_task() returns None where no loop runs."""
    import asyncio

    create_task = asyncio.create_task

    def create_or_not(coroutine, **keywords):
        try:
            return create_task(coroutine, **keywords)
        except RuntimeError:
            return None

    asyncio.create_task = create_or_not


@counterfeit("TASK02")
def tasks_are_kept():
    """asyncio refers to each task for good."""
    kept = []
    each_new_task(kept.append)


@counterfeit("TASK03")
def an_exception_is_told_at_once():
    """The exception of a task is told when the task has ended."""

    def tell(task):
        if not task.cancelled() and task.exception() is not None:
            message = "Task exception was never retrieved"
            task.get_loop().call_exception_handler({"message": message})

    each_new_task(lambda task: task.add_done_callback(tell))


@counterfeit("TASK04", where=not PYPY)
def a_forgotten_coroutine_is_not_warned_about():
    """There is no warning of a coroutine that was never awaited."""
    import warnings

    warnings._warn_unawaited_coroutine = lambda coroutine: None


@counterfeit("TASK05", where=VERSION >= (3, 12))
def every_task_is_eager():
    """asyncio.create_task() runs the task until it waits."""
    import asyncio

    def create_task(coroutine, **keywords):
        keywords["eager_start"] = True
        return asyncio.Task(coroutine, loop=asyncio.get_running_loop(), **keywords)

    asyncio.create_task = create_task


@counterfeit("TASK06", "TASK07", where=VERSION >= (3, 12))
def eager_tasks_start_later():
    """asyncio.eager_task_factory makes ordinary tasks."""
    import asyncio

    def factory(loop, coroutine, **keywords):
        return asyncio.Task(coroutine, loop=loop, **keywords)

    asyncio.eager_task_factory = factory


@counterfeit("TASK08")
def anybody_sets_the_result_of_a_task():
    """Task.set_result() and set_exception() return without an exception."""

    def nothing(_):
        return lambda self, value: None

    tasks_with(set_result=nothing, set_exception=nothing)


@counterfeit("TASK09")
def a_late_callback_is_called_at_once():
    """add_done_callback() of a done task calls the callback before it returns."""

    def change(add):
        def call_or_add(self, callback, **keywords):
            if self.done():
                callback(self)
            else:
                add(self, callback, **keywords)

        return call_or_add

    tasks_with(add_done_callback=change)


@counterfeit("TASK10")
def a_callback_is_removed_once():
    """remove_done_callback() removes one addition of the callback only."""

    def change(remove):
        def remove_one(self, callback):
            count = remove(self, callback)
            for _ in range(count - 1):
                self.add_done_callback(callback)
            return min(count, 1)

        return remove_one

    tasks_with(remove_done_callback=change)


@counterfeit("TASK11")
def the_stack_of_a_task_is_whole():
    """Task.get_stack() has the frames of all coroutines of a waiting task."""

    def change(_):
        def frames(self, *, limit=None):
            found, coroutine = [], self.get_coro()
            while getattr(coroutine, "cr_frame", None):
                found.append(coroutine.cr_frame)
                coroutine = coroutine.cr_await
            return found

        return frames

    tasks_with(get_stack=change)


@counterfeit("TASK12", where=VERSION >= (3, 14))
def a_call_graph_has_one_frame():
    """asyncio.capture_call_graph() shows the outermost coroutine alone."""
    import asyncio
    from dataclasses import replace

    capture = asyncio.capture_call_graph

    def capture_one(*arguments, **keywords):
        graph = capture(*arguments, **keywords)
        return replace(graph, call_stack=graph.call_stack[-1:])

    asyncio.capture_call_graph = capture_one


@counterfeit("TASK13")
def current_task_is_none_outside():
    """asyncio.current_task() returns None where no loop runs."""
    import asyncio

    current_task = asyncio.current_task

    def current_or_none(loop=None):
        try:
            return current_task(loop)
        except RuntimeError:
            return None

    asyncio.current_task = current_or_none


@counterfeit("TASK14")
def all_tasks_are_those_of_all_loops():
    """asyncio.all_tasks() has the tasks of all threads' loops."""
    import asyncio

    all_tasks, made = asyncio.all_tasks, []
    each_new_task(made.append)
    asyncio.all_tasks = lambda loop=None: {*all_tasks(loop), *(t for t in made if not t.done())}


@counterfeit("TASK15")
def ensure_future_shields():
    """asyncio.ensure_future() of a task returns another future."""
    import asyncio

    ensure = asyncio.ensure_future

    def ensure_another(one, **keywords):
        return asyncio.shield(one) if asyncio.isfuture(one) else ensure(one, **keywords)

    asyncio.ensure_future = ensure_another


@counterfeit("TASK16")
def a_future_of_another_loop_is_awaited():
    """A task that awaits a future of another loop gets None."""
    import asyncio

    class Future(asyncio.Future):
        def __await__(self):
            if self.get_loop() is not asyncio.get_running_loop():
                return None
            return (yield from super().__await__())

    asyncio.BaseEventLoop.create_future = lambda self: Future(loop=self)


@counterfeit("TASK17")
def cancelling_wakes_the_loop():
    """Task.cancel() wakes the loop."""

    def change(cancel):
        def cancel_and_wake(self, msg=None):
            asked = cancel(self, msg)
            self.get_loop().call_soon_threadsafe(int)
            return asked

        return cancel_and_wake

    tasks_with(cancel=change)


@counterfeit("TASK18", where=VERSION >= (3, 12))
def a_task_tells_the_callers_context():
    """Task.get_context() returns the caller's context."""
    from contextvars import copy_context

    tasks_with(get_context=lambda _: lambda self: copy_context())


@counterfeit("TASK46")
def any_future_is_awaitable():
    """The Future of concurrent.futures can be awaited."""
    import asyncio
    from concurrent.futures import Future

    Future.__await__ = lambda self: asyncio.sleep(0).__await__()


@counterfeit("TASK60", where=VERSION >= (3, 12, 5))
def an_eager_task_keeps_its_coroutine():
    """The task of asyncio.eager_task_factory tells its coroutine, done or not."""
    import asyncio

    factory = asyncio.eager_task_factory

    def keeping(loop, coroutine, **keywords):
        from unittest.mock import Mock

        task = factory(loop, coroutine, **keywords)
        return Mock(wraps=task, get_coro=lambda: coroutine) if task.get_coro() is None else task

    asyncio.eager_task_factory = keeping


@counterfeit("TASK60", where=(3, 12) <= VERSION < (3, 12, 5))
def an_eager_task_tells_that_it_has_no_coroutine():
    """get_coro() of what asyncio.eager_task_factory returns for a done task is None."""
    import asyncio

    factory = asyncio.eager_task_factory

    def telling(loop, coroutine, **keywords):
        from unittest.mock import Mock

        task = factory(loop, coroutine, **keywords)
        return Mock(wraps=task, get_coro=lambda: None) if task.done() else task

    asyncio.eager_task_factory = telling
