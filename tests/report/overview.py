"""The document of all results: what is wrong, the interpreters, the sections, the differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from tests.report import upgrade
from tests.report.changes import flips, neighbours
from tests.report.document import Block, Folded, Heading, Item, Items, Table, Text, Verdicts
from tests.report.matrix import Claim, Column, Results
from tests.report.words import many
from tests.vocabulary.verdict import Verdict

_FACTS = ("GIL", "default start method", "usable cores", "platform", "date")

#: What the signs in the table of sections mean.
SIGNS = "? inconclusive, ! contradicted or in error; claims that do not apply are not counted"


def overview(results: Results) -> Iterator[Block]:
    """Yield what every rendering shows."""
    columns = results.ran()
    wrong = [
        (claim, column, cell)
        for claim in results.claims
        for column in columns
        if (cell := results.cell(claim, column)) and cell.verdict.wrong
    ]
    yield Heading("What is true where", 1)
    ran = f"{many(len(results.claims), 'claim')} on {many(len(columns), 'interpreter')}"
    yield Text(f"{ran}{'' if wrong else ': none contradicted, none in error'}.")
    if wrong:
        count = len({claim.id for claim, _, _ in wrong})
        yield Text(f"{many(count, 'claim')} CONTRADICTED, or in error:", loud=True)
        yield Items(
            tuple(
                Item(
                    f"[{cell.verdict.word} on {column.title}] {claim.sentence}",
                    claim.id,
                    (cell.reason,),
                    claim.command,
                )
                for claim, column, cell in wrong
            )
        )
    yield Heading("Interpreters")
    yield _counts(results, columns)
    yield interpreters(columns, _FACTS)
    title = "Sections: how many of their claims hold / are refuted"
    yield Folded(title, (Text(f"{SIGNS}."), sections(results, columns, lambda name: name)))
    differing = [claim for claim in results.claims if results.differs(claim)]
    if differing:
        yield Heading(f"Where they differ: {many(len(differing), 'claim')}")
        yield Verdicts(
            [column.title for column in columns],
            [(claim, [results.verdict(claim, c) for c in columns]) for claim in differing],
        )


def appendix(results: Results) -> Iterator[Block]:
    """Yield what would be too long for a terminal: remarks, and what changes between neighbours."""
    if results.remarks:
        yield Heading("Remarks on the results")
        yield Items(tuple(map(Item, results.remarks)))
    pairs = neighbours(results)
    if pairs:
        yield Heading("What changes")
    for before, after in pairs:
        count = len(flips(results, before, after))
        title = f"{before.title} → {after.title}: {many(count, 'claim')}"
        _, *blocks = upgrade.document(results, before, after, full=False)
        yield Folded(title, tuple(blocks))


def interpreters(columns: Sequence[Column], facts: Sequence[str]) -> Table:
    """Return a table of the interpreters with these of their facts."""
    rows = [
        [column.title, column.interpreter.name, *(column.facts.get(fact, "") for fact in facts)]
        for column in columns
    ]
    return Table(["", "interpreter", *facts], rows)


def _counts(results: Results, columns: Sequence[Column]) -> Table:
    """Return a table of how many claims have each verdict on each interpreter."""
    rows = []
    for column in columns:
        counts = results.counts(column)
        rows.append([column.title, *(f"{counts[verdict]:,}" for verdict in Verdict)])
    return Table(["", *(verdict.value for verdict in Verdict)], rows)


def sections(
    results: Results, columns: Sequence[Column], group: Callable[[str], str], *, sizes: bool = False
) -> Table:
    """Return a table of the sections, put together by ``group``, with or without their sizes."""
    rows = []
    for name, some in groupby(results.claims, key=lambda claim: group(claim.section)):
        claims = list(some)
        size = [f"{len(claims):,}"] if sizes else []
        rows.append([name, *size, *(_held(results, column, claims) for column in columns)])
    return Table(["section", *["claims"] * sizes, *(column.title for column in columns)], rows)


def _held(results: Results, column: Column, claims: Sequence[Claim]) -> str:
    """Return how many of the claims hold and how many are refuted, such as ``12/3``.

    What is undecided follows: ``?1`` for one that is inconclusive, ``!2`` for two that are
    contradicted or in error.  Empty if nothing was run.
    """
    counts = results.counts(column, claims)
    if not counts:
        return ""
    unclear = counts[Verdict.INCONCLUSIVE]
    bad = sum(count for verdict, count in counts.items() if verdict.wrong)
    held = f"{counts[Verdict.HOLDS]}/{counts[Verdict.REFUTED]}"
    return held + f"?{unclear}" * bool(unclear) + f"!{bad}" * bool(bad)
