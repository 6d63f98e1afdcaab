import multiprocessing
import sys
from pathlib import Path

sys.path.append(Path("modules"))  # <-


def work():
    print("ok")


if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
