import multiprocessing
import os

if __name__ == "__main__":

    def work():
        os.write(1, b"ok")

    child = multiprocessing.Process(target=work)  # <-
    child.start()
    child.join()
