import io
import sys
from multiprocessing import Process

sys.stdin = io.StringIO("Ada\n")  # what somebody types


def greet(name):
    print("Hello,", name)


if __name__ == "__main__":
    process = Process(target=greet, args=(input(),))
    process.start()
    process.join()
