"""What the place lacks that the suite runs in, found by trying before anything runs.

Without semaphores and shared memory, or with a Python that was built without ctypes or sqlite3,
much can still be decided.  There a spec that ends by what is lacking is inconclusive: if what it
raised, recorded or printed, or a child did, has the message about it; and a file is left out that
cannot be imported for it.  Any other outcome counts as it does elsewhere, and so does every outcome
where nothing is lacking.  Whatever else is lacking would make the whole run worthless, so it is
refused in one line.
"""

import _thread
import os
import re
import secrets
import socket
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from tests.harness.channel import HOST
from tests.harness.claims import claim_of
from tests.harness.interpreter import FORK, LINUX, POSIX, WEBASSEMBLY
from tests.harness.waiting import outcome, until
from tests.plugins.folder import temporary_directory
from tests.plugins.marks import PROC
from tests.plugins.programs import Programs
from tests.vocabulary.verdict import INCONCLUSIVE, Key

#: How many files a process of a run may have open at a time.
FILES = 200

#: How many threads and processes a worker of a run may have at a time, with all that they start.
TASKS = 100

#: How many bytes of shared memory a run may use at a time.
MEMORY = 8 << 20

#: Modules that a Python lacks if the headers of a library were not there when it was built.
MODULES = ("_ctypes", "_sqlite3", "_ssl")

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def refusals(workers: int) -> Iterator[str]:
    """Yield why nothing should be run here by so many workers, and what to do about it."""
    if POSIX and not FORK:
        yield "this Python lacks os.fork, which two of its start methods need: use another one"
    if LINUX and not PROC:
        yield "/proc is missing, where processes are looked up, so run: mount -t proc proc /proc"
    try:
        with tempfile.TemporaryDirectory(dir=temporary_directory()):
            pass
    except OSError as error:
        yield f"no temporary folder can be made, so set TMPDIR to another directory: {error}"
    try:
        with socket.create_server((HOST, 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        yield f"children report back by {HOST}, which cannot be reached, so bring it up: {error}"
    if (files := _files()) < FILES:
        yield f"only {files} files can be open here, so run: ulimit -n {FILES}"
    if (room := _room()) < MEMORY:
        yield (
            f"{_SHARED_MEMORY} has {room >> 10} KiB left, and what writes more is killed, so make "
            f"room for {MEMORY >> 10} KiB"
        )
    needed = TASKS * workers
    if (tasks := startable(needed)) < needed:
        yield (
            f"only {tasks} more threads or processes can be started here, so raise the limit by "
            f"{needed - tasks} (ulimit -u or -v, or that of the container)"
            + " or run without -n"
            * (workers > 1)
        )


def _files() -> int:
    """Return how many files a process can have open, at most FILES."""
    if not POSIX:
        return FILES
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return FILES if limit == resource.RLIM_INFINITY else min(limit, FILES)


def _room() -> int:
    """Return how many bytes can be written to shared memory, at most MEMORY.

    Where it has no folder, or one that nobody can write to, nobody gets as far as that.
    """
    try:
        system = os.statvfs(_SHARED_MEMORY)
    except (AttributeError, OSError):
        return MEMORY
    if not os.access(_SHARED_MEMORY, os.W_OK):
        return MEMORY
    return min(system.f_bavail * system.f_frsize, MEMORY)


def startable(most: int) -> int:
    """Return how many threads can be started now, at most so many; all of them end before that."""
    gate, running = _thread.allocate_lock(), _thread._count()  # noqa: SLF001
    started = 0
    with gate, suppress(RuntimeError):
        while started < most:
            _thread.start_new_thread(_pass, (gate,))
            started += 1
    outcome(until, lambda: _thread._count() <= running, "the threads to end")  # noqa: SLF001
    return started


def _pass(gate: _thread.LockType) -> None:
    with gate:
        pass


def refused_semaphore() -> OSError | None:
    """Return how the system refuses a semaphore; None if it does not."""
    try:  # as multiprocessing does, which would start a process, too
        import_module("_multiprocessing").SemLock(1, 1, 1, f"/{secrets.token_hex(8)}", True)
    except OSError as error:
        return error
    return None


def lacking() -> Iterator[tuple[str, str]]:
    """Yield what is lacking, in words, and a regular expression for the message about it."""
    if refused := refused_semaphore():
        # Where another file cannot be opened, its name follows.
        sign = rf"{re.escape(str(refused))}((?!: )|: '/(dev/shm/)?[\w-]+')"
        yield f"no semaphore or shared memory can be made here: {refused}", sign
    for name in MODULES:
        try:
            import_module(name)
        except ImportError as error:
            yield f"this Python was built without {name}: {error}", re.escape(str(error))


_LACKING = pytest.StashKey[dict[str, str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse a place where the run would be worthless; else find out what is lacking."""
    config.stash[_LACKING] = {}
    if WEBASSEMBLY:  # what cannot be started there is told by its own plugin
        return
    if not hasattr(config, "workerinput"):
        for reason in refusals(config.getoption("numprocesses") or 1):
            raise pytest.UsageError(reason)
    config.stash[_LACKING] = dict(lacking())


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is lacking."""
    return [*config.stash[_LACKING]]


def _leave_undecided(
    node: pytest.Item | pytest.Collector,
    report: pytest.TestReport | pytest.CollectReport,
    said: Iterable[str],
) -> None:
    """Let the report be one of a skipped spec or file if what was said is about what is lacking."""
    words = [*said]
    for reason, sign in node.config.stash[_LACKING].items():
        if any(re.search(sign, text) for text in words):
            report.outcome = "skipped"
            report.longrepr = (str(node.path), 0, f"Skipped: {INCONCLUSIVE}{reason}")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Leave out a file that cannot be imported for what is lacking."""
    report = yield
    if report.failed:
        _leave_undecided(collector, report, [report.longreprtext])
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a spec inconclusive that ends by what is lacking, before anyone else sees its end."""
    report = yield
    if report.failed and claim_of(getattr(item, "function", None)) is not None:
        _leave_undecided(item, report, _said(item, report, call))
    return report


def _said(
    item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None]
) -> Iterator[str]:
    """Yield what a spec, or a child of it, has raised, recorded and printed; no source code."""
    error = call.excinfo.value if call.excinfo else None
    while error is not None:
        yield str(error)
        error = error.__cause__ or error.__context__
    yield from (str(value) for name, value in item.user_properties if name == Key.EVIDENCE)
    yield from (text for _, text in report.sections)
    programs = getattr(item, "funcargs", {}).get("programs")
    if isinstance(programs, Programs):
        yield from programs.printed
