"""asyncio's queues: between the tasks of one loop, where put() and get() await.

Source: https://docs.python.org/3/library/asyncio-queue.html
"""

import asyncio
import threading

from tests.harness import applies, claim, never, outcome, since, until
from tests.library.asyncio.running import asleep, outcome_of, own_loop, run, steps

every_spec = [own_loop]

since_313 = applies(where=since("3.13.0"), because="3.13 added Queue.shutdown() (gh-104228)")


@claim("ASYNC15")
def test_put_by_a_thread_does_not_wake_the_loop(background, evidence):
    """put_nowait() in another thread does not wake the loop: a task that waits in get() hangs.

    An asyncio.Queue is not thread-safe.  Use loop.call_soon_threadsafe(queue.put_nowait, item), or
    a queue.Queue whose get() runs in a thread.
    """

    async def main():
        loop, thread, queue = asyncio.get_running_loop(), threading.get_ident(), asyncio.Queue()
        task = asyncio.create_task(queue.get())
        await steps()

        def put():
            until(lambda: asleep(thread), "the loop to sleep")
            queue.put_nowait("item")
            slept_on = never(task.done)
            loop.call_soon_threadsafe(int)
            return slept_on

        putting = background(put)
        return await task, putting.result()

    assert evidence(got_later_and_slept_on=run(main)) == ("item", True)


@claim("ASYNC16")
def test_put_into_a_queue_with_room_lets_nobody_else_run(evidence):
    """`await queue.put()` into a queue with room lets no other task run: the producer fills it up.

    You might expect each await to give others a turn.  put() waits only when the queue is full, and
    without maxsize it never is, so all the items pile up in memory before the consumer starts.  A
    maxsize gives back-pressure.
    """
    sizes = []

    async def main():
        async def consume(queue):
            while await queue.get() is not None:
                pass

        for maxsize in (0, 3):
            queue = asyncio.Queue(maxsize)
            consumer = asyncio.create_task(consume(queue))
            most = 0
            for number in range(100):
                await queue.put(number)
                most = max(most, queue.qsize())
            sizes.append(most)
            await queue.put(None)
            await consumer

    run(main)
    assert evidence(most_items_without_and_with_a_limit=sizes) == [100, 3]


@claim("ASYNC17")
def test_the_nowait_methods_raise_instead_of_waiting(evidence):
    """put_nowait() and get_nowait() raise QueueFull and QueueEmpty of asyncio instead of waiting.

    Those are not queue.Full and queue.Empty: an except clause for these lets them pass.
    """

    async def main():
        queue = asyncio.Queue(maxsize=1)
        empty = outcome(queue.get_nowait)
        queue.put_nowait(1)
        full = outcome(queue.put_nowait, 2)
        return [(type(e).__module__, type(e).__name__) for e in (empty, full)], queue.full()

    errors, _ = run(main)
    assert evidence(errors=errors) == [
        ("asyncio.queues", "QueueEmpty"),
        ("asyncio.queues", "QueueFull"),
    ]


@claim("ASYNC18")
def test_join_waits_for_task_done_not_for_an_empty_queue(evidence):
    """Queue.join() waits until task_done() was called for each item, not until the queue is empty.

    A consumer that dies between get() and task_done() leaves join() waiting for ever: call
    task_done() in a finally block.  One call too many is "ValueError: task_done() called too many
    times".
    """

    async def main():
        queue = asyncio.Queue()
        queue.put_nowait(1)
        joining = asyncio.create_task(queue.join())
        await queue.get()
        await steps()
        seen = queue.empty(), joining.done()
        queue.task_done()
        await steps()
        return (*seen, joining.done(), repr(outcome(queue.task_done)))

    assert evidence(empty_joined_joined_again=run(main)) == (
        True,
        False,
        True,
        "ValueError('task_done() called too many times')",
    )


@claim("ASYNC19")
@since_313
def test_shutdown_ends_those_who_wait(evidence):
    """Queue.shutdown() ends all who wait in get() with QueueShutDown, once no items are left.

    Since 3.13.  It replaces the sentinel per consumer.  put() raises QueueShutDown at once.
    """

    async def main():
        queue, filled = asyncio.Queue(), asyncio.Queue()
        waiting = [asyncio.create_task(queue.get()) for _ in range(2)]
        filled.put_nowait("left")
        await steps()
        queue.shutdown()
        filled.shutdown()
        errors = [await outcome_of(one) for one in (*waiting, queue.put(1))]
        left = [await outcome_of(filled.get()) for _ in range(2)]
        return [isinstance(error, asyncio.QueueShutDown) for error in errors], repr(left)

    assert evidence(raised_and_left=run(main)) == ([True] * 3, "['left', QueueShutDown()]")


@claim("ASYNC20")
@since_313
def test_an_immediate_shutdown_drops_the_items(evidence):
    """shutdown(immediate=True) drops the items that are left, and lets join() return.

    Since 3.13.  Who called join() cannot tell that the work was not done.
    """

    async def main():
        queue = asyncio.Queue()
        queue.put_nowait("dropped")
        joining = asyncio.create_task(queue.join())
        await steps()
        queue.shutdown(immediate=True)
        await steps()
        return joining.done(), queue.qsize(), type(await outcome_of(queue.get())).__name__

    assert evidence(joined_size_and_get=run(main)) == (True, 0, "QueueShutDown")


@claim("ASYNC21")
def test_a_cancelled_get_loses_no_item(evidence):
    """A get() that is cancelled, or times out, takes no item: the next get() has it.

    That is so even if the item had come, and get() had been woken for it, before the cancellation.
    """

    async def main():
        queue = asyncio.Queue()
        cancelled, other = (asyncio.create_task(queue.get()) for _ in range(2))
        await steps()
        queue.put_nowait("item")  # wakes the first one
        cancelled.cancel()
        await outcome_of(cancelled)
        await steps()
        return cancelled.cancelled(), other.done() and other.result()

    assert evidence(cancelled_and_other=run(main)) == (True, "item")


@claim("ASYNC22")
def test_each_queue_of_asyncio_has_its_own_order(evidence):
    """asyncio.Queue returns the first item first, LifoQueue the last, PriorityQueue the least."""

    async def main():
        got = {}
        for kind in (asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue):
            queue = kind()
            for number in (2, 1, 3):
                await queue.put(number)
            got[kind.__name__] = [await queue.get() for _ in range(3)]
        return got

    assert evidence(got=run(main)) == {
        "Queue": [2, 1, 3],
        "LifoQueue": [3, 1, 2],
        "PriorityQueue": [1, 2, 3],
    }


@claim("ASYNC22")
def test_a_priority_queue_keeps_what_it_cannot_compare(evidence):
    """put() into a PriorityQueue that raises TypeError has put the item all the same.

    "TypeError: '<' not supported between instances of 'dict' and 'dict'": (priority, item) pairs of
    equal priority compare their items.  Who catches that and puts again has the item twice.  Put a
    counter between the two.  A LifoQueue compares nothing.
    """

    async def main():
        priorities, last = asyncio.PriorityQueue(), asyncio.LifoQueue()
        for queue in (priorities, last):
            queue.put_nowait((1, {"name": "a"}))
        errors = [await outcome_of(q.put((1, {"name": "b"}))) for q in (priorities, last)]
        return errors, [priorities.qsize(), last.qsize()]

    errors, sizes = run(main)
    assert evidence(errors=repr(errors)) == (
        "[TypeError(\"'<' not supported between instances of 'dict' and 'dict'\"), None]"
    )
    assert evidence(sizes=sizes) == [2, 2]
