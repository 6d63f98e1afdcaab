import threading


def work():
    print("work in", threading.current_thread().name)


thread = threading.Thread(target=work)
print("before start()")
thread.start()
thread.join()
