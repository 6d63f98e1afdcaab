"""However a run ends, nothing of it is left: no process, no shared memory, no temporary file.

Each test runs pytest with the suite's own settings on specs that start one of everything and
wait for none of it, in a process group of its own.  What belongs to the run is known by a mark
in its environment, which every process of it inherits, whatever its session, group or parent.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.harness.waiting import outcome, pause, until
from tests.plugins.marks import PROC
from tests.report.junit import is_whole
from tests.selfcheck.kill.runs import ROOT

pytestmark = [
    pytest.mark.skipif(not PROC, reason="processes are looked for in /proc"),
    pytest.mark.timeout(240),
]

WAYS = [pytest.param([], id="serially"), pytest.param(["-n", "2"], id="under-xdist")]

SPECS = '''
"""Specs that start one of everything, and end while it runs."""

import atexit, multiprocessing, os, subprocess, sys, tempfile, threading, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from tests.harness import claim, in_the_main_thread
from tests.plugins.saving import LEAST

RUNS_ON = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])
"""


def stay(generations=0):
    """Stay for ever, and have children that do."""
    if generations:
        target = multiprocessing.get_context("spawn").Process(target=stay, args=(generations - 1,))
        target.start()
    while True:
        time.sleep(600)


def fork_and_stay():
    if os.fork() == 0:
        try:
            os.fork()
            stay()
        finally:
            os._exit(1)


def end():
    """End as the run is asked to."""
    Path(os.environ["READY"], str(os.getpid())).touch()
    if os.environ["ENDING"] == "hangs":
        stay()
    if os.environ["ENDING"] == "crashes":
        os.kill(os.getpid(), 9)
    if os.environ["ENDING"] == "lasts":
        time.sleep(LEAST)
        return
    assert os.environ["ENDING"] == "passes"


def nothing(x):
    return x


@claim("0.01")
@in_the_main_thread
def test_everything_is_left_running(ctx, programs, background):
    """Everything is left running."""
    leave_everything(ctx, programs, background)


@claim("0.06")
def test_everything_is_left_in_a_thread(ctx, programs, background):
    """Everything is left running by a spec beside the main thread."""
    leave_everything(ctx, programs, background)


def leave_everything(ctx, programs, background):
    child = ctx.Process(target=stay, args=(1,))
    child.start()
    pool = ctx.Pool(2)
    pool.apply_async(stay)
    idle_pool = ctx.Pool(2)
    manager = ctx.Manager()
    there = manager.list([1])
    executor = ProcessPoolExecutor(2, mp_context=ctx)
    executor.submit(stay)
    threads = ThreadPoolExecutor(1)
    threads.submit(stay)
    threading.Thread(target=stay).start()
    background(stay)
    fork_and_stay()
    script = programs.start(RUNS_ON)
    program = subprocess.Popen([sys.executable, "-c", RUNS_ON])
    memory = SharedMemory(create=True, size=10)
    folder = tempfile.TemporaryDirectory()
    end()


@claim("0.02")
def test_everything_is_put_away(ctx, programs, background, reports):
    """Everything is put away."""
    child = ctx.Process(target=reports.reporter, args=(1,))
    child.start()
    child.join()
    with ctx.Pool(2) as pool, ctx.Manager() as manager, ThreadPoolExecutor(1) as threads:
        pool.map(nothing, [1, 2, 3])
        assert list(manager.list([1])) == [1]
        threads.submit(nothing, 1).result()
    pool.join()
    with ProcessPoolExecutor(2, mp_context=ctx) as executor:
        assert list(executor.map(nothing, [1])) == [1]
    background(nothing, 1).result()
    assert programs.run("print(1)").lines == ["1"]
    end()


@claim("0.03")
def test_a_process_is_left_running(ctx):
    """A process is left running."""
    child = ctx.Process(target=stay)
    child.start()
    end()


@claim("0.04")
def test_a_grandchild_is_left_running(programs):
    """A grandchild is left running."""
    fork_and_stay()
    end()


@claim("0.05")
def test_a_thread_is_left_running():
    """A thread is left running."""
    threading.Thread(target=stay).start()
    end()


@claim("0.07")
def test_a_process_is_started_after_the_last_look():
    """A process is started after the last look for processes."""
    atexit.register(fork_and_stay)
    end()
'''


class Suite:
    """A run of pytest on SPECS, with a temporary directory of its own."""

    def __init__(self, folder, ending, spec, options):
        self.mark = f"RUN-{secrets.token_hex(8)}"
        self.folder = folder
        # Not below the test's folder: paths of sockets are at most 107 bytes long.
        self.temporary = Path(tempfile.mkdtemp(prefix="t"))
        self.ready = folder / "ready"
        self.output = folder / "output"
        self.memory = set()
        specs = folder / "notes" / "test_left.py"
        for path in (specs.parent, self.ready):
            path.mkdir()
        specs.write_text(SPECS)
        environ = {name: v for name, v in os.environ.items() if not name.startswith("PYTEST_")}
        environ |= {"RUN_MARK": self.mark, "TMPDIR": str(self.temporary)}
        environ |= {"READY": str(self.ready), "ENDING": ending, "COLUMNS": "200"}
        # The suite's own conftest and settings, for a file that lies outside.
        command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "conftest"]
        command += ["-p", "no:cacheprovider", "-v", "--tb=short", *options, f"{specs}{spec}"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A job in the background ignores SIGINT, and so would what it starts.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def pids(self):
        """Return the pids of the run's live processes; note the shared memory that they use."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (entry / "environ").read_bytes():
                    self.memory |= set(re.findall(r"/dev/shm/(\S+)", (entry / "maps").read_text()))
                    found.append(int(entry.name))
        return found

    def ended(self, within=120):
        """Wait for the end; return the exit code and the output."""
        until(lambda: not self.pids() or self._ends_soon(), "the end", within=within)
        return self.process.wait(), self.text

    def _ends_soon(self):
        # A look at all processes and their memory takes more time than all that they do.
        return isinstance(outcome(self.process.wait, 0.1), int)

    @property
    def text(self):
        """What the run has printed."""
        return self.output.read_text(errors="replace")

    def left(self):
        """Return what is left of the run, after a moment in which helpers may end."""
        outcome(until, lambda: not self._left(), "everything to end", within=10)
        return self._left()

    def _left(self):
        commands = [outcome(Path(f"/proc/{pid}/cmdline").read_text) for pid in self.pids()]
        # pytest keeps the folders of its last three runs by design; under xdist it always has one.
        names = (path.name for path in self.temporary.iterdir())
        files = [name for name in names if not name.startswith("pytest-of-")]
        return commands + files + [name for name in self.memory if Path("/dev/shm", name).exists()]

    def close(self):
        """Kill whatever is left, that a failing test may leave nothing either."""
        while pids := self.pids():
            for pid in pids:
                outcome(os.kill, pid, signal.SIGKILL)
            pause()
        self.process.wait()
        shutil.rmtree(self.temporary, ignore_errors=True)


@pytest.fixture
def suite(tmp_path):
    """Start a run of all specs, or of one: ``suite("fails", "::test_it[fork]", *options)``."""
    started = []

    def start(ending, spec="", *options):
        started.append(Suite(tmp_path, ending, spec, options))
        return started[-1]

    yield start
    for run in started:
        run.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_run_of_tidy_specs_leaves_nothing(suite, way):
    run = suite("passes", "::test_everything_is_put_away", *way)
    code, output = run.ended()
    assert "3 passed" in output
    assert code == 0
    assert run.left() == []


@pytest.mark.parametrize("way", WAYS)
def test_specs_that_fail_leave_nothing(suite, way):
    run = suite("fails", "", *way)
    code, output = run.ended()
    assert "15 failed" in output
    assert code == 1
    assert run.left() == []


@pytest.mark.parametrize("way", WAYS)
def test_specs_that_time_out_leave_nothing(suite, way):
    run = suite("hangs", "", "--timeout=2", *way)
    code, output = run.ended()
    assert "Timeout" in output
    assert code == 1
    assert run.left() == []


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_is_interrupted_leaves_nothing(suite, way, method):
    run = suite("hangs", f"::test_everything_is_left_running[{method}]", *way)
    until(lambda: list(run.ready.iterdir()), "a spec to be in the middle", within=60)
    os.killpg(run.process.pid, signal.SIGINT)
    code, output = run.ended()
    assert "KeyboardInterrupt" in output
    assert code == 2
    assert run.left() == []


@pytest.mark.parametrize(
    ("number", "method"), [(signal.SIGKILL, "fork"), (signal.SIGTERM, "forkserver")]
)
@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_is_killed_leaves_nothing(suite, way, method, number):
    run = suite("hangs", f"::test_everything_is_left_running[{method}]", *way)
    until(lambda: list(run.ready.iterdir()), "a spec to be in the middle", within=60)
    run.process.send_signal(number)
    assert run.process.wait() == -number
    assert run.left() == []


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_is_killed_has_saved_its_results(suite, way, tmp_path):
    results = tmp_path / "some" / "results.xml"
    run = suite("lasts", "::test_everything_is_put_away", f"--junitxml={results}", *way)
    until(results.exists, "the results to be saved", within=60)
    run.process.kill()
    run.process.wait()
    assert run.left() == []
    assert list(results.parent.iterdir()) == [results]
    names = [case.get("name").partition("[")[0] for case in ET.parse(results).iter("testcase")]
    assert set(names) == {"test_everything_is_put_away"}
    assert not is_whole(results)


def test_a_worker_that_crashes_leaves_nothing(suite):
    run = suite("crashes", "::test_everything_is_left_running", "-n", "2")
    code, output = run.ended()
    assert output.count("node down") == 3  # no spec is given to a second worker
    assert "3 failed" in output
    assert code == 1
    assert run.left() == []


@pytest.mark.parametrize("way", WAYS)
def test_what_starts_while_a_run_ends_is_ended_too(suite, way):
    run = suite("passes", "::test_a_process_is_started_after_the_last_look", *way)
    code, output = run.ended()
    assert "1 passed" in output
    assert code == 0
    assert run.left() == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("spec", "what", "cases"),
    [("a_process", "process ", 3), ("a_grandchild", "child pid ", 1), ("a_thread", "thread ", 1)],
)
def test_a_spec_that_holds_but_leaves_something_is_an_error(suite, spec, what, cases, way):
    run = suite("passes", f"::test_{spec}_is_left_running", *way)
    code, output = run.ended()
    assert f"{cases} passed, {cases} error" in output
    assert f"left behind: {what}" in output
    assert code == 1
    assert run.left() == []
