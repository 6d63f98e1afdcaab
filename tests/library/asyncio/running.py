"""Running the coroutine of a spec, and not for ever."""

import asyncio
import gc
import sys

from tests.harness import PATIENCE, WEBASSEMBLY, NotSeen, applies, since

#: What a whole module says: the browser's event loop is no part of asyncio.
own_loop = applies(
    where=not WEBASSEMBLY, because="is about asyncio's own event loops; a browser has another"
)

has_groups = applies(
    where=since("3.11.0"), because="3.11 added TaskGroup and timeout() (gh-90908, gh-90927)"
)


def run(main, *arguments):
    """Run the coroutine function in a new event loop and return what it returns.

    Raises NotSeen if it does not end.  Nothing here is what specs examine: no timeout(), no wait().
    """

    async def bounded():
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        task = loop.create_task(main(*arguments))
        task.add_done_callback(lambda _: ended.done() or ended.set_result(True))
        loop.call_later(PATIENCE, lambda: ended.done() or ended.set_result(False))
        if not await ended:
            raise NotSeen(f"{main.__name__}() had not returned after {PATIENCE:g} s")
        return task.result()

    return asyncio.run(bounded(), debug=False)  # whatever python -X dev says


async def steps(count=5):
    """Let the other tasks run: each that can go on does so, several times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def forever():
    """Wait for what never happens."""
    await asyncio.get_running_loop().create_future()


async def outcome_of(awaitable):
    """Return what the awaitable returns, or the exception that it raises, a cancellation too."""
    try:
        return await awaitable
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it is returned
        return error


def messages_of(loop):
    """Return a list of all messages that the loop's exception handler gets from now on."""
    messages = []
    loop.set_exception_handler(lambda _, context: messages.append(context["message"]))
    return messages


def collect():
    """Free what nobody refers to; PyPy needs several rounds."""
    for _ in range(3):
        gc.collect()


def asleep(thread):
    """Tell whether the event loop of the thread with this ident waits for events."""
    frame = sys._current_frames().get(thread)
    while frame is not None and frame.f_code.co_name != "select":
        frame = frame.f_back
    return frame is not None
