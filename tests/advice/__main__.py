"""Names the lines of a project that no longer work on another version of Python, claim by claim.

    python -m tests.advice [--maybe] [--format FORMAT] BEFORE AFTER PATH

Reads the .py files below PATH; nothing is imported or run.  Ends with 0 if nothing was found, with
1 if something was, and with 2 if that could not be told.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.advice import data, text
from tests.advice.advice import advise
from tests.report.words import say

FORMATS = {
    "text": text.text,
    "markdown": text.markdown,
    "json": data.as_json,
    "sarif": data.as_sarif,
    "github": data.as_github,
}


def main(given: Sequence[str] | None = None) -> int:
    """Do what the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="advise",
        description="Names the lines of a project that no longer work on another Python.",
        allow_abbrev=False,
    )
    parser.add_argument("before", help="the version it runs on, such as 3.13")
    parser.add_argument("after", help="the version it is to run on, such as 3.14 or 3.13t")
    parser.add_argument("path", type=Path, help="the project's folder, or one file")
    parser.add_argument("--maybe", action="store_true", help="show also what is not certain")
    parser.add_argument("--format", choices=FORMATS, default="text")
    options = parser.parse_args(given)
    gc.disable()  # trees are large, live to the end, and have few circles
    try:
        advice = advise(options.path, options.before, options.after, maybe=options.maybe)
    except (LookupError, OSError) as error:
        text = error.args[0] if isinstance(error, LookupError) else str(error)
        print(f"advise: {text}", file=sys.stderr)
        return 2
    say(FORMATS[options.format](advice))
    return 1 if advice.findings else 0


if __name__ == "__main__":
    sys.exit(main())
