import asyncio
import threading


async def fetch():
    return "the page"


def work():
    print(asyncio.run(fetch()))


thread = threading.Thread(target=work)
thread.start()
thread.join()
work()
