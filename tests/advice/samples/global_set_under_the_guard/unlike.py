import multiprocessing
import os

word = b"ok"


def work():
    os.write(1, word)


if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
