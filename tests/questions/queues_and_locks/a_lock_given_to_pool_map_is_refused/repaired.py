from multiprocessing import Lock, Pool


def keep(shared):
    global lock
    lock = shared


def work(number):
    with lock:
        return number * number


if __name__ == "__main__":
    with Pool(2, initializer=keep, initargs=(Lock(),)) as pool:
        print(pool.map(work, [1, 2]))
