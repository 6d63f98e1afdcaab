import asyncio.events


class Policy(asyncio.events.BaseDefaultEventLoopPolicy):  # <-
    _loop_factory = asyncio.SelectorEventLoop


loop = Policy().new_event_loop()
loop.close()
print("ok")
