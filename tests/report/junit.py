"""JUnit XML as pytest writes it, read test by test."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from tests.vocabulary.results import NEVER, Interpreter, date_in
from tests.vocabulary.verdict import Key


@dataclass(frozen=True)
class JUnitCase:
    """One test that was run.

    ``name`` is that of the function with its parameters, ``line`` counts from 1, ``failure`` is the
    message of a test that failed.  Of several pieces of evidence ``properties`` has the last.
    """

    properties: Mapping[str, str]
    evidence: tuple[str, ...] = ()
    date: datetime = NEVER
    module: str = ""
    file: str = ""
    line: int = 1
    name: str = ""
    seconds: float = 0.0
    failure: str = ""
    traceback: str = ""

    @property
    def claim(self) -> str:
        """The id of the claim that it decides; empty for a test that is no spec."""
        return self.properties.get(Key.CLAIM, "")

    @property
    def function(self) -> str:
        """The name of its function."""
        return self.name.partition("[")[0]

    @property
    def nodeid(self) -> str:
        """What pytest calls it."""
        return f"{self.file}::{self.name}"

    @property
    def message(self) -> str:
        """What was not as it should be, in a line; empty unless the test failed."""
        return self.failure.partition("\n")[0]

    @property
    def failed_at(self) -> int:
        """The last line of its own file in the traceback; 0 if the file is not in it."""
        lines = re.findall(rf"^{re.escape(self.file)}:(\d+): ", self.traceback, re.MULTILINE)
        return int(lines[-1]) if lines else 0

    @property
    def case(self) -> str:
        """Its parameters in words, such as the start method."""
        return self.properties.get(Key.CASE, "")

    @property
    def verdict(self) -> str:
        """The verdict; empty if the test never ended."""
        return self.properties.get(Key.VERDICT, "")

    @cached_property
    def interpreter(self) -> Interpreter:
        """The interpreter that ran it.  Raises KeyError if the test does not name it."""
        return Interpreter.of(self.properties)


def cases_in(path: Path) -> Iterator[JUnitCase]:
    """Yield the tests of a file, in order, without holding all of it in memory.

    Raises OSError if it can't be read.  Where it is no XML, or is cut off, it raises ParseError,
    ValueError or LookupError, after all that could be read.
    """
    date = NEVER
    for event, element in ET.iterparse(path, events=("start", "end")):
        if event == "start" and element.tag == "testsuite":
            date = date_in(element.get("timestamp"))
        elif event == "end" and element.tag == "testcase":
            yield _case(element, date)
            element.clear()


def is_whole(path: Path) -> bool:
    """Tell whether the run that wrote the file came to its end; raises what ``cases_in`` raises."""
    for _, element in ET.iterparse(path, events=("start",)):
        if element.tag == "testcase":
            break
        if element.get("name") == Key.UNFINISHED:
            return False
    return True


def specs_in(path: Path) -> list[JUnitCase]:
    """Return the tests of a file that decide a claim; raises what ``cases_in`` raises."""
    return [case for case in cases_in(path) if case.claim]


def _case(element: ET.Element, date: datetime) -> JUnitCase:
    pairs = [(p.get("name", ""), p.get("value", "")) for p in element.iter("property")]
    failed = next((e for e in element if e.tag in ("failure", "error")), ET.Element("none"))
    line = element.get("line", "")
    return JUnitCase(
        properties=dict(pairs),
        evidence=tuple(value for name, value in pairs if name == Key.EVIDENCE),
        date=date,
        module=element.get("classname", ""),
        file=element.get("file", ""),
        line=int(line) + 1 if line.isdecimal() else 1,  # pytest counts from 0
        name=element.get("name", ""),
        seconds=_seconds(element.get("time", "")),
        failure=failed.get("message", ""),
        traceback=failed.text or "",
    )


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
