import os
from multiprocessing import Pool


def work(number):
    return number * number, os.getpid()


if __name__ == "__main__":
    with Pool(2, maxtasksperchild=1) as pool:
        squares, workers = zip(*pool.map(work, range(16)))
    print(len(set(workers)), "processes for 16 tasks")
