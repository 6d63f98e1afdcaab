import asyncio

open_now = most = 0


async def download():
    global open_now, most
    open_now += 1
    most = max(most, open_now)
    await asyncio.sleep(0)
    open_now -= 1


async def main():
    await asyncio.gather(*(download() for _ in range(1000)))


asyncio.run(main())
print("at most", most, "connections")
