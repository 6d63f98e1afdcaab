"""A real browser, without a screen.

    python -m tests.selfcheck.browsing [results ...]

Run as a program it takes the pictures that README shows.
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

#: README's pictures: the first screen of the page, and threads that compute on 3.13 and 3.13t.
PAGE, THREADS = ROOT / ".github" / "page.png", ROOT / ".github" / "threads.png"

#: Leaves of the picture of what threads gain only the panels of 3.13 and 3.13t, and returns them.
TWO_PANELS = """() => {
    const panels = document.querySelector("[data-picture^='scaling-pure-python']");
    for (const panel of panels.querySelectorAll("svg:not(.key)"))
        if (!/^CPython 3\\.13\\.\\d+/.test(panel.getAttribute("aria-label"))) panel.remove();
    const first = panels.querySelector("svg:not(.key)");
    for (const panel of panels.querySelectorAll("svg:not(.key)"))
        if (panel !== first && !/free-th/.test(panel.getAttribute("aria-label"))) panel.remove();
    panels.style.gridTemplateColumns = "1fr 1fr";
    panels.style.width = "640px";
    panels.style.padding = "12px";
    document.body.replaceChildren(panels);
    return panels;
}"""


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
    """Take the pictures of the page of these results, and return the exit code."""
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
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.screenshot(path=PAGE)
        page.wait_for_selector("#costs svg", state="attached")
        panels = page.evaluate_handle(TWO_PANELS).as_element()
        if panels is not None:
            panels.screenshot(path=THREADS)
    return 0


if __name__ == "__main__":
    sys.exit(
        main([Path(each) for each in sys.argv[1:]] or [ROOT / "results", ROOT / ".benchmarks"])
    )
