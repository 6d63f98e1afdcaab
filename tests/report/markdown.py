"""The results as Markdown: the summary of a CI job, and the matrix that README shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from tests.harness.verdict import Verdict, shorten
from tests.report import changes
from tests.report.changes import neighbours, ran
from tests.report.matrix import Claim, Column, Results
from tests.report.terminal import SIGNS, told, wrong
from tests.report.words import many, markdown, table

#: The most bytes of a job's summary.  GitHub refuses more than 1 MiB; a third still opens quickly.
LONGEST = 300_000

_REASON = 300


def report(results: Results) -> str:
    """Return the whole report, of at most LONGEST bytes: what is wrong first, details folded.

    What exceeds that is left out from the end, and said.
    """
    columns = ran(results)
    parts = [
        ["# What is true where", "", _headline(results, columns)],
        _wrong(results, columns),
        _columns(results, columns),
        _sections(results, columns),
        _differences(results, columns),
        _remarks(results),
        *_flips(results),
    ]
    kept, size = [], 0
    left_out = "\nThe rest would be too long here: the page and `tox run -e changes` have it."
    for part in parts:
        text = "\n".join(part) + "\n\n" if part else ""
        size += len(text.encode())
        if size > LONGEST - len(left_out) - 2:
            kept.append(f"{left_out}\n")
            break
        kept.append(text)
    return "".join(kept)


def _headline(results: Results, columns: Sequence[Column]) -> str:
    count = len({claim.id for claim, _, _ in wrong(results, columns)})
    verdict = (
        f"**{many(count, 'claim')} CONTRADICTED, or in error**"
        if count
        else "none contradicted, none in error"
    )
    ran_on = f"{many(len(results.claims), 'claim')} on {many(len(columns), 'interpreter')}"
    return f"{ran_on}: {verdict}."


def _wrong(results: Results, columns: Sequence[Column]) -> list[str]:
    rows = [
        (
            f"**{cell.verdict.word}**",
            markdown(claim.id),
            markdown(claim.sentence),
            markdown(column.title),
            markdown(cell.reason, _REASON),
        )
        for claim, column, cell in wrong(results, columns)
    ]
    if not rows:
        return []
    head = ("verdict", "claim", "sentence", "on", "because")
    return ["## Contradicted, or in error", "", *table(head, rows)]


def _columns(results: Results, columns: Sequence[Column]) -> list[str]:
    facts = ("GIL", "default start method", "usable cores", "platform", "date")
    head = ("", "interpreter", *facts, *(verdict.value for verdict in Verdict))
    rows = []
    for column in columns:
        counts = results.counts(column)
        cells = [column.title, column.interpreter.name]
        cells += [column.facts.get(fact, "") for fact in facts]
        rows.append([*map(markdown, cells), *(f"{counts[verdict]:,}" for verdict in Verdict)])
    return ["## Interpreters", "", *table(head, rows)]


def _sections(results: Results, columns: Sequence[Column]) -> list[str]:
    rows = [
        [markdown(name), *(told(results.counts(column, claims)) for column in columns)]
        for name, claims in results.sections()
    ]
    head = ["section", *(markdown(column.title) for column in columns)]
    return folded(
        f"Sections: how many of their claims hold / are refuted ({len(rows)})",
        [f"{SIGNS}.", "", *table(head, rows)],
    )


def _differences(results: Results, columns: Sequence[Column]) -> list[str]:
    rows = [
        [markdown(claim.id), markdown(claim.sentence), *_words(results, columns, claim)]
        for claim in results.claims
        if results.differs(claim)
    ]
    if not rows:
        return []
    head = ["claim", "", *(markdown(column.title) for column in columns)]
    return ["## Where they differ", "", f"{many(len(rows), 'claim')}.", "", *table(head, rows)]


def _words(results: Results, columns: Sequence[Column], claim: Claim) -> Iterator[str]:
    for column in columns:
        verdict = results.verdict(claim, column)
        yield _WORDS[verdict] if verdict else ""


#: Refutations are what one looks for among many holds.
_WORDS = {
    Verdict.HOLDS: "holds",
    Verdict.REFUTED: "**refuted**",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.CONTRADICTED: "**CONTRADICTED**",
    Verdict.ERROR: "**ERROR**",
}


def _remarks(results: Results) -> list[str]:
    lines = [f"- {markdown(remark)}" for remark in results.remarks]
    return ["## Remarks on the results", "", *lines] if lines else []


def _flips(results: Results) -> Iterator[list[str]]:
    """Yield what changes between each two neighbours, folded."""
    yield ["## What changes"]
    for before, after in neighbours(results):
        count = len(changes.flips(results, before, after))
        title = f"{before.title} → {after.title}: {many(count, 'claim')}"
        _, *lines = changes.markdown_text(results, before, after, full=False)
        yield folded(title, lines)


def folded(title: str, lines: Iterable[str]) -> list[str]:
    """Return the lines under a title that opens them (GitHub needs the empty lines)."""
    summary = f"<summary>{escape(shorten(title, _REASON))}</summary>"
    return ["<details>", summary, "", *lines, "", "</details>"]
