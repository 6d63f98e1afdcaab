import asyncio

saved = []


async def save(name):
    await asyncio.sleep(0)
    saved.append(name)


async def main():
    save("the file")


asyncio.run(main())
print("saved:", saved)
