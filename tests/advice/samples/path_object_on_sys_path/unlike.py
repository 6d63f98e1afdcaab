import multiprocessing
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def work():
    print("ok")


if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
