import multiprocessing
import os


def work(word):
    os.write(1, word)


if __name__ == "__main__":
    word = b"ok"
    child = multiprocessing.Process(target=work, args=(word,))
    child.start()
    child.join()
