"""What changes between two interpreters: which claims, in which way, and why.

What stops being true comes first, in the order of how much one cause changes.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from tests.report.breakages import BREAKAGES
from tests.report.matrix import FACTS, Cell, Claim, Column, Results
from tests.report.words import references
from tests.vocabulary.verdict import INCONCLUSIVE, NOT_APPLICABLE, Verdict, shorten

#: "Instead: ..." or "Instead, everywhere: ...", which ends an explanation.  "Instead the timeout is
#: cut" says what happens, and is none.
_INSTEAD = re.compile(r"(?:^|(?<=\s))Instead(?:, [^.:;]{1,60})?: ")


#: Verdicts on a claim that was decided, from true to false.
_DECIDED = (Verdict.HOLDS, Verdict.DEPENDS, Verdict.REFUTED)


class Kind(Enum):
    """What a change of the verdict means to a program, the worst first."""

    STOPS = "stops being true", "stop being true"
    GONE = "no longer applies", "no longer apply"
    BECOMES = "becomes true", "become true"
    APPLIES = "newly applies", "newly apply"
    UNDECIDED = "is undecided", "are undecided"

    @property
    def heading(self) -> str:
        """What stands above the claims of this kind."""
        return f"What {self.value[0]}"

    @property
    def meaning(self) -> str:
        """What the claims of this kind have in common, for a program that moves."""
        return {
            Kind.STOPS: "What relies on one of these fails, or goes wrong without a word.",
            Kind.GONE: "What these are about does not exist there.",
            Kind.BECOMES: "New abilities, bugs that are gone, and new errors: where a claim says "
            "that something raises or is refused, look for what relies on the contrary.",
            Kind.APPLIES: "What these are about is new.",
            Kind.UNDECIDED: "One of the two verdicts is no answer: run the claim there again.",
        }[self]

    def summary(self, count: int) -> str:
        """Return what so many claims do, such as ``12 stop being true``."""
        one, several = self.value
        return f"{count:,} {one if count == 1 else several}"

    @classmethod
    def of(cls, before: Verdict, after: Verdict) -> Kind:
        """Return the kind of a change from one verdict to another one."""
        if before is Verdict.HOLDS and after is Verdict.CONTRADICTED:
            return cls.STOPS
        if not {before, after} <= {*_DECIDED, Verdict.NOT_APPLICABLE}:
            return cls.UNDECIDED
        if after is Verdict.NOT_APPLICABLE:
            return cls.GONE
        if before is Verdict.NOT_APPLICABLE:
            return cls.APPLIES
        return cls.STOPS if _DECIDED.index(before) < _DECIDED.index(after) else cls.BECOMES


def explaining(before: Verdict, after: Verdict) -> tuple[int, ...]:
    """Return whose reasons say why a verdict changes: 0 for the one before, 1 for the one after."""
    kind = Kind.of(before, after)
    if kind is Kind.UNDECIDED:
        return tuple(n for n, verdict in enumerate((before, after)) if verdict not in _DECIDED)
    return (0,) if kind in (Kind.BECOMES, Kind.APPLIES) else (1,)


@dataclass(frozen=True)
class Flip:
    """A claim with different verdicts on two interpreters.

    ``why`` is the reason of the side on which it does not hold, ``instead`` what its explanation
    says one does about it, from "Instead" on; ``parts`` says in which cases a claim that depends
    there holds afterwards.  Each may be empty.
    """

    claim: Claim
    before: Verdict
    after: Verdict
    why: str
    instead: str
    parts: str = ""

    @property
    def kind(self) -> Kind:
        """What the change means to a program."""
        return Kind.of(self.before, self.after)

    @property
    def cause(self) -> str:
        """What flips of one cause share."""
        return cause_of(self.why)

    @property
    def happens(self) -> str:
        """The explanation without what to do."""
        return self.claim.explanation.removesuffix(self.instead).strip()

    @property
    def reports(self) -> tuple[str, ...]:
        """Issues of real projects that this broke, such as ``python/cpython#126831``."""
        known = [BREAKAGES[id].reports for id in self.claim.predicts if id in BREAKAGES]
        return tuple(dict.fromkeys(report for reports in known for report in reports))


@dataclass(frozen=True)
class Cause:
    """Flips of one cause, at least one, and the cause in words."""

    why: str
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class CaseChange:
    """A claim with the same verdict on both, though cases of it have others: before and after."""

    claim: Claim
    verdict: Verdict
    cases: Mapping[str, tuple[Verdict, Verdict]]


def neighbours(results: Results) -> list[tuple[Column, Column]]:
    """Return the pairs between which people move: before and after.

    They are CPython and its next version here, its free-threaded build, and the PyPy of the same
    version; on each system by itself, and of several patch levels the newest.
    """
    newest = {(c.interpreter.short, c.interpreter.system): c for c in results.ran()}
    columns = list(newest.values())
    found = []
    for column in columns:
        origins = [other for other in columns if _leads_to(other, column)]
        if origins:
            found.append((origins[-1], column))
    return found


def _leads_to(before: Column, after: Column) -> bool:
    """Say whether people move from the one to the other, unless a third is nearer."""
    old, new = before.interpreter, after.interpreter
    if old.system != new.system or not old.cpython or old.free_threaded:
        return False
    if new.pypy or new.free_threaded:
        return old.release == new.release
    return new.cpython and old.release < new.release


def flips(results: Results, before: Column, after: Column) -> list[Flip]:
    """Return the claims whose verdict differs, the worst kind first, else in the claims' order.

    Claims that only one of the two has run are not among them, nor those that a machine could not
    decide: that is no change.
    """
    found = []
    for claim in results.claims:
        old, new = results.cell(claim, before), results.cell(claim, after)
        if old and new and is_change(old.verdict, new.verdict):
            why = _why(old, new)
            found.append(Flip(claim, old.verdict, new.verdict, why, instead(claim), new.parts))
    return sorted(found, key=lambda flip: list(Kind).index(flip.kind))


def is_change(before: Verdict, after: Verdict) -> bool:
    """Tell whether the interpreters differ, and not only what their machines could decide."""
    return before is not after and Verdict.INCONCLUSIVE not in (before, after)


def undecided(results: Results, column: Column) -> list[Claim]:
    """Return the claims that the machine of this interpreter could not decide."""
    return [c for c in results.claims if results.verdict(c, column) is Verdict.INCONCLUSIVE]


def _why(old: Cell, new: Cell) -> str:
    cells = [(old, new)[n] for n in explaining(old.verdict, new.verdict)]
    reasons = dict.fromkeys(without_prefix(cell.reason) for cell in cells)
    return "; ".join(filter(None, reasons))


def cause_of(reason: str) -> str:
    """Return what reasons of one cause share: the first issue or PEP, or else the whole reason."""
    return next(iter(references(reason)), reason)


def without_prefix(reason: str) -> str:
    """Return the reason of a test that was skipped without the verdict before it."""
    return reason.replace(NOT_APPLICABLE, "").replace(INCONCLUSIVE, "")


def instead(claim: Claim) -> str:
    """Return what the explanation says one does about it, from "Instead" on; it may be empty."""
    return instead_in(claim.explanation)


def instead_in(explanation: str) -> str:
    """Return what an explanation says one does about it, from "Instead" on; it may be empty."""
    mark = _INSTEAD.search(explanation)
    return explanation[mark.start() :] if mark else ""


def causes(some: Iterable[Flip]) -> list[Cause]:
    """Return the flips by cause, that of most flips first; in each, seen breakages first."""
    by_cause: dict[str, list[Flip]] = {}
    for flip in some:
        by_cause.setdefault(flip.cause, []).append(flip)
    found = []
    for together in by_cause.values():
        reasons = Counter(flip.why for flip in together)
        why = max(reasons, key=lambda reason: (reasons[reason], -len(reason)))
        together.sort(key=lambda flip: not flip.reports)
        found.append(Cause(why, tuple(together)))
    return sorted(found, key=lambda cause: -len(cause.flips))


def case_changes(results: Results, before: Column, after: Column) -> list[CaseChange]:
    """Return the claims whose verdict is the same, and some of whose cases' verdicts differ."""
    found = []
    for claim in results.claims:
        old, new = results.cell(claim, before), results.cell(claim, after)
        if old and new and old.verdict is new.verdict:
            was = {case.name: case.verdict for case in old.cases}
            cases = {
                case.name: (was[case.name], case.verdict)
                for case in new.cases
                if was.get(case.name, case.verdict) is not case.verdict
            }
            if cases:
                found.append(CaseChange(claim, new.verdict, cases))
    return found


def not_run(results: Results, column: Column, other: Column) -> list[Claim]:
    """Return the claims that have a verdict on the other interpreter, and none on this one."""
    return [
        claim
        for claim in results.claims
        if results.cell(claim, other) and not results.cell(claim, column)
    ]


def environments(before: Column, after: Column) -> list[tuple[str, str, str]]:
    """Return how the environments of the two differ: name, before, after."""
    pairs = [("interpreter", before.interpreter.name, after.interpreter.name)]
    pairs += [(name, before.facts.get(name, ""), after.facts.get(name, "")) for name in FACTS]
    return [(name, old or "unknown", new or "unknown") for name, old, new in pairs if old != new]


def column_named(results: Results, name: str) -> Column:
    """Return the column that goes by this name: id, title, version, environment or interpreter.

    Of several patch levels it is the newest.  Case, spaces, dots and hyphens do not matter.
    Raises LookupError, with one line that says what
    there is, for a name of none or of several.
    """
    columns = results.ran()
    wanted = _plain(name)
    for names in (_own_names, _all_names):
        found = [column for column in columns if wanted in map(_plain, names(column))]
        if len({(c.interpreter.short, c.interpreter.system) for c in found}) == 1:
            return found[-1]  # the newest, of several patch levels
        if found:
            raise LookupError(
                f"{name!r} is the name of several interpreters: say "
                f"{' or '.join(column.id for column in found)}"
            )
    known = {_plain(each): column.id for column in columns for each in _all_names(column)}
    near = dict.fromkeys(known[each] for each in difflib.get_close_matches(wanted, known))
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    there = ", ".join(f"{column.id} ({column.interpreter.name})" for column in columns)
    raise LookupError(f"no results of {shorten(name, 40)!r}; there are {there}.{hint}")


def two_columns(results: Results, before: str, after: str) -> tuple[Column, Column]:
    """Return the columns of these names.  Raises LookupError if they are not two."""
    columns = column_named(results, before), column_named(results, after)
    if columns[0] is columns[1]:
        raise LookupError(f"{before} and {after} are the same interpreter, {columns[0].title}")
    return columns


def _plain(name: str) -> str:
    return re.sub(r"[\s._-]|cpython|python", "", name.lower())


def _own_names(column: Column) -> tuple[str, ...]:
    return column.id, column.title


def _all_names(column: Column) -> tuple[str, ...]:
    interpreter = column.interpreter
    free_threaded = "t" * interpreter.free_threaded
    return (
        *_own_names(column),
        interpreter.name,
        interpreter.short,
        interpreter.environment,
        interpreter.version + free_threaded * (not interpreter.pypy),
        *(("pypy",) if interpreter.pypy else ()),
    )
