import threading


def letters():
    yield from "ok"


numbers = letters()
lock = threading.Lock()


def take(found):
    with lock:
        found.append(next(numbers))


found = []
for _ in range(2):
    thread = threading.Thread(target=take, args=(found,))
    thread.start()
    thread.join()
print("".join(found))
