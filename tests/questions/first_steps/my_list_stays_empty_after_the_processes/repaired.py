from multiprocessing import Pool


def work(number):
    return number * number


if __name__ == "__main__":
    with Pool(3) as pool:
        results = pool.map(work, range(3))
    print(results)
