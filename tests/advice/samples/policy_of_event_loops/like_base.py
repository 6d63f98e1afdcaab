import asyncio


class Policy(asyncio.DefaultEventLoopPolicy):  # <-
    def new_event_loop(self):
        return asyncio.SelectorEventLoop()


print("ok" if Policy().new_event_loop().close() is None else "")
