from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool


def square(number):
    return number**2


def row(numbers):
    with Pool(2) as pool:
        return pool.map(square, numbers)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(row, [(1, 2), (3, 4)])))
