import threading

thread = threading.Thread(target=print, args=("ok",))
thread.start()
if hasattr(thread, "_tstate_lock") and thread._tstate_lock:
    thread._tstate_lock.locked()
thread.join()
