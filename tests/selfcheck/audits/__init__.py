"""Audits of the specs against what they have to cover."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.report.matrix import Results
from tests.report.reading import read
from tests.report.words import remark


def results_asked_for(name: str, about: str | None, given: Sequence[str] | None) -> Results:
    """Return the results in the folder that the command line names, by default ``results``.

    ``about`` is the docstring of the command, whose first paragraph is its help.  Prints what is
    wrong with the results; ends with 2, and one line that says what to do, if there are none.
    """
    parser = argparse.ArgumentParser(prog=name, description=(about or "").split("\n\n")[0])
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"))
    folder = parser.parse_args(given).results
    results = read([folder])
    remark(results.remarks)
    if not results.claims:
        parser.error(f"no verdicts in {folder}: run tox first, or name another folder")
    return results
