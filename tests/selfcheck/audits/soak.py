"""Runs the suite over and over, and lists each spec that is not always as it should be.

    python -m tests.selfcheck.audits.soak [--runs N] [INTERPRETER ...]

An INTERPRETER is a command, or the name of one of tox's environments; by default all those that tox
has made.  On each the suite runs N times: in order, in parallel, shuffled; alone, beside busy
processes, niced, under pressure on memory and disk, or on one core.  A spec is listed if it was
ever contradicted, in error or inconclusive (claims that measure often are), with what was seen and
the command that repeats the run.

Ends with 1 if a spec was contradicted, in error or never ended, and with 2 for bad input.
"""

import argparse
import contextlib
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from tests.report.junit import specs_in
from tests.selfcheck.kill.runs import ROOT
from tests.vocabulary.verdict import Key, Verdict, shorten

#: The environment variable by which this module, as a plugin, shuffles the specs.
SEED = "SOAK_SEED"

OPTIONS = "-p no:cacheprovider -p tests.selfcheck.audits.soak"

#: Keeps a core busy until the pipe to its standard input is closed, by whatever ends this program.
BUSY = """\
import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()
while True: pass
"""

#: The same, and it fills 256 MB of memory and 16 MB of disk again and again.
PRESSING = """\
import os, tempfile, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()
with tempfile.TemporaryFile() as file:
    while True:
        filled = b"x" * 2**28
        os.pwrite(file.fileno(), filled[: 2**24], 0)
        os.fsync(file.fileno())
"""

#: Where the suite runs: what that is called, what the command begins with, and what runs beside it.
PLACES = (
    ("alone", "", ()),
    ("beside 2 busy processes", "", (BUSY, BUSY)),
    ("beside 4 busy processes", "", (BUSY,) * 4),
    ("on one core", "taskset -c 0 ", ()),
    ("beside a busy process", "", (BUSY,)),
    ("niced, beside 2 busy processes", "nice -n 19 ", (BUSY, BUSY)),
    ("under pressure on memory and disk", "", (PRESSING,)),
)

#: The longest that a run may take, and the longest that it may take to end early, in seconds.
LONGEST_RUN, LONGEST_END = 3600, 60

#: The signals that have asked this program to end.
ended: list[int] = []

#: What no spec should ever be; a test without a verdict never ended.
WRONG = (Verdict.CONTRADICTED, Verdict.ERROR, Verdict.INCONCLUSIVE, "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle the specs, if there is a seed; workers all do it alike."""
    if seed := os.environ.get(SEED):
        random.Random(seed).shuffle(items)


def modes(runs: int) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield for each run its description, its command (of {}), and the programs beside it."""
    places = [place for place in PLACES if place[1] == "" or shutil.which(place[1].split()[0])]
    for run in range(runs):
        (where, prefix, beside), workers = places[run % len(places)], run // 2 % 2 * 4
        seed = random.SystemRandom().randrange(1, 10**6) if run % 2 else 0
        order = f"env {SEED}={seed} " if seed else ""
        mode = f"-n {workers}, {'shuffled' if seed else 'in order'}, {where}"
        yield mode, f"{prefix}{order}{{}} -m pytest -n {workers} {OPTIONS}", beside


@contextlib.contextmanager
def beside(programs: Sequence[str]) -> Iterator[None]:
    """Keep these programs running.  They end with this one, whatever ends it."""
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
        for program in programs
    ]
    try:
        yield
    finally:
        for one in running:
            one.communicate()


def run(command: Sequence[str], programs: Sequence[str], folder: Path) -> dict[str, str]:
    """Run pytest beside the programs, and return what was seen of each spec that is wrong."""
    xml, output = folder / "junit.xml", folder / "output.txt"
    xml.unlink(missing_ok=True)
    with beside(programs), output.open("wb") as file:
        # In a session of its own, where Ctrl-C does not reach it.
        process = subprocess.Popen(
            [*command, f"--junitxml={xml}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        deadline = time.monotonic() + LONGEST_RUN
        while process.poll() is None and not ended and time.monotonic() < deadline:
            time.sleep(0.1)
        if process.poll() is None:
            file.write(b"it was ended")
            process.send_signal(signal.SIGINT)  # pytest ends the processes of its specs
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_END)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    seen = {}
    if process.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        seen["no spec"] = output.read_text(encoding="utf-8", errors="replace")[-500:]
    for case in specs_in(xml) if xml.exists() else ():
        if case.verdict in WRONG:
            said = case.message or case.properties.get(Key.REASON, "")
            seen[f"{case.claim} {case.nodeid}"] = f"{case.verdict or 'never ended'}: {said}"
    return seen


def python_of(name: str) -> str:
    """Return what starts an interpreter.  Raises ValueError if it cannot run the suite."""
    made = ROOT / ".tox" / name / "bin" / "python"
    python = str(made) if made.exists() else shutil.which(name)
    ask = [python or "false", "-c", "import pytest, pytest_benchmark, pytest_timeout, xdist"]
    if subprocess.run(ask, check=False, capture_output=True).returncode:
        raise ValueError(f"{name} is no interpreter that has what the suite depends on")
    return python or ""


def main(given: Sequence[str] | None = None) -> int:
    """Run the suite over and over, print what was ever wrong, and return the exit code."""
    made = [path.parts[-3] for path in sorted(ROOT.glob(".tox/py*[0-9t]/bin/python"))]
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="INTERPRETER")
    parser.add_argument("--runs", type=int, default=28, metavar="N", help="on each (default: 28)")
    options = parser.parse_intermixed_args(given)
    try:
        pythons = {name: python_of(name) for name in options.names or made or [sys.executable]}
    except ValueError as error:
        parser.error(str(error))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: ended.append(number))
    listed: dict[str, list[str]] = {}
    failed = False
    planned = modes(options.runs)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        for (mode, command, programs), (name, python) in product(planned, pythons.items()):
            this = command.format(shlex.quote(python))
            wrong = run(shlex.split(this), programs, Path(folder))
            if ended:
                break
            print(f"{name}, {mode}: {len(wrong)} wrong", flush=True)
            for spec, text in wrong.items():
                failed |= not text.startswith(Verdict.INCONCLUSIVE.value)
                seen = f"{mode}: {shorten(text, 300)}\n    {this}"
                listed.setdefault(f"{name}: {spec}", []).append(seen)
                print(f"  {spec} {seen}", flush=True)
    for spec, times in sorted(listed.items()):
        print(f"\n{spec}, in {len(times)} of {options.runs} runs", *times, sep="\n  ")
    return 128 + ended[0] if ended else int(failed)


if __name__ == "__main__":
    sys.exit(main())
