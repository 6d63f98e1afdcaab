import multiprocessing
import os

if multiprocessing.get_start_method() == "forkserver":
    context = multiprocessing.get_context("fork")
else:
    context = multiprocessing.get_context()


def main():
    def work():
        os.write(1, b"ok")

    child = context.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
