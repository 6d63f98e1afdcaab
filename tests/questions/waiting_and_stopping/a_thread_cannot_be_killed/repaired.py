import threading

stop = threading.Event()


def work():
    while not stop.wait(60):
        pass
    print("stopped")


thread = threading.Thread(target=work)
thread.start()
stop.set()
thread.join()
