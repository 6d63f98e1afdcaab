import asyncio

open_now = most = 0


async def download(limit):
    global open_now, most
    async with limit:
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0)
        open_now -= 1


async def main():
    limit = asyncio.Semaphore(10)
    await asyncio.gather(*(download(limit) for _ in range(1000)))


asyncio.run(main())
print("at most", most, "connections")
