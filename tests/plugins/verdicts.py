"""From what a spec says of itself and how its test ended to a verdict."""

import inspect
import os
import sys
import threading
from collections.abc import Generator, Iterable, Mapping
from contextvars import Context, copy_context
from functools import cache
from importlib import metadata
from typing import Any

import pytest

from tests.harness import interpreter
from tests.harness.claims import EVERY_SPEC, Claim, claim_of, decorated
from tests.harness.threads import Task
from tests.harness.waiting import PATIENCE, ControlFailed, Inconclusive, NotSeen, outcome
from tests.plugins.standstill import standstill
from tests.vocabulary.specs import FOLDERS
from tests.vocabulary.verdict import INCONCLUSIVE, NOT_APPLICABLE, Key, Verdict

#: Seconds that a spec may take in a thread beside pytest's, longer than any wait within it.
WHOLE_SPEC = 2 * PATIENCE


#: So many processes per core that want to run, in the last minute, are so many that a wait may end
#: in vain for no other reason.  Beside four busy processes and with -n 4 it is half as many on two.
MOST_LOAD = 8


@cache
def versions() -> str:
    """Return the versions of what runs the suite, such as ``pytest 9.0.2, pytest-xdist 3.8.0``."""
    names = ("pytest", "pytest-benchmark", "pytest-timeout", "pytest-xdist")
    return ", ".join(f"{name} {metadata.version(name)}" for name in names)


def starving() -> str:
    """Return how loaded the machine is if a wait means nothing here; empty if it is not."""
    try:
        load, cores = os.getloadavg()[0], interpreter.usable_cores()
    except (AttributeError, OSError):  # Windows, or a system that does not tell
        return ""
    if load < MOST_LOAD * cores:
        return ""
    return f"{load:.0f} processes want to run on {cores} core(s)"


class Shown(Exception):
    """What shows the refutation of a claim was seen; the message is what was seen."""


def sentence_of(function: Any) -> tuple[str, str]:
    """Return the claim, which is the docstring's first line, and the explanation after it."""
    first, _, rest = (inspect.getdoc(function) or "").partition("\n")
    return first.strip(), " ".join(rest.split())


def house_rules(item: pytest.Item, claim: Claim | None) -> Iterable[str]:
    """Yield what is wrong with a spec as a statement of a claim, if anything is."""
    sentence, _ = sentence_of(getattr(item, "function", None))
    if claim is None or not claim.id:
        yield "carries no claim id: decorate it with @claim(...)"
    if not sentence.endswith(".") or len(sentence) > 100:
        yield "its docstring's first line must be the claim: one sentence of at most 100 characters"
    if len(getattr(item, "originalname", item.name).split("_")) < 5:
        yield "its name must state the claim in words: at least four after test_"
    if item.path.parent.name == "questions" and not (claim and claim.question):
        yield "says no question: decorate it with @question(...)"
    for expectation in (*claim.refuted, *claim.applies) if claim else ():
        for parameter, some in expectation.cases.items():
            names = some if isinstance(some, (tuple, list)) else (some,)
            if not all(isinstance(name, str) for name in names):
                yield f"a case goes by its name, a text, in {parameter}={some!r}"


def is_spec(item: pytest.Item) -> bool:
    """Tell whether the test is a spec: it is in one of the folders of specs."""
    below = item.path.parts[len(item.config.rootpath.parts) :]
    return below[:1] == ("tests",) and below[1] in FOLDERS


def section_of(item: pytest.Item) -> str:
    """Return the section that a spec's file stands for, such as ``notes: 5 queue``."""
    return f"{item.path.parent.name}: {item.path.stem.removeprefix('test_').replace('_', ' ')}"


def failed(item: pytest.Item) -> bool:
    """Tell whether the test has not come to its end so far: it has failed, or gave up."""
    verdicts = [Verdict(str(v)) for name, v in item.user_properties if name == Key.VERDICT]
    return any(verdict.wrong or verdict is Verdict.INCONCLUSIVE for verdict in verdicts)


def blamable(request: pytest.FixtureRequest) -> bool:
    """Tell whether the spec may be failed now: not if it has failed already, or the run ends."""
    interrupted = request.session.exitstatus == pytest.ExitCode.INTERRUPTED
    return not interrupted and not failed(request.node)


def properties_of(report: pytest.TestReport | Any) -> dict[str, str]:
    """Return a report's properties by name; several pieces of evidence are joined."""
    found: dict[str, str] = {}
    for name, value in getattr(report, "user_properties", ()):
        text = str(value)
        found[name] = f"{found[name]}; {text}" if name == Key.EVIDENCE and name in found else text
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Apply what the module says of all its specs, and run a spec once for each of its cases."""
    claim = claim_of(metafunc.function)
    if claim is None:
        return
    decorated(metafunc.function, getattr(metafunc.module, EVERY_SPEC, ()))
    for name, values in claim.cases.items():
        metafunc.parametrize(name, list(values.values()), ids=list(values))


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


def _case_of(item: pytest.Item, claim: Claim) -> Mapping[str, Any]:
    """Return the parameters of a test by name: the names of its cases, else their values."""
    callspec = getattr(item, "callspec", None)
    found: dict[str, Any] = dict(callspec.params) if callspec else {}
    for parameter, values in claim.cases.items():
        found[parameter] = next(n for n, value in values.items() if value is found[parameter])
    return found


def _prepare(item: pytest.Item, claim: Claim) -> None:
    case = _case_of(item, claim)
    item.add_marker(pytest.mark.claim(id=claim.id))
    if "speedup" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.ratio)
    for expectation in claim.applies:
        if not expectation.meets(case):
            item.add_marker(pytest.mark.skip(reason=NOT_APPLICABLE + expectation.because))
    for expectation in claim.refuted:
        if expectation.meets(case):
            item.add_marker(
                pytest.mark.xfail(strict=True, raises=Shown, reason=expectation.because)
            )
    sentence, explanation = sentence_of(getattr(item, "function", None))
    callspec = getattr(item, "callspec", None)
    item.user_properties += [
        (Key.CLAIM, claim.id),
        (Key.SECTION, section_of(item)),
        (Key.SENTENCE, sentence),
        (Key.EXPLANATION, explanation),
        (Key.QUESTION, claim.question),
        (Key.CASE, callspec.id if callspec else ""),
        (Key.PREDICTS, " ".join(claim.predicts)),
        (Key.NOTES, claim.notes),
        (Key.INTERPRETER, interpreter.name()),
        *interpreter.environment().items(),
        (Key.VERSIONS, versions()),
    ]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let a spec end as inconclusive, and tell whether what it ended with refutes its claim."""
    claim = claim_of(pyfuncitem.function)
    try:
        return (yield)
    except Inconclusive as undecided:
        pytest.skip(INCONCLUSIVE + str(undecided))
    except NotSeen as unseen:
        if starved := starving():
            pytest.skip(f"{INCONCLUSIVE}{starved}, and {unseen}")
        raise
    except Exception as error:
        if claim is not None:
            case = _case_of(pyfuncitem, claim)
            if any(e.meets(case) and e.shown_by(error) for e in claim.refuted):
                raise Shown(_told(error)) from error
        raise


@pytest.hookimpl(specname="pytest_pyfunc_call", tryfirst=True)
def pytest_pyfunc_call_beside_the_main_thread(pyfuncitem: pytest.Function) -> object:
    """Run a spec in a thread, which this one waits for so long (WHOLE_SPEC): NotSeen ends it then.

    Its own calls might never return if its claim were false, and a time-out of pytest's would say
    nothing about the claim.
    """
    claim = claim_of(pyfuncitem.function)
    in_main = threading.current_thread() is threading.main_thread()
    if claim is not None and claim.in_the_main_thread and not in_main:
        pytest.skip(f"{INCONCLUSIVE}needs the main thread, and pytest runs in another one here")
    if claim is None or claim.in_the_main_thread or pyfuncitem.get_closest_marker("ratio"):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    def spec() -> None:
        pyfuncitem.obj(**arguments)

    spec.__name__ = pyfuncitem.originalname
    # Free-threaded builds from 3.14 on keep warnings filters, and so pytest's, in the context.
    aware = getattr(sys.flags, "context_aware_warnings", False)
    context = copy_context() if aware else Context()
    if interpreter.WEBASSEMBLY:  # there is no other thread
        context.run(spec)
    else:
        Task(context.run, (spec,), spec.__name__).result(within=WHOLE_SPEC)
    return True


def verdict_of(report: pytest.TestReport, error: BaseException | None = None) -> Verdict | None:
    """Return the verdict that one phase of a test gives, or None if it gives none.

    ``error`` is what it ended with: a control that fails says nothing about the claim.
    """
    if report.failed:
        carried_out = report.when == "call" and not isinstance(error, ControlFailed)
        return Verdict.CONTRADICTED if carried_out and not _timed_out(report) else Verdict.ERROR
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


def _said(excinfo: pytest.ExceptionInfo[BaseException], _style: object = None) -> str:
    return str(excinfo.value)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the verdict, its reason and the way to run it again to the report of a spec."""
    if call.excinfo and call.excinfo.errisinstance(Shown) and not item.config.option.xfail_tb:
        # Nobody reads the traceback of a refutation, and to make one takes a twentieth of a second.
        item.repr_failure = _said  # type: ignore[assignment, method-assign]
    report = yield
    claim = claim_of(getattr(item, "function", None))
    if claim is None or not is_spec(item):
        return report
    error = call.excinfo.value if call.excinfo else None
    verdict = verdict_of(report, error)
    control_failed = report.failed and isinstance(error, ControlFailed)
    if verdict is not None:
        if verdict is Verdict.REFUTED and error is not None:
            _record(item, Key.EVIDENCE, f"observed: {error}")
        _record(item, Key.VERDICT, verdict.value)
        reason = reason_of(report)
        if control_failed:
            reason = f"a control failed, which says nothing about the claim: {error}"
        if reason:
            _record(item, Key.REASON, reason)
    report.user_properties = list(item.user_properties)
    timed_out = verdict is Verdict.ERROR and _timed_out(report)
    if verdict is Verdict.CONTRADICTED or control_failed or timed_out:
        report.sections.append((f"claim {claim.id}", _contradiction(item, report, claim, error)))
    if verdict is not None and verdict.wrong and (timed_out or isinstance(error, NotSeen)):
        report.sections.append(("where every thread and child was", str(outcome(standstill))))
    return report


def _timed_out(report: pytest.TestReport) -> bool:
    return "from pytest-timeout" in str(getattr(report, "longrepr", ""))


def _record(item: pytest.Item, name: str, value: str) -> None:
    if name == Key.VERDICT:  # a later phase overrules an earlier one, but for a contradiction
        if (name, Verdict.CONTRADICTED.value) in item.user_properties:
            return
        item.user_properties[:] = [pair for pair in item.user_properties if pair[0] != name]
    item.user_properties.append((name, value))


def _told(error: BaseException) -> str:
    """Return the first line of an exception as a user sees it; of an assertion, what is not so."""
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, AssertionError):
        return text or "AssertionError"
    return f"{type(error).__name__}: {text}"


def _contradiction(
    item: pytest.Item, report: pytest.TestReport, claim: Claim, error: BaseException | None
) -> str:
    """Return what was claimed, expected and observed, where that is not as it should be."""
    sentence, _ = sentence_of(getattr(item, "function", None))
    observed = properties_of(report).get(Key.EVIDENCE, "nothing was recorded before it failed")
    expected = "to hold" if item.get_closest_marker("xfail") is None else "to be refuted"
    if isinstance(error, ControlFailed):
        expected = f"{error}: this control failed, which says nothing about the claim"
    elif error is None:
        expected = f"to be refuted: {report.longrepr}"
    if error is not None:
        observed += f"; then {_told(error)}"
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
    known, verdict = properties_of(report), verdict_of(report)
    if verdict is None or Key.VERDICT not in known:
        return None
    if report.when == "call":  # the report itself does not tell a failed control
        verdict = Verdict(known[Key.VERDICT])
    category = {
        Verdict.HOLDS: "passed",
        Verdict.REFUTED: "xfailed",
        Verdict.INCONCLUSIVE: "skipped",
        Verdict.NOT_APPLICABLE: "skipped",
        Verdict.CONTRADICTED: "failed",
        Verdict.ERROR: "failed" if report.when == "call" else "error",
    }[verdict]
    return category, verdict.letter, (verdict.word, verdict.markup)
