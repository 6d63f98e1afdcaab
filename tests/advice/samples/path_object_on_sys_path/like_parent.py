import multiprocessing
import sys
from pathlib import Path

sys.path.insert(0, Path(__file__).resolve().parent / "modules")  # <-


def work():
    print("ok")


if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
