import asyncio


async def main():
    print("ok")


loop = asyncio.get_event_loop()  # <-
loop.run_until_complete(main())
loop.close()
