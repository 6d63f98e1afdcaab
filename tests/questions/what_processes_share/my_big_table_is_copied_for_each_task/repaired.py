from multiprocessing import Pool


class Table(list):
    copies = 0

    def __getstate__(self):
        Table.copies += 1
        return self.__dict__


def keep(shared):
    global table
    table = shared


def look_up(number):
    return table[number]


if __name__ == "__main__":
    with Pool(2, initializer=keep, initargs=(Table(range(10_000)),)) as pool:
        pool.map(look_up, range(8))
    print(Table.copies, "copies")
