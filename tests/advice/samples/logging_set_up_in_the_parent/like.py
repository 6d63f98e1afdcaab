import logging
import multiprocessing
import os


def set_up():
    logging.basicConfig(level=logging.INFO, format="%(message)s", filename=os.devnull)


def work():
    logging.info("ok")
    os.write(1, b"ok" if logging.getLogger().isEnabledFor(logging.INFO) else b"no")


def main():
    set_up()
    child = multiprocessing.Process(target=work)  # <-
    child.start()
    child.join()


if __name__ == "__main__":
    main()
