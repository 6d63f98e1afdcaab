import os
import signal
import sys
from multiprocessing import get_context


def end(*_):
    sys.exit()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    lock = get_context("spawn").Lock()
    try:
        print("working")
        os.kill(os.getpid(), signal.SIGTERM)  # what "docker stop" does
        signal.pause()
    finally:
        print("cleaned up")
