import threading


def work():
    print("it works")


thread = threading.Thread(target=work)
thread.start()
thread.pause()
