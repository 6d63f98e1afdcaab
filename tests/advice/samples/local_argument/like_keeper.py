import multiprocessing
import os


class Worker:
    def __init__(self, work):
        self.work = work

    def start(self):
        child = multiprocessing.Process(target=call, args=(self.work,))
        child.start()
        child.join()


def call(work):
    work()


def main():
    Worker(lambda: os.write(1, b"ok")).start()  # <-


if __name__ == "__main__":
    main()
