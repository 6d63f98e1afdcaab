"""What changes between two interpreters, to be read the day before an upgrade.

On one screen, or as a document with all that is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.report.causes import known_change
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
from tests.report.terminal import wrapped
from tests.report.words import many
from tests.vocabulary.verdict import Verdict, shorten

#: The screen: its lines, and how many claims stand under a cause.
MOST_LINES, MOST_CLAIMS = 60, 3


def screen(results: Results, before: Column, after: Column, width: int) -> list[str]:
    """Return what changes, as at most MOST_LINES lines of at most ``width`` columns (80 or more).

    What stops being true stands under its causes, with what to do and the claims that broke most
    projects; of the rest only the numbers.
    """
    found = flips(results, before, after)
    together: dict[Kind, list[Flip]] = {}
    for flip in found:
        together.setdefault(flip.kind, []).append(flip)
    counts = ", ".join(kind.summary(len(some)) for kind, some in together.items())
    names = f"{before.interpreter.name} → {after.interpreter.name}, {after.interpreter.system}"
    head = wrapped(f"{before.title} → {after.title}: {counts or 'no verdict changes'}", width)
    head += wrapped(f"({names}; {many(_both(results, before, after), 'claim')} ran on both)", width)
    last = [
        "",
        *wrapped(
            f"All of it, with explanations: add --all.  {_missing(results, before, after)}", width
        ),
    ]
    stops = causes(together.get(Kind.STOPS, []))
    rest = [
        line
        for kind in together
        if kind is not Kind.STOPS
        for line in _rest(kind, together[kind], width)
    ]
    for most in range(MOST_CLAIMS, -1, -1):
        body = [line for part in _worst(stops, after, most, width) for line in part]
        lines = [*head, *body, *rest, *last]
        if len(lines) <= MOST_LINES:
            return lines
    room = MOST_LINES - len(head) - len(rest) - len(last) - 1
    return [*head, *body[:room], "  ...", *rest, *last]


def _both(results: Results, before: Column, after: Column) -> int:
    """Return how many claims ran on both."""
    return sum(1 for c in results.claims if results.cell(c, before) and results.cell(c, after))


def _worst(stops: Sequence[Cause], after: Column, most: int, width: int) -> Iterator[list[str]]:
    """Yield the lines about each cause, with at most so many claims; single claims come last."""
    several = [cause for cause in stops if len(cause.flips) > 1]
    for cause in several:
        known = known_change(cause.flips[0].cause, after)
        title = known.title if known else shorten(cause.why, 2 * width) or "No reason is given"
        lines = ["", *wrapped(f"{title} [{many(len(cause.flips), 'claim')}]", width)]
        told = (
            (
                ("where", known.where),
                ("to try it before", known.rehearse),
                ("instead", known.instead),
            )
            if known
            else ()
        )
        for name, text in told:
            lines += (
                wrapped(f"{name}: {text.replace('`', '')}", width, "  ", "    ") if text else []
            )
        for flip in sorted(cause.flips, key=lambda flip: -len(flip.reports))[:most]:
            lines += _short(flip, width)
        yield [*lines, *_more(len(cause.flips) - most)]
    single = [cause.flips[0] for cause in stops if len(cause.flips) == 1]
    if single:
        title = f"Each for another reason [{many(len(single), 'claim')}]"
        lines = ["", *([title] if several else [])]
        for flip in sorted(single, key=lambda flip: -len(flip.reports))[: 2 * most]:
            why = [flip.why] if flip.why else []
            lines += _short(flip, width)
            lines += [f"{'':13}{shorten(f'why: {text}', width - 14)}" for text in why]
        yield [*lines, *_more(len(single) - 2 * most)]


def _short(flip: Flip, width: int) -> list[str]:
    """Return a claim in two lines at most."""
    text = shorten(_verdicts(flip) + flip.claim.sentence, 2 * (width - 14))
    return wrapped(text, width, f"  {flip.claim.id:11}")


def _more(count: int) -> list[str]:
    return [f"  and {count} more"] if count > 0 else []


def _rest(kind: Kind, some: Sequence[Flip], width: int) -> list[str]:
    """Return what else changes, in few lines: how much, and the causes of most of it."""
    reasons = [
        (len(c.flips), shorten(c.why, 60)) for c in causes(some) if c.why and len(c.flips) > 1
    ]
    told = "; ".join(f"{why} [{count}]" for count, why in reasons[:2])
    return [
        "",
        *wrapped(f"{kind.heading} [{many(len(some), 'claim')}]{': ' * bool(told)}{told}", width),
    ]


def _missing(results: Results, before: Column, after: Column) -> str:
    """Return how many claims one of the two has not decided; empty if there are none."""
    unclear = {c.id for column in (before, after) for c in undecided(results, column)}
    gone = {c.id for pair in ((before, after), (after, before)) for c in not_run(results, *pair)}
    cases = case_changes(results, before, after)
    words = []
    if cases:
        words.append(f"{many(len(cases), 'claim')} with the same verdict changed in some cases.")
    if unclear:
        words.append(f"{many(len(unclear), 'claim')} could not be decided on one of the machines.")
    if gone:
        words.append(f"{many(len(gone), 'claim')} ran on one of the two only.")
    return " ".join(words)


def document(results: Results, before: Column, after: Column, *, full: bool) -> Iterator[Block]:
    """Yield what changes.

    With ``full`` each claim comes with its explanation, and with its command.
    """
    found = flips(results, before, after)
    yield Heading(f"{before.title} → {after.title}")
    way, ran = (
        f"From {before.title} to {after.title}",
        f"{many(_both(results, before, after), 'claim')} that ran on both",
    )
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
