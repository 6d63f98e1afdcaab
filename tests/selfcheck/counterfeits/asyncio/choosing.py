"""Counterfeits for the claims of library/asyncio/test_choosing.py.

What a thread that counts does as a process is in notes/processes_and_threads.
"""

from .. import counterfeit
from ..facts import POSIX
from ..patching import patch
from .shared import each_new_task


@counterfeit("CHOOSE01")
def tasks_come_one_after_the_other():
    """A task that comes to a meeting starts when the task before it has ended."""
    import asyncio

    create_task, tasks = asyncio.create_task, []

    async def in_turn(coroutine, others):
        if others:
            await asyncio.wait(others)
        return await coroutine

    def create_in_turn(coroutine, **keywords):
        if coroutine.__name__ != "come":
            return create_task(coroutine, **keywords)
        tasks.append(create_task(in_turn(coroutine, tasks[:]), **keywords))
        return tasks[-1]

    asyncio.create_task = create_in_turn


@counterfeit("CHOOSE02")
def each_task_has_a_thread():
    """Each task of asyncio has a thread as long as it runs."""
    import threading

    def start(task):
        ended = threading.Event()
        task.add_done_callback(lambda _: ended.set())
        threading.Thread(target=ended.wait, daemon=True).start()

    each_new_task(start)


@counterfeit("CHOOSE03")
def tasks_that_compute_run_side_by_side():
    """A task that computes runs in a thread of its own."""
    import asyncio

    create_task = asyncio.create_task

    def run(coroutine):
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value

    def create_in_a_thread(coroutine, **keywords):
        if coroutine.__name__ != "compute":
            return create_task(coroutine, **keywords)
        return asyncio.get_running_loop().run_in_executor(None, run, coroutine)

    asyncio.create_task = create_in_a_thread


@counterfeit("CHOOSE05")
def a_pool_maps_in_its_caller():
    """ThreadPoolExecutor.map() is map()."""
    from concurrent.futures import ThreadPoolExecutor

    ThreadPoolExecutor.map = lambda self, function, *iterables, **keywords: map(
        function, *iterables
    )


@counterfeit("CHOOSE06")
def threads_get_copies_of_lists():
    """A thread gets a copy of each list that it is given."""

    def change(init):
        def copy(self, *arguments, args=(), **keywords):
            copies = tuple(list(one) if type(one) is list else one for one in args)
            init(self, *arguments, args=copies, **keywords)

        return copy

    patch("threading.Thread", __init__=change)


@counterfeit("CHOOSE07", where=POSIX)
def a_crash_of_a_child_takes_its_parent():
    """Process.join() ends the parent, too, if the child was killed by a signal."""
    import os

    def change(join):
        def join_or_die(self, timeout=None):
            join(self, timeout)
            if (self.exitcode or 0) < 0:
                os.abort()

        return join_or_die

    patch("multiprocessing.process.BaseProcess", join=change)


@counterfeit("CHOOSE08")
def an_executor_stops_the_loop():
    """loop.run_in_executor() with an executor returns when the function has ended."""

    def change(run):
        def run_here(self, executor, function, *arguments):
            if executor is None:
                return run(self, executor, function, *arguments)
            future = self.create_future()
            future.set_result(executor.submit(function, *arguments).result())
            return future

        return run_here

    patch("asyncio.BaseEventLoop", run_in_executor=change)
