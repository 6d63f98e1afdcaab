import multiprocessing
import os


def work():
    os.write(1, b"ok")


if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
