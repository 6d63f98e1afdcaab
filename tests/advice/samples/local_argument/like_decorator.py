import functools
import multiprocessing
import os


def call(function):
    function()


def apart(function):
    @functools.wraps(function)
    def start():
        child = multiprocessing.Process(target=call, args=(function,))  # <-
        child.start()
        child.join()

    return start


@apart
def work():
    os.write(1, b"ok")


if __name__ == "__main__":
    work()
