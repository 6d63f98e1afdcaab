import asyncio


async def work():
    print("ok")


def begin(coroutine):
    return asyncio.ensure_future(coroutine)


async def main():
    tasks = [begin(work())]
    await asyncio.wait(tasks)


asyncio.run(main())
