import time
from concurrent.futures import ThreadPoolExecutor


def compute(number):
    begin = time.thread_time()
    while number:
        number -= 1
    return time.thread_time() - begin


with ThreadPoolExecutor(4) as pool:
    best = 0
    for _ in range(5):
        begin = time.perf_counter()
        work = sum(pool.map(compute, [100_000] * 4))
        best = max(best, work / (time.perf_counter() - begin))
print(f"computing, threads: {best:.1f} seconds of work in a second")
