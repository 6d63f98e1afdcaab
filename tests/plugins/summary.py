"""The face of a run: the interpreter at the top, the claims with their verdicts at the end.

With ``-vv``, or ``--about``, each claim is followed by its explanation.

A pytest plugin; it works on reports alone, so that it is the same under xdist.
"""

import textwrap
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.harness import interpreter
from tests.plugins.selection import ASKED
from tests.plugins.verdicts import properties_of
from tests.vocabulary.verdict import (
    Key,
    Verdict,
    by_verdict,
    place_of_section,
    shorten,
    verdict_of_claim,
)

_ID_WIDTH = 11
_VERDICT_WIDTH = max(len(verdict.word) for verdict in Verdict) + 1
_MARGIN = _ID_WIDTH + _VERDICT_WIDTH

#: Of so many claims and more, only those are listed that are not as they should be.
MANY = 60

#: At most so many lines are given to a reason, or to what was seen, without ``-vv``.
_MOST_LINES = 3

#: What nobody needs to be told more about: it is as the sentence says, or there is nothing to see.
_QUIET = (Verdict.HOLDS, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Case:
    """What was seen of a claim in one of its cases (a start method, a kind of lock, …)."""

    verdict: Verdict
    reason: str = ""
    evidence: str = ""


@dataclass
class Row:
    """A claim with its cases by name."""

    id: str
    sentence: str
    explanation: str = ""
    question: str = ""
    cases: dict[str, Case] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the claim as a whole."""
        return verdict_of_claim(case.verdict for case in self.cases.values())

    @property
    def parts(self) -> str:
        """Which cases have which verdict."""
        return by_verdict((name, case.verdict) for name, case in self.cases.items())

    def remarks(self) -> Iterator[str]:
        """Yield which cases have which verdict, why, and what was seen where that decides."""
        deciding = Verdict.REFUTED if self.verdict is Verdict.DEPENDS else self.verdict
        cases = [case for case in self.cases.values() if case.verdict is deciding]
        if len({case.verdict for case in self.cases.values()}) > 1:
            yield self.parts
        for title, texts in (
            ("why", dict.fromkeys(case.reason for case in cases)),
            ("seen", dict.fromkeys(case.evidence for case in cases)),
        ):
            if text := "; ".join(filter(None, texts)):
                yield f"{title}: {text}"


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
        explanation, question = known.get(Key.EXPLANATION, ""), known.get(Key.QUESTION, "")
        new = Row(known[Key.CLAIM], known[Key.SENTENCE], explanation, question)
        row = rows.setdefault((known[Key.CLAIM], name), new)
        verdict = Verdict(known[Key.VERDICT])
        case = Case(verdict, known.get(Key.REASON, ""), known.get(Key.EVIDENCE, ""))
        row.cases[known[Key.CASE]] = case

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Name the claims that depend in JUnit XML, where a test is a case; have the last word."""
        rows = [row for rows in self.sections.values() for row in rows.values()]
        told = [f"{row.id}: {row.parts}" for row in rows if row.verdict is Verdict.DEPENDS]
        manager = session.config.pluginmanager
        for plugin in manager.get_plugins():
            for each in told if hasattr(plugin, "add_global_property") else ():
                plugin.add_global_property(Verdict.DEPENDS.value, each)
        result = yield
        terminal = manager.get_plugin("terminalreporter")
        if terminal and rows and session.config.get_verbosity() >= 0:
            for line, verdict in self.last_lines():
                terminal.write_line(line, **(verdict.markup if verdict else {}))
        return result

    def last_lines(self) -> Iterator[tuple[str, Verdict | None]]:
        """Yield how many claims have each verdict, and the names of those that are wrong."""
        verdicts = self.verdicts()
        counts = ", ".join(f"{count} {v.value}" for v, count in _counted(verdicts.values()))
        yield f"{interpreter.name()}: {counts}", None
        for wrong in filter(lambda verdict: verdict.wrong, Verdict):
            if names := [id for id, verdict in verdicts.items() if verdict is wrong]:
                yield f"{wrong.word}: {' '.join(names)}", wrong

    def verdicts(self) -> dict[str, Verdict]:
        """Return the verdict of each claim, by those of its specs."""
        found: dict[str, list[Verdict]] = {}
        for rows in self.sections.values():
            for row in rows.values():
                found.setdefault(row.id, []).append(row.verdict)
        return {id: verdict_of_claim(parts) for id, parts in sorted(found.items())}

    def lines(self, width: int, *, explain: bool = False) -> list[tuple[str, Verdict | None]]:
        """Return the summary as lines of at most ``width`` columns; those of claims have a verdict.

        With ``explain`` each claim has its evidence and is followed by its explanation.  Of MANY
        claims and more, without it, only those are shown that are not as they should be.
        """
        whole = not explain and sum(map(len, self.sections.values())) >= MANY
        lines: list[tuple[str, Verdict | None]] = []
        for section, rows in sorted(
            self.sections.items(), key=lambda item: place_of_section(item[0])
        ):
            shown = [row for _, row in sorted(rows.items())]
            counts = ", ".join(f"{n} {v.value}" for v, n in _counted(r.verdict for r in shown))
            lines.append((f"{section}: {counts}" if whole else section, None))
            for row in shown:
                unclear = row.verdict.wrong or row.verdict is Verdict.INCONCLUSIVE
                if unclear or not whole:
                    lines += _told(row, width, explain=explain)
        return lines


def _counted(verdicts: Iterable[Verdict]) -> list[tuple[Verdict, int]]:
    """Return the verdicts that occur, with how often they do."""
    found = list(verdicts)
    return [(verdict, found.count(verdict)) for verdict in Verdict if verdict in found]


def _told(row: Row, width: int, *, explain: bool) -> Iterator[tuple[str, Verdict | None]]:
    """Yield the lines about a claim: its sentence, whole, and what else there is to say."""
    room = max(width - _MARGIN, 20)
    first, *more = textwrap.wrap(row.sentence, room)
    yield f"{row.id:{_ID_WIDTH}}{row.verdict.word:{_VERDICT_WIDTH}}{first}", row.verdict
    for text in more:
        yield " " * _MARGIN + text, None
    remarks = row.remarks() if explain or row.verdict not in _QUIET else ()
    for remark in remarks:
        text = shorten(remark, len(remark) if explain else _MOST_LINES * room - 20)
        for line in textwrap.wrap(text, room, subsequent_indent="  "):
            yield " " * _MARGIN + line, None
    for text in filter(None, (row.question, row.explanation)) if explain else ():
        for line in textwrap.wrap(text, max(width - 2 * _ID_WIDTH, 20)):
            yield " " * _ID_WIDTH + line, None


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
    """Print the claims by section, each with its verdict; the counts come last of all."""
    summary = config.stash[_SUMMARY]
    asked = config.stash.get(ASKED, False)
    if not summary.sections or (config.get_verbosity() < 0 and not asked):
        return
    writer = terminalreporter
    width = writer._tw.fullwidth
    writer.write_sep("=", "claims")
    for line, verdict in summary.lines(width - 1, explain=asked or config.get_verbosity() > 1):
        if line.startswith(" "):
            writer.write_line(line)
        elif verdict is None:
            writer.write_line(f"\n{line}", bold=True)
        else:
            start, end = line[:_ID_WIDTH], line[_MARGIN:]
            writer.write(start)
            writer.write(f"{verdict.word:{_VERDICT_WIDTH}}", **verdict.markup)
            writer.write_line(end)
