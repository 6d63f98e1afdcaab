import asyncio


async def work():
    return "ok"


def main():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    for one in asyncio.as_completed([loop.create_task(work())]):  # <-
        print(loop.run_until_complete(one))
    loop.close()


main()
