"""The results so far, in the file of ``--junitxml`` while a run goes on (a pytest plugin).

pytest writes that file when a run ends; a run that is killed would have nothing to show.
"""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from _pytest.junitxml import LogXML, xml_key

#: Seconds from one save to the next, at least.
LEAST = 5.0

#: So many times as long as a save takes it is to the next: saving takes a fiftieth of a run.
TIMES = 50


class Saving:
    """Saves the results after a spec, if that was not done for some time."""

    def __init__(self, xml: LogXML) -> None:
        self._xml = xml
        self._next = time.monotonic() + LEAST

    def pytest_runtest_logfinish(self) -> None:
        """Save the results so far, if it is time to."""
        begin = time.monotonic()
        if begin >= self._next:
            with contextlib.suppress(OSError):  # pytest says at the end that it cannot write
                self._save()
            self._next = time.monotonic() + max(LEAST, TIMES * (time.monotonic() - begin))

    def _save(self) -> None:
        """Write the file aside, and put it into its place, where it is whole at every moment."""
        file = Path(self._xml.logfile)
        draft = Path(tempfile.gettempdir(), "results.xml")  # a folder that goes, whoever is killed
        self._xml.logfile = str(draft)
        try:
            self._xml.pytest_sessionfinish()
        finally:
            self._xml.logfile = str(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        Path(shutil.move(draft, f"{file}.new")).replace(file)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Save what the run writes; the workers of ``-n`` write nothing."""
    if xml := config.stash.get(xml_key, None):
        config.pluginmanager.register(Saving(xml))
