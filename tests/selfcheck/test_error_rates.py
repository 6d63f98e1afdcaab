"""The error rates of the ratio claims are counted as decisions come, and leave nothing behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import until
from tests.selfcheck.audits import error_rates
from tests.selfcheck.audits.soak import BUSY
from tests.selfcheck.kill.matrix import ratios
from tests.selfcheck.kill.runs import ROOT
from tests.selfcheck.test_soak import children
from tests.vocabulary.verdict import Verdict

COMMAND = [sys.executable, "-m", "tests.selfcheck.audits.error_rates"]

#: Without what would make the run take itself for one of these workers.
ENVIRON = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}


def test_each_claim_is_decided_so_often_beside_so_many_busy_processes():
    done = subprocess.run(
        [*COMMAND, "--decisions", "1", "--busy", "0", "1"],
        cwd=ROOT,
        env=ENVIRON,
        check=False,
        capture_output=True,
        text=True,
    )
    row = r"^(\S+) +(\d) +(\d+) +(\d+) +(\d+) +[\d.]+ +[\d.]+$"
    rows = re.findall(row, done.stdout, re.MULTILINE)
    assert [(id, int(busy)) for id, busy, *_ in rows] == [
        (id, busy) for id in sorted(ratios()) for busy in (0, 1)
    ]
    assert [sum(map(int, row[2:])) for row in rows] == [1] * len(rows)
    wrong = any(int(row[3]) for row in rows)
    assert done.returncode == wrong, done.stdout


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks processes up in /proc")
def test_busy_processes_outlive_a_decision_but_not_what_started_them():
    command = [*COMMAND, "--busy", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRON, stdout=subprocess.PIPE) as one:
        try:
            letters = one.stdout.read(3)  # of the first decisions
            busy = children_that_are_busy(one.pid)
        finally:
            one.kill()
    assert set(letters.decode()) <= set("HR?")
    assert len(busy) == 2
    until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in busy), "both to end")


def children_that_are_busy(pid):
    """Return the pids of the children that keep a core busy."""
    return [child for child, command in children(pid).items() if BUSY.encode() in command]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.HOLDS, "right"),
        (Verdict.REFUTED, "right"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.CONTRADICTED, "wrong"),
        (Verdict.ERROR, "wrong"),
    ],
)
def test_a_decision_is_right_if_it_is_what_the_spec_expects(verdict, outcome):
    assert error_rates.outcome_of(verdict) == outcome


def test_the_table_has_counts_and_seconds():
    decided = [("right", 1.0), ("wrong", 2.0), ("inconclusive", 3.0), ("right", 1.5)]
    lines = error_rates.table({("3.09", 4): decided, ("2.05", 0): [("right", 0.5)]})
    assert [line.split() for line in lines][1:] == [
        "2.05 0 1 0 0 0.5 0.5".split(),
        "3.09 4 2 1 1 1.8 3.0".split(),
    ]


@pytest.mark.parametrize("given", [("--decisions", "many"), ("--busy", "-1"), ("--busy",)])
def test_bad_input_is_answered_by_one_clear_line(given, capsys):
    with pytest.raises(SystemExit) as ended:
        error_rates.main(given)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error-rates: error: argument --")
