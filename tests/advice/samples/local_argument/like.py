import multiprocessing
import os


def work(change):
    os.write(1, change(b"OK"))


def main():
    child = multiprocessing.Process(target=work, args=(lambda text: text.lower(),))  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
