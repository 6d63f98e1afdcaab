import threading
import time
from concurrent.futures import ThreadPoolExecutor

waiting = []
answer = threading.Event()


def download(page):
    waiting.append(page)
    answer.wait()


with ThreadPoolExecutor(max_workers=6) as executor:
    for page in range(6):
        executor.submit(download, page)
    time.sleep(0.4)
    print(len(waiting), "downloads at a time")
    answer.set()
