import asyncio
import sys

if sys.platform == "win32":
    asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())  # <-
else:
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())  # <-


async def main():
    print("ok")


asyncio.run(main())
