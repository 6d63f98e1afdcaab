import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

all_there = threading.Event()


def work(number):
    if number == 0:
        all_there.wait()
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)  # now somebody presses Ctrl-C
    time.sleep(0.1)
    print("task", number, "is done")


with ThreadPoolExecutor(1) as pool:
    futures = [pool.submit(work, number) for number in range(3)]
    all_there.set()
    for future in futures:
        future.result()
