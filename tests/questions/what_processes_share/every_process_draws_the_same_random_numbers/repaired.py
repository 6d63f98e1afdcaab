import random
from multiprocessing import Process, SimpleQueue


def throw(thrown, seed):
    dice = random.Random(seed)
    thrown.put(dice.random())


if __name__ == "__main__":
    thrown = SimpleQueue()
    for number in range(2):
        process = Process(target=throw, args=(thrown, f"6-{number}"))  # numpy: [6, number]
        process.start()
        process.join()
    print("the same" if thrown.get() == thrown.get() else "different")
