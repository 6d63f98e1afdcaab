import asyncio
import threading
import time


def work(queue):
    time.sleep(0.5)
    queue.put_nowait("the result")


async def main():
    queue = asyncio.Queue()
    threading.Thread(target=work, args=(queue,)).start()
    print(await queue.get())


asyncio.run(main())
