import os
from multiprocessing import Process, SimpleQueue


def square(number, answers):
    answers.put((number * number, os.getpid()))


if __name__ == "__main__":
    answers = SimpleQueue()
    processes = [Process(target=square, args=(number, answers)) for number in range(8)]
    for process in processes:
        process.start()
    received = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    squares, workers = zip(*received)
    print(sorted(squares))
    print("at most two processes:", len(set(workers)) <= 2)
