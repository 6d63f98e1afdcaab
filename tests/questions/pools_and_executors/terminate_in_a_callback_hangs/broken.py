import time
from multiprocessing import Pool


def search(number):
    return f"page {number} " * 100_000


def found(page):
    print("found a", page[:4])
    time.sleep(0.5)  # saves it
    pool.terminate()
    print("terminated")


if __name__ == "__main__":
    pool = Pool(4)
    for number in range(20):
        pool.apply_async(search, (number,), callback=found)
    pool.close()
    pool.join()
    print("the end")
