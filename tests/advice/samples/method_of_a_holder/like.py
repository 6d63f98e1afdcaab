import multiprocessing
import os
import threading


class Server:
    def __init__(self):
        self.lock = threading.Lock()

    def work(self):
        os.write(1, b"ok")

    def start(self):
        child = multiprocessing.Process(target=self.work)  # <-
        child.start()
        child.join()


if __name__ == "__main__":
    Server().start()
