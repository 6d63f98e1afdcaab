import random
from multiprocessing import Process, SimpleQueue

dice = random.Random(6)  # or numpy.random.default_rng(6)


def throw(thrown):
    thrown.put(dice.random())


if __name__ == "__main__":
    thrown = SimpleQueue()
    for _ in range(2):
        process = Process(target=throw, args=(thrown,))
        process.start()
        process.join()
    print("the same" if thrown.get() == thrown.get() else "different")
