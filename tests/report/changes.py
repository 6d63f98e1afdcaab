"""What changes between two interpreters: what somebody reads the day before an upgrade.

    python -m tests.report.changes [--markdown] [--all] [--results ...] BEFORE AFTER

What stops being true comes first, in the order of how much one cause changes.  Ends with 2 if a
name is unknown or there are no verdicts, and with 0 otherwise.
"""

from __future__ import annotations

import argparse
import difflib
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import groupby
from pathlib import Path

from tests.harness.verdict import INCONCLUSIVE, NOT_APPLICABLE, Verdict, shorten
from tests.report.breakages import BREAKAGES
from tests.report.matrix import Cell, Claim, Column, Results
from tests.report.reading import read
from tests.report.words import (
    address,
    linked,
    many,
    markdown,
    references,
    remark,
    say,
    wrapped,
)

#: What is told of two columns, where it differs, besides their interpreters.
FACTS = ("GIL", "default start method", "start methods", "usable cores", "platform")

#: Verdicts that say something of the interpreter.
_DECIDED = (Verdict.HOLDS, Verdict.REFUTED)

#: "Instead: ..." or "Instead, everywhere: ...", which ends an explanation.  "Instead the timeout is
#: cut" tells what happens, and is none.
_INSTEAD = re.compile(r"(?:^|(?<=\s))Instead(?:, [^.:;]{1,60})?: ")

_ID = 8
_WIDEST = 100


class Kind(Enum):
    """What a change of the verdict means to a program, the worst first, as a heading."""

    STOPS = "What stops being true"
    GONE = "What no longer applies"
    BECOMES = "What becomes true"
    APPLIES = "What newly applies"
    UNTOLD = "What can't be told"

    @property
    def meaning(self) -> str:
        """What the claims of this kind have in common, for a program that moves."""
        return {
            Kind.STOPS: "What relies on one of these fails, or goes wrong without a word.",
            Kind.GONE: "What these are about does not exist there.",
            Kind.BECOMES: "New abilities, bugs that are gone, and new errors: where a claim says "
            "that something raises or is refused, look for what relies on the contrary.",
            Kind.APPLIES: "What these are about is new.",
            Kind.UNTOLD: "One of the two verdicts is no answer: run the claim there again.",
        }[self]

    def summary(self, count: int) -> str:
        """Return what so many claims of the kind do, without the number."""
        one, several = {
            Kind.STOPS: ("stops being true", "stop being true"),
            Kind.GONE: ("no longer applies", "no longer apply"),
            Kind.BECOMES: ("becomes true", "become true"),
            Kind.APPLIES: ("newly applies", "newly apply"),
            Kind.UNTOLD: ("can't be told", "can't be told"),
        }[self]
        return one if count == 1 else several


@dataclass(frozen=True)
class Flip:
    """A claim with different verdicts on two interpreters.

    ``why`` is the reason of the side on which it does not hold, ``instead`` what its explanation
    says one does about it, from "Instead" on; either may be empty.
    """

    claim: Claim
    before: Verdict
    after: Verdict
    kind: Kind
    why: str
    instead: str

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
    version; on each system by itself.
    """
    columns = ran(results)
    found = []
    for column in columns:
        origins = [other for other in columns if _leads_to(other, column)]
        if origins:
            found.append((origins[-1], column))
    return found


def ran(results: Results) -> list[Column]:
    """Return the columns that have a verdict on any claim."""
    with_verdicts = {id for _, id in results.cells}
    return [column for column in results.columns if column.id in with_verdicts]


def _leads_to(before: Column, after: Column) -> bool:
    """Tell whether people move from the one to the other, unless a third is nearer."""
    old, new = before.interpreter, after.interpreter
    if old.system != new.system:
        return False
    if not old.name.startswith("CPython") or old.free_threaded:
        return False
    if new.pypy or new.free_threaded:
        return _release(before) == _release(after)
    return new.name.startswith("CPython") and _release(before) < _release(after)


def _release(column: Column) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", column.interpreter.version)[:2]]


def flips(results: Results, before: Column, after: Column) -> list[Flip]:
    """Return the claims whose verdict differs, the worst kind first, else in the claims' order.

    Claims that only one of the two has run are not among them.
    """
    found = []
    for claim in results.claims:
        old, new = results.cell(claim, before), results.cell(claim, after)
        if old and new and old.verdict is not new.verdict:
            kind = _kind(old.verdict, new.verdict)
            why = _why(kind, old, new)
            found.append(Flip(claim, old.verdict, new.verdict, kind, why, instead(claim)))
    return sorted(found, key=lambda flip: list(Kind).index(flip.kind))


def cause_of(reason: str) -> str:
    """Return what reasons of one cause share: the first issue or PEP, or else the whole reason."""
    return next(iter(references(reason)), reason)


def without_prefix(reason: str) -> str:
    """Return the reason of a test that was skipped without the verdict before it."""
    return reason.replace(NOT_APPLICABLE, "").replace(INCONCLUSIVE, "")


def instead(claim: Claim) -> str:
    """Return what the explanation says one does about it, from "Instead" on; it may be empty."""
    mark = _INSTEAD.search(claim.explanation)
    return claim.explanation[mark.start() :] if mark else ""


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
    """Return what differs between the two besides verdicts: name, before, after."""
    pairs = [("interpreter", before.interpreter.name, after.interpreter.name)]
    pairs += [(name, before.facts.get(name, ""), after.facts.get(name, "")) for name in FACTS]
    return [(name, old or "unknown", new or "unknown") for name, old, new in pairs if old != new]


def column_named(results: Results, name: str) -> Column:
    """Return the column that goes by this name: id, title, version, environment or interpreter.

    Case, spaces, dots and hyphens do not matter.  Raises LookupError, with one line that says what
    there is, for a name of none or of several.
    """
    columns = ran(results)
    wanted = _plain(name)
    for names in (_own_names, _all_names):
        found = [column for column in columns if wanted in map(_plain, names(column))]
        if len(found) == 1:
            return found[0]
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


def text(results: Results, before: Column, after: Column, width: int, *, full: bool) -> list[str]:
    """Return what changes as lines of at most ``width`` columns, without colours.

    With ``full`` each claim comes with its explanation, the places where it broke something and
    its command.
    """
    found = flips(results, before, after)
    both = len(_on_both(results, before, after))
    lines = wrapped(_headline(before, after, len(found), both), width)
    lines += [f"{count:6,}  {what}" for count, what in _summary(found)]
    differing = environments(before, after)
    if differing:
        lines += ["", "The environments differ:"]
        for name, old, new in differing:
            lines += wrapped(f"{name}: {old} -> {new}", width, "  ", "    ")
    if found:
        lines += ["", *wrapped(f"{_RUN_AGAIN} {_first(found).command}", width)]
    for kind, some in groupby(found, key=lambda flip: flip.kind):
        of_kind = list(some)
        heading = f"{kind.value} ({len(of_kind):,})"
        lines += ["", "", heading, "=" * len(heading), *wrapped(kind.meaning, width)]
        for title, together, cause in _titled(causes(of_kind)):
            lines += ["", *wrapped(title, width)] if title else [""]
            for flip in together:
                lines += _flip_as_text(flip, cause, width, full=full)
    lines += _rest_as_text(results, before, after, width)
    return lines


def markdown_text(results: Results, before: Column, after: Column, *, full: bool) -> list[str]:
    """Return what changes as lines of Markdown; ``full`` is as for ``text``."""
    found = flips(results, before, after)
    both = len(_on_both(results, before, after))
    lines = [f"## {markdown(before.title)} → {markdown(after.title)}", ""]
    lines += [markdown(_headline(before, after, len(found), both)), ""]
    lines += [f"- {count:,} {what}" for count, what in _summary(found)]
    differing = environments(before, after)
    if differing:
        lines += ["", "The environments differ:", ""]
        lines += [f"- {name}: {markdown(old)} → {markdown(new)}" for name, old, new in differing]
    if found:
        lines += ["", f"{_RUN_AGAIN} {markdown(f'`{_first(found).command}`')}"]
    for kind, some in groupby(found, key=lambda flip: flip.kind):
        of_kind = list(some)
        lines += ["", f"### {kind.value} ({len(of_kind):,})", "", kind.meaning]
        for title, together, cause in _titled(causes(of_kind)):
            lines += ["", f"**{linked(title)}**", ""] if title else [""]
            for flip in together:
                lines += _flip_as_markdown(flip, cause, full=full)
    return lines + _rest_as_markdown(results, before, after)


_RUN_AGAIN = "Each claim can be run again by its id, such as:"


def _on_both(results: Results, before: Column, after: Column) -> list[Claim]:
    return [c for c in results.claims if results.cell(c, before) and results.cell(c, after)]


def _first(found: Sequence[Flip]) -> Claim:
    """Return the claim that is told first."""
    worst_kind = [flip for flip in found if flip.kind is found[0].kind]
    return causes(worst_kind)[0].flips[0].claim


def _headline(before: Column, after: Column, count: int, both: int) -> str:
    ran = f"{many(both, 'claim')} that ran on both"
    way = f"From {before.title} to {after.title}"
    if not count:
        return f"{way} no verdict changes: {ran}."
    return f"{way}, of {ran}:"


def _summary(found: Sequence[Flip]) -> Iterator[tuple[int, str]]:
    """Yield how many claims change in which way; ways that do not occur are left out."""
    counts = Counter(flip.kind for flip in found)
    for kind in Kind:
        if counts[kind]:
            yield counts[kind], kind.summary(counts[kind])


def _titled(found: Sequence[Cause]) -> Iterator[tuple[str, tuple[Flip, ...], str]]:
    """Yield the title above some claims, the claims, and the cause that the title tells.

    Causes of a single claim each come last and together; the cause is told with each.
    """
    for cause in found:
        if len(cause.flips) > 1:
            why = shorten(cause.why, 300) or "No reason is told"
            yield f"{why} [{many(len(cause.flips), 'claim')}]", cause.flips, cause.why
    single = tuple(flip for cause in found if len(cause.flips) == 1 for flip in cause.flips)
    if single:
        yield ("Each for another reason" if len(single) < len(found) else ""), single, ""


def _flip_as_text(flip: Flip, known_cause: str, width: int, *, full: bool) -> list[str]:
    """Return a claim as lines; its cause is not told again where it stands above."""
    margin = " " * _ID
    lines = wrapped(_mark(flip) + flip.claim.sentence, width, f"{flip.claim.id:{_ID}}", margin)
    for name, told in _details(flip, known_cause, full=full):
        lines += wrapped(f"{name}{told}", width, margin, margin + "  ")
    return lines


_SEEN = "Seen in real projects: "


def _mark(flip: Flip) -> str:
    """Return what must be said of the verdicts where the heading does not say it."""
    if flip.kind is Kind.UNTOLD:
        return f"[{flip.before.word} -> {flip.after.word}] "
    usual = {Kind.STOPS: Verdict.REFUTED, Kind.APPLIES: Verdict.HOLDS}.get(flip.kind, flip.after)
    return "" if flip.after is usual else f"[{flip.after.word}] "


def _details(flip: Flip, known_cause: str, *, full: bool) -> Iterator[tuple[str, str]]:
    """Yield what is told beneath a claim: a name and the text."""
    dies = flip.after is not Verdict.HOLDS
    if flip.why and flip.why != known_cause:
        yield "Why: ", flip.why
    if flip.happens and (full or (dies and not flip.instead)):
        yield "", flip.happens
    if flip.instead and (full or dies):
        yield "", flip.instead
    if flip.reports and (full or dies):
        some = flip.reports if full else flip.reports[:1]
        rest = f" and {len(flip.reports) - len(some)} more" if flip.reports[len(some) :] else ""
        yield _SEEN, ", ".join(some) + rest
    if full:
        yield "", flip.claim.command


def _flip_as_markdown(flip: Flip, known_cause: str, *, full: bool) -> list[str]:
    """Return a claim as an item of a list; its cause is not told again where it stands above."""
    lines = [f"- **{markdown(flip.claim.id)}** {markdown(_mark(flip) + flip.claim.sentence)}"]
    for name, told in _details(flip, known_cause, full=full):
        shown = linked(told)
        if name == _SEEN:
            shown = ", ".join(f"[{r}]({address(r)})" for r in flip.reports)
        elif told == flip.claim.command:
            shown = markdown(f"`{told}`")
        lines.append(f"  <br>{name}{shown}")
    return lines


def _rest_as_markdown(results: Results, before: Column, after: Column) -> list[str]:
    lines: list[str] = []
    changed = case_changes(results, before, after)
    if changed:
        lines += ["", f"### {_CASES}", ""]
    lines += [
        f"- **{markdown(change.claim.id)}** "
        f"{markdown(f'{change.claim.sentence} [{_cases(change)}]')}"
        for change in changed
    ]
    for column, missing in _one_sided(results, before, after):
        lines += ["", markdown(_not_run(missing, column))]
    return lines


def _rest_as_text(results: Results, before: Column, after: Column, width: int) -> list[str]:
    """Return what is no flip and yet differs: cases, and claims that only one of them has run."""
    lines: list[str] = []
    changed = case_changes(results, before, after)
    if changed:
        lines += ["", "", _CASES, "=" * len(_CASES), ""]
    for change in changed:
        first = f"{change.claim.id:{_ID}}"
        lines += wrapped(f"{change.claim.sentence} [{_cases(change)}]", width, first)
    for column, missing in _one_sided(results, before, after):
        lines += ["", *wrapped(_not_run(missing, column), width)]
    return lines


_CASES = "Cases that change under the same verdict"


def _cases(change: CaseChange) -> str:
    return ", ".join(
        f"{name or 'the only one'}: {old.word} -> {new.word}"
        for name, (old, new) in change.cases.items()
    )


def _one_sided(
    results: Results, before: Column, after: Column
) -> Iterator[tuple[Column, list[Claim]]]:
    """Yield each of the two that lacks verdicts that the other has, with those claims."""
    for column, other in ((before, after), (after, before)):
        missing = not_run(results, column, other)
        if missing:
            yield column, missing


def _not_run(missing: Sequence[Claim], column: Column) -> str:
    some = ", ".join(claim.id for claim in missing[:5]) + ", ..." * (len(missing) > 5)
    return (
        f"Not run on {column.title}: {many(len(missing), 'claim')} ({some}); run tox -e "
        f"{column.interpreter.environment} to decide them."
    )


def _kind(before: Verdict, after: Verdict) -> Kind:
    if before is Verdict.HOLDS and after in (Verdict.REFUTED, Verdict.CONTRADICTED):
        return Kind.STOPS
    if not {before, after} <= {*_DECIDED, Verdict.NOT_APPLICABLE}:
        return Kind.UNTOLD
    if after is Verdict.NOT_APPLICABLE:
        return Kind.GONE
    return Kind.APPLIES if before is Verdict.NOT_APPLICABLE else Kind.BECOMES


def _why(kind: Kind, old: Cell, new: Cell) -> str:
    if kind is Kind.UNTOLD:
        sides = [cell.reason for cell in (old, new) if cell.verdict not in _DECIDED]
        reason = "; ".join(dict.fromkeys(filter(None, sides)))
    else:
        reason = (old if kind in (Kind.BECOMES, Kind.APPLIES) else new).reason
    return without_prefix(reason)


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


def _two_columns(results: Results, before: str, after: str) -> tuple[Column, Column]:
    """Return the columns of these names.  Raises LookupError if they are not two."""
    columns = column_named(results, before), column_named(results, after)
    if columns[0] is columns[1]:
        raise LookupError(f"{before} and {after} are the same interpreter, {columns[0].title}")
    return columns


def main(given: Sequence[str] | None = None) -> int:
    """Print what changes between the two interpreters, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="changes", description="What changes between two interpreters.", allow_abbrev=False
    )
    parser.add_argument("before", help="an interpreter, such as py313, 3.13t or PyPy")
    parser.add_argument("after", help="another one")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--all", action="store_true", help="with explanations and commands")
    parser.add_argument(
        "--results",
        action="append",
        type=Path,
        metavar="PLACE",
        help="a JUnit XML file, or a folder of them; may be repeated (default: results)",
    )
    options = parser.parse_args(given)
    places = options.results or [Path("results")]
    results = read(places)
    remark(results.remarks)
    try:
        before, after = _two_columns(results, options.before, options.after)
    except LookupError as error:
        where = " ".join(map(str, places))
        nothing = f"no verdicts in {where}: run tox first, or name a folder by --results"
        print(f"changes: {error.args[0] if results.claims else nothing}", file=sys.stderr)
        return 2
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    show = markdown_text if options.markdown else partial(text, width=width)
    say(show(results, before, after, full=options.all))
    return 0


if __name__ == "__main__":
    sys.exit(main())
