"""From what a spec says of itself and how its test ended to a verdict (a pytest plugin)."""

import inspect
from collections.abc import Generator, Iterable
from enum import Enum
from typing import Any

import pytest

from tests.harness import interpreter
from tests.harness.catalogue import VERDICT_OF_THE_NOTES
from tests.harness.claims import Claim, claim_of
from tests.harness.selection import NOT_SPECS
from tests.harness.waiting import Inconclusive

INCONCLUSIVE = "inconclusive: "
NOT_APPLICABLE = "not applicable: "


class Verdict(str, Enum):
    """What the run of a spec says about its claim on the interpreter at hand."""

    HOLDS = "holds"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"
    CONTRADICTED = "contradicted"
    ERROR = "error"

    @property
    def word(self) -> str:
        """The word that the terminal shows."""
        return "N/A" if self is Verdict.NOT_APPLICABLE else self.value.upper()


_MARKUP = {
    Verdict.HOLDS: {"green": True},
    Verdict.REFUTED: {"cyan": True},
    Verdict.INCONCLUSIVE: {"yellow": True},
    Verdict.NOT_APPLICABLE: {"light": True},
    Verdict.CONTRADICTED: {"red": True, "bold": True},
    Verdict.ERROR: {"red": True, "bold": True},
}


def markup(verdict: Verdict) -> dict[str, bool]:
    """Return the colours of a verdict, as keywords of pytest's terminal writer."""
    return _MARKUP[verdict]


def sentence_of(function: Any) -> tuple[str, str]:
    """Return the claim, which is the docstring's first line, and the explanation after it."""
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    return first.strip(), " ".join(rest.split())


def house_rules(item: pytest.Item, claim: Claim | None) -> Iterable[str]:
    """Yield what is wrong with a spec as a statement of a claim, if anything is."""
    function = getattr(item, "function", None)
    sentence, _ = sentence_of(function)
    if claim is None or not claim.id:
        yield "carries no claim id: decorate it with @claim(...)"
    if not sentence.endswith(".") or len(sentence) > 100:
        yield "its docstring's first line must be the claim: one sentence of at most 100 characters"
    if len(getattr(item, "originalname", item.name).split("_")) < 5:
        yield "its name must state the claim in words: at least four after test_"


def is_spec(item: pytest.Item) -> bool:
    """Tell whether the test is a spec: all below ``tests`` but the benchmarks and the selfcheck."""
    return item.path.parent.name not in NOT_SPECS


def section_of(item: pytest.Item) -> str:
    """Return the section that a spec's file stands for, such as ``notes: 5 queue``."""
    return f"{item.path.parent.name}: {item.path.stem.removeprefix('test_').replace('_', ' ')}"


def failed(item: pytest.Item) -> bool:
    """Tell whether the test has failed so far."""
    return any(
        name == "verdict" and value in (Verdict.CONTRADICTED.value, Verdict.ERROR.value)
        for name, value in item.user_properties
    )


def properties_of(report: pytest.TestReport | Any) -> dict[str, str]:
    """Return a report's properties by name; several pieces of evidence are joined."""
    found: dict[str, str] = {}
    for name, value in getattr(report, "user_properties", ()):
        text = str(value)
        found[name] = f"{found[name]}; {text}" if name == "evidence" and name in found else text
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn what each spec says of itself into marks and properties; refuse one that is mute."""
    broken = []
    for item in filter(is_spec, items):
        claim = claim_of(getattr(item, "function", None))
        broken += [f"{item.nodeid}: {problem}" for problem in house_rules(item, claim)]
        if claim is not None:
            _prepare(item, claim)
    if broken:
        raise pytest.UsageError(*sorted(set(broken)))


def _prepare(item: pytest.Item, claim: Claim) -> None:
    callspec = getattr(item, "callspec", None)
    parameters = callspec.params if callspec else {}
    item.add_marker(pytest.mark.claim(id=claim.id))
    if "speedup" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.ratio)
    for expectation in claim.applies:
        if not expectation.meets(parameters):
            item.add_marker(pytest.mark.skip(reason=NOT_APPLICABLE + expectation.because))
    for expectation in claim.refuted:
        if expectation.meets(parameters):
            item.add_marker(
                pytest.mark.xfail(strict=True, raises=AssertionError, reason=expectation.because)
            )
    sentence, explanation = sentence_of(getattr(item, "function", None))
    item.user_properties += [
        ("claim", claim.id),
        ("section", section_of(item)),
        ("sentence", sentence),
        ("explanation", explanation),
        ("case", callspec.id if callspec else ""),
        ("predicts", " ".join(claim.predicts)),
        ("notes", VERDICT_OF_THE_NOTES.get(claim.id, "").lower()),
        ("interpreter", interpreter.name()),
        *interpreter.environment().items(),
        ("versions", interpreter.versions()),
    ]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Let a spec end as inconclusive by raising Inconclusive."""
    try:
        return (yield)
    except Inconclusive as undecided:
        pytest.skip(INCONCLUSIVE + str(undecided))


def verdict_of(report: pytest.TestReport) -> Verdict | None:
    """Return the verdict that one phase of a test gives, or None if it gives none."""
    if report.failed:
        timed_out = "from pytest-timeout" in str(getattr(report, "longrepr", ""))
        contradicted = report.when == "call" and not timed_out
        return Verdict.CONTRADICTED if contradicted else Verdict.ERROR
    if report.skipped:
        if hasattr(report, "wasxfail"):
            return Verdict.REFUTED
        undecided = INCONCLUSIVE in reason_of(report)
        return Verdict.INCONCLUSIVE if undecided else Verdict.NOT_APPLICABLE
    return Verdict.HOLDS if report.when == "call" else None


def reason_of(report: pytest.TestReport) -> str:
    """Return why a test was skipped, or why its claim is refuted; empty for any other."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail).removeprefix("reason: ")
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the verdict, its reason and the way to run it again to the report of a spec."""
    report = yield
    claim = claim_of(getattr(item, "function", None))
    if claim is None or not is_spec(item):
        return report
    verdict = verdict_of(report)
    if verdict is not None:
        if verdict is Verdict.REFUTED and call.excinfo is not None:
            _record(item, "evidence", f"observed: {_first_line(call.excinfo.value)}")
        _record(item, "verdict", verdict.value)
        if reason_of(report):
            _record(item, "reason", reason_of(report))
    report.user_properties = list(item.user_properties)
    if verdict is Verdict.CONTRADICTED:
        report.sections.append((f"claim {claim.id}", _contradiction(item, report, claim, call)))
    return report


def _record(item: pytest.Item, name: str, value: str) -> None:
    if name == "verdict":  # a later phase overrules an earlier one, but for a contradiction
        if (name, Verdict.CONTRADICTED.value) in item.user_properties:
            return
        item.user_properties[:] = [pair for pair in item.user_properties if pair[0] != name]
    item.user_properties.append((name, value))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _contradiction(
    item: pytest.Item, report: pytest.TestReport, claim: Claim, call: pytest.CallInfo[None]
) -> str:
    sentence, _ = sentence_of(getattr(item, "function", None))
    observed = properties_of(report).get("evidence", "nothing was recorded before it failed")
    if call.excinfo is not None:
        observed += f"; then {call.excinfo.typename}: {_first_line(call.excinfo.value)}"
        expected = "to hold" if item.get_closest_marker("xfail") is None else "to be refuted"
    else:
        expected = f"to be refuted: {report.longrepr}"
    return (
        f"claimed:  {sentence}\n"
        f"expected: {expected}, on {interpreter.name()}\n"
        f"observed: {observed}\n"
        f"run just this one: pytest -v --claim {claim.id}"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Show the verdict's word in place of PASSED, FAILED and the others."""
    verdict = verdict_of(report)
    if verdict is None or "claim" not in properties_of(report):
        return None
    category, letter = {
        Verdict.HOLDS: ("passed", "."),
        Verdict.REFUTED: ("xfailed", "x"),
        Verdict.INCONCLUSIVE: ("skipped", "?"),
        Verdict.NOT_APPLICABLE: ("skipped", "-"),
        Verdict.CONTRADICTED: ("failed", "F"),
        Verdict.ERROR: ("failed" if report.when == "call" else "error", "E"),
    }[verdict]
    return category, letter, (verdict.word, markup(verdict))
