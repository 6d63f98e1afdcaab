import multiprocessing
import sys

found = []


def work():
    print(*found)


if __name__ == "__main__":
    if sys.platform == "darwin":
        multiprocessing.set_start_method("fork")  # <-
    found.append("ok")
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
