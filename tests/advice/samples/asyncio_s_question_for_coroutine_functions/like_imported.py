from asyncio import iscoroutinefunction  # <-


async def work():
    pass


print("ok" if iscoroutinefunction(work) else "")
