import threading
from multiprocessing import Pool


class Shop:
    def __init__(self):
        self.lock = threading.Lock()
        self.prices = {"apple": 2, "pear": 3}


def price(prices, name):
    return prices[name]


if __name__ == "__main__":
    shop = Shop()
    with Pool(2) as pool:
        print(pool.starmap(price, [(shop.prices, "apple"), (shop.prices, "pear")]))
