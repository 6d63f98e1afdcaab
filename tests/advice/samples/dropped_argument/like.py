import multiprocessing


def work(lock):
    with lock:
        print("ok")


def begin():
    lock = multiprocessing.Lock()
    child = multiprocessing.Process(target=work, args=(lock,))  # <-
    child.start()
    return child


if __name__ == "__main__":
    begin().join()
