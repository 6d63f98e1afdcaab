import multiprocessing
import os


def main():
    inherited = multiprocessing.get_start_method() == "fork"
    forks = multiprocessing.get_start_method(allow_none=True) == "fork"
    os.write(1, b"ok" if inherited == forks else b"no")


if __name__ == "__main__":
    main()
