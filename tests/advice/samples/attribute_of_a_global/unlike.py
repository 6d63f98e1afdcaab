import multiprocessing
import os


class Settings:
    word = b"no"


settings = Settings()


def work(settings):
    os.write(1, settings.word)


def main():
    settings.word = b"ok"
    child = multiprocessing.Process(target=work, args=(settings,))
    child.start()
    child.join()


if __name__ == "__main__":
    main()
