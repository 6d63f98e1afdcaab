import time
from concurrent import futures

with futures.ThreadPoolExecutor() as executor:
    future = executor.submit(time.sleep, 60)
    try:
        future.result(timeout=0.1)
    except futures.TimeoutError:
        print("too slow")
print("go on")
