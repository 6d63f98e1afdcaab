"""Counterfeits for the claims of library/asyncio/test_locks.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch
from .shared import wake


@counterfeit("ASYNC01")
def locks_belong_to_no_loop():
    """asyncio's locks, events and queues can be waited for in any loop."""
    import asyncio

    patch(
        "asyncio.mixins._LoopBoundMixin",
        _get_loop=lambda _: lambda self: asyncio.get_running_loop(),
    )


def _with_holder(acquire):
    """Return an acquire() that notes the task that has the lock."""
    import asyncio

    async def note(self):
        await acquire(self)
        self.holder = asyncio.current_task()
        return True

    return note


@counterfeit("ASYNC02")
def an_asyncio_lock_is_reentrant():
    """The task that holds an asyncio.Lock takes it again."""
    import asyncio

    def change(acquire):
        noting = _with_holder(acquire)

        async def take(self):
            if self.locked() and self.holder is asyncio.current_task():
                return True
            return await noting(self)

        return take

    patch(
        "asyncio.Lock",
        acquire=change,
        release=lambda release: lambda self: release(self) if self.locked() else None,
    )


@counterfeit("ASYNC03")
def with_takes_an_asyncio_lock():
    """`with lock` on an asyncio.Lock is no error."""
    import asyncio

    asyncio.Lock.__enter__ = lambda self: None
    asyncio.Lock.__exit__ = lambda self, *error: None


@counterfeit("ASYNC04")
def an_asyncio_lock_is_barged():
    """Whoever asks for a free asyncio.Lock gets it, though others wait."""

    def change(acquire):
        async def barge(self):
            if self._locked:
                return await acquire(self)
            self._locked = True
            return True

        return barge

    patch("asyncio.Lock", acquire=change)


@counterfeit("ASYNC05", "ASYNC04")
def gather_runs_one_after_the_other():
    """gather() starts an awaitable when the one before it has ended."""
    import asyncio

    async def gather(*awaitables):
        return [await one for one in awaitables]

    asyncio.gather = gather


@counterfeit("ASYNC06")
def tasks_are_preempted():
    """Tasks without an await are interrupted, all of them after their first line."""
    import asyncio
    import sys
    import threading

    gather = asyncio.gather

    def run(coroutine, barrier):
        lines = []

        def trace(_, event, __):
            if event == "line":
                lines.append(1)
                if len(lines) == 2:
                    barrier.wait(5)
            return trace

        sys.settrace(trace)
        try:
            coroutine.send(None)
        except StopIteration:
            sys.settrace(None)

    async def gather_preempting(*coroutines, **keywords):
        if getattr(coroutines[0], "__name__", "") != "add_without":
            return await gather(*coroutines, **keywords)
        barrier = threading.Barrier(len(coroutines))
        threads = [threading.Thread(target=run, args=(one, barrier)) for one in coroutines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return []

    asyncio.gather = gather_preempting


@counterfeit("ASYNC07")
def releasing_wakes_the_loop():
    """asyncio.Lock.release() wakes the loop of the lock."""

    def change(release):
        def release_and_wake(self):
            release(self)
            wake(self)

        return release_and_wake

    patch("asyncio.Lock", release=change)


@counterfeit("ASYNC08")
def a_lock_made_in_a_loop_is_reentrant():
    """threading.Lock() in a coroutine makes an RLock."""
    import threading
    from asyncio import _get_running_loop

    lock = threading.Lock
    threading.Lock = lambda: threading.RLock() if _get_running_loop() else lock()


@counterfeit("ASYNC09")
def an_asyncio_lock_knows_its_holder():
    """asyncio.Lock.release() in another task than the lock's holder raises RuntimeError."""
    import asyncio

    def change(release):
        def release_own(self):
            try:
                own = not self.locked() or self.holder is asyncio.current_task()
            except RuntimeError:
                own = True
            if not own:
                raise RuntimeError("Lock is held by another task.")
            release(self)

        return release_own

    patch("asyncio.Lock", acquire=_with_holder, release=change)


@counterfeit("ASYNC10")
def no_semaphore_is_bounded():
    """asyncio.BoundedSemaphore is a Semaphore."""
    import asyncio

    asyncio.BoundedSemaphore = asyncio.Semaphore


@counterfeit("ASYNC44")
def an_asyncio_semaphore_lets_all_in():
    """Whoever acquires an asyncio.Semaphore gets it at once."""

    async def take(self):
        return True

    patch("asyncio.Semaphore", acquire=lambda _: take)


@counterfeit("ASYNC11")
def notify_needs_no_lock():
    """asyncio.Condition.notify() without the lock does nothing."""

    def change(notify):
        return lambda self, n=1: notify(self, n) if self.locked() else None

    patch("asyncio.Condition", notify=change)


@counterfeit("ASYNC12")
def a_waiter_looks_again():
    """asyncio.Event.wait() waits on if the event is clear again."""

    def change(wait):
        async def wait_on(self):
            while not self.is_set():
                await wait(self)
            return True

        return wait_on

    patch("asyncio.Event", wait=change)


@counterfeit("ASYNC13", where=VERSION >= (3, 11))
def a_cancelled_task_breaks_the_barrier():
    """Cancelling a task that waits at an asyncio.Barrier breaks it."""
    import asyncio

    def change(wait):
        async def wait_or_break(self):
            try:
                return await wait(self)
            except asyncio.CancelledError:
                await self.abort()
                raise

        return wait_or_break

    patch("asyncio.Barrier", wait=change)


@counterfeit("ASYNC13", where=VERSION >= (3, 11))
def a_cancelled_task_breaks_the_barrier_for_others():
    """Cancelling one of several tasks that wait at an asyncio.Barrier breaks it."""
    import asyncio

    def change(wait):
        async def wait_or_break(self):
            try:
                return await wait(self)
            except asyncio.CancelledError:
                if self.n_waiting:
                    await self.abort()
                raise

        return wait_or_break

    patch("asyncio.Barrier", wait=change)


@counterfeit("ASYNC14")
def an_asyncio_lock_takes_a_timeout():
    """asyncio.Lock.acquire() has a timeout."""
    import asyncio

    def change(acquire):
        def acquire_in_time(self, timeout=None):
            waiting = acquire(self)
            return asyncio.wait_for(waiting, timeout) if timeout else waiting

        return acquire_in_time

    patch("asyncio.Lock", acquire=change)
