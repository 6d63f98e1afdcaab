"""A free-threaded interpreter asks Linux for short time slices, and no other does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.scheduling import SLICE, ask_for_short_slices
from tests.selfcheck.kill.runs import ROOT

ASK = """
from tests.plugins import scheduling
scheduling.FREE_THREADED_BUILD = True
print("granted" if scheduling.ask_for_short_slices() else "refused")
for line in open("/proc/self/sched"):
    if line.startswith("se.slice"):
        print(line.split()[-1])
"""


def test_a_build_with_a_gil_keeps_its_time_slices():
    if "free-threading" in sys.version:
        pytest.skip("this is a free-threaded build")
    assert not ask_for_short_slices()


@pytest.mark.skipif(not Path("/proc/self/sched").exists(), reason="Linux tells nothing of slices")
def test_a_free_threaded_build_gets_short_time_slices():
    run = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, check=True, capture_output=True, text=True
    )
    answer, *slices = run.stdout.split()
    if answer == "refused" or not slices:
        pytest.skip("this kernel grants no time slices (it needs Linux 6.12)")
    assert slices == [str(SLICE)]
