import os
from multiprocessing import Pool


def work(number):
    os._exit(number)


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(work, [1]))
