import multiprocessing
import os

word = b"no"


def work():
    os.write(1, word)  # <-


def main():
    global word
    word = b"ok"
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
