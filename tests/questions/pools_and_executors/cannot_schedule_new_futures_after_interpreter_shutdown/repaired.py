import threading
import time
from concurrent.futures import ThreadPoolExecutor

executor = ThreadPoolExecutor()


def schedule():
    time.sleep(0.4)
    executor.submit(print, "the job runs")


thread = threading.Thread(target=schedule)
thread.start()
thread.join()
