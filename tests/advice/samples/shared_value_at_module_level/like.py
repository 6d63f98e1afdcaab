import multiprocessing
import os

count = multiprocessing.Value("i", 0)  # <-


def work():
    count.value = 7


def main():
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    os.write(1, b"ok" if count.value == 7 else b"no")


if __name__ == "__main__":
    main()
