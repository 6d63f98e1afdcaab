import asyncio

tasks = []


async def listen():
    await asyncio.sleep(60)


async def main():
    tasks.append(asyncio.create_task(listen()))
    await asyncio.sleep(0)
    print("done")


asyncio.run(main())
