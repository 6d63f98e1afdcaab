"""What the results say: claims by interpreters, a verdict in each cell, and what things cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from tests.vocabulary.results import Interpreter
from tests.vocabulary.verdict import Verdict, by_verdict, place_of_section, verdict_of_claim

#: What else verdicts depend on, by the names of the properties that tests have.
FACTS = ("GIL", "default start method", "start methods", "usable cores", "platform", "build")


@dataclass(frozen=True)
class Column:
    """One interpreter of the matrix, with all that its verdicts depend on.

    ``id`` is short and unique, fit for a command and for an address (``py313t``, and
    ``py313t-macos`` where several systems are side by side); ``title`` is the same for people.
    ``facts`` has GIL, default start method, start methods, usable cores, platform, build and
    versions (each if the results have it), system, and date (of the newest results, as YYYY-MM-DD).
    """

    id: str
    title: str
    interpreter: Interpreter
    facts: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Case:
    """One test on one interpreter; no two cases of a claim have the same ``name`` there.

    It is what the test is run with (the start method, ...), after the words of the test's own name
    where several tests have a part of the claim each.
    """

    name: str
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Cell:
    """A claim on one interpreter: its cases, at least one."""

    cases: tuple[Case, ...]

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of the claim, by those of its cases."""
        return verdict_of_claim(case.verdict for case in self.cases)

    @property
    def parts(self) -> str:
        """Which cases hold and which are refuted, if the claim depends; else empty."""
        if self.verdict is not Verdict.DEPENDS:
            return ""
        return by_verdict((case.name, case.verdict) for case in self.cases)

    @property
    def reason(self) -> str:
        """Why the verdict is what it is: the reasons of the cases that decide it.

        Of a claim that depends these are the cases that are refuted.
        """
        verdict = Verdict.REFUTED if self.verdict is Verdict.DEPENDS else self.verdict
        deciding = [case.reason for case in self.cases if case.verdict is verdict]
        return "; ".join(dict.fromkeys(filter(None, deciding)))


@dataclass(frozen=True)
class Claim:
    """A claim: what it says, and where its spec is; of several specs, the first.

    ``question`` is what it answers with two programs, in the asker's words (of most claims empty),
    ``notes`` is what executing the notes' claim showed (true, refined, ...; empty beyond the
    notes), ``predicts`` are ids of breakages of real projects.  ``file`` is relative to the
    checkout, with slashes, ``line`` counts from 1 and is that of the spec, named ``test``.
    """

    id: str
    sentence: str
    explanation: str
    question: str
    section: str
    notes: str
    predicts: tuple[str, ...]
    file: str
    line: int
    test: str

    @property
    def place(self) -> tuple[object, ...]:
        """The key to sort by: questions, then the notes' sections, then modules; then ids."""
        return place_of_section(self.section), self.id

    @property
    def command(self) -> str:
        """The command that runs just this claim."""
        return f"pytest -v --claim {self.id}"


@dataclass(frozen=True)
class Measurement:
    """What one benchmark of ``tests/costs`` measured on one interpreter.

    ``question`` is what its table answers, ``axes`` are its parameters by name.  ``seconds`` are
    the statistics (min, q1, median, q3, max) of the cost of one operation, ``rounds`` their number.
    ``speedup`` has median, low and high, and is empty for what is no scaling.  ``busy`` is how many
    of the usable cores other work kept busy meanwhile; None where that was not measured.
    """

    column: str
    question: str
    topic: str
    axes: Mapping[str, str | int]
    per: str
    bytes: int
    seconds: Mapping[str, float]
    rounds: int
    speedup: Mapping[str, float]
    busy: float | None = None


@dataclass(frozen=True)
class Results:
    """All that the result files say, and, in ``remarks``, what was wrong with them, a line each."""

    columns: tuple[Column, ...]
    claims: tuple[Claim, ...]
    cells: Mapping[tuple[str, str], Cell]
    measurements: tuple[Measurement, ...]
    remarks: tuple[str, ...]

    def ran(self) -> list[Column]:
        """Return the columns that have a verdict on any claim."""
        with_verdicts = {id for _, id in self.cells}
        return [column for column in self.columns if column.id in with_verdicts]

    def cell(self, claim: Claim, column: Column) -> Cell | None:
        """Return what was found about the claim on this interpreter; None if it was not run."""
        return self.cells.get((claim.id, column.id))

    def verdict(self, claim: Claim, column: Column) -> Verdict | None:
        """Return the verdict of the claim on this interpreter; None if it was not run."""
        cell = self.cell(claim, column)
        return cell.verdict if cell else None

    def differs(self, claim: Claim) -> bool:
        """Say whether two interpreters that ran the claim have different verdicts on it."""
        return len({self.verdict(claim, column) for column in self.columns} - {None}) > 1

    def counts(self, column: Column, claims: Iterable[Claim] | None = None) -> Counter[Verdict]:
        """Return how many claims have each verdict there, of all claims or of these."""
        verdicts = (self.verdict(c, column) for c in (self.claims if claims is None else claims))
        return Counter(verdict for verdict in verdicts if verdict is not None)

    def sections(self) -> Iterator[tuple[str, list[Claim]]]:
        """Yield each section with its claims, those of the notes first."""
        for section, claims in groupby(self.claims, key=lambda claim: claim.section):
            yield section, list(claims)
