"""Results from files: the JUnit XML and pytest-benchmark JSON of any number of runs, merged.

Whatever is wrong with a file becomes one remark that names it; the rest is read all the same.
"""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tests.harness.verdict import Verdict
from tests.report.matrix import (
    Case,
    Cell,
    Claim,
    Column,
    Interpreter,
    Measurement,
    Results,
    place_of,
)
from tests.report.words import many

#: What a column tells besides its interpreter, by the names under which tests carry it.
FACTS = ("GIL", "default start method", "start methods", "usable cores", "platform", "versions")

#: Seconds that no benchmark takes, and a speed-up that none reaches; NaN is no less impossible.
_MOST = 1e9

_NEVER = datetime.min.replace(tzinfo=timezone.utc)
_OWN_TESTS = ("tests.selfcheck", "tests.costs")


@dataclass(frozen=True)
class _Test:
    """A test case that decides a claim, from one file."""

    path: Path
    date: datetime
    name: str
    file: str
    line: int
    seconds: float
    properties: Mapping[str, str]
    evidence: tuple[str, ...]
    failure: str

    @property
    def interpreter(self) -> Interpreter:
        return Interpreter.of(self.properties)

    @property
    def key(self) -> tuple[Interpreter, str, str]:
        return self.interpreter, self.properties["claim"], self.properties.get("case", "")


@dataclass(frozen=True)
class _Benchmark:
    """One benchmark of ``tests/costs``, from one file."""

    date: datetime
    name: str
    machine: Mapping[str, str]
    measured: Mapping[str, Any]

    @property
    def interpreter(self) -> Interpreter:
        return Interpreter.of(self.machine)


@dataclass
class _Files:
    """What the files hold, and what was wrong with them."""

    tests: list[_Test] = field(default_factory=list)
    benchmarks: list[_Benchmark] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read one file, by its suffix."""
        try:
            (self._junit if path.suffix == ".xml" else self._json)(path)
        except OSError as error:
            self.remarks.append(f"{path} can't be read ({error.strerror}): make it readable")

    def _junit(self, path: Path) -> None:
        found: list[_Test] = []
        strangers = 0
        date = _NEVER
        try:
            for event, element in ET.iterparse(path, events=("start", "end")):
                if event == "start":
                    date = _date(element.get("timestamp")) or date
                elif element.tag == "testcase":
                    test = _test(path, date, element)
                    found += [test] if test else []
                    own = element.get("classname", "").startswith(_OWN_TESTS)
                    strangers += test is None and not own
                    element.clear()
        except (ET.ParseError, ValueError, LookupError) as error:
            self.remarks.append(
                f"{path} is cut off, or no XML ({error}): {many(len(found), 'test')} could be "
                "read; run its interpreter again to renew it"
            )
        else:
            if strangers or date is _NEVER:
                where = "no pytest JUnit XML" if date is _NEVER else "JUnit XML of other tests"
                told = f"{path} is {where}, at least in part: " if found else f"{path} is {where}: "
                self.remarks.append(f"{told}what does not name a claim is not shown")
        self.tests += found

    def _json(self, path: Path) -> None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            date, machine = _date(data["datetime"]) or _NEVER, data["machine_info"]
            benchmarks = [b for b in data["benchmarks"] if "question" in b["extra_info"]]
        except (ValueError, LookupError, TypeError) as error:
            kind = type(error).__name__
            self.remarks.append(
                f"{path} is cut off, or no pytest-benchmark JSON ({kind}: {error}): nothing of it "
                "is shown; run its interpreter again to renew it"
            )
            return
        broken = 0
        for benchmark in benchmarks:
            try:
                measured = _measured(benchmark)
                facts = {str(name): str(value) for name, value in machine.items()}
                new = _Benchmark(date, str(benchmark["fullname"]), facts, measured)
                Interpreter.of(facts)
            except (ValueError, LookupError, TypeError, AttributeError):
                broken += 1
            else:
                self.benchmarks.append(new)
        if broken:
            self.remarks.append(
                f"{path} has {many(broken, 'benchmark')} of another version of the suite, or "
                "broken: not shown; run its interpreter again to renew it"
            )


def files_in(places: Iterable[Path]) -> list[Path]:
    """Return the result files: those given, and those anywhere below the folders given."""
    found: dict[Path, None] = {}
    for place in places:
        inside = [path for suffix in ("xml", "json") for path in place.rglob(f"*.{suffix}")]
        found |= dict.fromkeys(sorted(inside) if place.is_dir() else [place])
    return [path for path in found if not path.is_dir()]


def read(places: Iterable[Path], known: Collection[str] = ()) -> Results:
    """Return what the files in these places say.

    ``known`` are the ids of the claims that the suite has; with them, claims that it does not
    have, or that no file has, are remarked upon.  Raises nothing for what a file holds.
    """
    files = _Files()
    for path in files_in(places):
        files.read(path)
    tests = _newest(files)
    interpreters = {test.interpreter for test in tests}
    interpreters |= {benchmark.interpreter for benchmark in files.benchmarks}
    ids, titles = _names(sorted(interpreters, key=Interpreter.place))
    columns = tuple(
        Column(ids[interpreter], titles[interpreter], interpreter, _facts(interpreter, files))
        for interpreter in sorted(interpreters, key=Interpreter.place)
    )
    cells: dict[tuple[str, str], list[Case]] = {}
    for test in tests:
        place = test.properties["claim"], ids[test.interpreter]
        cells.setdefault(place, []).append(_case(test, files.remarks))
    claims = _claims(tests)
    results = Results(
        columns,
        claims,
        {place: Cell(tuple(sorted(cases, key=lambda c: c.name))) for place, cases in cells.items()},
        _measurements(files.benchmarks, ids),
        (),
    )
    remarks = (*files.remarks, *_versions(tests, claims), *_gaps(results, known))
    return Results(columns, claims, results.cells, results.measurements, remarks)


def _test(path: Path, date: datetime, element: ET.Element) -> _Test | None:
    """Return the test case, or None if it does not decide a claim on a known interpreter."""
    pairs = [(p.get("name", ""), p.get("value", "")) for p in element.iter("property")]
    properties = dict(pairs)
    if not properties.get("claim") or not properties.get("interpreter"):
        return None
    failures = [e.get("message", "") for e in element if e.tag in ("failure", "error")]
    line, seconds = element.get("line", ""), element.get("time", "")
    return _Test(
        path,
        date,
        element.get("name", "").partition("[")[0],
        element.get("file", ""),
        int(line) + 1 if line.isdecimal() else 1,  # pytest counts from 0
        _number(seconds),
        properties,
        tuple(value for name, value in pairs if name == "evidence"),
        (failures or [""])[0],
    )


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _date(text: object) -> datetime | None:
    """Return the date of a run; None if the text is none.  Without a time zone it means UTC."""
    try:
        date = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _newest(files: _Files) -> list[_Test]:
    """Return each test once, as the newest file has it, and remark upon what that hides."""
    newest: dict[object, _Test] = {}
    hidden: Counter[tuple[Interpreter, Path, Path]] = Counter()
    for test in sorted(files.tests, key=lambda test: test.date):
        older = newest.get(test.key)
        if older:
            hidden[test.interpreter, older.path, test.path] += 1
        newest[test.key] = test
    for (interpreter, older_path, path), count in hidden.items():
        files.remarks.append(
            f"{older_path} and {path} both have {many(count, 'test')} of {interpreter.name} on "
            f"{interpreter.system}: shown as in the newer, {path}"
        )
    return list(newest.values())


def _names(
    interpreters: Sequence[Interpreter],
) -> tuple[dict[Interpreter, str], dict[Interpreter, str]]:
    """Return the id and the title of each column: as short as they can be told apart."""
    ids = {interpreter: interpreter.environment for interpreter in interpreters}
    titles = {interpreter: interpreter.short for interpreter in interpreters}
    for mark in (
        lambda interpreter: interpreter.system,
        lambda interpreter: interpreter.version,
        lambda interpreter: f"GIL {interpreter.gil}",
        lambda interpreter: str(interpreters.index(interpreter) + 1),
    ):
        count = Counter(ids.values())
        for interpreter in interpreters:
            rivals = [other for other in interpreters if ids[other] == ids[interpreter]]
            if count[ids[interpreter]] > 1 and len(set(map(mark, rivals))) > 1:
                titles[interpreter] += f" {mark(interpreter)}"
        ids = {i: _address(f"{i.environment}{titles[i].removeprefix(i.short)}") for i in ids}
    return ids, titles


def _address(text: str) -> str:
    """Return the text as part of an address: small letters, digits, dots and hyphens."""
    return "".join(c if c.isalnum() or c == "." else "-" for c in text.lower() if c.isascii())


def _facts(interpreter: Interpreter, files: _Files) -> dict[str, str]:
    """Return the facts of the interpreter, each from the newest results that tell it, and a date.

    The date is that of its newest results of all.
    """
    seen: list[tuple[datetime, Mapping[str, str]]] = [
        (test.date, test.properties) for test in files.tests if test.interpreter == interpreter
    ]
    seen += [(b.date, b.machine) for b in files.benchmarks if b.interpreter == interpreter]
    seen.sort(key=lambda pair: pair[0])
    facts = {name: told[name] for _, told in seen for name in FACTS if told.get(name)}
    newest = seen[-1][0]
    return {**facts, "date": "unknown" if newest is _NEVER else f"{newest:%Y-%m-%d}"}


def _case(test: _Test, remarks: list[str]) -> Case:
    word = test.properties.get("verdict", "")
    reason = test.properties.get("reason", "") or test.failure
    try:
        verdict = Verdict(word)
    except ValueError:
        verdict = Verdict.ERROR
        reason = reason or "it never ended"
        if word:
            reason = f"an unknown verdict: {word}"
            remarks.append(
                f"{test.path} gives claim {test.properties['claim']} the verdict {word[:40]!r}, "
                "which this version of the suite does not know: shown as error"
            )
    case = test.properties.get("case", "")
    return Case(case, verdict, reason, test.evidence, test.seconds)


def _claims(tests: Iterable[_Test]) -> tuple[Claim, ...]:
    """Return the claims in their order, each in the words of its newest results."""
    claims = {}
    for test in sorted(tests, key=lambda test: test.date):
        said = test.properties
        id = said["claim"]
        claims[id] = Claim(
            id,
            said.get("sentence", ""),
            said.get("explanation", ""),
            said.get("section", ""),
            said.get("notes", ""),
            tuple(said.get("predicts", "").split()),
            test.file,
            test.line,
            test.name,
        )
    return tuple(sorted(claims.values(), key=place_of))


def _versions(tests: Iterable[_Test], claims: Iterable[Claim]) -> list[str]:
    """Return a remark on each file whose claims have other words in newer results."""
    newest = {claim.id: claim.sentence for claim in claims}
    changed: dict[Path, dict[str, None]] = {}
    for test in tests:
        id = test.properties["claim"]
        if test.properties.get("sentence", "") != newest[id]:
            changed.setdefault(test.path, {})[id] = None
    return [
        f"{path} is of another version of the suite: {many(len(ids), 'claim')} had other words "
        f"({_some(ids)}); run its interpreter again to renew it"
        for path, ids in changed.items()
    ]


def _gaps(results: Results, known: Collection[str]) -> list[str]:
    """Return a remark on claims that the suite lacks, and on those that a column lacks."""
    remarks = []
    strange = [claim.id for claim in results.claims if claim.id not in known] if known else []
    if strange:
        remarks.append(
            f"{many(len(strange), 'claim')} in the results and not in this version of the suite "
            f"({_some(strange)}): shown as found"
        )
    everywhere = sorted({*known, *(claim.id for claim in results.claims)} - set(strange))
    for column in results.columns:
        missing = [id for id in everywhere if (id, column.id) not in results.cells]
        if missing:
            remarks.append(
                f"{column.title} has no verdict on {many(len(missing), 'claim')} "
                f"({_some(missing)}): run tox -e {column.interpreter.environment} to decide them"
            )
    return remarks


def _some(ids: Collection[str]) -> str:
    first = list(ids)[:3]
    return ", ".join(first) + (", ..." if len(ids) > len(first) else "")


def _measured(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a Measurement; raise ValueError, LookupError or TypeError if broken."""
    info, stats = benchmark["extra_info"], benchmark["stats"]
    operations = int(info.get("operations", 1))
    seconds = {
        name: float(stats[name]) / operations for name in ("min", "q1", "median", "q3", "max")
    }
    speedup = {name: float(value) for name, value in info.get("speedup", {}).items()}
    if not all(0 <= figure <= _MOST for figure in (*seconds.values(), *speedup.values())):
        raise ValueError("not all figures are possible")
    return {
        "question": str(benchmark["group"]),
        "topic": str(info["question"]),
        "axes": {str(name): _label(value) for name, value in info["axes"].items()},
        "per": str(info["per"]),
        "bytes": int(info.get("bytes", 0)),
        "seconds": seconds,
        "rounds": int(stats["rounds"]),
        "speedup": speedup,
    }


def _label(value: object) -> str | int:
    return value if isinstance(value, int) else str(value)


def _measurements(
    benchmarks: Iterable[_Benchmark], ids: Mapping[Interpreter, str]
) -> tuple[Measurement, ...]:
    """Return what each benchmark measured in its newest run on each interpreter."""
    newest = {}
    for benchmark in sorted(benchmarks, key=lambda benchmark: benchmark.date):
        newest[benchmark.interpreter, benchmark.name] = benchmark
    order = list(ids)
    chosen = sorted(newest.values(), key=lambda benchmark: order.index(benchmark.interpreter))
    return tuple(Measurement(ids[b.interpreter], **b.measured) for b in chosen)
