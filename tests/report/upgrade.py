"""The document of what changes between two interpreters: to be read the day before an upgrade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.report.changes import (
    CaseChange,
    Cause,
    Flip,
    Kind,
    case_changes,
    causes,
    environments,
    flips,
    not_run,
    undecided,
)
from tests.report.document import Block, Heading, Item, Items, Text
from tests.report.matrix import Claim, Column, Results
from tests.report.words import many
from tests.vocabulary.verdict import Verdict, shorten


def document(results: Results, before: Column, after: Column, *, full: bool) -> Iterator[Block]:
    """Yield what changes.

    With ``full`` each claim comes with its explanation, and with its command.
    """
    found = flips(results, before, after)
    yield Heading(f"{before.title} → {after.title}")
    both = sum(1 for c in results.claims if results.cell(c, before) and results.cell(c, after))
    way, ran = f"From {before.title} to {after.title}", f"{many(both, 'claim')} that ran on both"
    yield Text(f"{way}, of {ran}:" if found else f"{way} no verdict changes: {ran}.")
    if found:
        counts = Counter(flip.kind for flip in found)
        yield Items(tuple(Item(kind.summary(counts[kind])) for kind in Kind if counts[kind]))
    differing = environments(before, after)
    if differing:
        yield Text("The environments differ:")
        yield Items(tuple(Item(f"{name}: {old} -> {new}") for name, old, new in differing))
    kinds = [(kind, list(some)) for kind, some in groupby(found, key=lambda flip: flip.kind)]
    if kinds:
        command = causes(kinds[0][1])[0].flips[0].claim.command
        yield Text(f"Each claim can be run again by its id, such as: `{command}`")
    for kind, some in kinds:
        yield Heading(f"{kind.heading} ({len(some):,})", 3)
        yield Text(kind.meaning)
        for title, known_cause, together in _titled(causes(some)):
            if title:
                yield Heading(title, 4)
            yield Items(tuple(_item(flip, known_cause, full=full) for flip in together))
    yield from _other_differences(results, before, after)


def _titled(found: Sequence[Cause]) -> Iterator[tuple[str, str, tuple[Flip, ...]]]:
    """Yield the title above some claims, the cause that it names, and the claims.

    Claims that are alone in having their cause come last and together, each with its cause.
    """
    for cause in found:
        if len(cause.flips) > 1:
            why = shorten(cause.why, 300) or "No reason is given"
            yield f"{why} [{many(len(cause.flips), 'claim')}]", cause.why, cause.flips
    single = tuple(flip for cause in found if len(cause.flips) == 1 for flip in cause.flips)
    if single:
        yield "Each for another reason" if len(single) < len(found) else "", "", single


def _item(flip: Flip, known_cause: str, *, full: bool) -> Item:
    """Return a claim with why it changes, unless that stands above, and what to do about it."""
    dies = flip.after is not Verdict.HOLDS
    more = [f"Why: {flip.why}"] if flip.why and flip.why != known_cause else []
    if full or (dies and not flip.instead):
        more.append(flip.happens)
    if full or dies:
        more.append(flip.instead)
    if flip.reports and (full or dies):
        more.append(f"Seen in real projects: {', '.join(flip.reports)}")
    command = flip.claim.command if full else ""
    return Item(_verdicts(flip) + flip.claim.sentence, flip.claim.id, tuple(more), command)


def _verdicts(flip: Flip) -> str:
    """Return what must be said of the verdicts where the heading does not say it."""
    if flip.kind is Kind.UNDECIDED:
        return f"[{flip.before.word} -> {flip.after.word}] "
    if flip.parts:
        return f"[{flip.after.word}; {flip.parts}] "
    usual = {Kind.STOPS: Verdict.REFUTED, Kind.APPLIES: Verdict.HOLDS}.get(flip.kind, flip.after)
    return "" if flip.after is usual else f"[{flip.after.word}] "


def _other_differences(results: Results, before: Column, after: Column) -> Iterator[Block]:
    """Yield the other differences: cases that changed, and claims that only one side ran."""
    changed = case_changes(results, before, after)
    if changed:
        yield Heading("Cases that change under the same verdict", 3)
        yield Items(tuple(map(_case_change, changed)))
    for column in (before, after):
        unclear = undecided(results, column)
        if unclear:
            count = many(len(unclear), "claim")
            yield Text(f"Not decided on {column.title}: {count} ({some_of(unclear)}).")
    for column, other in ((before, after), (after, before)):
        missing = not_run(results, column, other)
        if missing:
            yield Text(
                f"Not run on {column.title}: {many(len(missing), 'claim')} ({some_of(missing)}); "
                f"run tox -e {column.interpreter.environment} to decide them."
            )


def some_of(claims: Sequence[Claim]) -> str:
    """Return the ids of the first claims."""
    return ", ".join(claim.id for claim in claims[:5]) + ", ..." * (len(claims) > 5)


def _case_change(change: CaseChange) -> Item:
    cases = ", ".join(
        f"{name or 'the only one'}: {old.word} -> {new.word}"
        for name, (old, new) in change.cases.items()
    )
    return Item(f"{change.claim.sentence} [{cases}]", change.claim.id)
