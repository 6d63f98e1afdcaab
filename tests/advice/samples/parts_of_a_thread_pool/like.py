import concurrent.futures.thread as pools
from concurrent.futures import Future

future = Future()
pools._WorkItem(future, str.lower, ("OK",), {}).run()  # <-
print(future.result())
