import logging
import threading

lock = threading.Lock()
with lock:
    logging.getLogger("ok")
print("ok")
