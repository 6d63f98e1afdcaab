import os
from concurrent.futures import ProcessPoolExecutor


class Executor(ProcessPoolExecutor):
    pass


def main():
    with Executor(1, initializer=lambda: os.write(1, b"ok")) as executor:  # <-
        executor.submit(abs, 1)


if __name__ == "__main__":
    main()
