import asyncio


async def work():
    pass


print("ok" if asyncio.iscoroutinefunction(work) else "")  # <-
