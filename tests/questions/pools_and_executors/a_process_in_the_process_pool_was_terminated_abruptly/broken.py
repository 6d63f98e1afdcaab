import os
from concurrent.futures import ProcessPoolExecutor


def resize(picture):
    if picture == "huge":
        os._exit(137)  # killed, as if memory had run out
    return f"{picture}: resized"


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        for line in executor.map(resize, ["small", "huge", "tiny"]):
            print(line)
