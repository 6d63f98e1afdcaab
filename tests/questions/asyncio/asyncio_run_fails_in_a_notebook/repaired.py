import asyncio


async def download():
    return "the page"


async def cell():
    """Stands for a notebook's cell, which is executed while an event loop runs."""
    print(await download())


asyncio.run(cell())
