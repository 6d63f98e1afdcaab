import asyncio


async def main():
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except asyncio.TimeoutError:
        return "ok"
    except OSError:
        return "there is no connection"


print(asyncio.run(main()))
