import multiprocessing
import os


class Worker(multiprocessing.Process):  # <-
    def __init__(self):
        super().__init__()
        self.word = lambda: b"ok"

    def run(self):
        os.write(1, self.word())


def main():
    child = Worker()
    child.start()
    child.join()


if __name__ == "__main__":
    main()
