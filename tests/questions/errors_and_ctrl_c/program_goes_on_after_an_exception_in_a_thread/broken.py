import threading


def work():
    raise ValueError("no such customer")


thread = threading.Thread(target=work)
thread.start()
thread.join()
print("all work is done")
