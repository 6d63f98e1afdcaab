import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

stop = threading.Event()


def work(number):
    if not stop.wait(0.1):
        os.kill(os.getpid(), signal.SIGINT)  # now somebody presses Ctrl-C
    if stop.wait(60):
        print("task", number, "has stopped")


with ThreadPoolExecutor(1) as pool:
    futures = [pool.submit(work, number) for number in range(3)]
    try:
        for future in futures:
            future.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        stop.set()
