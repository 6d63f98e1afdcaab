from threading import Thread


def add(a, b):
    return a + b


thread = Thread(target=add, args=(1, 2))
thread.start()
result = thread.join()
print(result)
