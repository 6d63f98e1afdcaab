import asyncio
import types


@types.coroutine
def pause():
    yield


async def work():
    await pause()
    return "ok"


print(asyncio.run(work()))
