import asyncio
from concurrent.futures import ThreadPoolExecutor, as_completed


async def work():
    return "ok"


async def main():
    return [await one for one in asyncio.as_completed([work()])][0]


with ThreadPoolExecutor() as pool:
    for future in as_completed([pool.submit(asyncio.run, main())]):
        print(future.result())
