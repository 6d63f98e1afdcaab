"""Process pools and managers for specs: their processes are known; they end whatever happens."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.managers import SyncManager
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from typing import Any

from tests.harness.background import Task
from tests.harness.waiting import PATIENCE, outcome

#: The workers of a pool that several specs share.
SHARED_PROCESSES = 5


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
