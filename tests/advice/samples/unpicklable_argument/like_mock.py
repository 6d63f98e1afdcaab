import multiprocessing
import os
from unittest import mock


def work(client):
    os.write(1, b"ok" if client else b"no")


def main():
    child = multiprocessing.Process(target=work, args=(mock.MagicMock(),))  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
