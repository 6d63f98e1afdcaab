"""Process pools for specs: started so that their workers are known, ended whatever happened."""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess

from tests.harness.background import Task
from tests.harness.waiting import outcome

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
