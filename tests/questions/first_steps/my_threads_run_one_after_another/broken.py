import threading
import time

events = []


def download():
    events.append("begins")
    time.sleep(0.5)
    events.append("ends")


for _ in range(2):
    thread = threading.Thread(target=download)
    thread.start()
    thread.join()
print(events)
