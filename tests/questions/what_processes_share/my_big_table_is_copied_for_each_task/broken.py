from multiprocessing import Pool


class Table(list):
    copies = 0

    def __getstate__(self):
        Table.copies += 1
        return self.__dict__


def look_up(table, number):
    return table[number]


if __name__ == "__main__":
    table = Table(range(10_000))
    with Pool(2) as pool:
        pool.starmap(look_up, [(table, number) for number in range(8)])
    print(Table.copies, "copies")
