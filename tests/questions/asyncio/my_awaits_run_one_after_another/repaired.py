import asyncio


async def download(page):
    print("asked for", page)
    await asyncio.sleep(0.1)
    print("got", page)


async def main():
    await asyncio.gather(*(download(page) for page in ("one", "two")))


asyncio.run(main())
