"""The second half of a tox environment: what measures is alone, and not always wanted."""

import os
import signal
import subprocess
import sys

import pytest

from tests.harness.measuring import command
from tests.selfcheck.kill.runs import ROOT

MODULE = (sys.executable, "-m", "tests.harness.measuring", "py313t", "cache")


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A command ``pytest`` that notes its arguments, takes SIGINT calmly, and ends with 7."""
    if os.name != "posix":
        pytest.skip("a script stands in for pytest")
    script = tmp_path / "pytest"
    script.write_text(
        f"#!{sys.executable}\nimport pathlib, signal, sys\n"
        f"pathlib.Path({str(tmp_path / 'noted')!r}).write_text(repr(sys.argv[1:]))\n"
        "if 'wait' in sys.argv[3]:\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "    print('waits', flush=True)\n"
        "    signal.sigwait([signal.SIGINT])\n"
        "sys.exit(7)\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "noted"


def test_ratios_and_costs_run_alone_and_are_stored_by_the_environments_name(noted):
    done = subprocess.run(MODULE, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 7, "pytest's own exit code"
    assert noted.read_text() == repr(command("py313t", "cache")[1:])
    options = command("py313t", "cache")
    assert options[options.index("-n") + 1] == "0"
    assert options[options.index("-m") + 1] == "ratio or cost"
    assert "--benchmark-save=py313t" in options


def test_whoever_asks_for_something_gets_just_that(noted):
    done = subprocess.run([*MODULE, "--claim", "7.03"], cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0
    assert not noted.exists()


def test_interrupted_it_waits_until_pytest_has_tidied_up(noted):
    command_line = [*MODULE[:-1], "wait"]
    with subprocess.Popen(
        command_line, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as run:
        assert run.stdout.readline() == b"waits\n"
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(60) == 7
