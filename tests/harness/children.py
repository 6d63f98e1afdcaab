"""Joining what a spec has started, with patience but not for ever."""

from collections.abc import Iterable
from multiprocessing.process import BaseProcess
from threading import Thread

from tests.harness.waiting import PATIENCE, NotSeen


def joined(*workers: Thread | BaseProcess, within: float = PATIENCE) -> list[int | None]:
    """Join threads or processes and return their exit codes (None for a thread).

    Raises NotSeen, naming the worker, if one has not ended after ``within`` seconds.
    """
    for worker in workers:
        worker.join(within)
        if worker.is_alive():
            raise NotSeen(f"{worker.name} had not ended after {within:g} s")
    return [getattr(worker, "exitcode", None) for worker in workers]


def started(workers: Iterable[Thread | BaseProcess]) -> list[Thread | BaseProcess]:
    """Start threads or processes in order and return them."""
    workers = list(workers)
    for worker in workers:
        worker.start()
    return workers
