import os
import signal
import sys
from multiprocessing import get_context


def end(*_):
    sys.exit("ended in order")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    lock = get_context("spawn").Lock()
    print("working")
    os.kill(os.getpid(), signal.SIGTERM)  # what "docker stop" does
    signal.pause()
