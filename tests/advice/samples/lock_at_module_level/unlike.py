import multiprocessing
import os


def work(lock):
    os.write(1, b"no" if lock.acquire(block=False) else b"ok")


def main():
    lock = multiprocessing.Lock()
    with lock:
        child = multiprocessing.Process(target=work, args=(lock,))
        child.start()
        child.join()


if __name__ == "__main__":
    main()
