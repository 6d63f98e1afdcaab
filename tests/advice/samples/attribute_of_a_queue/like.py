import multiprocessing
import multiprocessing.queues
import os


class Counted(multiprocessing.queues.Queue):
    def __init__(self):
        super().__init__(ctx=multiprocessing.get_context())
        self.word = b"ok"  # <-


def work(items):
    os.write(1, items.word)


def main():
    items = Counted()
    child = multiprocessing.Process(target=work, args=(items,))
    child.start()
    child.join()


if __name__ == "__main__":
    main()
