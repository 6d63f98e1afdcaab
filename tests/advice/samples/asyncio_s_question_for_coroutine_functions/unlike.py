import inspect


async def work():
    pass


print("ok" if inspect.iscoroutinefunction(work) else "")
