from multiprocessing import Pool


class OutOfStock(Exception):
    def __init__(self, name, number):
        super().__init__(name, number)

    def __str__(self):
        return "only {1} of {0}".format(*self.args)


def order(name):
    raise OutOfStock(name, 2)


if __name__ == "__main__":
    with Pool(2) as pool:
        try:
            pool.apply(order, ["pears"])
        except OutOfStock as error:
            print("out of stock:", error)
