import asyncio
import time
from multiprocessing.pool import Pool, ThreadPool


def work(pause, number):
    begin = time.thread_time()
    time.sleep(pause)
    while number:
        number -= 1
    return pause + time.thread_time() - begin


async def work_in_a_coroutine(pause, number):
    await asyncio.sleep(pause)
    return pause + work(0, number)


async def all_four(*task):
    return await asyncio.gather(*[work_in_a_coroutine(*task) for _ in range(4)])


def work_in_a_second(run, *task):
    begin = time.perf_counter()
    return sum(run(*task)) / (time.perf_counter() - begin)


if __name__ == "__main__":
    number = 1000
    while work(0, number) < 0.002:
        number *= 2
    with Pool(4) as processes, ThreadPool(4) as threads:
        ways = {
            "threads": lambda *task: threads.starmap(work, [task] * 4, 1),
            "processes": lambda *task: processes.starmap(work, [task] * 4, 1),
            "asyncio": lambda *task: asyncio.run(all_four(*task)),
        }
        ways["processes"](0.1, number)
        for what, *task in ("waiting", 0.02, 0), ("computing", 0, number), ("both", 0.02, number):
            for way, run in ways.items():
                best = max(work_in_a_second(run, *task) for _ in range(5))
                print(f"{what}, {way}: {best:.1f} seconds of work in a second")
