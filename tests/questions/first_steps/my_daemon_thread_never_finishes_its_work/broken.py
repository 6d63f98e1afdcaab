import threading
import time


def save():
    time.sleep(0.4)
    print("saved")


thread = threading.Thread(target=save, daemon=True)
thread.start()
print("the end")
