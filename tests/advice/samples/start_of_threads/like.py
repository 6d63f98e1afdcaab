import threading

begun = []
start = threading._start_new_thread  # <-


def seen(*args):
    begun.append(args)
    return start(*args)


threading._start_new_thread = seen  # <-
thread = threading.Thread(target=int)
thread.start()
thread.join()
print("ok" if begun else "no")
