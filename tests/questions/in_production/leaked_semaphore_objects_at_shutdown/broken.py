import os
import signal
from multiprocessing import get_context

if __name__ == "__main__":
    lock = get_context("spawn").Lock()
    print("working")
    os.kill(os.getpid(), signal.SIGTERM)  # what "docker stop" does
    signal.pause()
