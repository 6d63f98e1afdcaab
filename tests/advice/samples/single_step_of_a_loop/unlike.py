import asyncio


class ToolkitLoop(asyncio.SelectorEventLoop):
    steps = 0

    def _run_once(self):
        self.steps += 1
        super()._run_once()


async def work():
    print("ok")


loop = ToolkitLoop()
loop.run_until_complete(work())
loop.close()
