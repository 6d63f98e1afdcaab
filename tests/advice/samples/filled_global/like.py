import multiprocessing
import os

words = []


def work():
    os.write(1, b"".join(words))  # <-


def main():
    words.append(b"ok")
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
