"""asyncio's locks, events, semaphores and barriers: between the tasks of one loop, and no threads.

Source: https://docs.python.org/3/library/asyncio-sync.html
"""

import asyncio
import threading

from tests.harness import (
    GRACE,
    applies,
    cases,
    claim,
    control,
    never,
    outcome,
    since,
    until,
)
from tests.library.asyncio.running import asleep, outcome_of, own_loop, run, steps

every_spec = [own_loop]

since_311 = applies(where=since("3.11.0"), because="3.11 added asyncio.Barrier (bpo-43352)")

#: How to make each, and how to wait for it.
WAITS = {
    "Lock": (asyncio.Lock, lambda lock: lock.acquire()),
    "Event": (asyncio.Event, lambda event: event.wait()),
    "Semaphore": (lambda: asyncio.Semaphore(1), lambda semaphore: semaphore.acquire()),
    "Queue": (lambda: asyncio.Queue(), lambda queue: queue.get()),
}


@claim("ASYNC01")
@cases(kind=WAITS)
def test_a_lock_belongs_to_the_loop_that_first_waited(kind, evidence):
    """An asyncio lock, event or queue belongs to the first loop in which somebody waits for it.

    Waiting for it in another loop, so in another thread or in a second asyncio.run(), raises
    "RuntimeError: ... is bound to a different event loop".  Without contention nothing is noticed,
    so that a global lock works until the load grows.  Make one in the main coroutine, and pass it.
    """
    make, wait = kind
    one = make()

    async def main():
        await outcome_of(asyncio.wait_for(wait(one), 0.001))  # nobody need wait for a free lock
        task = asyncio.create_task(wait(one))
        await steps()
        task.cancel()
        return await outcome_of(task)

    first, second = repr(run(main)), repr(run(main))
    control(first.startswith("CancelledError"), f"the first loop must wait, not {first}")
    assert evidence(second=second).startswith("RuntimeError(")
    assert "is bound to a different event loop" in second


@claim("ASYNC02")
def test_an_asyncio_lock_is_not_reentrant(evidence):
    """A task that takes an asyncio.Lock twice waits for itself: a deadlock.

    The lock is not reentrant, and asyncio has no RLock.  Let the function that is called inside
    expect the lock to be held.
    """

    async def main():
        lock = asyncio.Lock()

        async def twice():
            async with lock, lock:
                pass

        task = asyncio.create_task(twice())
        await steps(20)
        return task.done(), lock.locked(), hasattr(asyncio, "RLock")

    assert evidence(done_locked_rlock=run(main)) == (False, True, False)


@claim("ASYNC03")
def test_an_asyncio_lock_needs_async_with(evidence):
    """`with lock` on an asyncio.Lock is an error; only `async with lock` takes it.

    Up to 3.10 "AttributeError: __enter__", then "TypeError: 'Lock' object does not support the
    context manager protocol"; since 3.14 "TypeError: 'asyncio.locks.Lock' object does not support
    the context manager protocol" and more.  `if lock.acquire():` without await takes nothing, and
    is always true.
    """

    async def main():
        lock, refusal = asyncio.Lock(), "none"
        try:
            with lock:
                pass
        except (TypeError, AttributeError) as error:
            refusal = repr(error)
        coroutine = lock.acquire()
        seen = bool(coroutine), lock.locked()
        coroutine.close()
        async with lock:
            return refusal, seen, lock.locked()

    refusal, without_await, inside = run(main)
    assert evidence(refusal=refusal).startswith(
        "TypeError(" if since("3.11.0") else "AttributeError('__enter__')"
    )
    assert evidence(true_and_locked=without_await, locked_inside=inside) == ((True, False), True)


@claim("ASYNC04")
def test_an_asyncio_lock_is_fair(evidence):
    """An asyncio.Lock is fair: tasks get it in the order in which they asked, nobody barges in.

    threading.Lock promises no order.  A task that releases the lock and takes it again at once goes
    to the end of the line, so nobody starves.
    """
    order = []

    async def main():
        lock = asyncio.Lock()

        async def take(name):
            for _ in range(2):
                async with lock:
                    order.append(name)
                    await steps(2)

        await asyncio.gather(*map(take, "abc"))

    run(main)
    assert evidence(order="".join(order)) == "abcabc"


class Account:
    """What two tasks update, by reading it, and writing it later."""

    def __init__(self):
        self.balance = 0

    async def add_with_a_pause(self):
        """Add one, and let others run between reading and writing."""
        balance = self.balance
        await asyncio.sleep(0)
        self.balance = balance + 1

    async def add_without(self):
        """Add one without awaiting anything."""
        balance = self.balance
        for _ in range(100):  # no await, so nobody else comes in
            pass
        self.balance = balance + 1


def balance_after(add, count=10):
    """Return the balance after so many tasks have added one each."""
    account = Account()

    async def main():
        await asyncio.gather(*(add(account) for _ in range(count)))

    run(main)
    return account.balance


@claim("ASYNC05")
def test_an_await_within_an_update_is_a_race_condition(evidence):
    """An await between reading and writing is a race condition, although only one thread runs.

    You might expect no lost update without threads.  Each await may let other tasks run: what was
    checked before it, such as a global variable that is shared between the tasks, may no longer be
    so after it.  Put `async with lock` around both.
    """
    assert evidence(after_ten_updates=balance_after(Account.add_with_a_pause)) == 1


@claim("ASYNC06")
def test_tasks_do_not_interfere_without_an_await(evidence):
    """Between two awaits no other task of the loop runs: such a stretch needs no lock.

    Threads are pre-empted anywhere, tasks are not.  The guarantee is lost with the first await that
    somebody adds, and it never held against threads.
    """
    assert evidence(after_ten_updates=balance_after(Account.add_without)) == 10


@claim("ASYNC07")
def test_release_by_a_thread_does_not_wake_the_loop(background, evidence):
    """asyncio.Lock.release() in another thread does not wake the loop: the next in line hangs.

    asyncio's locks are not thread-safe, in spite of their names.  Use
    loop.call_soon_threadsafe(lock.release), or a threading.Lock and no await.
    """

    async def main():
        loop, thread, lock = asyncio.get_running_loop(), threading.get_ident(), asyncio.Lock()
        await lock.acquire()
        task = asyncio.create_task(lock.acquire())
        await steps()

        def release():
            until(lambda: asleep(thread), "the loop to sleep")
            lock.release()
            slept_on = never(task.done)
            loop.call_soon_threadsafe(int)
            return slept_on

        releasing = background(release)
        return await task, releasing.result()

    assert evidence(acquired_later_and_slept_on=run(main)) == (True, True)


@claim("ASYNC08")
def test_a_thread_s_lock_across_an_await_is_a_deadlock(evidence):
    """A threading.Lock that a task holds across an await makes the next task block the whole loop.

    That is a deadlock: the holder needs the loop in order to go on and release, and the loop stands
    still in acquire().  An asyncio.Lock or a threading.Lock?  asyncio.Lock between tasks,
    threading.Lock between threads: hold that only from one await to the next.
    """
    log = []

    async def hold(lock):
        with lock:
            await asyncio.sleep(0)
            log.append("the holder went on")

    async def main():
        lock = threading.Lock()
        holding = asyncio.create_task(hold(lock))
        await asyncio.sleep(0)
        got = lock.acquire(timeout=GRACE)  # without a timeout this would never return
        seen = got, list(log)
        if got:
            lock.release()
        await holding
        return seen

    assert evidence(got_and_log=run(main)) == ((False, []))


@claim("ASYNC09")
def test_any_task_may_release_a_lock(evidence):
    """Any task may release an asyncio.Lock, also one that another task holds; a free one, nobody.

    "RuntimeError: Lock is not acquired."  The lock does not know its holder.
    """

    async def main():
        lock = asyncio.Lock()
        await asyncio.create_task(lock.acquire())
        held = lock.locked()
        lock.release()
        return held, lock.locked(), repr(outcome(lock.release))

    assert evidence(held_released_again=run(main)) == (
        True,
        False,
        "RuntimeError('Lock is not acquired.')",
    )


@claim("ASYNC10")
def test_only_a_bounded_semaphore_notices_a_release_too_many(evidence):
    """One release() too many raises a Semaphore's limit for good; a BoundedSemaphore refuses it.

    "ValueError: BoundedSemaphore released too many times".  So a limit on connections that is
    released twice somewhere stops limiting.
    """

    async def main():
        plain, bounded = asyncio.Semaphore(1), asyncio.BoundedSemaphore(1)
        plain.release()
        for _ in range(2):
            await plain.acquire()
        return plain.locked(), repr(outcome(bounded.release))

    assert evidence(taken_twice_and_error=run(main)) == (
        True,
        "ValueError('BoundedSemaphore released too many times')",
    )


@claim("ASYNC44")
def test_a_semaphore_limits_how_many_tasks_are_inside(evidence):
    """`async with` an asyncio.Semaphore(n) limits the concurrent tasks: n at once, the rest wait.

    That is how to limit the number of concurrent tasks, requests or downloads in asyncio, where
    gather() and a TaskGroup start all of them at the same time.  Make one semaphore, and write
    "async with semaphore:" around the work of each task.
    """

    async def main():
        semaphore, inside, most = asyncio.Semaphore(3), 0, 0

        async def work():
            nonlocal inside, most
            async with semaphore:
                inside += 1
                most = max(most, inside)
                await steps()
                inside -= 1

        await asyncio.gather(*[work() for _ in range(10)])
        return most

    assert evidence(inside_at_once=run(main)) == 3


@claim("ASYNC44")
@cases(kind=("Semaphore", "BoundedSemaphore"))
def test_a_negative_limit_is_refused(kind, evidence):
    """asyncio.Semaphore(-1) raises ValueError; asyncio.Semaphore(0) lets no task in.

    "ValueError: Semaphore initial value must be >= 0".
    """
    make = getattr(asyncio, kind)
    assert evidence(negative=repr(outcome(make, -1)), nobody=make(0).locked()) == (
        "ValueError('Semaphore initial value must be >= 0')",
        True,
    )


@claim("ASYNC11")
@cases(operation=("wait", "notify"))
def test_a_condition_must_be_held(operation, evidence):
    """asyncio.Condition: wait() and notify() need the lock to be held, or they raise RuntimeError.

    "RuntimeError: cannot wait on un-acquired lock", "RuntimeError: cannot notify on un-acquired
    lock".  A task that is cancelled in wait() still takes the lock again before it ends.
    """

    async def call(condition):
        result = getattr(condition, operation)()
        return await result if operation == "wait" else result

    async def main():
        condition = asyncio.Condition()
        error = repr(await outcome_of(call(condition)))

        async def wait():
            async with condition:
                try:
                    await condition.wait()
                finally:
                    held.append(condition.locked())

        held = []
        task = asyncio.create_task(wait())
        await steps()
        task.cancel()
        await outcome_of(task)
        return error, held

    assert evidence(error_and_held_after_cancel=run(main)) == (
        f"RuntimeError('cannot {operation} on un-acquired lock')",
        [True],
    )


@claim("ASYNC12")
def test_setting_and_clearing_an_event_wakes_all(evidence):
    """event.set() and event.clear() in one go wake all the tasks that wait for an asyncio.Event.

    They go on one by one, later, when the event is clear again: check after wait() what you need.
    """
    seen = []

    async def main():
        event = asyncio.Event()

        async def wait():
            await event.wait()
            seen.append(event.is_set())

        tasks = [asyncio.create_task(wait()) for _ in range(3)]
        await steps()
        event.set()
        event.clear()
        await steps()
        for task in tasks:
            task.cancel()

    run(main)
    assert evidence(is_set_when_woken=seen) == [False, False, False]


@claim("ASYNC13")
@since_311
def test_a_cancelled_task_does_not_break_a_barrier(evidence):
    """A task that is cancelled while it waits at an asyncio.Barrier does not break the barrier.

    A thread whose wait() times out breaks a threading.Barrier for all.  Here the others wait on,
    until somebody else comes; abort() breaks it, and they get BrokenBarrierError.
    """

    async def main():
        barrier = asyncio.Barrier(3)
        other, cancelled = (asyncio.create_task(barrier.wait()) for _ in range(2))
        await steps()
        cancelled.cancel()
        await outcome_of(cancelled)
        await steps()
        seen = barrier.broken, barrier.n_waiting, other.done()
        places = await asyncio.gather(other, barrier.wait(), barrier.wait())
        waiting = asyncio.create_task(barrier.wait())
        await steps()
        await barrier.abort()
        return seen, sorted(places), type(await outcome_of(waiting)).__name__

    seen, places, aborted = run(main)
    assert evidence(broken_waiting_and_other_done=seen) == (False, 1, False)
    assert evidence(places=places, aborted=aborted) == ([0, 1, 2], "BrokenBarrierError")


@claim("ASYNC14")
@cases(method=("Lock.acquire", "Event.wait", "Semaphore.acquire", "Queue.get", "Queue.put"))
def test_asyncio_s_locks_take_no_timeout(method, evidence):
    """asyncio's locks, events and queues take no timeout: passing one raises TypeError.

    "TypeError: ... got an unexpected keyword argument 'timeout'".  Those of threading and queue do.
    Use `async with asyncio.timeout(1)` (since 3.11) or asyncio.wait_for().
    """
    kind, _, name = method.partition(".")

    async def main():
        wait = getattr(getattr(asyncio, kind)(), name)
        return repr(outcome(wait, timeout=1))

    error = evidence(error=run(main))
    assert error.startswith("TypeError(")
    assert "got an unexpected keyword argument 'timeout'" in error
