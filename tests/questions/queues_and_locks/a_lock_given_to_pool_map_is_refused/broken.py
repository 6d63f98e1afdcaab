from multiprocessing import Lock, Pool


def work(lock, number):
    with lock:
        return number * number


if __name__ == "__main__":
    lock = Lock()
    with Pool(2) as pool:
        print(pool.starmap(work, [(lock, 1), (lock, 2)]))
