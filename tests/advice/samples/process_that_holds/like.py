import multiprocessing
import os
import threading


class Worker(multiprocessing.Process):  # <-
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def run(self):
        with self.lock:
            os.write(1, b"ok")


def main():
    child = Worker()
    child.start()
    child.join()


if __name__ == "__main__":
    main()
