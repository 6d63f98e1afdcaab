"""Result files made up for tests, as pytest would write them."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.vocabulary.verdict import Key, Verdict

#: What XML 1.0 does not allow in a document; pytest writes ``#x1B`` in its place.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_FACTS = {
    "GIL": "on",
    "default start method": "fork",
    "start methods": "fork forkserver spawn",
    "usable cores": "2",
    "platform": "Linux-6.1-x86_64-with-glibc2.36",
}


@dataclass(frozen=True)
class Made:
    """One test of a run: a claim, or one case of it.  ``line`` counts from 1."""

    id: str
    verdict: str = "holds"
    reason: str = ""
    sentence: str = "A queue is first in first out."
    explanation: str = ""
    section: str = "queue: queue"
    case: str = ""
    predicts: str = ""
    notes: str = ""
    evidence: tuple[str, ...] = ()
    file: str = "tests/library/queue/test_queue.py"
    line: int = 38
    test: str = "test_each_queue_has_its_own_order"
    seconds: float = 0.01


def write_junit(
    path: Path,
    interpreter: str = "CPython 3.13.5",
    claims: Sequence[Made] = (Made("QUEUE07"),),
    *,
    date: str = "2026-01-02T03:04:05+00:00",
    **facts: str,
) -> Path:
    """Write the JUnit XML of a run on the interpreter, and return its path.

    ``facts`` overrule what the interpreter's column tells, by name with underscores for spaces:
    ``default_start_method="spawn"``; what is given as an empty string is left out.
    """
    told = _FACTS | {name.replace("_", " "): value for name, value in facts.items()}
    suites = ET.Element("testsuites", name="pytest tests")
    suite = ET.SubElement(suites, "testsuite", name="pytest", timestamp=date, hostname="made")
    for made in claims:
        suite.append(_testcase(made, {Key.INTERPRETER: interpreter, **told}))
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _testcase(made: Made, facts: dict[str, str]) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=made.file.removesuffix(".py").replace("/", "."),
        name=f"{made.test}[{_xml(made.case)}]" if made.case else made.test,
        file=made.file,
        line=str(made.line - 1),  # pytest counts from 0
        time=f"{made.seconds:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    pairs = [
        (Key.CLAIM, made.id),
        (Key.SECTION, made.section),
        (Key.SENTENCE, made.sentence),
        (Key.EXPLANATION, made.explanation),
        (Key.CASE, made.case),
        (Key.PREDICTS, made.predicts),
        (Key.NOTES, made.notes),
        *((name, value) for name, value in facts.items() if value),
        *((Key.EVIDENCE, value) for value in made.evidence),
        (Key.VERDICT, made.verdict),
        *([(Key.REASON, made.reason)] if made.reason else []),
    ]
    for name, value in pairs:
        ET.SubElement(properties, "property", name=name, value=_xml(value))
    if made.verdict in (Verdict.CONTRADICTED, Verdict.ERROR):
        ET.SubElement(case, "failure", message=_xml(made.reason)).text = "assert 1 == 2"
    elif made.verdict != Verdict.HOLDS:
        kind = "pytest.xfail" if made.verdict == Verdict.REFUTED else "pytest.skip"
        ET.SubElement(case, "skipped", type=kind, message=_xml(made.reason))
    return case


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"#x{ord(found[0]):02X}", text)


def write_benchmarks(
    path: Path,
    interpreter: str = "CPython 3.13.5",
    *,
    median: float = 0.001,
    date: str = "2026-01-02T03:04:05+00:00",
    operations: int = 1,
    name: str = "tests/costs/test_start_up.py::test_start_up[thread]",
    question: str = "What does it cost to start one worker?",
    topic: str = "start-up",
    axes: Mapping[str, str | int] = MappingProxyType({"way": "thread"}),
    speedup: Mapping[str, float] = MappingProxyType({}),
    **facts: str,
) -> Path:
    """Write the JSON of a run of one benchmark on the interpreter, and return its path.

    ``median`` is in seconds per round, the other statistics stand around it.
    """
    told = _FACTS | {name.replace("_", " "): value for name, value in facts.items()}
    factors = {"min": 0.9, "q1": 0.95, "median": 1, "q3": 1.1, "max": 1.5, "mean": 1}
    factors |= {"stddev": 0.1, "iqr": 0.15}
    counts = {"rounds": 5, "iterations": 1, "outliers": "1;0"}
    info = {
        "question": topic,
        "axes": dict(axes),
        "per": "start",
        "operations": operations,
        **({"speedup": dict(speedup)} if speedup else {}),
    }
    stats = {name: median * factor for name, factor in factors.items()} | counts
    benchmark = {"group": question, "fullname": name, "extra_info": info, "stats": stats}
    machine = {Key.INTERPRETER: interpreter, **told}
    data = {"datetime": date, "machine_info": machine, "benchmarks": [benchmark]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path
