import threading

total = 0
lock = threading.Lock()
all_at_work = threading.Barrier(10)


def work():
    all_at_work.wait()
    return 1


def count():
    global total
    done = work()
    with lock:
        total += done


threads = [threading.Thread(target=count) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("total:", total)
