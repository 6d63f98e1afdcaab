import multiprocessing
import os


class Worker:
    def __init__(self, target, args):
        self.args = args
        self.process = multiprocessing.Process(target=target, args=(*self.args, b"ok"))
        self.process.start()

    def end(self):
        self.process.join()


def begin(word):
    pass


def work(other, word):
    os.write(1, word if other else b"no")


def main():
    first = Worker(begin, ())
    second = Worker(work, (first,))  # <-
    first.end()
    second.end()


if __name__ == "__main__":
    main()
