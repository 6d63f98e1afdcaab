import multiprocessing
import os


def work():
    os.write(1, b"ok")


def main():
    child = multiprocessing.Process(target=work)  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
