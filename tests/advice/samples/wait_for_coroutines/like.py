import asyncio


async def work():
    print("ok")


async def main():
    await asyncio.wait([work()])  # <-


asyncio.run(main())
