import multiprocessing
import os


def work(env):
    os.write(1, b"ok" if env else b"no")


def main():
    child = multiprocessing.Process(target=work, args=(os.environ,))  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
