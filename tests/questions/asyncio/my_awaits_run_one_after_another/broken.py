import asyncio


async def download(page):
    print("asked for", page)
    await asyncio.sleep(0.1)
    print("got", page)


async def main():
    for page in ("one", "two"):
        await download(page)


asyncio.run(main())
