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

from tests.vocabulary.verdict import Key

#: Seconds from one save to the next, at least.
LEAST = 5.0

#: The next save comes after at least so many times the duration of the last one: saving takes at
#: most a fiftieth of a run.
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
                self._save(Path(self._xml.logfile).resolve())
            self._next = time.monotonic() + max(LEAST, TIMES * (time.monotonic() - begin))

    def _save(self, file: Path) -> None:
        """Write the file aside, and put it into its place, where it is whole at every moment.

        What is no ordinary file, such as /dev/stdout, is left to the end.
        """
        if file.exists() and not file.is_file():
            return
        draft = Path(tempfile.gettempdir(), "results.xml")  # a folder that goes, whoever is killed
        self._write(draft)
        file.parent.mkdir(parents=True, exist_ok=True)
        new = Path(f"{file}.new")
        try:
            shutil.move(draft, new)
            new.replace(file)
        finally:
            new.unlink(missing_ok=True)

    def _write(self, draft: Path) -> None:
        """Let pytest write the tests that are over, and that the run is not."""
        xml = self._xml
        kept = xml.logfile, xml.node_reporters_ordered, xml.global_properties
        unfinished = {id(one) for one in xml.node_reporters.values()}
        xml.logfile = str(draft)
        xml.node_reporters_ordered = [one for one in kept[1] if id(one) not in unfinished]
        xml.global_properties = [*kept[2], (Key.UNFINISHED, "the run was not over")]
        try:
            xml.pytest_sessionfinish()
        finally:
            xml.logfile, xml.node_reporters_ordered, xml.global_properties = kept


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Save what the run writes; the workers of ``-n`` write nothing."""
    if xml := config.stash.get(xml_key, None):
        config.pluginmanager.register(Saving(xml))
