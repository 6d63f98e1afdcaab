import multiprocessing
import os


def work(count):
    count.value = 7


def main():
    count = multiprocessing.Value("i", 0)
    child = multiprocessing.Process(target=work, args=(count,))
    child.start()
    child.join()
    os.write(1, b"ok" if count.value == 7 else b"no")


if __name__ == "__main__":
    main()
