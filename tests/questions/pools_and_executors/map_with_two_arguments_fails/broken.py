from multiprocessing import Pool


def power(base, exponent):
    return base**exponent


if __name__ == "__main__":
    with Pool(2) as pool:
        print(pool.map(power, [(2, 3), (3, 2)]))
