"""Which claims predict the breakages of real projects, and what their verdicts are, by interpreter.

    python -m tests.selfcheck.audits.breakage_table [results folder]

Reads the JUnit XML of every interpreter (tox writes it to ``results``) and prints a Markdown table.
Ends with 1 if a breakage is predicted by no claim whose verdict changes just where it was seen, and
with 2 if there are no results.
"""

import argparse
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.harness.verdict import Verdict, worst
from tests.report.breakages import BREAKAGES, COLUMNS, Breakage
from tests.selfcheck.kill.runs import Case, cases_in

#: Verdicts that neither confirm nor contradict a prediction.
_SILENT = (Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)

#: The verdicts of a claim by column.
Row = dict[str, Verdict]


def column_of(interpreter: str) -> str:
    """Return the column for an interpreter's precise name, such as ``3.13t``."""
    if interpreter.startswith("PyPy"):
        return "PyPy " + ".".join(interpreter.partition("(Python ")[2].split(".")[:2])
    version = ".".join(interpreter.split()[1].split(".")[:2])
    return version + "t" * interpreter.endswith("free-threaded")


def verdicts(cases: Iterable[Case]) -> dict[str, Row]:
    """Return the verdict of each claim by column; of its cases' verdicts, the worst."""
    found: dict[str, dict[str, list[Verdict]]] = {}
    for case in cases:
        if case.verdict:
            column = column_of(case.properties["interpreter"])
            by_column = found.setdefault(case.claim, {})
            by_column.setdefault(column, []).append(Verdict(case.verdict))
    return {
        id: {column: worst(seen) for column, seen in by_column.items()}
        for id, by_column in found.items()
    }


def predicting(cases: Iterable[Case]) -> dict[str, list[str]]:
    """Return the claims that predict each breakage."""
    found: dict[str, set[str]] = {}
    for case in cases:
        for breakage in case.properties.get("predicts", "").split():
            found.setdefault(breakage, set()).add(case.claim)
    return {breakage: sorted(ids) for breakage, ids in found.items()}


def changes_as_seen(breakage: Breakage, row: Mapping[str, Verdict]) -> bool:
    """Tell whether a claim's verdict changes between just those columns between which it should."""
    letters = dict(zip(COLUMNS, breakage.changes, strict=True))
    told = [column for column in COLUMNS if row.get(column, _SILENT[0]) not in _SILENT]
    return all(
        (letters[one] == letters[other]) == (row[one] is row[other])
        for one in told
        for other in told
    )


def table(claims: Mapping[str, Sequence[str]], rows: Mapping[str, Row]) -> list[str]:
    """Return the table's lines, as Markdown: breakage, claim, verdicts, and whether as seen."""
    lines = [
        f"| breakage | assumption | claim | {' | '.join(COLUMNS)} | as reported |",
        "|---|---|---|" + "---|" * (len(COLUMNS) + 1),
    ]
    for name, breakage in BREAKAGES.items():
        for id in claims.get(name, ()):
            row = rows.get(id, {})
            words = [row[column].word if column in row else "-" for column in COLUMNS]
            seen = "yes" if changes_as_seen(breakage, row) else "no"
            assumption = breakage.assumption.replace("|", "\\|")
            lines.append(f"| {name} | {assumption} | {id} | {' | '.join(words)} | {seen} |")
    return lines


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
    cases: list[Case] = []
    for path in sorted(folder.glob("*.xml")):
        try:
            cases += cases_in(path)
        except ET.ParseError as error:
            parser.error(f"{path} is no JUnit XML ({error}): run tox again to renew it")
    if not cases:
        parser.error(f"no verdicts in {folder}/*.xml: run tox first, or name another folder")
    claims, rows = predicting(cases), verdicts(cases)
    print(*table(claims, rows), sep="\n")
    missing = unpredicted(claims, rows)
    if missing:
        print(f"\nno claim predicts, just where it was seen: {', '.join(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
