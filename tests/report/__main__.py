"""Shows the results of all interpreters, or what changes between two of them.

    python -m tests.report [--output FOLDER] [results ...]
    python -m tests.report --check-verdicts | --write-verdicts [results ...]
    python -m tests.report changes [--markdown] [--all] [--results ...] BEFORE AFTER

Reads JUnit XML and pytest-benchmark JSON, by default all that is in results and .benchmarks, prints
a table and writes report.md, report.html, and the verdicts as data (verdicts.json with its schema,
verdicts.csv, badge.json, a page per claim in claims).  Ends with 2 if there are no verdicts, or an
interpreter is unknown, with 1 if the page could not be made or VERDICTS.md is stale, and with 0
otherwise, whatever the verdicts are.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.report import counts, markdown, terminal, upgrade
from tests.report.changes import two_columns
from tests.report.matrix import Results
from tests.report.overview import appendix, overview
from tests.report.reading import read
from tests.report.words import remark, say
from tests.vocabulary.specs import ROOT, specs_by_id

_RESULTS = Path("results")
_PLACES = (_RESULTS, Path(".benchmarks"))
_VERDICTS = ROOT / ".github" / "VERDICTS.md"
_NARROWEST, _WIDEST = 70, 100


def main(given: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit code."""
    words = sys.argv[1:] if given is None else list(given)
    return changes(words[1:]) if words[:1] == ["changes"] else report(words)


def report(given: Sequence[str]) -> int:
    """Show the results, or look after VERDICTS.md, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="report",
        description="Shows the results of all interpreters.",
        epilog="'changes BEFORE AFTER' shows what changes between two of them.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "places",
        nargs="*",
        type=Path,
        metavar="results",
        help="a file of results, or a folder of them (default: results .benchmarks)",
    )
    parser.add_argument("--output", type=Path, default=_RESULTS, metavar="FOLDER")
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--check-verdicts", action="store_true", help="only say where .github/VERDICTS.md is stale"
    )
    action.add_argument(
        "--write-verdicts", action="store_true", help="only renew .github/VERDICTS.md"
    )
    options = parser.parse_args(given)
    places = options.places or [place for place in _PLACES if place.exists()]
    results = read(places, specs_by_id())
    remark(results.remarks)
    if not results.cells:
        where = ", ".join(map(str, places or _PLACES))
        print(f"report: no verdicts in {where}: run tox first, or name a folder", file=sys.stderr)
        return 2
    try:
        if options.check_verdicts:
            return _check(results)
        if options.write_verdicts:
            return _renew(results)
        return _show(results, options.output)
    except (OSError, ValueError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 2


def _show(results: Results, folder: Path) -> int:
    """Print the results, write Markdown and the page, and return the exit code."""
    blocks = list(overview(results))
    say(terminal.lines(blocks, max(shutil.get_terminal_size().columns, _NARROWEST)))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.md"
    path.write_text(markdown.summary([*blocks, *appendix(results)]), encoding="utf-8")
    say(["", f"written: {path}"])
    path = folder / "report.html"
    try:  # here, because the page needs more than the rest does
        from tests.report import export, page
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
    say(f"written: {path}" for path in export.write(results, folder))
    return 0


def _renew(results: Results) -> int:
    """Renew VERDICTS.md, name the interpreters that it loses, and return the exit code."""
    old = _VERDICTS.read_text(encoding="utf-8")
    new = counts.with_matrix(old, results)
    lost = counts.lost(old, new)
    if lost:
        remark([f"VERDICTS.md no longer shows {', '.join(lost)}: there are no results of them"])
    _VERDICTS.write_text(new, encoding="utf-8")
    return 0


def _check(results: Results) -> int:
    """Say where VERDICTS.md is stale, and return the exit code."""
    stale = counts.stale(_VERDICTS.read_text(encoding="utf-8"), results)
    remark(stale)
    if stale:
        print(
            "VERDICTS.md is stale: python -m tests.report --write-verdicts renews it",
            file=sys.stderr,
        )
        return 1
    say([".github/VERDICTS.md says what the results say"])
    return 0


def changes(given: Sequence[str]) -> int:
    """Print what changes between the two interpreters, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="changes", description="What changes between two interpreters.", allow_abbrev=False
    )
    parser.add_argument("before", help="an interpreter, such as py313, 3.13t or PyPy")
    parser.add_argument("after", help="another one")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument(
        "--all", action="store_true", help="all claims, with explanations and commands"
    )
    parser.add_argument(
        "--results",
        action="append",
        type=Path,
        metavar="PLACE",
        help="a JUnit XML file, or a folder of them; may be repeated (default: results)",
    )
    options = parser.parse_args(given)
    places = options.results or [_RESULTS]
    results = read(places)
    remark(results.remarks)
    try:
        before, after = two_columns(results, options.before, options.after)
    except LookupError as error:
        where = " ".join(map(str, places))
        nothing = f"no verdicts in {where}: run tox first, or name a folder by --results"
        print(f"changes: {error.args[0] if results.claims else nothing}", file=sys.stderr)
        return 2
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    if options.markdown:
        say([markdown.text(upgrade.document(results, before, after, full=options.all))])
    elif options.all:
        say(terminal.lines(upgrade.document(results, before, after, full=True), width))
    else:
        say(upgrade.screen(results, before, after, max(width, 80)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
