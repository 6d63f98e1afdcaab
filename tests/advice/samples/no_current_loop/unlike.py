import asyncio


async def main():
    asyncio.get_event_loop()
    print("ok")


asyncio.run(main())
