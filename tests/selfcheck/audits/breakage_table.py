"""Which claims predict the breakages of real projects, and what their verdicts are, by interpreter.

    python -m tests.selfcheck.audits.breakage_table [results folder]

Reads the JUnit XML of every interpreter (tox writes it to ``results``) and prints a Markdown table.
Ends with 1 if a breakage is predicted by no claim that changes just where it was seen, and with 2
if there are no results.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence

from tests.harness.interpreter import reached
from tests.report import markdown
from tests.report.breakages import BREAKAGES, Breakage
from tests.report.document import Table
from tests.report.matrix import Column, Results
from tests.report.words import say
from tests.selfcheck.audits import results_asked_for
from tests.vocabulary.results import Interpreter
from tests.vocabulary.verdict import Verdict

#: Verdicts that neither confirm nor contradict a prediction.
_SILENT = (Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE)

#: The verdicts of a claim by column.
Row = Mapping[Column, Verdict]

#: The words that a place may begin with.
_KINDS: Mapping[str, Callable[[Interpreter], bool]] = {
    "CPython": lambda interpreter: interpreter.cpython,
    "PyPy": lambda interpreter: interpreter.pypy,
    "free-threaded": lambda interpreter: interpreter.free_threaded,
    "no-GIL": lambda interpreter: interpreter.gil == "off",
    "POSIX": lambda interpreter: interpreter.system in ("Linux", "macOS"),
    "Linux": lambda interpreter: interpreter.system == "Linux",
    "macOS": lambda interpreter: interpreter.system == "macOS",
    "Windows": lambda interpreter: interpreter.system == "Windows",
    "WebAssembly": lambda interpreter: interpreter.system == "WebAssembly",
}
_RELEASES = r"\d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*"
_PLACE = re.compile(rf"((?:\S+ )*?)(?:since ({_RELEASES}) )?(?:before ({_RELEASES}) )?")


def is_there(place: str, interpreter: Interpreter) -> bool:
    """Say whether an interpreter is one of those that a text of ``Breakage.seen`` names.

    Raises ValueError for what is no such text.
    """
    found = _PLACE.fullmatch(place + " ")
    if found is None or not _KINDS.keys() >= {*found[1].split()}:
        raise ValueError(f"{place!r} names no interpreters")
    kinds, since, before = found.groups()
    return (
        all(_KINDS[kind](interpreter) for kind in kinds.split())
        and (since is None or _reached(interpreter, since))
        and (before is None or not _reached(interpreter, before))
    )


def _reached(interpreter: Interpreter, releases: str) -> bool:
    """Say what the harness's since() says there; a pre-release counts as its release."""
    numbers = map(int, re.findall(r"\d+", interpreter.version)[:3])
    return reached((*numbers, "final", 0), releases.split(", "))


def verdicts(results: Results) -> dict[str, Row]:
    """Return the verdict of each claim by column."""
    return {
        claim.id: {
            column: cell.verdict
            for column in results.columns
            if (cell := results.cell(claim, column))
        }
        for claim in results.claims
    }


def predicting(results: Results) -> dict[str, list[str]]:
    """Return the claims that predict each breakage."""
    found: dict[str, list[str]] = {}
    for claim in results.claims:
        for breakage in claim.predicts:
            found.setdefault(breakage, []).append(claim.id)
    return found


def changes_as_seen(breakage: Breakage, row: Row) -> bool:
    """Say whether a claim has one verdict on one side of a breakage, and another on the other.

    If all columns are on one side: whether it has the same verdict in all of them.
    """
    sides: dict[bool, set[Verdict]] = {}
    for column, verdict in row.items():
        if verdict.wrong:
            return False
        if verdict not in _SILENT:
            side = any(is_there(place, column.interpreter) for place in breakage.seen)
            sides.setdefault(side, set()).add(verdict)
    same = [*sides.values()]
    return all(len(one) == 1 for one in same) and (len(same) < 2 or same[0] != same[1])


def table(results: Results, claims: Mapping[str, Sequence[str]], rows: Mapping[str, Row]) -> Table:
    """Return the table: breakage, assumption, claim, verdicts, and whether they are as seen."""
    found = []
    for name, breakage in BREAKAGES.items():
        for id in claims.get(name, ()):
            row = rows.get(id, {})
            words = [row[column].word if column in row else "" for column in results.columns]
            seen = "yes" if changes_as_seen(breakage, row) else "no"
            where = "; ".join(breakage.seen)
            found.append([name, breakage.assumption, where, id, *words, seen])
    titles = [column.title for column in results.columns]
    return Table(["breakage", "assumption", "other side", "claim", *titles, "as reported"], found)


def unpredicted(claims: Mapping[str, Sequence[str]], rows: Mapping[str, Row]) -> list[str]:
    """Return the breakages that no claim predicts, or only claims that change elsewhere."""
    return [
        name
        for name, breakage in BREAKAGES.items()
        if not any(changes_as_seen(breakage, rows.get(id, {})) for id in claims.get(name, ()))
    ]


def main(given: Sequence[str] | None = None) -> int:
    """Print the table, and what is wrong with it, and return the exit code."""
    results = results_asked_for("breakage_table", __doc__, given)
    claims, rows = predicting(results), verdicts(results)
    say([markdown.text([table(results, claims, rows)])])
    missing = unpredicted(claims, rows)
    if missing:
        print(f"no claim predicts, just where it was seen: {', '.join(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
