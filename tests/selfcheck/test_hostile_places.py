"""In a place that lacks something no claim is contradicted: it is decided, inconclusive or refused.

Each test runs claims that were wrong there once, or that what is special there might disturb.
"""

import _thread
import collections
import os
import subprocess
import sys

import pytest

from tests.harness.interpreter import LINUX
from tests.harness.waiting import outcome
from tests.plugins import places
from tests.selfcheck.kill.runs import ROOT, copy_of_the_checkout, run_suite, run_to_its_end
from tests.selfcheck.test_bad_input import the_line

pytestmark = pytest.mark.skipif(not LINUX, reason="what a place lacks is taken away as Linux can")

#: Runs what follows where other things are mounted, after a script that mounts them.
MOUNTS = ("unshare", "--map-root-user", "--mount", "sh", "-c")

#: Mounts a /dev that has no folder shm, below the folder $DEV.
NO_SHM = """\
mount -t tmpfs none "$DEV" && mkdir "$DEV/pts" && mount --rbind /dev/pts "$DEV/pts" &&
for each in null zero full random urandom tty ptmx; do
    touch "$DEV/$each" && mount --bind "/dev/$each" "$DEV/$each" || exit
done
ln -s /proc/self/fd "$DEV/fd" && mount --rbind "$DEV" /dev && exec "$@"
"""

#: Hides what /proc says.
NO_PROC = 'mount -t tmpfs none /proc && exec "$@"'

#: Claims that need semaphores or shared memory: in the spec's own process, in children, in a pool
#: that a fixture makes, in a program; and two that need neither.
SELECTION = [
    *("--claim", "SHM22", "--claim", "MPQUEUE05", "--claim", "5.04", "--claim", "POOL06"),
    *("--claim", "4.09", "--claim", "6.07", "--claim", "TIMER01", "--claim", "QUEUE08"),
]


def mounted(options):
    """Return the place where /dev/shm is an empty file system of its own, with these options."""
    script = f'mount -t tmpfs -o {options} none /dev/shm && exec "$@"'
    return needing_mounts(script)


def needing_mounts(script):
    """Return the place that the script makes; skip the test where nothing can be mounted."""
    possible([*MOUNTS, "mount -t tmpfs none /mnt"], "nothing can be mounted here")
    return [*MOUNTS, script, "sh"]


def without_a_network():
    """Return the place where not even 127.0.0.1 can be reached."""
    place = ["unshare", "--map-root-user", "--net"]
    possible([*place, "true"], "nothing can be without a network here")
    return place


def possible(command, why_not):
    """Skip the test, for this reason, if the command fails."""
    tried = outcome(subprocess.run, command, check=False, capture_output=True)
    if isinstance(tried, OSError) or tried.returncode:
        pytest.skip(why_not)


def limited(what):
    """Return the place with a limit of the shell's."""
    return ["sh", "-c", f'ulimit {what} && exec "$@"', "sh"]


def verdicts(run):
    """Return the verdicts of a run's cases by claim."""
    found = collections.defaultdict(set)
    for case in run.cases:
        found[case.claim].add(case.verdict)
    return dict(found)


@pytest.fixture(params=["read-only", "missing"])
def no_semaphores(request, tmp_path):
    """A place where no semaphore can be made."""
    if request.param == "read-only":
        return mounted("ro")
    (tmp_path / "dev").mkdir()
    return needing_mounts(f"DEV={tmp_path}/dev\n{NO_SHM}")


def test_without_semaphores_what_needs_them_is_inconclusive(no_semaphores, tmp_path):
    run = run_suite(tmp_path, *SELECTION, place=no_semaphores)
    assert run.exit_code == 0, run.output
    found = verdicts(run)
    assert found.pop("TIMER01") == {"holds"}
    assert found.pop("QUEUE08") == {"holds", "inconclusive"}  # queue.Queue needs none
    assert set.union(*found.values()) <= {"holds", "inconclusive", "refuted"}
    assert all("inconclusive" in each for each in found.values()), found
    reasons = {case.properties["reason"] for case in run.cases if case.verdict == "inconclusive"}
    [reason] = reasons
    assert reason.startswith("inconclusive: no semaphore or shared memory can be made here: [Errno")
    assert reason.removeprefix("inconclusive: ") in run.output.splitlines()


@pytest.mark.parametrize(
    ("claim", "counterfeit"),
    [
        ("TIMER02", "threading/timer:a_timer_drops_the_keywords"),
        ("PROC11", "multiprocessing/process_life:a_second_start_is_ignored"),
    ],
)
def test_without_semaphores_a_counterfeit_is_contradicted(claim, counterfeit, tmp_path):
    place = mounted("ro")
    run = run_suite(tmp_path, "--claim", claim, counterfeit=counterfeit, place=place)
    assert "contradicted" in verdicts(run)[claim], run.output


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["serial", "parallel"])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        (lambda: limited("-n 64"), "only 64 files can be open here, so run: ulimit -n 200"),
        (lambda: mounted("size=64k"), "/dev/shm has 64 KiB left, and what writes more is killed"),
        (lambda: needing_mounts(NO_PROC), "/proc is missing, where processes are looked up, so"),
        (without_a_network, "children report back by 127.0.0.1, which cannot be reached, so bring"),
    ],
    ids=["few files", "no shared memory left", "no /proc", "no network"],
)
def test_a_place_where_a_run_is_worthless_is_refused(place, message, workers, tmp_path):
    line = the_line(run_suite(tmp_path, "--claim", "7.03", *workers, place=place()))
    assert line.startswith(f"ERROR: {message}")


def test_few_processes_are_refused(monkeypatch):
    """As a limit of the system would; there is none for root."""
    started, left = _thread.start_new_thread, iter(range(30))

    def start(function, arguments):
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        return started(function, arguments)

    monkeypatch.setattr(_thread, "start_new_thread", start)
    [line] = places.refusals(2)
    assert line.startswith("only 30 more threads or processes can be started here, so raise the ")
    assert f"by {2 * places.TASKS - 30} (" in line
    assert line.endswith(" or run without -n")


def beginning_with(code, folder):
    """Return the variables with which each interpreter executes this code first."""
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def test_an_interpreter_without_fork_is_refused(tmp_path):
    crippled = beginning_with("import os; del os.fork", tmp_path)
    line = the_line(run_suite(tmp_path, "--claim", "7.03", **crippled))
    assert line.startswith("ERROR: this Python lacks os.fork, which two of its start methods need")


@pytest.mark.parametrize("module", ["_multiprocessing", "_posixshmem"])
def test_an_interpreter_without_a_part_of_multiprocessing_is_refused(module, tmp_path):
    crippled = beginning_with(f"import sys; sys.modules[{module!r}] = None", tmp_path)
    run = run_suite(tmp_path, "--claim", "7.03", **crippled)
    assert run.exit_code == 1
    assert run.output.startswith("error: this Python lacks a part of multiprocessing, so install ")
    assert run.output.count("\n") == 1


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["serial", "parallel"])
def test_without_ctypes_and_sqlite3_what_needs_them_is_undecided(workers, tmp_path):
    """A Python has neither if the headers of libffi and SQLite were missing when it was built."""
    code = "import sys; sys.modules.update(_ctypes=None, _sqlite3=None)"
    run = run_suite(
        tmp_path,
        "tests/library/stdlib/test_sqlite3.py",
        "tests/library/stdlib/test_shelve.py",
        "tests/library/classic/test_stopping_threads.py",
        "tests/questions/test_12_in_production.py",
        *workers,
        **beginning_with(code, tmp_path),
    )
    assert run.exit_code == 0, run.output
    found = verdicts(run)
    assert "STDLIB01" not in found, "test_sqlite3.py imports it, so it is left out"
    assert found["STDLIB07"] == found["CLASSIC23"] == {"holds"}
    assert found["ASK51"] == found["CLASSIC26"] == {"inconclusive"}
    assert "this Python was built without _ctypes: " in run.output


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["serial", "parallel"])
def test_stripped_assertions_are_refused(workers, tmp_path):
    run = run_suite(tmp_path, "--claim", "7.03", *workers, PYTHONOPTIMIZE="1")
    assert run.exit_code == 1
    assert run.output.startswith("error: python -O and PYTHONOPTIMIZE strip assertions")
    assert run.output.count("\n") == 1


def test_a_cache_keeps_compiled_modules_where_none_are_written(tmp_path):
    elsewhere = tmp_path / "elsewhere"  # where the interpreter's own compiled modules are not found
    environ = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(elsewhere)}
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={tmp_path}/cache", "--claim=4.09"]
    run = run_to_its_end(command, ROOT, {**os.environ, **environ}, timeout=600)
    assert run.returncode == 0, run.stdout
    assert [*(tmp_path / "cache/d/compiled").rglob("multiprocessing/context.*.pyc")]
    assert not elsewhere.exists()


def test_a_temporary_directory_that_is_too_long_for_sockets_is_not_used(tmp_path):
    long = tmp_path / ("x" * (200 - len(f"{tmp_path}/")))
    long.mkdir()
    options = ["--claim", "4.09", "--claim", "LISTEN02", "--claim", "MANAGER44"]
    run = run_suite(tmp_path, *options, TMPDIR=str(long))
    assert run.exit_code == 0, run.output
    assert set.union(*verdicts(run).values()) <= {"holds", "refuted"}
    assert list(long.iterdir()) == []


def test_a_temporary_directory_that_nobody_can_write_to_is_refused(monkeypatch):
    monkeypatch.setattr(places, "temporary_directory", lambda: "/proc")
    line = next(places.refusals(1))
    assert line.startswith("no temporary folder can be made, so set TMPDIR to another directory: ")


#: Claims about a bit of everything, four about signals, which a program's main thread gets, and one
#: that asyncio's debug mode makes wrong.
BITS = [
    *("--claim", "5.04", "--claim", "POOL06", "--claim", "6.07", "--claim", "TIMER01"),
    *("--claim", "SIGNAL02", "--claim", "8.06", "--claim", "POOL40", "--claim", "EXIT03"),
    *("--claim", "LOOP19"),
]

#: Blocks signals, and ignores others, before it becomes the program that follows.
DEAF = """\
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGUSR1, signal.SIGWINCH})
for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])
"""

#: Makes time.time() jump by two hours at each call.
JUMPING = """\
import itertools, time
true, jump = time.time, itertools.cycle([-3600, 3600])
time.time = lambda: true() + next(jump)
"""

#: Runs pytest in another thread than the main one, and in a coroutine, as a notebook does.
IN_A_THREAD = """\
import sys, threading, pytest
codes = []
thread = threading.Thread(target=lambda: codes.append(pytest.main(sys.argv[4:])))
thread.start()
thread.join()
sys.exit(codes[0])
"""
IN_A_NOTEBOOK = """\
import asyncio, sys, pytest
async def cell():
    return pytest.main(sys.argv[4:])
sys.exit(asyncio.run(cell()))
"""


#: What is strange, and lacks nothing: no UTF-8, warnings, colours, a GIL, no home, and much more.
STRANGE = dict(
    pair.split("=")
    for pair in (
        "LANG=C LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONDEVMODE=1 PYTHONFAULTHANDLER=1 "
        "PYTHONWARNINGS=error PYTHON_GIL=1 PYTHON_COLORS=1 PYTHONASYNCIODEBUG=1 HOME=/proc"
    ).split()
)


def test_in_a_place_that_is_only_strange_all_is_decided(tmp_path):
    root = copy_of_the_checkout(tmp_path / "sp ace" / "räum 間")
    one_core_and_no_input = ["taskset", "-c", "0", "sh", "-c", 'exec "$@" <&-', "sh"]
    place = [*one_core_and_no_input, sys.executable, "-c", DEAF]
    environ = STRANGE | beginning_with(JUMPING, tmp_path) | {"TMPDIR": str(root.parent)}
    run = run_suite(tmp_path, *BITS, root=root, place=place, **environ)
    assert run.exit_code == 0, run.output
    assert "inconclusive" not in set.union(*verdicts(run).values())


@pytest.mark.parametrize(
    ("program", "expected"),
    [(IN_A_THREAD, "inconclusive"), (IN_A_NOTEBOOK, "holds")],
    ids=["thread", "notebook"],
)
def test_in_another_program_only_what_needs_the_main_thread_is_inconclusive(
    program, expected, tmp_path
):
    run = run_suite(tmp_path, *BITS, place=[sys.executable, "-c", program])
    assert run.exit_code == 0, run.output
    assert verdicts(run).pop("SIGNAL02") == {expected}
