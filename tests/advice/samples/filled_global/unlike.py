import multiprocessing
import os

words = []


def work():
    os.write(1, b"".join(words))


def fill():
    words.append(b"ok")


fill()


def main():
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
