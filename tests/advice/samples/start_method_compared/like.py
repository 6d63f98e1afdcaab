import multiprocessing
import os


def main():
    if multiprocessing.get_start_method() == "spawn":  # <-
        inherited = False
    else:
        inherited = True
    forks = multiprocessing.get_start_method(allow_none=True) == "fork"
    os.write(1, b"ok" if inherited == forks else b"no")


if __name__ == "__main__":
    main()
