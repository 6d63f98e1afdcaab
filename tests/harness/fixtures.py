"""The fixtures that specs ask for (a pytest plugin)."""

import gc
import multiprocessing
import multiprocessing.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing.context import BaseContext
from multiprocessing.managers import SyncManager
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.harness import leaks
from tests.harness.background import Task
from tests.harness.interpreter import FREE_THREADED_BUILD, PYPY, START_METHODS
from tests.harness.pools import (
    SHARED_EXECUTOR_PROCESSES,
    SHARED_PROCESSES,
    StartedExecutor,
    StartedManager,
    StartedPool,
    end_executor,
    parts_of,
)
from tests.harness.reports import Reports
from tests.harness.scheduling import ask_for_short_slices
from tests.harness.scripts import Scripts
from tests.harness.verdicts import failed
from tests.harness.waiting import outcome, until

#: The parameters of ``start_method`` are the same on every platform, so that the names of the
#: tests are; a method that the platform lacks is not applicable there.
ALL_START_METHODS = ("fork", "spawn", "forkserver")


_MARK = pytest.StashKey[leaks.Mark]()
_SESSION = pytest.StashKey[pytest.Session]()
_FOLDER = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Mark whatever comes from this process from now on, and give it a temporary folder."""
    ask_for_short_slices()
    config.stash[_MARK] = leaks.Mark()
    if config.stash[_MARK].first and not hasattr(config, "workerinput"):
        # All temporary folders of the run are made in this one: those of a process that is
        # killed would stay.  A short name, since paths of sockets are at most 107 bytes long.
        config.stash[_FOLDER] = tempfile.TemporaryDirectory(
            prefix="cs-", ignore_cleanup_errors=True
        )
        tempfile.tempdir = config.stash[_FOLDER].name
        os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), tempfile.tempdir))


def pytest_collection_finish() -> None:
    """Let garbage be collected after each spec, and at no other time (but on PyPy, which is slow).

    A semaphore that is freed while another is being registered or freed makes that fail, or
    hang: "Reentrant call into the multiprocessing resource tracker".
    """
    gc.collect()
    if not PYPY:
        gc.freeze()  # what is there stays, and a collection takes no time
        gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End every process of the session, however the session has ended."""
    leaks.end_processes(session.config.stash[_MARK], keep=set())
    session.config.stash[_SESSION] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End this process too, even if a spec has left a thread in it that never ends."""
    gc.enable()
    if _FOLDER in config.stash:
        # multiprocessing's own folder is in it: 3.11 and 3.14 fail to remove it at exit otherwise.
        end = multiprocessing.util._exit_function  # type: ignore[attr-defined]  # noqa: SLF001
        outcome(Task(end, ()).result, within=5)
        config.stash[_FOLDER].cleanup()
    session = config.stash.get(_SESSION, None)
    if session is not None and config.stash[_MARK].first:
        leaks.leave_if_stuck(int(session.exitstatus))


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a spec that leaves a process or a thread behind; end the process in any case."""
    for lasting in ("shared_pool", "shared_executor", "shared_manager"):
        if lasting in request.fixturenames:
            request.getfixturevalue(lasting)  # it outlives the spec, so it is no leak
    children, threads, all_threads = leaks.child_pids(), leaks.threads(), leaks.kernel_threads()
    yield
    # What a spec that was broken off has left may not end by being collected: see let_go().
    if _blamable(request) and (not PYPY or "start_method" in request.fixturenames):
        gc.collect()
    left = leaks.children_left(children) + leaks.threads_left(threads)
    if FREE_THREADED_BUILD and _blamable(request):
        # What a thread was the last to use is freed in the thread that made it, at any later
        # moment, unless a collection does so now.
        outcome(until, lambda: leaks.kernel_threads() <= all_threads, "threads to go", within=1)
        gc.collect()
    if left or failed(request.node):
        leaks.let_go()
        leaks.end_processes(request.config.stash[_MARK], keep=children)
    if left and _blamable(request):
        pytest.fail("left behind: " + ", ".join(left), pytrace=False)


def _blamable(request: pytest.FixtureRequest) -> bool:
    """Tell whether the spec may be failed now: not if it has failed already, or the run ends."""
    interrupted = request.session.exitstatus == pytest.ExitCode.INTERRUPTED
    return not interrupted and not failed(request.node)


@pytest.fixture
def evidence(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Record what was observed: ``evidence(pids=3, order="FIFO")``."""

    def record(**observed: Any) -> None:
        for name, value in observed.items():
            text = value if isinstance(value, str) else repr(value)
            record_property("evidence", f"{name.replace('_', ' ')}: {text}")

    return record


@pytest.fixture(params=ALL_START_METHODS)
def start_method(request: pytest.FixtureRequest) -> str:
    """Every start method in turn: ``fork``, ``spawn``, ``forkserver``."""
    method: str = request.param
    if method not in START_METHODS:
        pytest.skip(f"not applicable: start method {method!r} needs POSIX; not on {sys.platform}")
    return method


@pytest.fixture
def ctx(start_method: str) -> BaseContext:
    """The multiprocessing context of every start method in turn."""
    return multiprocessing.get_context(start_method)


Started = TypeVar("Started", StartedPool, StartedManager, StartedExecutor)


def _intact(
    shared: dict[str, Started], start_method: str, start: Callable[[BaseContext], Started]
) -> Started:
    """Return what is shared under a start method; a new one if there is none that is intact."""
    if start_method in shared and not shared[start_method].intact:
        shared.pop(start_method).end()
    if start_method not in shared:
        shared[start_method] = start(multiprocessing.get_context(start_method))
    return shared[start_method]


@pytest.fixture(scope="module")
def shared_pools() -> Iterator[dict[str, StartedPool]]:
    """The pools that the specs of a module share, by start method (ask for ``pool``)."""
    pools: dict[str, StartedPool] = {}
    yield pools
    for shared in pools.values():
        shared.end()


@pytest.fixture
def shared_pool(start_method: str, shared_pools: dict[str, StartedPool]) -> StartedPool:
    """The module's pool for every start method in turn; a new one if it has lost a worker."""
    return _intact(shared_pools, start_method, lambda ctx: StartedPool.of(ctx, SHARED_PROCESSES))


@pytest.fixture
def pool(
    request: pytest.FixtureRequest,
    start_method: str,
    shared_pool: StartedPool,
    shared_pools: dict[str, StartedPool],
) -> Iterator[Pool]:
    """A pool of five processes under every start method in turn, shared by a module's specs.

    They leave it as it was.  It ends with a spec that fails.
    """
    yield shared_pool.pool
    if failed(request.node):
        shared_pools.pop(start_method).end()


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
def shared_managers() -> Iterator[dict[str, StartedManager]]:
    """The managers that the specs of a module share, by start method (ask for ``manager``)."""
    managers: dict[str, StartedManager] = {}
    yield managers
    for shared in managers.values():
        shared.end()


@pytest.fixture
def shared_manager(
    request: pytest.FixtureRequest, start_method: str, shared_managers: dict[str, StartedManager]
) -> Iterator[StartedManager]:
    """The module's manager for every start method in turn; it ends with a spec that fails."""
    yield _intact(shared_managers, start_method, StartedManager.of)
    if failed(request.node):
        shared_managers.pop(start_method).end()


@pytest.fixture
def manager(shared_manager: StartedManager) -> SyncManager:
    """A SyncManager under every start method in turn, shared by a module's specs."""
    return shared_manager.manager


@pytest.fixture
def elsewhere(shared_manager: StartedManager) -> Callable[..., Any]:
    """Call a function in another process, started like the manager: ``elsewhere(f, x)``.

    Of two such calls at a time, made by ``background``, each has a process of its own.
    """
    return shared_manager.visit


@pytest.fixture(scope="module")
def shared_executors() -> Iterator[dict[str, StartedExecutor]]:
    """The executors that a module's specs share, by start method (ask for ``process_pool``)."""
    executors: dict[str, StartedExecutor] = {}
    yield executors
    for shared in executors.values():
        shared.end()


@pytest.fixture
def shared_executor(
    start_method: str, shared_executors: dict[str, StartedExecutor]
) -> StartedExecutor:
    """The module's executor for every start method in turn; a new one if it has lost a worker."""
    return _intact(
        shared_executors,
        start_method,
        lambda ctx: StartedExecutor.of(ctx, SHARED_EXECUTOR_PROCESSES),
    )


@pytest.fixture
def process_pool(
    request: pytest.FixtureRequest,
    start_method: str,
    shared_executor: StartedExecutor,
    shared_executors: dict[str, StartedExecutor],
) -> Iterator[ProcessPoolExecutor]:
    """A ProcessPoolExecutor of two processes, shared by a module's specs.

    They leave it as it was.  It ends with a spec that fails.
    """
    yield shared_executor.executor
    if failed(request.node):
        shared_executors.pop(start_method).end()


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


@pytest.fixture
def reports() -> Iterator[Reports]:
    """A channel on which children report what they observed."""
    channel = Reports()
    yield channel
    channel.close()


@pytest.fixture
def background(request: pytest.FixtureRequest) -> Iterator[Callable[..., Task]]:
    """Run ``function(*arguments)`` beside the test: ``background(f, x).result()``."""
    tasks: list[Task] = []

    def start(function: Callable[..., Any], *arguments: Any) -> Task:
        tasks.append(Task(function, arguments))
        return tasks[-1]

    yield start
    for task in tasks:
        outcome(task.result, within=1)
    stuck = [task for task in tasks if not task.finished]
    if stuck and _blamable(request):
        pytest.fail(f"{len(stuck)} background thread(s) never ended", pytrace=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, removed after the spec (pytest's ``tmp_path`` stays for some runs)."""
    with tempfile.TemporaryDirectory(prefix="concurrency-spec-") as name:
        yield Path(name)


@pytest.fixture
def scripts() -> Iterator[Scripts]:
    """Fresh interpreters: ``scripts.run(source)``, ``scripts.call(function)``."""
    fresh = Scripts()
    yield fresh
    fresh.close()
