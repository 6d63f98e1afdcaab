import multiprocessing
import multiprocessing.queues
import os


class Counted(multiprocessing.queues.Queue):
    def __init__(self):
        super().__init__(ctx=multiprocessing.get_context())
        self.word = b"ok"

    def __getstate__(self):
        return super().__getstate__(), self.word

    def __setstate__(self, state):
        state, self.word = state
        super().__setstate__(state)


def work(items):
    os.write(1, items.word)


def main():
    items = Counted()
    child = multiprocessing.Process(target=work, args=(items,))
    child.start()
    child.join()


if __name__ == "__main__":
    main()
