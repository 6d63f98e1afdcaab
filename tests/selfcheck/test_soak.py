"""A soak mixes the ways to run the suite, says how to repeat a run, and leaves nothing behind."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import outcome, until
from tests.selfcheck.audits import soak
from tests.selfcheck.kill.runs import ROOT

SPECS = "tests/library/queue/test_queue.py"


def test_modes_are_mixed_from_the_first_run_on(monkeypatch):
    monkeypatch.setattr(soak.shutil, "which", lambda _: "/bin/taskset")
    names = [mode for mode, _, _ in soak.modes(28)]
    assert len(set(names)) == 28
    assert names[:4] == [
        "-n 0, in order, alone",
        "-n 0, shuffled, beside 2 busy processes",
        "-n 4, in order, beside 4 busy processes",
        "-n 4, shuffled, on one core",
    ]


def test_without_taskset_nothing_runs_on_one_core(monkeypatch):
    monkeypatch.setattr(soak.shutil, "which", lambda _: None)
    assert not any("core" in mode or "taskset" in command for mode, command, _ in soak.modes(28))


def collected(seed):
    """Return the specs of a file in the order in which they would run."""
    [text] = [text for mode, text, _ in soak.modes(4) if mode.startswith("-n 0, shuffled")]
    command = shlex.split(text.format(shlex.quote(sys.executable)))
    command[1] = f"{soak.SEED}={seed}"
    done = subprocess.run(
        [*command, "--collect-only", "-q", SPECS], cwd=ROOT, check=True, capture_output=True
    )
    return [line for line in done.stdout.splitlines() if b"::" in line]


def test_a_seed_repeats_the_order():
    one, again, other = collected(7), collected(7), collected(8)
    assert one == again
    assert one != other
    assert sorted(one) == sorted(other)


#: A soak of one endless run beside two other processes.
ENDLESS = """\
import sys
from tests.selfcheck.audits import soak

soak.modes = lambda _: [("", "sh -c 'exec sleep 600' {}", [soak.BUSY, soak.PRESSING])]
soak.main([sys.executable])
"""


def children(pid):
    """Return the command lines of a process's live children by pid."""
    pids = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return {int(child): command for child in pids if (command := command_line(child))}


def command_line(pid):
    """Return the command line of a process; nothing if it has ended."""
    found = outcome(Path(f"/proc/{pid}/cmdline").read_bytes)
    return found if isinstance(found, bytes) else b""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind_by_a_soak_that_is_ended(how):
    soaking = subprocess.Popen([sys.executable, "-c", ENDLESS], cwd=ROOT, stderr=subprocess.DEVNULL)
    until(lambda: b"sleep\x00600\x00" in children(soaking.pid).values(), "the run to begin")
    started = children(soaking.pid)
    endless, *busy = sorted(started, key=lambda pid: b"sleep" not in started[pid])
    assert len(busy) == 2
    soaking.send_signal(how)
    soaking.wait(60)
    if how == signal.SIGKILL:  # so that nobody could end the run; the busy ones end all the same
        assert command_line(endless)
        os.kill(endless, signal.SIGKILL)
    until(lambda: not any(map(command_line, started)), "all to end")


def test_what_was_ever_wrong_is_listed_with_the_command_that_repeats_it(monkeypatch, capsys):
    commands = []

    def run(command, busy, folder):
        commands.append(command)
        third = len(commands) == 3
        return {"QUEUE07 tests/x.py::test_x": "contradicted assert 1 == 2"} if third else {}

    monkeypatch.setattr(soak, "run", run)
    monkeypatch.setattr(soak.signal, "signal", lambda *_: None)
    assert soak.main([sys.executable, "--runs", "4"]) == 1
    assert len(commands) == 4
    listed = capsys.readouterr().out.partition("\n\n")[2].splitlines()
    assert listed[0] == f"{sys.executable}: QUEUE07 tests/x.py::test_x, in 1 of 4 runs"
    assert listed[1].strip().endswith("busy processes: contradicted assert 1 == 2")
    assert shlex.split(listed[2]) == commands[2]


@pytest.mark.parametrize("seen", [{}, {"QUEUE07 x.py::test_x": "inconclusive: one core"}])
def test_a_soak_ends_with_0_if_nothing_was_wrong(seen, monkeypatch):
    monkeypatch.setattr(soak, "run", lambda *_: seen)
    monkeypatch.setattr(soak.signal, "signal", lambda *_: None)
    assert soak.main([sys.executable, "--runs", "1"]) == 0


def test_a_run_that_is_killed_is_wrong_though_it_has_saved_results(tmp_path):
    killed = (
        "import os, sys; open(sys.argv[1][11:], 'w').write('<x/>'); print('killed', flush=True)"
    )
    seen = soak.run([sys.executable, "-c", f"{killed}; os.kill(os.getpid(), 9)"], (), tmp_path)
    assert (tmp_path / "junit.xml").exists()
    assert seen == {"no spec": "killed\n"}


@pytest.mark.parametrize("name", ["py399", "false"])
def test_what_is_no_interpreter_is_answered_by_one_clear_line(name, capsys):
    with pytest.raises(SystemExit) as ended:
        soak.main([name])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"soak: error: {name} is no interpreter that has what the suite depends on"
