"""What several counterfeits of asyncio do."""


def tasks_with(**changes):
    """Let asyncio.create_task() make tasks with methods that the functions return.

    Each is called with the old method, as ``patch`` does: a class of C cannot be patched.
    """
    import asyncio

    class Task(asyncio.Task):
        pass

    for method, change in changes.items():
        setattr(Task, method, change(getattr(asyncio.Task, method)))

    def create_task(coroutine, **keywords):
        return Task(coroutine, loop=asyncio.get_running_loop(), **keywords)

    asyncio.create_task = create_task


def each_new_task(do):
    """Call the function with each task that asyncio.create_task() makes."""
    import asyncio

    create_task = asyncio.create_task

    def create_and_do(coroutine, **keywords):
        task = create_task(coroutine, **keywords)
        do(task)
        return task

    asyncio.create_task = create_and_do


def wake(self):
    """Wake the loop of a lock, queue or task, if it has one."""
    loop = getattr(self, "_loop", None)
    if loop is not None:
        loop.call_soon_threadsafe(int)
