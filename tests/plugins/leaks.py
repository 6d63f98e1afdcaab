"""What a spec may leave behind: nothing.  Finds leftover processes and threads, and ends them.

Two helpers of multiprocessing are meant to live until the end of the session and are not
counted: the fork server and the resource tracker.
"""

import atexit
import gc
import multiprocessing
import multiprocessing.util
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.pool import Pool

import pytest

from tests import ROOT
from tests.harness.interpreter import FREE_THREADED_BUILD, PYPY, WEBASSEMBLY
from tests.harness.threads import Task
from tests.harness.waiting import outcome, until
from tests.plugins import guard
from tests.plugins.folder import temporary_directory
from tests.plugins.marks import PROC, Mark, lasting, listed, own_pid, processes, told
from tests.plugins.verdicts import blamable, failed

_SIGKILL = signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM

#: Whether a collection looks at all objects, those that stay included: tens of milliseconds.
_SLOW_COLLECTIONS = PYPY or FREE_THREADED_BUILD

#: After how many specs garbage is collected, if none of them seems to have left anything.
_SPECS_PER_COLLECTION = 25 if _SLOW_COLLECTIONS else 1


def _direct_children() -> set[int]:
    """Return the pids of this process's direct children, zombies included, from /proc."""
    # By thread, in one small file each: a look at every process takes a hundred times longer.
    lists = [told(f"self/task/{thread}/children") for thread in listed("self/task")]
    if lists and None not in lists:
        return {int(pid) for text in lists for pid in (text or b"").split()}
    me = own_pid()  # a thread has just ended, or the kernel does not tell
    return {seen.pid for seen in processes() if seen.parent == me}


def child_pids() -> set[int]:
    """Return the pids of this process's children, zombies included, less the two helpers.

    They are those that multiprocessing knows (under forkserver they are children of the fork
    server) and, where there is a /proc, every direct child.
    """
    known, me = {process.pid or 0 for process in multiprocessing.active_children()}, own_pid()
    return known | {pid for pid in _direct_children() if not lasting(pid, me)}


def children_left(keep: set[int]) -> list[str]:
    """Return a description of each child that is not among ``keep``."""
    # A helper that has only just been started cannot be recognised: it has no command line yet.
    outcome(until, lambda: child_pids() <= keep, "helpers to be known as such", within=1)
    names = {process.pid: process.name for process in multiprocessing.active_children()}
    left = sorted(child_pids() - keep)
    return [f"process {names[p]} (pid {p})" if p in names else f"child pid {p}" for p in left]


def end_processes(mark: Mark, keep: set[int]) -> None:
    """Kill all that comes from this process, less ``keep``, until there is no more of it."""
    outcome(until, lambda: not _end_once(mark, keep), "everything to end", within=5)


def _end_once(mark: Mark, keep: set[int]) -> bool:
    """Kill whatever is there now, and tell whether there was anything."""
    doomed = (mark.pids() | child_pids()) - keep
    for pid in doomed:
        outcome(os.kill, pid, _SIGKILL)
    for process in multiprocessing.active_children():
        if process.pid in doomed:
            process.join(5)
    for pid in doomed & _direct_children():
        outcome(os.waitpid, pid, 0)
    return bool(doomed)


def bounded(function: Callable[[], object], *, within: float) -> None:
    """Call what may fail, or never return; after so many seconds leave it to itself."""
    if WEBASSEMBLY:  # there is no other thread
        outcome(function)
    else:
        outcome(Task(function).result, within=within)


def let_go() -> None:
    """Terminate all pools, and release the frames kept alive by the last traceback.

    A pool replaces each worker that is killed, and lives on while a task is unfinished.
    Managers and executors end with the last reference to them, and clean up after themselves.
    """
    if not PYPY:
        gc.unfreeze()  # what is frozen is in no list
    for pool in [thing for thing in gc.get_objects() if issubclass(type(thing), Pool)]:
        bounded(pool.terminate, within=2)  # may wait for a worker that is dead
    bounded(_drop_variables, within=2)


def _drop_variables() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        last = getattr(sys, "last_traceback", None)
        traceback.clear_frames(last)
        for frame, _ in traceback.walk_tb(last):
            frame.f_locals  # noqa: B018 - up to 3.12 a copy, which this brings up to date
        gc.collect()


def threads() -> set[threading.Thread]:
    """Return the live threads that were started through the threading module.

    A thread that was not becomes a dummy there once it asks for current_thread(), as join()
    does; up to 3.12, and on PyPy, the dummy outlives it.
    """
    return {thread for thread in threading.enumerate() if type(thread).__name__ != "_DummyThread"}


def kernel_threads() -> int:
    """Return how many threads of this process the kernel knows (0 where there is no /proc).

    One that has been joined may still be there for a moment, and let go of its last objects.
    """
    return len(listed("self/task"))


def threads_left(keep: set[threading.Thread]) -> list[str]:
    """Give threads that are not among ``keep`` a moment to end; return those that have not."""
    outcome(until, lambda: threads() <= keep, "threads to end", within=1)
    return [f"thread {thread.name}" for thread in threads() - keep]


def leave_if_stuck(exit_code: int) -> None:
    """Leave this process at once if a thread would keep it from ending.

    An executor's threads are joined at the exit, though they are daemons if whoever made them is.
    """
    module = sys.modules.get("concurrent.futures.thread")
    executors = {*getattr(module, "_threads_queues", ())}
    others = threads() - {threading.main_thread()}
    if all(thread.daemon and thread not in executors for thread in others):
        return
    # As multiprocessing does in the children that it forks: temporary folders go then.
    bounded(atexit._run_exitfuncs, within=5)  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        outcome(stream.flush)
    os._exit(exit_code)


_MARK = pytest.StashKey[Mark]()
_SESSION = pytest.StashKey[pytest.Session]()
_FOLDER = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_UNCOLLECTED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Mark whatever comes from this process from now on, and give it a temporary folder."""
    mark = config.stash[_MARK] = Mark.put()
    if not mark.first:
        return
    worker = hasattr(config, "workerinput")
    # All temporary folders of the run are made in this one: those of a process that is killed would
    # stay.  A worker's own is empty; its guard looks whether it has been removed.
    folder = config.stash[_FOLDER] = tempfile.TemporaryDirectory(
        prefix="cs-", dir=None if worker else temporary_directory(), ignore_cleanup_errors=True
    )
    if not worker:
        tempfile.tempdir = folder.name
        os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder.name))
    if PROC:
        _guard(mark, folder.name)


def _guard(mark: Mark, folder: str) -> None:
    """Start the guard of this process, without its mark, and as plain as can be."""
    environ = {name: value for name, value in os.environ.items() if name != Mark.VARIABLE}
    subprocess.run(
        [sys.executable, "-I", "-S", guard.__file__, ROOT, str(own_pid()), folder, *mark.words],
        env=environ,
        cwd=ROOT,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let garbage be collected between specs, and at no other time (but on PyPy, which is slow).

    A semaphore that is freed while another is being registered or freed makes that fail, or
    hang: "Reentrant call into the multiprocessing resource tracker".
    """
    collect(session.config)
    if not PYPY:
        gc.freeze()  # what is there stays, and a collection takes no time
        gc.disable()


def pytest_runtest_logfinish() -> None:
    """Keep what stays, such as the report of a spec, out of the collections after the next ones."""
    if not _SLOW_COLLECTIONS:
        gc.freeze()


@pytest.hookimpl(specname="pytest_sessionfinish", tryfirst=True)
def pytest_sessionfinish_after_ctrl_c(session: pytest.Session, exitstatus: int) -> None:
    """Kill the workers of ``-n`` first (Linux): xdist waits ten seconds for what each is at."""
    if exitstatus == pytest.ExitCode.INTERRUPTED and session.config.pluginmanager.has_plugin(
        "dsession"
    ):
        end_processes(session.config.stash[_MARK], keep=set())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End every process of the session, however the session has ended."""
    end_processes(session.config.stash[_MARK], keep=set())
    session.config.stash[_SESSION] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End this process too, even if a spec has left a thread in it that never ends."""
    gc.enable()
    if _FOLDER in config.stash:
        # multiprocessing's own folder is in it: 3.11 and 3.14 fail to remove it at exit otherwise.
        end = multiprocessing.util._exit_function  # type: ignore[attr-defined]  # noqa: SLF001
        bounded(end, within=5)
        config.stash[_FOLDER].cleanup()
    session = config.stash.get(_SESSION, None)
    if session is not None and config.stash[_MARK].first:
        leave_if_stuck(int(session.exitstatus))


def collect(config: pytest.Config) -> None:
    """Collect garbage, and begin to count the specs that have left some anew."""
    gc.collect()
    config.stash[_UNCOLLECTED] = 0


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a spec that leaves a process or a thread behind; end the process in any case."""
    lasting = ("shared_pool", "any_shared_pool", "shared_executor", "shared_manager", "maker")
    for shared in lasting:
        if shared in request.fixturenames:
            request.getfixturevalue(shared)  # it outlives the spec, so it is no leak
    children, own_threads, all_threads = child_pids(), threads(), kernel_threads()
    yield
    if blamable(request):
        # Where there is no GIL, an object last used by another thread is freed in the thread that
        # created it: here, once the other thread has ended.
        if FREE_THREADED_BUILD:
            outcome(until, lambda: kernel_threads() <= all_threads, "threads to go", within=1)
        request.config.stash[_UNCOLLECTED] += 1
        if request.config.stash[_UNCOLLECTED] >= _SPECS_PER_COLLECTION:
            collect(request.config)
    left = []
    if not (child_pids() <= children and threads() <= own_threads):
        # Don't rely on garbage collection to clean up after an interrupted spec; see let_go().
        if blamable(request):
            collect(request.config)
        left = children_left(children) + threads_left(own_threads)
    if left or failed(request.node):
        let_go()
        end_processes(request.config.stash[_MARK], keep=children)
    if left and blamable(request):
        pytest.fail("left behind: " + ", ".join(left), pytrace=False)
