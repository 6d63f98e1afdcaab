"""Compares the exceptions that explanations quote with what users see.

    python -m tests.selfcheck.audits.quoted_errors [results folder]

An explanation quotes an exception as ``"TypeError: cannot pickle '_thread.lock' object"``; ``...``
stands for what varies.  Reads the JUnit XML of every interpreter (tox writes it to ``results``) and
lists the quotations that no evidence of their claim has.  Ends with 1 if there are any, and with 2
if there are no results.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.report.matrix import Results
from tests.report.reading import read
from tests.report.words import remark
from tests.vocabulary.specs import Spec, all_specs

#: What a user sees: the type, which may have its module before it, and the message.
_QUOTED = re.compile(
    r'"((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning)): (.+?)"(?=[\s,;.:)]|$)'
)


def quotations(text: str) -> list[tuple[str, str]]:
    """Return the exceptions that the text quotes: type and message, in one line."""
    return _QUOTED.findall(" ".join(text.split()))


def is_in(quotation: tuple[str, str], seen: str) -> bool:
    """Tell whether evidence has the exception, as a traceback or as ``repr`` shows it."""
    kind, message = quotation
    parts = (re.escape(part.strip()) for part in message.split("..."))
    pattern = rf"\b{re.escape(kind.rpartition('.')[2])}\b.*?" + r".*?".join(parts)
    return re.search(pattern, seen.replace("\\'", "'").replace('\\"', '"'), re.DOTALL) is not None


def evidence(results: Results) -> dict[str, str]:
    """Return all that was seen of each claim, on any interpreter, as one text."""
    found: dict[str, list[str]] = {}
    for (id, _), cell in results.cells.items():
        for case in cell.cases:
            found.setdefault(id, []).extend([*case.evidence, case.reason])
    return {id: "\n".join(dict.fromkeys(texts)) for id, texts in found.items()}


def unseen(specs: Iterable[Spec], seen: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each quotation that no evidence has, of the claims that were run."""
    for spec in specs:
        for kind, message in quotations(spec.docstring):
            if spec.id in seen and not is_in((kind, message), seen[spec.id]):
                yield f"{spec.id} ({spec.file}:{spec.first}) quotes {kind}: {message}"


def main(given: Sequence[str] | None = None) -> int:
    """Print the quotations that were not seen, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="quoted_errors", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    folder = parser.parse_args(given).results
    results = read([folder])
    remark(results.remarks)
    if not results.claims:
        parser.error(f"no verdicts in {folder}: run tox first, or name another folder")
    wrong = list(unseen(all_specs(), evidence(results)))
    print(*wrong, sep="\n")
    count = sum(len(quotations(spec.docstring)) for spec in all_specs())
    print(f"{count} exceptions are quoted; not seen in these results: {len(wrong) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
