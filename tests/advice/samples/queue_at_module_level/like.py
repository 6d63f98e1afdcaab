import multiprocessing
import os

answers = multiprocessing.SimpleQueue()  # <-


def work():
    answers.put(b"ok")


def main():
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    os.write(1, b"no" if answers.empty() else answers.get())


if __name__ == "__main__":
    main()
