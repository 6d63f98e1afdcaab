import multiprocessing
import os


def work(answers):
    answers.put(b"ok")


def main():
    answers = multiprocessing.SimpleQueue()
    child = multiprocessing.Process(target=work, args=(answers,))
    child.start()
    child.join()
    os.write(1, b"no" if answers.empty() else answers.get())


if __name__ == "__main__":
    main()
