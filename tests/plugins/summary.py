"""The face of a run: the interpreter at the top, the claims with their verdicts at the end.

With ``-vv`` each claim is followed by its explanation.

A pytest plugin; it works on reports alone, so that it is the same under xdist.
"""

import textwrap
from dataclasses import dataclass, field

import pytest

from tests.harness import interpreter
from tests.plugins.verdicts import properties_of
from tests.vocabulary.verdict import (
    Key,
    Verdict,
    by_verdict,
    place_of_section,
    shorten,
    verdict_of_claim,
)

_ID_WIDTH = 9
_VERDICT_WIDTH = max(len(verdict.word) for verdict in Verdict) + 1


@dataclass
class Row:
    """A claim with the verdicts of its cases (start methods, kinds of lock, …)."""

    id: str
    sentence: str
    explanation: str = ""
    cases: dict[str, tuple[Verdict, str]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the claim as a whole."""
        return verdict_of_claim(verdict for verdict, _ in self.cases.values())

    @property
    def parts(self) -> str:
        """Which cases have which verdict."""
        return by_verdict((case, verdict) for case, (verdict, _) in self.cases.items())

    @property
    def evidence(self) -> str:
        """What to show beside the verdict: which cases have which, why, and what was observed."""
        deciding = Verdict.REFUTED if self.verdict is Verdict.DEPENDS else self.verdict
        texts = dict.fromkeys(text for got, text in self.cases.values() if got is deciding and text)
        several = len({verdict for verdict, _ in self.cases.values()}) > 1
        return " ".join([f"[{self.parts}]"] * several + list(texts))


class Summary:
    """Collects the reports of a run into rows by section."""

    def __init__(self) -> None:
        self.sections: dict[str, dict[tuple[str, str], Row]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of one test into account; a later phase overrules an earlier one."""
        known = properties_of(report)
        if Key.VERDICT not in known:
            return
        rows = self.sections.setdefault(known[Key.SECTION], {})
        name = report.nodeid.partition("[")[0]
        new = Row(known[Key.CLAIM], known[Key.SENTENCE], known.get(Key.EXPLANATION, ""))
        row = rows.setdefault((known[Key.CLAIM], name), new)
        texts = [known[name] for name in (Key.REASON, Key.EVIDENCE) if known.get(name)]
        row.cases[known[Key.CASE]] = (Verdict(known[Key.VERDICT]), " | ".join(texts))

    @pytest.hookimpl(tryfirst=True)  # before the file is written
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Name the claims that depend, with their cases, in JUnit XML: a test is a case there."""
        told = [f"{row.id}: {row.parts}" for row in self._rows() if row.verdict is Verdict.DEPENDS]
        for plugin in session.config.pluginmanager.get_plugins():
            for each in told if hasattr(plugin, "add_global_property") else ():
                plugin.add_global_property(Verdict.DEPENDS.value, each)

    def _rows(self) -> list[Row]:
        return [row for rows in self.sections.values() for row in rows.values()]

    def counts(self) -> dict[Verdict, int]:
        """Return how many claims have each verdict, for the verdicts that occur."""
        verdicts: dict[str, list[Verdict]] = {}
        for row in self._rows():
            verdicts.setdefault(row.id, []).append(row.verdict)
        found = [verdict_of_claim(parts) for parts in verdicts.values()]
        return {verdict: found.count(verdict) for verdict in Verdict if verdict in found}

    def lines(self, width: int, *, explain: bool = False) -> list[tuple[str, Verdict | None]]:
        """Return the summary as lines of at most ``width`` columns, each with its verdict.

        With ``explain`` each claim's explanation follows it, and has no verdict.
        """
        lines: list[tuple[str, Verdict | None]] = []
        for section, rows in sorted(
            self.sections.items(), key=lambda item: place_of_section(item[0])
        ):
            lines.append((section, None))
            for _, row in sorted(rows.items()):
                lines.append((_line(row, width), row.verdict))
                if explain:
                    margin = " " * _ID_WIDTH
                    text = textwrap.wrap(row.explanation, max(width - 2 * _ID_WIDTH, 20))
                    lines += [(margin + line, None) for line in text]
        return lines


def _line(row: Row, width: int) -> str:
    head = f"{row.id:{_ID_WIDTH}}{row.verdict.word:{_VERDICT_WIDTH}}"
    room = max(width - len(head), 20)
    # The sentence matters more: evidence gets what it leaves, but at least a quarter.
    least = room // 4 if row.evidence else 0
    sentence = shorten(row.sentence, room - least)
    return f"{head}{sentence}  {shorten(row.evidence, room - len(sentence) - 2)}".rstrip()


_SUMMARY = pytest.StashKey[Summary]()


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the reports; under xdist the controller receives those of all workers."""
    config.stash[_SUMMARY] = Summary()
    config.pluginmanager.register(config.stash[_SUMMARY])


def pytest_report_header() -> list[str]:
    """Name the interpreter, and what verdicts depend on, at the top."""
    facts = interpreter.environment()
    return [
        (
            f"interpreter: {interpreter.name()}, GIL {facts['GIL']}, "
            f"default start method {facts['default start method']}, "
            f"{facts['usable cores']} usable core(s)"
        ),
        f"on: {facts['platform']}",
    ]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the claims by section, each with its verdict and evidence on one line."""
    summary = config.stash[_SUMMARY]
    if not summary.sections or config.get_verbosity() < 0:
        return
    writer = terminalreporter
    width = writer._tw.fullwidth
    writer.write_sep("=", "claims")
    for line, verdict in summary.lines(width - 1, explain=config.get_verbosity() > 1):
        if line.startswith(" "):
            writer.write_line(line)
        elif verdict is None:
            writer.write_line(f"\n{line}", bold=True)
        else:
            start, end = line[:_ID_WIDTH], line[_ID_WIDTH + _VERDICT_WIDTH :]
            writer.write(start)
            writer.write(f"{verdict.word:{_VERDICT_WIDTH}}", **verdict.markup)
            writer.write_line(end)
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in summary.counts().items())
    writer.write_line(f"\n{interpreter.name()}: {counts}")
