import logging
import logging.handlers
from multiprocessing import Process, Queue


def work(number, records):
    logging.basicConfig(handlers=[logging.handlers.QueueHandler(records)])
    logging.warning("process %s is done", number)


if __name__ == "__main__":
    records = Queue()
    processes = [Process(target=work, args=(number, records)) for number in range(3)]
    for process in processes:
        process.start()
    listener = logging.handlers.QueueListener(records, logging.FileHandler("app.log", "w"))
    listener.start()  # its thread writes, and nobody else
    for process in processes:
        process.join()
    listener.stop()
    with open("app.log") as file:
        print("lines of 3 processes:", len(file.readlines()))
