import asyncio
import time


async def cook(what):
    print(what, "begins")
    time.sleep(0.05)
    print(what, "is ready")


async def main():
    await asyncio.gather(cook("rice"), cook("soup"))


asyncio.run(main())
