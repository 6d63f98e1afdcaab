import multiprocessing
import os


def work():
    os.write(1, word)  # <-


if __name__ == "__main__":
    word = b"ok"
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
