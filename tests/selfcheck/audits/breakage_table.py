"""Which claims predict the breakages of real projects, and what their verdicts are, by interpreter.

    python -m tests.selfcheck.audits.breakage_table [results folder]

Reads the JUnit XML of every interpreter (tox writes it to ``results``) and prints a Markdown table.
Ends with 1 if a breakage is predicted by no claim whose verdict changes just where it was seen, and
with 2 if there are no results.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.report import markdown
from tests.report.breakages import BREAKAGES, COLUMNS, Breakage
from tests.report.document import Table
from tests.report.matrix import Results
from tests.report.reading import read
from tests.report.words import remark, say
from tests.vocabulary.verdict import Verdict, verdict_of_claim

#: Verdicts that neither confirm nor contradict a prediction.
_SILENT = (Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)

#: The verdicts of a claim by the short names of interpreters.
Row = dict[str, Verdict]


def verdicts(results: Results) -> dict[str, Row]:
    """Return the verdict of each claim by interpreter; of several systems, the one of all."""
    rows: dict[str, Row] = {}
    for claim in results.claims:
        row = rows.setdefault(claim.id, {})
        for column in results.columns:
            cell, name = results.cell(claim, column), column.interpreter.short
            if cell:
                row[name] = verdict_of_claim([cell.verdict, row.get(name, cell.verdict)])
    return rows


def predicting(results: Results) -> dict[str, list[str]]:
    """Return the claims that predict each breakage."""
    found: dict[str, list[str]] = {}
    for claim in results.claims:
        for breakage in claim.predicts:
            found.setdefault(breakage, []).append(claim.id)
    return found


def changes_as_seen(breakage: Breakage, row: Mapping[str, Verdict]) -> bool:
    """Say whether a claim's verdict changes between just those columns between which it should."""
    letters = dict(zip(COLUMNS, breakage.changes, strict=True))
    decided = [column for column in COLUMNS if row.get(column, _SILENT[0]) not in _SILENT]
    return all(
        (letters[one] == letters[other]) == (row[one] is row[other])
        for one in decided
        for other in decided
    )


def table(claims: Mapping[str, Sequence[str]], rows: Mapping[str, Row]) -> Table:
    """Return the table: breakage, assumption, claim, verdicts, and whether they are as seen."""
    found = []
    for name, breakage in BREAKAGES.items():
        for id in claims.get(name, ()):
            row = rows.get(id, {})
            words = [row[column].word if column in row else "" for column in COLUMNS]
            seen = "yes" if changes_as_seen(breakage, row) else "no"
            found.append([name, breakage.assumption, id, *words, seen])
    return Table(["breakage", "assumption", "claim", *COLUMNS, "as reported"], found)


def unpredicted(claims: Mapping[str, Sequence[str]], rows: Mapping[str, Row]) -> list[str]:
    """Return the breakages that no claim predicts, and those whose claims change elsewhere."""
    return [
        name
        for name, breakage in BREAKAGES.items()
        if not any(changes_as_seen(breakage, rows.get(id, {})) for id in claims.get(name, ()))
    ]


def main(given: Sequence[str] | None = None) -> int:
    """Print the table, and what is wrong with it, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="breakage_table", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    folder = parser.parse_args(given).results
    results = read([folder])
    remark(results.remarks)
    if not results.claims:
        parser.error(f"no verdicts in {folder}: run tox first, or name another folder")
    claims, rows = predicting(results), verdicts(results)
    say([markdown.text([table(claims, rows)])])
    missing = unpredicted(claims, rows)
    if missing:
        print(f"no claim predicts, just where it was seen: {', '.join(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
