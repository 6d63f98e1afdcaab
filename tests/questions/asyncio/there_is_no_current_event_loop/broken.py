import asyncio
import threading


async def fetch():
    return "the page"


def work():
    loop = asyncio.get_event_loop()
    print(loop.run_until_complete(fetch()))
    loop.close()


thread = threading.Thread(target=work)
thread.start()
thread.join()
work()
