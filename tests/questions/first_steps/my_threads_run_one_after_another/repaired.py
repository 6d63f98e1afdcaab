import threading
import time

events = []


def download():
    events.append("begins")
    time.sleep(0.5)
    events.append("ends")


threads = [threading.Thread(target=download) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(events)
