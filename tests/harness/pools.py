"""Pools, executors and managers for specs: their processes are known, and end whatever happens."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.managers import SyncManager
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from typing import Any

from tests.harness.background import Task
from tests.harness.reports import Reports
from tests.harness.waiting import PATIENCE, outcome

#: The workers of a pool, and of an executor, that several specs share.
SHARED_PROCESSES = 5
SHARED_EXECUTOR_PROCESSES = 2


@dataclass(frozen=True)
class StartedPool:
    """A pool, and the processes that were there as soon as it was made."""

    pool: Pool
    workers: list[BaseProcess]

    @classmethod
    def of(cls, context: BaseContext, processes: int) -> "StartedPool":
        """Make a pool of so many processes."""
        before = multiprocessing.active_children()
        pool = context.Pool(processes=processes)
        return cls(pool, [p for p in multiprocessing.active_children() if p not in before])

    @property
    def intact(self) -> bool:
        """Tell whether it has all the workers that it started with."""
        return all(worker.is_alive() for worker in self.workers)

    def end(self) -> None:
        """End the pool: by terminate(), and by close() if that has left a worker alive."""
        outcome(Task(self.pool.terminate, ()).result, within=5)
        if any(worker.is_alive() for worker in self.workers):
            outcome(self.pool.close)
        outcome(Task(self.pool.join, ()).result, within=5)


@dataclass(frozen=True)
class StartedManager:
    """A manager, the process that serves it, and a pool of two processes that visit it."""

    manager: SyncManager
    server: BaseProcess
    visitors: StartedPool

    @classmethod
    def of(cls, context: BaseContext) -> "StartedManager":
        """Start a manager, and the visitors, in this context."""
        before = multiprocessing.active_children()
        manager = context.Manager()
        (server,) = [p for p in multiprocessing.active_children() if p not in before]
        return cls(manager, server, StartedPool.of(context, 2))

    @property
    def intact(self) -> bool:
        """Tell whether all of its processes are there."""
        return self.server.is_alive() and self.visitors.intact

    def visit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function in another process and return what it returns, or raise likewise."""
        return self.visitors.pool.apply_async(function, arguments).get(PATIENCE)

    def end(self) -> None:
        """End the visitors and the manager."""
        self.visitors.end()
        outcome(Task(self.manager.shutdown, ()).result, within=5)
        if self.server.is_alive():
            self.server.kill()
        self.server.join(5)


@dataclass(frozen=True)
class StartedExecutor:
    """A ProcessPoolExecutor, and its workers, all of which have been started."""

    executor: ProcessPoolExecutor
    workers: list[BaseProcess]
    parts: dict[str, object]

    @classmethod
    def of(cls, context: BaseContext, processes: int) -> "StartedExecutor":
        """Make an executor, and occupy all its workers once: most are started on demand."""
        before = multiprocessing.active_children()
        executor = ProcessPoolExecutor(processes, mp_context=context)
        parts = parts_of(executor)
        reports = Reports()
        for _ in range(processes):
            outcome(executor.submit, reports.reporter.hold)
        outcome(reports.collect, processes)  # that an executor works is for the specs to say
        reports.release()
        reports.close()
        workers = [p for p in multiprocessing.active_children() if p not in before]
        return cls(executor, workers, parts)

    @property
    def intact(self) -> bool:
        """Tell whether it has all the workers that it started with."""
        return all(worker.is_alive() for worker in self.workers)

    def end(self) -> None:
        """End the executor; kill its workers if it does not end by itself."""
        end_executor(self.executor)
        for worker in self.workers:
            outcome(worker.join, 1)
            outcome(worker.kill)
            outcome(worker.join, 1)
        self.parts.clear()


def parts_of(executor: Executor) -> dict[str, object]:
    """Return what an executor is made of, to be kept until it has ended.

    Its semaphores have to go in the thread that made them.  In a free-threaded build they would go
    at any later moment there if another thread were the last to use them, and one within another:
    "Reentrant call into the multiprocessing resource tracker".
    """
    return dict(vars(executor))


def end_executor(executor: Executor) -> None:
    """Shut the executor down and wait until it has ended, but not for ever."""
    shutdown = partial(executor.shutdown, cancel_futures=True)
    outcome(Task(shutdown, ()).result, within=5)
