"""Threads for specs: some that wait as long as a block lasts, and one that runs to its end."""

import threading
from contextlib import contextmanager

from tests.harness import PATIENCE, joined, started


@contextmanager
def waiting_threads(count=1, **options):
    """Threads that live until the block ends."""
    gate = threading.Event()
    threads = [
        threading.Thread(target=gate.wait, args=(PATIENCE,), **options) for _ in range(count)
    ]
    try:
        yield started(threads)
    finally:
        gate.set()
        joined(*threads)


def run_to_its_end(thread):
    """Start the thread and join it."""
    joined(*started([thread]))
