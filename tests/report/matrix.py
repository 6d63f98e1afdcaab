"""What the results say: claims by interpreters, a verdict in each cell, and what things cost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from tests.harness.verdict import Verdict, place_of_section, worst

#: platform.platform() begins with one of these, and calls itself otherwise in everyday speech.
_SYSTEMS = {"Linux": "Linux", "macOS": "macOS", "Darwin": "macOS", "Windows": "Windows"}


@dataclass(frozen=True)
class Interpreter:
    """What makes a column of its own: the precise name, whether it has a GIL, and the system."""

    name: str
    gil: str
    system: str

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Interpreter:
        """Return the interpreter that a test's properties, or a machine info, are about."""
        first = facts.get("platform", "").partition("-")[0]
        return cls(facts["interpreter"], facts.get("GIL", ""), _SYSTEMS.get(first, first))

    @property
    def pypy(self) -> bool:
        """Whether this is PyPy."""
        return self.name.startswith("PyPy")

    @property
    def free_threaded(self) -> bool:
        """Whether this is a build that can do without a GIL (PEP 703)."""
        return self.name.endswith("free-threaded")

    @property
    def version(self) -> str:
        """The version of the language to the last digit, such as ``3.15.0b2``; it may be empty."""
        text = self.name.partition("(Python ")[2] if self.pypy else self.name
        found = re.search(r"\d+\.\d+[.\w]*", text)
        return found[0] if found else ""

    @property
    def short(self) -> str:
        """The everyday name, such as ``3.13t`` or ``PyPy 3.11``; the precise one of a stranger."""
        if not self.version or not self.name.startswith(("CPython", "PyPy")):
            return self.name
        release = ".".join(self.version.split(".")[:2])
        return "PyPy " * self.pypy + release + "t" * self.free_threaded

    @property
    def environment(self) -> str:
        """The tox environment that runs this interpreter, such as ``py313t`` or ``pypy311``."""
        prefix = "" if self.pypy else "py"
        return prefix + re.sub(r"[^a-z0-9]", "", self.short.lower())

    def place(self) -> tuple[object, ...]:
        """Return what to sort columns by: CPython by version, builds side by side, then others.

        No two interpreters have the same place.
        """
        numbers = tuple(map(int, re.findall(r"\d+", self.version)))
        other = not self.name.startswith("CPython")
        build = numbers[:2], self.free_threaded, numbers, self.name
        return other, self.name.split()[0], *build, self.system, self.gil


@dataclass(frozen=True)
class Column:
    """One interpreter of the matrix, with all that its verdicts depend on.

    ``id`` is short and unique, fit for a command and for an address (``py313t``, and
    ``py313t-macos`` where several systems are side by side); ``title`` is the same for people.
    ``facts`` has GIL, default start method, start methods, usable cores, platform, date (of the
    newest results, as YYYY-MM-DD) and, where the results tell, versions.
    """

    id: str
    title: str
    interpreter: Interpreter
    facts: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Case:
    """One test on one interpreter; ``name`` tells a claim's cases apart (the start method, ...)."""

    name: str
    verdict: Verdict
    reason: str
    evidence: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Cell:
    """A claim on one interpreter: its cases, at least one."""

    cases: tuple[Case, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the claim: the worst of its cases'."""
        return worst(case.verdict for case in self.cases)

    @property
    def reason(self) -> str:
        """Why the verdict is what it is: the reasons of the cases that decide it."""
        deciding = [case.reason for case in self.cases if case.verdict is self.verdict]
        return "; ".join(dict.fromkeys(filter(None, deciding)))


@dataclass(frozen=True)
class Claim:
    """A claim: what it says, and where its spec is.

    ``notes`` is what executing the notes' claim showed (true, refined, ...; empty beyond the
    notes), ``predicts`` are ids of breakages of real projects.  ``file`` is relative to the
    checkout, with slashes, ``line`` counts from 1 and is that of the spec, named ``test``.
    """

    id: str
    sentence: str
    explanation: str
    section: str
    notes: str
    predicts: tuple[str, ...]
    file: str
    line: int
    test: str

    @property
    def command(self) -> str:
        """The command that runs just this claim."""
        return f"pytest -v --claim {self.id}"


@dataclass(frozen=True)
class Measurement:
    """What one benchmark of ``tests/costs`` measured on one interpreter.

    ``question`` is what its table answers, ``axes`` are its parameters by name.  ``seconds`` are
    the statistics (min, q1, median, q3, max) of the cost of one operation, ``rounds`` their number.
    ``speedup`` has median, low and high, and is empty for what is no scaling.
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


@dataclass(frozen=True)
class Results:
    """All that the result files say, and, in ``remarks``, what was wrong with them, a line each."""

    columns: tuple[Column, ...]
    claims: tuple[Claim, ...]
    cells: Mapping[tuple[str, str], Cell]
    measurements: tuple[Measurement, ...]
    remarks: tuple[str, ...]

    def cell(self, claim: Claim, column: Column) -> Cell | None:
        """Return what was found about the claim on this interpreter; None if it was not run."""
        return self.cells.get((claim.id, column.id))

    def verdict(self, claim: Claim, column: Column) -> Verdict | None:
        """Return the verdict of the claim on this interpreter; None if it was not run."""
        cell = self.cell(claim, column)
        return cell.verdict if cell else None

    def differs(self, claim: Claim) -> bool:
        """Tell whether two interpreters that ran the claim have different verdicts on it."""
        return len({self.verdict(claim, column) for column in self.columns} - {None}) > 1

    def counts(self, column: Column, claims: Iterable[Claim] | None = None) -> Counter[Verdict]:
        """Return how many claims have each verdict there, of all claims or of these."""
        verdicts = (self.verdict(c, column) for c in (self.claims if claims is None else claims))
        return Counter(verdict for verdict in verdicts if verdict is not None)

    def sections(self) -> Iterator[tuple[str, list[Claim]]]:
        """Yield each section with its claims, those of the notes first."""
        for section, claims in groupby(self.claims, key=lambda claim: claim.section):
            yield section, list(claims)


def place_of(claim: Claim) -> tuple[object, ...]:
    """Return what to sort claims by: the notes' sections, then modules, then ids."""
    return place_of_section(claim.section), claim.id
