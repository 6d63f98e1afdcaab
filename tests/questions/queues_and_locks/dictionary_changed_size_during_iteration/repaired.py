import threading

users = {"Ada": 1, "Grace": 2}


def log_in(name):
    users[name] = len(users) + 1


for name in list(users):
    print(name)
    thread = threading.Thread(target=log_in, args=("Linus",))
    thread.start()
    thread.join()
