import asyncio


@asyncio.coroutine  # <-
def work():
    yield from asyncio.sleep(0)
    return "ok"


print(asyncio.run(work()))
