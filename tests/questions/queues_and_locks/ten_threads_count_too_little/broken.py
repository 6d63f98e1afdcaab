import threading

total = 0
all_at_work = threading.Barrier(10)


def work():
    all_at_work.wait()
    return 1


def count():
    global total
    total += work()


threads = [threading.Thread(target=count) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("total:", total)
