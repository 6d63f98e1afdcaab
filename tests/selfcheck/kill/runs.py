"""Runs of the suite in processes of their own, and what their JUnit XML says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.report.junit import JUnitCase, specs_in
from tests.vocabulary import specs

ROOT = specs.ROOT
INJECTION = ROOT / "tests" / "selfcheck" / "kill" / "injection"


@dataclass(frozen=True)
class Run:
    """How a run ended, what it printed, and its cases."""

    exit_code: int
    output: str
    cases: list[JUnitCase]

    def verdicts(self, claim: str) -> dict[str, str]:
        """Return the verdicts of a claim by case (such as the start method)."""
        return {c.properties["case"]: c.verdict for c in self.cases if c.claim == claim}


def copy_of_the_checkout(folder: Path) -> Path:
    """Copy what belongs to the project, and nothing that was built or run, to ``folder``."""
    ignored = (".git", ".[mrtv]*", ".benchmarks", ".pytest_cache", "__pycache__", "results")
    return shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*ignored))


def run_suite(
    folder: Path,
    *options: str,
    counterfeit: str | None = None,
    root: Path = ROOT,
    place: Sequence[str] = (),
    **environ: str,
) -> Run:
    """Run pytest with the options on this interpreter and return the run.

    ``folder`` takes the XML, ``root`` is the checkout, ``place`` is a command that runs another,
    such as ``("taskset", "-c", "0")``.  A counterfeit is live in every process of
    the run, and patience is short, since much of what specs wait for will not come.  The name ""
    stands for the same conditions without a counterfeit.
    """
    xml = folder / "junit.xml"
    command = [*place, sys.executable, "-m", "pytest", *_arguments(xml, options)]
    done = run_to_its_end(command, root, _environment(counterfeit, environ), timeout=600)
    return Run(done.returncode, done.stdout, specs_in(xml) if xml.exists() else [])


def run_to_its_end(
    command: Sequence[str], folder: Path, env: Mapping[str, str], *, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command that reads nothing, and return its exit code and all that it has printed.

    Raises TimeoutExpired after ``timeout`` seconds.
    """
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
    )


def _arguments(xml: Path, options: Sequence[str]) -> list[str]:
    return ["-p", "no:cacheprovider", f"--junitxml={xml}", *options]


def _environment(counterfeit: str | None, changes: Mapping[str, str]) -> dict[str, str]:
    env = {**os.environ, **changes}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS"):
        env.pop(name, None)
    if counterfeit is not None:
        paths = [str(INJECTION), *filter(None, [env.get("PYTHONPATH")])]
        env |= {"COUNTERFEIT": counterfeit, "PYTHONPATH": os.pathsep.join(paths)}
        env.setdefault("SPEC_PATIENCE", "3")
    return env


class Warm:
    """A pytest that waits, imported, to be forked for one run after another (POSIX only)."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.selfcheck.kill.warm"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, *options: str, counterfeit: str) -> Run:
        """Run pytest as ``run_suite`` does.  Raises RuntimeError if the server has ended."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        xml, output = folder / "junit.xml", folder / "output.txt"
        request = {
            "arguments": _arguments(xml, options),
            "environ": _environment(counterfeit, {}),
            "injection": str(INJECTION),
            "output": str(output),
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError("the process that is forked for each run has ended")
        said = output.read_text(encoding="utf-8", errors="replace")
        return Run(int(answer), said, specs_in(xml) if xml.exists() else [])

    def end(self) -> None:
        """End the server."""
        self._server.communicate()
