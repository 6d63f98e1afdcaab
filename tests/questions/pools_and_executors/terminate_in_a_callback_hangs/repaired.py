import time
from concurrent.futures import ProcessPoolExecutor, as_completed


def search(number):
    return f"page {number} " * 100_000


if __name__ == "__main__":
    with ProcessPoolExecutor(4) as executor:
        searches = [executor.submit(search, number) for number in range(20)]
        for first in as_completed(searches):
            print("found a", first.result()[:4])
            time.sleep(0.5)  # saves it
            break
        executor.shutdown(cancel_futures=True)
    print("the end")
