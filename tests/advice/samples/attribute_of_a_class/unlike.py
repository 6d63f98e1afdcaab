import multiprocessing
import os


class Settings:
    word = b"no"

    @classmethod
    def load(cls):
        cls.word = b"ok"


def work():
    Settings.load()
    os.write(1, Settings.word)


def main():
    Settings.load()
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()


if __name__ == "__main__":
    main()
