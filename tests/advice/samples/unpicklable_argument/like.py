import multiprocessing
import os


def work(parts):
    os.write(1, b"".join(parts))


def main():
    parts = (part for part in [b"o", b"k"])
    child = multiprocessing.Process(target=work, args=(iter(parts),))  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
