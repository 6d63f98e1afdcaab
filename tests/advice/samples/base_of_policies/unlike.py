import asyncio

loop = asyncio.SelectorEventLoop()
loop.close()
print("ok")
