import multiprocessing
import os


def work(number):
    os.write(number, b"ok")


def main():
    number = os.dup(1)
    child = multiprocessing.Process(target=work, args=(number,))  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
