import os
from concurrent.futures import ProcessPoolExecutor


def work(number):
    os._exit(number)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(work, [1])))
