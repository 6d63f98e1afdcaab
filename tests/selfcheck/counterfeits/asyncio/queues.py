"""Counterfeits for the claims of library/asyncio/test_queues.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import wake


@counterfeit("ASYNC15")
def putting_wakes_the_loop():
    """asyncio.Queue.put_nowait() wakes the loop of the queue."""

    def change(put):
        def put_and_wake(self, item):
            put(self, item)
            wake(self)

        return put_and_wake

    patch("asyncio.Queue", put_nowait=change)


@counterfeit("ASYNC16")
def put_lets_others_run():
    """asyncio.Queue.put() lets the other tasks run each time."""
    import asyncio

    def change(put):
        async def put_slowly(self, item):
            await put(self, item)
            await asyncio.sleep(0)

        return put_slowly

    patch("asyncio.Queue", put=change)


@counterfeit("ASYNC17")
def an_empty_queue_raises_queue_empty():
    """asyncio.Queue.get_nowait() raises queue.Empty."""
    import asyncio
    import queue

    def change(get):
        def get_or_raise(self):
            try:
                return get(self)
            except asyncio.QueueEmpty:
                raise queue.Empty from None

        return get_or_raise

    patch("asyncio.Queue", get_nowait=change)


@counterfeit("ASYNC18")
def join_waits_for_an_empty_queue():
    """asyncio.Queue.join() returns when the queue is empty."""
    import asyncio

    async def join(self):
        while not self.empty():
            await asyncio.sleep(0)

    asyncio.Queue.join = join


@counterfeit("ASYNC19", where=VERSION >= (3, 13))
def shutdown_is_always_immediate():
    """asyncio.Queue.shutdown() drops the items that are left."""
    patch(
        "asyncio.Queue",
        shutdown=lambda shutdown: lambda self, immediate=False: shutdown(self, True),
    )


@counterfeit("ASYNC20", where=VERSION >= (3, 13))
def shutdown_is_never_immediate():
    """asyncio.Queue.shutdown(immediate=True) keeps the items that are left."""
    patch("asyncio.Queue", shutdown=lambda shutdown: lambda self, immediate=False: shutdown(self))


@counterfeit("ASYNC21")
def a_cancelled_get_takes_an_item():
    """A cancelled asyncio.Queue.get() takes an item with it."""
    import asyncio

    def change(get):
        async def get_or_lose(self):
            try:
                return await get(self)
            except asyncio.CancelledError:
                if not self.empty():
                    self.get_nowait()
                raise

        return get_or_lose

    patch("asyncio.Queue", get=change)


@counterfeit("ASYNC22")
def a_failing_put_puts_nothing():
    """asyncio.PriorityQueue has no item whose put() has raised."""

    def change(put):
        def put_or_restore(self, item):
            before = list(self._queue)
            try:
                put(self, item)
            except TypeError:
                self._queue[:] = before
                raise

        return put_or_restore

    patch("asyncio.PriorityQueue", _put=change)


@counterfeit("ASYNC22")
def a_lifo_queue_of_asyncio_is_a_queue():
    """asyncio.LifoQueue returns the first item first."""
    import asyncio

    asyncio.LifoQueue._get = lambda self: self._queue.pop(0)
