import asyncio

watcher = asyncio.ThreadedChildWatcher()  # <-
asyncio.set_child_watcher(watcher)  # <-
print("ok")
