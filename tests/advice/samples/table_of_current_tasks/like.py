import asyncio.tasks


async def main():
    running = asyncio.tasks._current_tasks  # <-
    print("ok" if asyncio.get_running_loop() in running else "no")


asyncio.run(main())
