"""The executors of a loop: to_thread(), run_in_executor(), and the default executor's limits.

What they do with contexts is in library/contextvars/test_threads_and_tasks.py.

Source: https://docs.python.org/3/library/asyncio-eventloop.html and asyncio-task.html
"""

import asyncio
import contextlib
import functools
import inspect
import os
import threading
import warnings
from concurrent.futures import Executor, ThreadPoolExecutor

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    claim,
    control,
    never,
    outcome,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.asyncio.running import own_loop

every_spec = [own_loop]


class Blocked:
    """A function for a thread, which blocks it until it is let go, and tells who has come."""

    def __init__(self):
        self.threads, self.ended, self.go = [], [], threading.Event()

    def __call__(self):
        """Block this thread."""
        self.threads.append(threading.current_thread())
        self.ended.append(self.go.wait(PATIENCE))

    async def reached(self, count):
        """Wait, without blocking the loop, until so many threads have come."""
        async with _no_longer_than_patience():
            while len(self.threads) < count:
                await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def _no_longer_than_patience():
    handle = asyncio.get_running_loop().call_later(PATIENCE, asyncio.current_task().cancel)
    yield
    handle.cancel()


@contextlib.contextmanager
def blocked():
    """Give a function that blocks its threads until the end of the block."""
    one = Blocked()
    try:
        yield one
    finally:
        one.go.set()


async def stays_pending(future):
    """Tell whether the future is not done for a while."""
    _done, pending = await asyncio.wait([future], timeout=GRACE)
    return bool(pending)


@claim("LOOP31")
def test_the_default_executor_has_few_threads(evidence):
    """to_thread() runs min(32, cores + 4) functions at the same time; the others wait in a queue.

    They run in the loop's default executor, a ThreadPoolExecutor whose threads are called
    asyncio_0, asyncio_1, ...; run_in_executor(None, ...) uses the same.  One core gives 5 threads,
    so six blocking calls that wait for each other are a deadlock there.  cores: os.cpu_count(),
    since 3.13 os.process_cpu_count().
    """
    expected = min(32, getattr(os, "process_cpu_count", os.cpu_count)() + 4)

    async def main():
        with blocked() as block:
            calls = [asyncio.ensure_future(asyncio.to_thread(block)) for _ in range(expected)]
            more = asyncio.get_running_loop().run_in_executor(None, block)
            await block.reached(expected)
            waits = await stays_pending(more)
            names = [thread.name for thread in block.threads]
        await asyncio.gather(*calls, more)
        return waits, names

    waits, names = asyncio.run(main())
    assert evidence(threads=len(names), one_more_waits=waits) == (expected, True)
    assert sorted(names) == sorted(f"asyncio_{number}" for number in range(expected))


@claim("LOOP32")
@predicts("H14")
def test_looking_up_a_name_takes_a_thread_of_the_default_executor(evidence):
    """loop.getaddrinfo() waits for a thread of the default executor, even for a numeric address.

    So where to_thread() keeps all threads busy, connections to host names time out though the
    network is fine: resource starvation.  (open_connection() of a numeric address looks nothing
    up.)  Give blocking work a ThreadPoolExecutor of its own, through
    run_in_executor(), or enlarge the default one by set_default_executor().
    """

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        control(await loop.getaddrinfo("127.0.0.1", 80), "a numeric address must be found")
        with blocked() as block:
            busy = asyncio.ensure_future(asyncio.to_thread(block))
            await block.reached(1)
            looking = asyncio.ensure_future(loop.getaddrinfo("127.0.0.1", 80))
            waits = await stays_pending(looking)
        await busy
        return waits, len(await looking) > 0

    assert evidence(waits_and_found=asyncio.run(main())) == (True, True)


@claim("LOOP33")
@predicts("H28")
@refuted(where=before("3.11.0"), because="until 3.10 there was a DeprecationWarning (bpo-43234)")
def test_the_default_executor_is_a_thread_pool(evidence):
    """loop.set_default_executor() takes a ThreadPoolExecutor, or a subclass of it, and no other.

    "TypeError: executor must be ThreadPoolExecutor instance" for a ProcessPoolExecutor, too.  3.10
    warned, and took it.  Pass such an executor to run_in_executor() at each call.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop = asyncio.new_event_loop()
        refusal = outcome(loop.set_default_executor, Executor())
        loop.set_default_executor(ThreadPoolExecutor(1))
        loop.close()
    assert evidence(refusal=repr(refusal)) == (
        "TypeError('executor must be ThreadPoolExecutor instance')"
    )


@claim("LOOP34")
def test_asyncio_run_waits_for_the_default_executor(background, evidence):
    """asyncio.run() returns only when the functions in the default executor's threads have ended.

    A blocking call in to_thread() or run_in_executor() that nobody awaits any more, or that was
    cancelled, keeps asyncio.run() from returning, so that the program seems to hang on shutdown, in
    shutdown_default_executor().  Since 3.12.3 it gives up after five minutes.
    """
    with blocked() as block:

        async def main():
            forgotten = asyncio.ensure_future(asyncio.to_thread(block))
            await block.reached(1)
            return forgotten

        running = background(asyncio.run, main())
        until(lambda: block.threads, "the thread")
        waits = never(lambda: running.finished)
    forgotten = running.result()
    assert evidence(waits=waits, ended=block.ended) == (True, [True])
    assert forgotten.cancelled()


@claim("LOOP35")
@refuted(
    where=before("3.12.3"),
    because="3.12 added the parameter, and 3.12.3 let it limit the waiting (gh-111358)",
)
def test_shutdown_of_the_default_executor_can_give_up(evidence):
    """shutdown_default_executor(timeout) warns and returns if a thread has not ended by then.

    "RuntimeWarning: The executor did not finishing joining its threads within ... seconds."  The
    thread goes on, and the interpreter waits for it at its end all the same.  Until 3.11 there was
    no timeout; from 3.12.0 to 3.12.2 it waited for ever.  Since 3.12 asyncio.run() passes one, so a
    loop class of your own (winloop, uvloop) must accept it: "takes 1 positional argument but 2 were
    given".
    """
    # Where it waits for ever, this ends it.
    limit = PATIENCE if since("3.12.3") else GRACE

    async def main():
        loop = asyncio.get_running_loop()
        with blocked() as block:
            call = loop.run_in_executor(None, block)
            await block.reached(1)
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                try:
                    await asyncio.wait_for(loop.shutdown_default_executor(0.01), limit)
                except (TypeError, asyncio.TimeoutError) as error:
                    return [f"{type(error).__name__}: {error}"]
                finally:
                    block.go.set()
        await call
        return [f"{one.category.__name__}: {one.message}" for one in seen]

    assert evidence(seen=asyncio.run(main())) == [
        "RuntimeWarning: The executor did not finishing joining its threads within 0.01 seconds."
    ]


@claim("LOOP36")
def test_after_its_shutdown_the_default_executor_is_not_made_again(evidence):
    """After shutdown_default_executor() nothing more goes to the default executor, or into threads.

    "RuntimeError: Executor shutdown has been called", for to_thread() and getaddrinfo(), too.  This
    is what a task meets that asyncio.run() could not cancel.  Executors of your own go on.
    """

    async def main():
        loop = asyncio.get_running_loop()
        await loop.shutdown_default_executor()
        refused = [outcome(loop.run_in_executor, None, int)]
        for late in (asyncio.to_thread(int), loop.getaddrinfo("127.0.0.1", 80)):
            refused += await asyncio.gather(late, return_exceptions=True)
        with ThreadPoolExecutor(1) as own:
            return refused, await loop.run_in_executor(own, int)

    refused, by_own = asyncio.run(main())
    assert evidence(refused={*map(repr, refused)}, by_an_own_executor=by_own) == (
        {"RuntimeError('Executor shutdown has been called')"},
        0,
    )


@claim("LOOP37")
def test_cancelling_to_thread_does_not_stop_the_thread(evidence):
    """Cancelling to_thread(), or a timeout around it, ends the waiting, and not the function.

    asyncio.wait_for() does not cancel the thread: after the timeout the function keeps running,
    keeps its place in the executor, and its result or exception is lost.  No thread can be
    cancelled from outside: hand it a threading.Event to look at.
    """

    async def main():
        with blocked() as block:
            call = asyncio.ensure_future(asyncio.to_thread(block))
            await block.reached(1)
            try:
                await asyncio.wait_for(call, GRACE / 10)
            except asyncio.TimeoutError:
                timed_out = True
            goes_on = block.threads[0].is_alive() and not block.ended
        return timed_out, goes_on

    assert evidence(timed_out_and_goes_on=asyncio.run(main())) == (True, True)


@claim("LOOP38")
def test_a_call_that_waits_for_a_thread_can_be_cancelled(evidence):
    """A to_thread() that is cancelled before a thread has taken it is never run."""

    async def main():
        loop, ran = asyncio.get_running_loop(), []
        loop.set_default_executor(ThreadPoolExecutor(1))
        with blocked() as block:
            busy = asyncio.ensure_future(asyncio.to_thread(block))
            await block.reached(1)
            queued = [asyncio.ensure_future(asyncio.to_thread(ran.append, n)) for n in range(3)]
            await asyncio.sleep(0)
            queued[1].cancel()
            await asyncio.wait([queued[1]])
        await asyncio.wait([busy, *queued])
        return ran

    assert evidence(ran=asyncio.run(main())) == [0, 2]


@claim("LOOP39")
def test_closing_a_loop_waits_for_no_thread(evidence):
    """loop.close() does not wait for the functions in the default executor's threads.

    They go on while the program goes on, and their results are lost.  asyncio.run() awaits
    shutdown_default_executor() before it closes its loop; do so, too.
    """
    with blocked() as block:
        loop = asyncio.new_event_loop()
        call = loop.run_in_executor(None, block)
        loop.run_until_complete(block.reached(1))
        loop.close()
        goes_on = not block.ended
    until(lambda: block.ended, "the function to end")
    block.threads[0].join(PATIENCE)
    assert evidence(goes_on=goes_on, result_arrived=call.done()) == (True, False)


@claim("LOOP40")
def test_to_thread_runs_no_coroutine(evidence):
    """to_thread() of an async function runs nothing of it: the result is a coroutine.

    A warning that the coroutine was never awaited may be all that is seen; with a process pool it
    is "cannot pickle 'coroutine' object" (on PyPy "Can't pickle <class 'coroutine'>"): give it a
    function that calls asyncio.run().  In debug mode run_in_executor() refuses it, "TypeError:
    coroutines cannot be used with run_in_executor()", but to_thread() does not.
    """
    ran = []

    async def work():
        ran.append(1)

    async def main():
        loop = asyncio.get_running_loop()
        made = await asyncio.to_thread(work)
        told = inspect.iscoroutine(made), list(ran)
        made.close()
        loop.set_debug(True)
        return told, outcome(loop.run_in_executor, None, work)

    told, refusal = asyncio.run(main())
    assert evidence(is_coroutine=told[0], ran=told[1]) == (True, [])
    assert evidence(refusal=repr(refusal)) == (
        "TypeError('coroutines cannot be used with run_in_executor()')"
    )


@claim("LOOP41")
@refuted(
    where=before("3.12.6", "3.13.0"),
    because="3.12.6 and 3.13.0 made a RuntimeError of it (gh-112182)",
)
def test_a_stop_iteration_of_a_thread_ends_the_waiting(evidence):
    """to_thread(next, iterator) at the iterator's end raises RuntimeError: no hang.

    "RuntimeError: StopIteration interacts badly with generators and cannot be raised into a
    Future".  Before 3.12.6, and on PyPy, the awaiting task hangs for ever, and the loop's exception
    handler logs a TypeError.  Use to_thread(next, iterator, None).
    """

    async def main():
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda loop, context: told.set())
        call = asyncio.ensure_future(asyncio.to_thread(next, iter(())))
        telling = asyncio.ensure_future(told.wait())
        either = asyncio.FIRST_COMPLETED
        await asyncio.wait([call, telling], timeout=PATIENCE, return_when=either)
        telling.cancel()
        return repr(call.exception()) if call.done() else "hangs"

    assert evidence(seen=asyncio.run(main())) == (
        "RuntimeError('StopIteration interacts badly with generators and cannot be raised into a "
        "Future')"
    )


@claim("LOOP90")
def test_run_in_executor_takes_positional_arguments_only(evidence):
    """loop.run_in_executor() hands no keyword arguments to the function; to_thread() does.

    "TypeError: BaseEventLoop.run_in_executor() got an unexpected keyword argument 'base'".  Of
    positional arguments it takes as many as you like.  Instead of kwargs: functools.partial.
    """

    async def main():
        loop = asyncio.get_running_loop()
        refused = outcome(loop.run_in_executor, None, int, "101", base=2)
        by_position = await loop.run_in_executor(None, int, "101", 2)
        by_partial = await loop.run_in_executor(None, functools.partial(int, base=2), "101")
        return refused, by_position, by_partial, await asyncio.to_thread(int, "101", base=2)

    refused, *numbers = asyncio.run(main())
    assert evidence(numbers=numbers) == [5, 5, 5]
    assert evidence(refused=f"{type(refused).__name__}: {refused}").endswith(
        "run_in_executor() got an unexpected keyword argument 'base'"
    )
