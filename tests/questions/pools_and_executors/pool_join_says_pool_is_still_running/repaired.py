from multiprocessing import Pool


def square(number):
    return number * number


if __name__ == "__main__":
    with Pool(2) as pool:
        results = [pool.apply_async(square, (number,)) for number in range(3)]
        pool.close()
        pool.join()
        print([result.get() for result in results])
