import asyncio


async def main():
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except OSError:  # <-
        return "there is no connection"
    except asyncio.TimeoutError:
        return "ok"


print(asyncio.run(main()))
