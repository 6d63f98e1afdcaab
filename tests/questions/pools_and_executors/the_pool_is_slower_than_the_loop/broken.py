import time
from multiprocessing import Pool


def work(number):
    return number * number


if __name__ == "__main__":
    begin = time.process_time()
    for number in range(1000):
        work(number)
    loop = time.process_time() - begin

    begin = time.process_time()
    with Pool(2) as pool:
        pool.map(work, range(1000))
    sending = time.process_time() - begin
    print("the pool takes", "more" if sending > loop else "less", "of my time than the loop")
