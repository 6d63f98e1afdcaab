import asyncio


class Loop(asyncio.SelectorEventLoop):
    def create_task(self, coroutine, *, name=None):  # <-
        return super().create_task(coroutine, name=name)


async def work():
    return "ok"


asyncio.events.new_event_loop = Loop
coroutine = work()
try:
    print(asyncio.run(coroutine))
except TypeError:
    coroutine.close()
    print("no")
