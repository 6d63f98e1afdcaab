import asyncio
import threading
import time


def work(queue, loop):
    time.sleep(0.1)
    loop.call_soon_threadsafe(queue.put_nowait, "the result")


async def main():
    queue = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=work, args=(queue, loop)).start()
    print(await queue.get())


asyncio.run(main())
