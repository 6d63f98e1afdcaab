import multiprocessing
import os


class Worker(multiprocessing.Process):
    def __init__(self):
        super().__init__(target=lambda: os.write(1, b"ok"))  # <-


def main():
    child = Worker()
    child.start()
    child.join()


if __name__ == "__main__":
    main()
