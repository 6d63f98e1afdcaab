"""Compares the exceptions that explanations quote with what users see.

    python -m tests.selfcheck.audits.quoted_errors [results folder]

An explanation quotes an exception as ``"TypeError: cannot pickle '_thread.lock' object"``; ``...``
stands for what varies.  Reads the JUnit XML of every interpreter (tox writes it to ``results``) and
lists the quotations that no evidence of their claim has.  Right after the words "on Windows", "on
macOS" or "on macOS and Windows" a quotation counts only if the results have such a system.  Ends
with 1 if there are any, and with 2 if there are no results.
"""

import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from tests.report.matrix import Results
from tests.selfcheck.audits import results_asked_for
from tests.vocabulary.specs import Spec, all_specs

#: Where a user sees it, if that is said just before; then the type, which may have its module
#: before it, and the message.
_QUOTED = re.compile(
    r"(?:\b[Oo]n (macOS|Windows|macOS and Windows)[,:]? )?"
    r'"((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning)): (.+?)"(?=[\s,;.:)]|$)'
)


def quotations(text: str, systems: Container[str] = ("macOS", "Windows")) -> list[tuple[str, str]]:
    """Return the exceptions that the text quotes, in one line: type and message.

    Leaves out what is seen on other systems than these alone.
    """
    return [
        (kind, message)
        for where, kind, message in _QUOTED.findall(" ".join(text.split()))
        if not where or any(system in systems for system in where.split(" and "))
    ]


def is_in(quotation: tuple[str, str], seen: str) -> bool:
    """Tell whether evidence has the exception, as a traceback or as ``repr`` shows it.

    pytest shows an AssertionError by its message alone.
    """
    kind, message = quotation
    parts = (re.escape(part.strip()) for part in message.split("..."))
    pattern = rf"\b{re.escape(kind.rpartition('.')[2])}\b.*?" * (kind != "AssertionError")
    pattern += r".*?".join(parts)
    seen = re.sub(r"""Error\((\d+), ['"]""", r"Error: [Errno \1] ", seen)  # repr of an OSError
    return re.search(pattern, seen.replace("\\'", "'").replace('\\"', '"'), re.DOTALL) is not None


def evidence(results: Results) -> dict[str, str]:
    """Return all that was seen of each claim, on any interpreter, as one text."""
    found: dict[str, list[str]] = {}
    for (id, _), cell in results.cells.items():
        for case in cell.cases:
            found.setdefault(id, []).extend([*case.evidence, case.reason])
    return {id: "\n".join(dict.fromkeys(texts)) for id, texts in found.items()}


def unseen(
    specs: Iterable[Spec], seen: Mapping[str, str], systems: Container[str]
) -> Iterator[str]:
    """Yield a line for each quotation that no evidence has, of the claims that were run there."""
    for spec in specs:
        for kind, message in quotations(spec.docstring, systems):
            if spec.id in seen and not is_in((kind, message), seen[spec.id]):
                yield f"{spec.id} ({spec.file}:{spec.first}) quotes {kind}: {message}"


def main(given: Sequence[str] | None = None) -> int:
    """Print the quotations that were not seen, and return the exit code."""
    results = results_asked_for("quoted_errors", __doc__, given)
    systems = {column.interpreter.system for column in results.ran()}
    wrong = list(unseen(all_specs(), evidence(results), systems))
    print(*wrong, sep="\n")
    count = sum(len(quotations(spec.docstring)) for spec in all_specs())
    print(f"{count} exceptions are quoted; not seen in these results: {len(wrong) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
