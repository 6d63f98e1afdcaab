from concurrent.futures import ProcessPoolExecutor


def square(number):
    return number * number


def numbers():
    for number in range(4):
        print("a worker gets", number)
        yield number


if __name__ == "__main__":
    with ProcessPoolExecutor() as executor:
        for result in executor.map(square, numbers(), chunksize=2):
            print("result:", result)
