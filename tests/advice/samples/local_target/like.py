import multiprocessing
import os


def main():
    def work():
        os.write(1, b"ok")

    child = multiprocessing.Process(target=work)  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
