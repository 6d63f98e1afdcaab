"""Pools, executors and managers for specs: their processes are known, and end whatever happens."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import dummy
from multiprocessing.context import BaseContext
from multiprocessing.managers import SyncManager
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

import pytest

from tests.harness.channel import Reports
from tests.harness.interpreter import DEFAULT_START_METHOD, FREE_THREADED_BUILD
from tests.harness.waiting import PATIENCE, outcome, until
from tests.plugins import leaks
from tests.plugins.fixtures import ALL_START_METHODS, available
from tests.plugins.verdicts import failed

#: The workers of a pool, and of an executor, that several specs share.
SHARED_PROCESSES = 5
SHARED_EXECUTOR_PROCESSES = 2

#: The kind of a pool that has threads; of one that has processes it is their start method.
_THREADS = "threads"


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
        """Tell whether it runs, and has all the workers that it started with."""
        running = self.pool._state == "RUN"  # type: ignore[attr-defined]  # noqa: SLF001
        return running and all(worker.is_alive() for worker in self.workers)

    def end(self) -> None:
        """End the pool: by terminate(), and by close() if that has left a worker alive."""
        leaks.bounded(self.pool.terminate, within=5)
        if any(worker.is_alive() for worker in self.workers):
            outcome(self.pool.close)
        leaks.bounded(self.pool.join, within=5)


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
        leaks.bounded(self.manager.shutdown, within=5)
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
    """Shut the executor down, and wait some seconds for its end.

    The thread that manages its processes, for which shutdown(wait=False) does not wait, must end
    before the executor is freed: the callback for that takes a lock that the thread may hold, and
    PyPy calls it in any thread at any moment, so also in that one, which then waits for itself.
    """
    shutdown = partial(executor.shutdown, cancel_futures=True)
    leaks.bounded(shutdown, within=5)
    for thread in threading.enumerate():
        reference = getattr(thread, "executor_reference", None)
        if reference is not None and reference() is executor:
            thread.join(5)


Started = TypeVar("Started", StartedPool, StartedManager, StartedExecutor)


class Shared(Generic[Started]):
    """What the specs of a module share, one of each kind: a start method, or threads."""

    def __init__(self, start: Callable[[BaseContext], Started]) -> None:
        self._start: Callable[[BaseContext], Started] = start
        self._started: dict[str, Started] = {}

    def intact(self, kind: str) -> Started:
        """Return the one of this kind; a new one if there is none that is intact."""
        if kind in self._started and not self._started[kind].intact:
            self._started.pop(kind).end()
        if kind not in self._started:
            self._started[kind] = self._start(_context(kind))
        return self._started[kind]

    def end_if_failed(self, kind: str, node: pytest.Item) -> None:
        """End the one of this kind if the spec has failed: it may have left anything in it."""
        if failed(node):
            self._started.pop(kind).end()

    def end(self) -> None:
        """End all of them."""
        for started in self._started.values():
            started.end()


def _context(kind: str) -> Any:
    """Return the context of a start method; of "threads" it is multiprocessing.dummy."""
    return dummy if kind == _THREADS else multiprocessing.get_context(kind)


@pytest.fixture(scope="module")
def shared_pools() -> Iterator[Shared[StartedPool]]:
    """The pools that the specs of a module share, by start method (ask for ``pool``)."""
    pools = Shared(partial(StartedPool.of, processes=SHARED_PROCESSES))
    yield pools
    pools.end()


@pytest.fixture
def shared_pool(start_method: str, shared_pools: Shared[StartedPool]) -> StartedPool:
    """The module's pool for every start method in turn; a new one if it has lost a worker."""
    return shared_pools.intact(start_method)


@pytest.fixture
def pool(
    request: pytest.FixtureRequest,
    start_method: str,
    shared_pool: StartedPool,
    shared_pools: Shared[StartedPool],
) -> Iterator[Pool]:
    """A pool of five processes under every start method in turn, shared by a module's specs.

    They leave it as it was.  It ends with a spec that fails.
    """
    yield shared_pool.pool
    shared_pools.end_if_failed(start_method, request.node)


@pytest.fixture(params=(*ALL_START_METHODS, _THREADS))
def pool_kind(request: pytest.FixtureRequest) -> str:
    """Every start method in turn, and then ``threads``, of which the pool is a ThreadPool."""
    kind: str = request.param
    return kind if kind == _THREADS else available(kind)


@pytest.fixture
def any_ctx(pool_kind: str) -> Any:
    """The context of every start method in turn, and then multiprocessing.dummy."""
    return _context(pool_kind)


@pytest.fixture
def any_shared_pool(pool_kind: str, shared_pools: Shared[StartedPool]) -> StartedPool:
    """The module's pool for every start method in turn, and then its pool of threads."""
    return shared_pools.intact(pool_kind)


@pytest.fixture
def any_pool(
    request: pytest.FixtureRequest,
    pool_kind: str,
    any_shared_pool: StartedPool,
    shared_pools: Shared[StartedPool],
) -> Iterator[Pool]:
    """``pool``, and then a ThreadPool of five threads: for what is true of both."""
    yield any_shared_pool.pool
    shared_pools.end_if_failed(pool_kind, request.node)


@pytest.fixture
def workers(shared_pool: StartedPool) -> set[int | None]:
    """The pids of the processes that ``pool`` started with."""
    return {worker.pid for worker in shared_pool.workers}


@pytest.fixture
def new_pool(ctx: BaseContext) -> Iterator[Callable[[int], tuple[Pool, list[BaseProcess]]]]:
    """Make pools that the spec may end; they are ended in any case.

    ``pool, workers = new_pool(processes)``: the workers are the processes that it started.
    """
    made: list[StartedPool] = []

    def start(processes: int) -> tuple[Pool, list[BaseProcess]]:
        made.append(StartedPool.of(ctx, processes))
        return made[-1].pool, made[-1].workers

    yield start
    for started in made:
        started.end()


@pytest.fixture(scope="module")
def shared_managers() -> Iterator[Shared[StartedManager]]:
    """The managers that the specs of a module share, by start method (ask for ``manager``)."""
    managers = Shared(StartedManager.of)
    yield managers
    managers.end()


@pytest.fixture
def shared_manager(
    request: pytest.FixtureRequest, start_method: str, shared_managers: Shared[StartedManager]
) -> Iterator[StartedManager]:
    """The module's manager for every start method in turn; it ends with a spec that fails."""
    yield shared_managers.intact(start_method)
    shared_managers.end_if_failed(start_method, request.node)


@pytest.fixture
def manager(shared_manager: StartedManager) -> SyncManager:
    """A SyncManager under every start method in turn, shared by a module's specs."""
    return shared_manager.manager


@pytest.fixture(params=("threading", "multiprocessing", "manager"))
def maker(request: pytest.FixtureRequest, shared_managers: Shared[StartedManager]) -> Iterator[Any]:
    """What makes locks and the like, in turn: threading, multiprocessing, and a manager.

    All of them have the same names: ``maker.Lock()``.  The manager is shared by a module's specs.
    """
    if request.param == "threading":
        yield threading
    elif request.param == "multiprocessing":
        yield multiprocessing.get_context(DEFAULT_START_METHOD)
    else:
        yield shared_managers.intact(DEFAULT_START_METHOD).manager
        shared_managers.end_if_failed(DEFAULT_START_METHOD, request.node)


@pytest.fixture(params=("multiprocessing", "manager"))
def sharing(
    request: pytest.FixtureRequest, ctx: BaseContext, shared_manager: StartedManager
) -> BaseContext | SyncManager:
    """What makes locks and the like that processes can share, in turn: a context, and a manager.

    Both have the same names, and what they make can be an argument of a ``ctx.Process``.
    """
    return ctx if request.param == "multiprocessing" else shared_manager.manager


@pytest.fixture
def elsewhere(shared_manager: StartedManager) -> Callable[..., Any]:
    """Call a function in another process, started like the manager: ``elsewhere(f, x)``.

    Of two such calls at a time, made by ``background``, each has a process of its own.
    """
    return shared_manager.visit


@pytest.fixture(scope="module")
def shared_executors() -> Iterator[Shared[StartedExecutor]]:
    """The executors that a module's specs share, by start method (ask for ``process_pool``)."""
    executors = Shared(partial(StartedExecutor.of, processes=SHARED_EXECUTOR_PROCESSES))
    yield executors
    executors.end()


@pytest.fixture
def shared_executor(
    start_method: str, shared_executors: Shared[StartedExecutor]
) -> StartedExecutor:
    """The module's executor for every start method in turn; a new one if it has lost a worker."""
    return shared_executors.intact(start_method)


@pytest.fixture
def process_pool(
    request: pytest.FixtureRequest,
    start_method: str,
    shared_executor: StartedExecutor,
    shared_executors: Shared[StartedExecutor],
) -> Iterator[ProcessPoolExecutor]:
    """A ProcessPoolExecutor of two processes, shared by a module's specs.

    They leave it as it was.  It ends with a spec that fails.
    """
    yield shared_executor.executor
    shared_executors.end_if_failed(start_method, request.node)


@pytest.fixture
def executors() -> Iterator[Callable[..., Executor]]:
    """Make executors, which are shut down in any case: ``executors(ThreadPoolExecutor, 2)``."""
    made: list[tuple[Executor, dict[str, object]]] = []
    all_threads = leaks.kernel_threads()

    def make(kind: Callable[..., Executor], *arguments: Any, **keywords: Any) -> Executor:
        executor = kind(*arguments, **keywords)
        made.append((executor, parts_of(executor)))
        return executor

    yield make
    for executor, _ in made:
        end_executor(executor)
    if FREE_THREADED_BUILD and made:
        outcome(until, lambda: leaks.kernel_threads() <= all_threads, "threads to go", within=1)
    made.clear()
