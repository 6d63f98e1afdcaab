import multiprocessing
import os


def work():
    os.write(1, b"ok")


def run(mode=None):
    if mode == "process":
        child = multiprocessing.Process(target=work)
        child.start()
        child.join()
    else:
        work()


run("process")  # <-
