"""Processes that work on pictures, as they worked until 3.13."""

import multiprocessing

import settings


def count() -> None:
    """Tell where the pictures are looked for."""
    print(settings.folder)


def start() -> None:
    """Count the pictures and say hello, each in a process."""

    def hello() -> None:
        print("hello")

    for work in (multiprocessing.Process(target=count), multiprocessing.Process(target=hello)):
        work.start()
        work.join()
