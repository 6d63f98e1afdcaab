import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

all_there, stop = threading.Event(), threading.Event()


def work(number):
    all_there.wait()
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)  # now somebody presses Ctrl-C
    if stop.wait(60):
        print("task", number, "has stopped")


with ThreadPoolExecutor(1) as pool:
    futures = [pool.submit(work, number) for number in range(3)]
    try:
        all_there.set()
        for future in futures:
            future.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        stop.set()
