import asyncio


def factory(loop, coroutine, context=None):  # <-
    more = {} if context is None else {"context": context}
    return asyncio.Task(coroutine, loop=loop, **more)


async def work():
    return "ok"


async def main():
    asyncio.get_running_loop().set_task_factory(factory)
    try:
        print(await asyncio.create_task(work(), name="mine"))
    except TypeError:
        asyncio.get_running_loop().set_task_factory(None)
        print("no")


asyncio.run(main())
