import queue
import threading

pages = queue.Queue()


def consume():
    while (page := pages.get()) is not None:
        print("saved:", page)


consumer = threading.Thread(target=consume)
consumer.start()
for page in ("one", "two", None):  # nothing comes after None
    pages.put(page)
consumer.join()
print("all saved")
