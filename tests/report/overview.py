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
SIGNS = (
    "± depends on the case, ? inconclusive, ! contradicted or in error; "
    "claims that do not apply are not counted"
)


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
    yield from _dependent(results, columns)
    differing = [claim for claim in results.claims if results.differs(claim)]
    if differing:
        yield Heading(f"Where they differ: {many(len(differing), 'claim')}")
        yield Verdicts(
            [column.title for column in columns],
            [(claim, [results.verdict(claim, c) for c in columns]) for claim in differing],
        )


def _dependent(results: Results, columns: Sequence[Column]) -> Iterator[Block]:
    """Yield the claims that hold in some cases and are refuted in others, with those cases."""
    found = []
    for claim in results.claims:
        where: dict[str, list[str]] = {}
        for column in columns:
            cell = results.cell(claim, column)
            if cell and cell.parts:
                where.setdefault(cell.parts, []).append(column.title)
        more = tuple(f"{', '.join(titles)}: {parts}" for parts, titles in where.items())
        if more:
            found.append(Item(claim.sentence, claim.id, more))
    if found:
        title = f"Claims that depend on the case: {len(found):,}"
        yield Folded(title, (Items(tuple(found)),))


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
    """Return a table of how many claims have each verdict that occurs, on each interpreter."""
    counts = [results.counts(column) for column in columns]
    occur = [verdict for verdict in Verdict if any(count[verdict] for count in counts)]
    rows = [
        [column.title, *(f"{count[verdict]:,}" for verdict in occur)]
        for column, count in zip(columns, counts, strict=True)
    ]
    return Table(["", *(verdict.value for verdict in occur)], rows)


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

    What is neither follows: ``±1`` for one that depends on the case, ``?1`` for one that is
    inconclusive, ``!2`` for two that are contradicted or in error.  Empty if nothing was run.
    """
    counts = results.counts(column, claims)
    if not counts:
        return ""
    others = {"±": counts[Verdict.DEPENDS], "?": counts[Verdict.INCONCLUSIVE]}
    others["!"] = sum(count for verdict, count in counts.items() if verdict.wrong)
    held = f"{counts[Verdict.HOLDS]}/{counts[Verdict.REFUTED]}"
    return held + "".join(f"{sign}{count}" for sign, count in others.items() if count)
