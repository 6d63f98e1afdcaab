import asyncio
import sys


async def main():
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    print("no" if await child.wait() else "ok")


asyncio.run(main())
