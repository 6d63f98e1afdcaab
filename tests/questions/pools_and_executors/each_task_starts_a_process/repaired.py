import os
from multiprocessing import Pool


def square(number):
    return number * number, os.getpid()


if __name__ == "__main__":
    with Pool(2) as pool:
        squares, workers = zip(*pool.map(square, range(8)))
    print(squares)
    print("at most two processes:", len(set(workers)) <= 2)
