import asyncio.tasks


async def main():
    task = asyncio.current_task()
    print("ok" if task in asyncio.tasks._all_tasks else "no")  # <-


asyncio.run(main())
