import multiprocessing
import os

lock = multiprocessing.Lock()  # <-


def work():
    os.write(1, b"no" if lock.acquire(block=False) else b"ok")


def main():
    with lock:
        child = multiprocessing.Process(target=work)
        child.start()
        child.join()


if __name__ == "__main__":
    main()
