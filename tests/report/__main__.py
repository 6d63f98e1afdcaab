"""Shows the results of all interpreters: a table here, Markdown and a page as files.

    python -m tests.report [--output FOLDER] [results ...]
    python -m tests.report --check-readme | --write-readme [results ...]

Reads JUnit XML and pytest-benchmark JSON, by default all that is in results and .benchmarks, and
writes report.md and report.html.  Ends with 2 if there are no verdicts, with 1 if the page could
not be made or README's matrix is stale, and with 0 otherwise, whatever the verdicts are.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.harness.specs import specs_by_id
from tests.report import markdown, readme, terminal
from tests.report.matrix import Results
from tests.report.reading import read
from tests.report.words import remark, say

_PLACES = (Path("results"), Path(".benchmarks"))
_README = Path(__file__).resolve().parents[2] / "README.md"


def main(given: Sequence[str] | None = None) -> int:
    """Show the results, or look after README, and return the exit code."""
    options = _parser().parse_args(given)
    places = options.places or [place for place in _PLACES if place.exists()]
    results = read(places, specs_by_id())
    remark(results.remarks)
    if not results.cells:
        where = ", ".join(map(str, places or _PLACES))
        print(f"report: no verdicts in {where}: run tox first, or name a folder", file=sys.stderr)
        return 2
    try:
        if options.check_readme:
            return _check(results)
        if options.write_readme:
            return _renew(results)
        say(terminal.lines(results, shutil.get_terminal_size().columns))
        options.output.mkdir(parents=True, exist_ok=True)
        path = options.output / "report.md"
        path.write_text(markdown.report(results), encoding="utf-8")
        say(["", f"written: {path}"])
        return _write_page(results, options.output / "report.html")
    except (OSError, ValueError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="report", description=(__doc__ or "").split("\n\n")[0], allow_abbrev=False
    )
    parser.add_argument(
        "places",
        nargs="*",
        type=Path,
        metavar="results",
        help="a file of results, or a folder of them (default: results .benchmarks)",
    )
    parser.add_argument("--output", type=Path, default=Path("results"), metavar="FOLDER")
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--check-readme", action="store_true", help="only tell where README's matrix is stale"
    )
    action.add_argument("--write-readme", action="store_true", help="only renew README's matrix")
    return parser


def _write_page(results: Results, path: Path) -> int:
    """Write the page, and return the exit code."""
    try:  # here, because the page needs more than the rest does
        from tests.report import page
        from tests.report.page import pictures
    except ImportError as error:
        print(
            f"report: {path} is not written, as it needs what 'pip install .[report]' brings "
            f"({error})",
            file=sys.stderr,
        )
        return 1
    page.write(results, pictures.pictures(results), path)
    say([f"written: {path}"])
    return 0


def _renew(results: Results) -> int:
    """Renew README's matrix, tell which interpreters it loses, and return the exit code."""
    old = _README.read_text(encoding="utf-8")
    new = readme.with_matrix(old, results)
    lost = readme.lost(old, new)
    if lost:
        remark([f"README no longer shows {', '.join(lost)}: there are no results of them"])
    _README.write_text(new, encoding="utf-8")
    return 0


def _check(results: Results) -> int:
    """Tell where README's matrix is stale, and return the exit code."""
    stale = readme.stale(_README.read_text(encoding="utf-8"), results)
    remark(stale)
    if stale:
        print(
            "README's matrix is stale: python -m tests.report --write-readme renews it",
            file=sys.stderr,
        )
        return 1
    say(["README's matrix says what the results say"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
