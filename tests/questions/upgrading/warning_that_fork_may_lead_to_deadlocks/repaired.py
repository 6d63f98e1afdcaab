import threading
import warnings
from multiprocessing import get_context

warnings.simplefilter("always")  # as pytest does


def work():
    print("the new interpreter works")


if __name__ == "__main__":
    thread = threading.Timer(60, print)
    thread.start()
    process = get_context("spawn").Process(target=work)
    process.start()
    process.join()
    thread.cancel()
