import threading


def work():
    print("working")


thread = threading.Thread(target=work)
for _ in range(2):
    thread.start()
    thread.join()
