import io
import sys
from multiprocessing import Process

sys.stdin = io.StringIO("Ada\n")  # what somebody types


def ask():
    print("Hello,", input())


if __name__ == "__main__":
    process = Process(target=ask)
    process.start()
    process.join()
