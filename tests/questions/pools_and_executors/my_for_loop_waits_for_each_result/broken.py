from concurrent.futures import ProcessPoolExecutor


def square(number):
    return number * number


def numbers():
    for number in range(4):
        print("a worker gets", number)
        yield number


if __name__ == "__main__":
    with ProcessPoolExecutor() as executor:
        for number in numbers():
            result = executor.submit(square, number).result()
            print("result:", result)
