import asyncio


class Program:
    def __init__(self):
        self.finished = asyncio.Event()

    async def main(self):
        loop = asyncio.get_running_loop()
        loop.call_soon(self.finished.set)
        first = loop.create_future()
        await asyncio.wait({first, self.finished.wait()}, return_when="FIRST_COMPLETED")  # <-
        print("ok")


asyncio.run(Program().main())
