import asyncio
import os


class ToolkitLoop(asyncio.SelectorEventLoop):
    def step(self):
        self.call_soon(lambda: None)
        self._run_once()  # <-


async def work():
    print("ok", flush=True)


loop = ToolkitLoop()
loop.create_task(work())
loop.step()
os._exit(0)
