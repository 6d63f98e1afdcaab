import asyncio


async def ask_for(what):
    while True:
        print("ask for", what)
        await asyncio.sleep(60)


async def main():
    await ask_for("mail")
    await ask_for("news")


asyncio.run(main())
