import asyncio


async def main():
    print("ok" if asyncio.current_task(asyncio.get_running_loop()) else "no")


asyncio.run(main())
