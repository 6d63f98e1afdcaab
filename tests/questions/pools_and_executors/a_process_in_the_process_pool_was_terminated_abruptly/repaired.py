import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def resize(picture):
    if picture == "huge":
        os._exit(137)  # killed, as if memory had run out
    return f"{picture}: resized"


def resize_each(pictures):
    """Go on with a new executor where a picture killed the worker, and so broke the executor."""
    executor = ProcessPoolExecutor(1)
    for picture in pictures:
        try:
            yield executor.submit(resize, picture).result()
        except BrokenProcessPool:
            executor.shutdown()
            executor = ProcessPoolExecutor(1)
            yield f"{picture}: too large"
    executor.shutdown()


if __name__ == "__main__":
    for line in resize_each(["small", "huge", "tiny"]):
        print(line)
