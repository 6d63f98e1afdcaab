"""Decides the ratio claims over and over, beside busy processes, and counts wrong decisions.

    python -m tests.selfcheck.audits.error_rates [--decisions N] [--busy N ...]

Each claim that is decided by measured ratios is decided N times (200 by default) beside 0, 1, 2
and 4 busy processes, on the interpreter that runs this.  Shown are, for each claim and load, how
many decisions were right, wrong and inconclusive, and the seconds that they took.  Other work on
the machine is load, too: for the row of 0 busy processes there should be none.

Ends with 1 if a decision was wrong, and with 2 for bad input, or if Ctrl-C ends it early.
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import pytest

from tests.selfcheck.audits.soak import BUSY, beside
from tests.selfcheck.kill.matrix import ratios
from tests.vocabulary.verdict import Key, Verdict

#: What comes of a decision, in the order of the columns.
OUTCOMES = ("right", "wrong", "inconclusive")

#: The outcome and the seconds of each decision, by claim and number of busy processes.
Decisions = dict[tuple[str, int], list[tuple[str, float]]]


class Repeat:
    """A plugin that repeats each spec beside each number of busy processes, and keeps count."""

    def __init__(self, times: int, loads: Sequence[int]) -> None:
        self._times = times
        self._loads = loads
        self._load = 0
        self._busy = ExitStack()
        self.decisions: Decisions = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Repeat each spec; all decisions beside as many busy processes follow one another."""
        metafunc.fixturenames += ["busy", "decision"]
        metafunc.parametrize("busy", self._loads, scope="session")
        metafunc.parametrize("decision", range(self._times))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Function) -> None:
        """Keep as many processes busy as the spec is to be decided beside."""
        load = int(str(item.callspec.params["busy"]))
        if load != self._load:
            self._busy.close()
            self._busy.enter_context(beside([BUSY] * load))
            self._load = load

    def pytest_unconfigure(self) -> None:
        """Let nothing be busy any more."""
        self._busy.close()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a decision."""
        known = dict(report.user_properties)
        if report.when == "call" or report.failed:
            row = str(known[Key.CLAIM]), int(str(known[Key.CASE]).partition("-")[0])
            outcome = outcome_of(Verdict(known[Key.VERDICT]))
            self.decisions.setdefault(row, []).append((outcome, report.duration))


def outcome_of(verdict: Verdict) -> str:
    """Return what a decision came to: a spec that could not be carried out is wrong, too."""
    if verdict.wrong:
        return "wrong"
    return "inconclusive" if verdict is Verdict.INCONCLUSIVE else "right"


def table(decisions: Mapping[tuple[str, int], Sequence[tuple[str, float]]]) -> Iterator[str]:
    """Yield the lines of a table: a row for each claim and load, in this order."""
    yield "claim     busy  right  wrong  inconclusive  median s  longest s"
    for (claim, busy), each in sorted(decisions.items()):
        count = Counter(outcome for outcome, _ in each)
        right, wrong, inconclusive = (count[outcome] for outcome in OUTCOMES)
        seconds = [took for _, took in each]
        yield (
            f"{claim:10}{busy:4}{right:7}{wrong:7}{inconclusive:14}"
            f"{statistics.median(seconds):10.1f}{max(seconds):11.1f}"
        )


def number(text: str) -> int:
    """Return the number that the text is.  Raises ValueError if it is none, or negative."""
    if int(text) < 0:
        raise ValueError
    return int(text)


def main(given: Sequence[str] | None = None) -> int:
    """Decide the claims, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="error-rates", description=__doc__.split("\n\n")[0])
    parser.add_argument("--decisions", type=number, default=200, metavar="N")
    parser.add_argument("--busy", type=number, nargs="+", default=[0, 1, 2, 4], metavar="N")
    options = parser.parse_args(given)
    repeat = Repeat(options.decisions, options.busy)
    claims = [word for id in sorted(ratios()) for word in ("--claim", id)]
    quiet = ["-q", "--no-header", "--benchmark-quiet", "-p", "no:cacheprovider"]
    code = pytest.main([*claims, *quiet, "-n", "0", "-m", "ratio"], plugins=[repeat])
    print(*table(repeat.decisions), sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
