import multiprocessing
import os
import threading


class Worker(multiprocessing.Process):
    def run(self):
        self.lock = threading.Lock()
        with self.lock:
            os.write(1, b"ok")


def main():
    child = Worker()
    child.start()
    child.join()


if __name__ == "__main__":
    main()
