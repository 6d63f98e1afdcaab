import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor


def work(number):
    time.sleep(0.1)
    if number == 0:
        os.kill(os.getpid(), signal.SIGINT)  # now somebody presses Ctrl-C
        time.sleep(0.1)
    print("task", number, "is done")


with ThreadPoolExecutor(1) as pool:
    futures = [pool.submit(work, number) for number in range(3)]
    for future in futures:
        future.result()
