import asyncio


async def main():
    task = asyncio.current_task()
    print("ok" if task in asyncio.all_tasks() else "no")


asyncio.run(main())
