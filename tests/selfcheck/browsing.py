"""A real browser, without a screen.

    python -m tests.selfcheck.browsing [results ...]

Run as a program it takes the picture of the page that README shows.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.report import page as report
from tests.report.page.pictures import pictures
from tests.report.reading import read
from tests.selfcheck.kill.runs import ROOT

#: The commands that are looked for; Playwright's own browsers are not downloaded.
NAMES = ("chromium", "google-chrome", "chromium-browser", "chrome")

# It runs as root in containers, and has no business on the network.
_OPTIONS = """
    --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync
""".split()

PICTURE = ROOT / ".github" / "page.png"


def installed() -> str | None:
    """Return the path of a browser; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Run the browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        try:
            yield launched
        finally:
            launched.close()


def main(places: list[Path]) -> int:
    """Take the picture of the page of these results, and return the exit code."""
    path = installed()
    results = read(places)
    if path is None or not results.cells:
        missing = f"none of {', '.join(NAMES)}" if path is None else "no verdicts in the results"
        print(f"no picture: there is {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, browser(path) as running:
        file = Path(folder) / "report.html"
        report.write(results, pictures(results), file)
        page = running.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{file.as_uri()}#q=what+a+child+inherits&differs=yes&claim=INHERIT16")
        page.wait_for_selector("html[data-ready]")
        page.locator("#matrix").evaluate("element => element.scrollIntoView()")
        page.screenshot(path=PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(given) for given in sys.argv[1:]] or [ROOT / "results"]))
