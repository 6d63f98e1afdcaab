import multiprocessing
import os


def work(parent):
    if os.getppid() == parent:  # <-
        os.write(1, b"ok")


def main():
    child = multiprocessing.Process(target=work, args=(os.getpid(),))
    child.start()
    child.join()


if __name__ == "__main__":
    main()
