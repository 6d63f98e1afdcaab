import queue
import threading

pages = queue.Queue()


def consume():
    while True:
        page = pages.get()
        print("saved:", page)


consumer = threading.Thread(target=consume)
consumer.start()
for page in ("one", "two"):
    pages.put(page)
consumer.join()
print("all saved")
