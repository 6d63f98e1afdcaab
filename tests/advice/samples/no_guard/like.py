import multiprocessing
import os


def work():
    os.write(1, b"ok")


child = multiprocessing.Process(target=work)  # <-
child.start()
child.join()
