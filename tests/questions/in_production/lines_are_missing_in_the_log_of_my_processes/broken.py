import logging
from multiprocessing import Process


def work(number):
    logging.basicConfig(filename="app.log", filemode="w")
    logging.warning("process %s is done", number)


if __name__ == "__main__":
    processes = [Process(target=work, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with open("app.log") as file:
        print("lines of 3 processes:", len(file.readlines()))
