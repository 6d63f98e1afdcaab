"""Results from files: the JUnit XML and pytest-benchmark JSON of any number of runs, merged.

A file with a fault becomes one remark that names it; the rest is read all the same.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.report.junit import JUnitCase, cases_in, is_whole
from tests.report.matrix import FACTS, Case, Cell, Claim, Column, Measurement, Results
from tests.report.words import many
from tests.vocabulary.results import (
    MOST,
    NEVER,
    SECONDS,
    Interpreter,
    StoredRun,
    stored_run,
)
from tests.vocabulary.verdict import Key, Verdict

_OWN_TESTS = ("tests.selfcheck", "tests.costs")

#: Data that a report writes beside the results, for others.
DATA = ("verdicts.json", "verdicts.schema.json", "badge.json")


@dataclass(frozen=True)
class _Test:
    """A test that decides a claim, or a part of one, and the file that has it."""

    path: Path
    case: JUnitCase

    @property
    def interpreter(self) -> Interpreter:
        return self.case.interpreter

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What two results of the same test have in common."""
        return self.interpreter, self.case.claim, self.case.function, self.case.case


@dataclass
class _Files:
    """What the files hold, and what was wrong with them.

    ``only`` are the short names of the interpreters that matter; if it is empty, all do.
    """

    only: Collection[str] = ()
    tests: list[_Test] = field(default_factory=list)
    runs: list[StoredRun] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read one file, by its suffix."""
        try:
            (self._junit if path.suffix == ".xml" else self._json)(path)
        except OSError as error:
            self.remarks.append(f"{path} can't be read ({error.strerror}): make it readable")

    def _junit(self, path: Path) -> None:
        found: list[_Test] = []
        strangers = own = 0
        whole = True
        try:
            whole = is_whole(path)
            for case in cases_in(path):
                if case.claim and Key.INTERPRETER in case.properties:
                    if not found and self.only and case.interpreter.short not in self.only:
                        return
                    found.append(_Test(path, case))
                else:
                    own += case.module.startswith(_OWN_TESTS)
                    strangers += not case.module.startswith(_OWN_TESTS)
        except (ET.ParseError, ValueError, LookupError) as error:
            self.remarks.append(
                f"{path} is cut off, or no XML ({error}): {many(len(found), 'test')} could be "
                "read; run its interpreter again to renew it"
            )
        else:
            if not whole:
                self.remarks.append(
                    f"{path} is of a run that was killed: it has {many(len(found), 'test')}; run "
                    "its interpreter again to renew it"
                )
            elif strangers or not (found or own):
                part = ", at least in part" * bool(found)
                self.remarks.append(
                    f"{path} is no JUnit XML of this suite{part}: what does not name a claim is "
                    "not shown"
                )
        self.tests += found

    def _json(self, path: Path) -> None:
        try:
            self.runs.append(stored_run(path))
        except ValueError as error:
            self.remarks.append(
                f"{path} is cut off, or no pytest-benchmark JSON of this suite ({error}): nothing "
                "of it is shown; run its interpreter again to renew it"
            )


def files_in(places: Iterable[Path]) -> list[Path]:
    """Return the result files: those given, and those anywhere below the folders given."""
    found: dict[Path, None] = {}
    for place in places:
        inside = [path for suffix in ("xml", "json") for path in place.rglob(f"*.{suffix}")]
        results = sorted(path for path in inside if path.name not in DATA)
        found |= dict.fromkeys(results if place.is_dir() else [place])
    return [path for path in found if not path.is_dir()]


def read(
    places: Iterable[Path], known: Collection[str] = (), only: Collection[str] = ()
) -> Results:
    """Return what the files in these places say.

    ``only`` are the short names of interpreters, such as ``3.13``: files that begin with a test of
    another are left out, for to read them takes most of the time.

    ``known`` are the ids of the claims that the suite has; with them, claims that it does not
    have, or that no file has, are remarked upon.  Raises nothing for what a file holds.
    """
    files = _Files(only)
    for path in files_in(places):
        files.read(path)
    tests = _newest(files)
    measured = _measured(files)
    found = {test.interpreter for test in tests} | {interpreter for interpreter, _ in measured}
    columns = _columns(sorted(found, key=lambda interpreter: interpreter.place), files)
    ids = {column.interpreter: column.id for column in columns}
    newest = _in_newest_words(tests)
    results = Results(
        columns,
        tuple(sorted(map(_claim, newest.values()), key=lambda claim: claim.place)),
        _cells(tests, ids, files.remarks),
        tuple(Measurement(ids[interpreter], **fields) for interpreter, fields in measured),
        (),
    )
    remarks = (*files.remarks, *_versions(tests, newest), *_gaps(results, known))
    return replace(results, remarks=remarks)


def _newest(files: _Files) -> list[_Test]:
    """Return each test once, as the newest file has it, and remark upon what that hides."""
    newest: dict[object, _Test] = {}
    hidden: Counter[tuple[Interpreter, Path, Path]] = Counter()
    for test in sorted(files.tests, key=lambda test: test.case.date):
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


def _columns(interpreters: Sequence[Interpreter], files: _Files) -> tuple[Column, ...]:
    """Return the columns, each with an id and a title that are short and unique."""
    marks: dict[Interpreter, list[str]] = {interpreter: [] for interpreter in interpreters}

    def ids() -> dict[Interpreter, str]:
        return {i: _address(" ".join([i.environment, *told])) for i, told in marks.items()}

    for mark in (
        lambda interpreter: interpreter.system,
        lambda interpreter: interpreter.version,
        lambda interpreter: f"GIL {interpreter.gil}",
        lambda interpreter: str(interpreters.index(interpreter) + 1),
    ):
        taken = ids()
        for interpreter in interpreters:
            rivals = [other for other in interpreters if taken[other] == taken[interpreter]]
            if len(set(map(mark, rivals))) > 1:
                marks[interpreter].append(mark(interpreter))
    return tuple(
        Column(id, _title(interpreter, marks[interpreter]), interpreter, _facts(interpreter, files))
        for interpreter, id in ids().items()
    )


def _title(interpreter: Interpreter, marks: Sequence[str]) -> str:
    """Return the short name and what tells it from others; a version takes its place in it."""
    patched = interpreter.version in marks
    rest = [mark for mark in marks if mark != interpreter.version]
    return " ".join([interpreter.exact if patched else interpreter.short, *rest])


def _address(text: str) -> str:
    """Return the text as part of an address: small letters, digits, dots and hyphens."""
    return "".join(c if c.isalnum() or c == "." else "-" for c in text.lower() if c.isascii())


def _facts(interpreter: Interpreter, files: _Files) -> dict[str, str]:
    """Return the facts of the interpreter, each from the newest results that have it.

    Adds its system, and the date of its newest results of all.
    """
    seen: list[tuple[datetime, Mapping[str, Any]]] = [
        (test.case.date, test.case.properties)
        for test in files.tests
        if test.interpreter == interpreter
    ]
    seen += [(run.date, run.machine) for run in files.runs if run.interpreter == interpreter]
    seen.sort(key=lambda pair: pair[0])
    facts = {
        name: str(said[name])
        for _, said in seen
        for name in (*FACTS, Key.VERSIONS)
        if said.get(name)
    }
    newest = seen[-1][0]
    facts["system"] = interpreter.system
    return {**facts, "date": "unknown" if newest is NEVER else f"{newest:%Y-%m-%d}"}


def _cells(
    tests: Sequence[_Test], ids: Mapping[Interpreter, str], remarks: list[str]
) -> dict[tuple[str, str], Cell]:
    """Return the cases of each claim on each interpreter, by claim and column."""
    parts: dict[str, set[str]] = {}
    for test in tests:
        parts.setdefault(test.case.claim, set()).add(test.case.function)
    cases: dict[tuple[str, str], list[Case]] = {}
    for test in tests:
        said = test.case
        name = said.case
        if len(parts[said.claim]) > 1:
            words = said.function.removeprefix("test_").replace("_", " ")
            name = f"{words} [{name}]" if name else words
        verdict, reason = _verdict(test, remarks)
        case = Case(name, verdict, reason, said.evidence, said.seconds)
        cases.setdefault((said.claim, ids[test.interpreter]), []).append(case)
    return {
        place: Cell(tuple(sorted(some, key=lambda case: case.name)))
        for place, some in cases.items()
    }


def _verdict(test: _Test, remarks: list[str]) -> tuple[Verdict, str]:
    """Return the verdict of a test, and the reason; remark upon a verdict that is unknown."""
    word = test.case.verdict
    reason = test.case.properties.get(Key.REASON, "") or test.case.failure
    try:
        return Verdict(word), reason
    except ValueError:
        if not word:
            return Verdict.ERROR, reason or "it never ended"
        remarks.append(
            f"{test.path} gives claim {test.case.claim} the verdict {word[:40]!r}, which this "
            "version of the suite does not know: shown as error"
        )
        return Verdict.ERROR, f"an unknown verdict: {word}"


def _in_newest_words(tests: Sequence[_Test]) -> dict[str, list[JUnitCase]]:
    """Return the tests of each claim on the interpreter that has its newest results."""
    newest: dict[str, Interpreter] = {}
    for test in sorted(tests, key=lambda test: test.case.date):
        newest[test.case.claim] = test.interpreter
    found: dict[str, list[JUnitCase]] = {}
    for test in tests:
        if test.interpreter == newest[test.case.claim]:
            found.setdefault(test.case.claim, []).append(test.case)
    return found


def _claim(parts: Sequence[JUnitCase]) -> Claim:
    """Return the claim that these tests decide: in the words of the first, by its line."""
    first = min(parts, key=lambda part: (part.file, part.line))
    said = first.properties
    predicted = [id for part in parts for id in part.properties.get(Key.PREDICTS, "").split()]
    return Claim(
        first.claim,
        _sentence(first),
        said.get(Key.EXPLANATION, ""),
        said.get(Key.QUESTION, ""),
        said.get(Key.SECTION, ""),
        said.get(Key.NOTES, ""),
        tuple(dict.fromkeys(predicted)),
        first.file,
        first.line,
        first.function,
    )


def _versions(tests: Iterable[_Test], newest: Mapping[str, Sequence[JUnitCase]]) -> list[str]:
    """Return a remark on each file whose claims have other words in newer results."""
    sentences = {id: {_sentence(case) for case in cases} for id, cases in newest.items()}
    changed: dict[Path, dict[str, None]] = {}
    for test in tests:
        if _sentence(test.case) not in sentences[test.case.claim]:
            changed.setdefault(test.path, {})[test.case.claim] = None
    return [
        f"{path} is of another version of the suite: {many(len(ids), 'claim')} had other words "
        f"({_some(ids)}); run its interpreter again to renew it"
        for path, ids in changed.items()
    ]


def _sentence(case: JUnitCase) -> str:
    return case.properties.get(Key.SENTENCE, "")


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


def _measured(files: _Files) -> list[tuple[Interpreter, dict[str, Any]]]:
    """Return what each benchmark measured in its newest run on each interpreter, in order.

    Benchmarks that are not of ``tests/costs``, which put a question, are left out.
    """
    newest: dict[tuple[Interpreter, str], dict[str, Any]] = {}
    for run in sorted(files.runs, key=lambda run: run.date):
        broken = 0
        for benchmark in run.benchmarks:
            try:
                if "question" in benchmark["extra_info"]:
                    name = str(benchmark["fullname"])
                    newest[run.interpreter, name] = _measurement(benchmark)
            except (ValueError, LookupError, TypeError, AttributeError):
                broken += 1
        if broken:
            files.remarks.append(
                f"{run.path} has {many(broken, 'benchmark')} of another version of the suite: not "
                "shown; run its interpreter again to renew it"
            )
    return sorted(
        ((i, fields) for (i, _), fields in newest.items()), key=lambda pair: pair[0].place
    )


def _measurement(benchmark: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a Measurement; raise ValueError, LookupError or TypeError if broken."""
    info, statistics = benchmark["extra_info"], benchmark["stats"]
    operations = int(info.get("operations", 1))
    speedup = {name: float(value) for name, value in info.get("speedup", {}).items()}
    if not all(0 <= ratio <= MOST for ratio in speedup.values()):
        raise ValueError("not all speed-ups are possible")
    busy = info.get("busy elsewhere")
    if busy is not None and not 0 <= float(busy) <= MOST:
        raise ValueError("so many cores can't have been busy")
    return {
        "question": str(benchmark["group"]),
        "topic": str(info["question"]),
        "axes": {
            str(name): value if isinstance(value, int) else str(value)
            for name, value in info["axes"].items()
        },
        "per": str(info["per"]),
        "bytes": int(info.get("bytes", 0)),
        "seconds": {name: float(statistics[name]) / operations for name in SECONDS},
        "rounds": int(statistics["rounds"]),
        "speedup": speedup,
        "busy": None if busy is None else float(busy),
    }
