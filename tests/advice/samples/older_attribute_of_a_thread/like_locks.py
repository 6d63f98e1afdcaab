import threading

print("ok" if threading._shutdown_locks is not None else "")  # <-
