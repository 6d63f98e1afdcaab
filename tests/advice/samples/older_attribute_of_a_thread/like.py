import threading

go = threading.Event()
thread = threading.Thread(target=go.wait)
thread.start()
try:
    print("ok" if thread._tstate_lock else "")  # <-
finally:
    go.set()
    thread.join()
