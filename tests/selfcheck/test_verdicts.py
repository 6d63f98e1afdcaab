"""From the end of a test to a verdict, its word, its properties and its explanation."""

import os
import signal
import xml.etree.ElementTree as ET

import pytest

from tests.plugins.marks import PROC
from tests.plugins.summary import MANY, Case, Row, Summary
from tests.selfcheck.kill.runs import ROOT, run_suite
from tests.vocabulary.verdict import Verdict, shorten

pytest_plugins = ["pytester"]

SPEC = '''
import threading
from tests.harness import Inconclusive, applies, cases, claim, in_the_main_thread, refuted
{decorators}
@claim("7.03")
def test_the_answer_is_always_right(evidence):
    """The answer is right.

    Since the question is.
    """
    evidence(answer=42)
    {body}
'''


@pytest.fixture
def suite(pytester, monkeypatch):
    """Run a spec with the suite's plugins; returns pytest's result and its JUnit properties."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    pytester.makeconftest(
        'pytest_plugins = ["tests.plugins.verdicts", "tests.plugins.fixtures", '
        '"tests.plugins.speedup", "tests.plugins.summary"]'
    )
    pytester.makepyprojecttoml(
        """
        [tool.pytest]
        junit_family = "xunit1"
        strict = true
        markers = ["claim(id): the claim", "ratio: by ratios"]
        """
    )

    def run(body, decorators="", *options, source=SPEC, apart=False):
        folder = pytester.path / "tests" / "notes"
        folder.mkdir(parents=True, exist_ok=True)
        text = source.format(body=body, decorators=decorators)
        (folder / "test_answers.py").write_text(text, encoding="utf-8")
        start = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        result = start("-v", "--junitxml=out.xml", *options)
        found = ET.parse(pytester.path / "out.xml").iter("property")
        return result, [(p.get("name"), p.get("value")) for p in found]

    return run


MISNAMED = """
from tests.harness import cases, claim, refuted
@claim("1.01")
@cases(it=(True, False))
@refuted(it=False, because="no")
def test_one_two_three_four(it):
    "Yes."
"""
EVERYWHERE = '@refuted(because="gh-1: it was wrong")'
NOWHERE = '@refuted(where=False, because="gh-1: it was wrong")'
BY_ITS_TYPE = '@refuted(because="gh-1: it was wrong", by=OSError)'
BY_ITS_TEXT = '@refuted(because="gh-1: it was wrong", by="OSError: n")'


@pytest.mark.parametrize(
    ("body", "decorators", "verdict", "outcome"),
    [
        ("assert True", "", Verdict.HOLDS, {"passed": 1}),
        ("assert not evidence", EVERYWHERE, Verdict.REFUTED, {"xfailed": 1}),
        ("raise Inconclusive('1.02')", "", Verdict.INCONCLUSIVE, {"skipped": 1}),
        ("raise Inconclusive('1.02')", EVERYWHERE, Verdict.INCONCLUSIVE, {"skipped": 1}),
        (
            "pass",
            '@applies(where=False, because="os.fork() exists only on POSIX")',
            Verdict.NOT_APPLICABLE,
            {"skipped": 1},
        ),
        ("assert not evidence", "", Verdict.CONTRADICTED, {"failed": 1}),
        ("assert True", EVERYWHERE, Verdict.CONTRADICTED, {"failed": 1}),
        ("raise OSError('no')", "", Verdict.CONTRADICTED, {"failed": 1}),
        ("raise OSError('no')", EVERYWHERE, Verdict.CONTRADICTED, {"failed": 1}),
        ("raise OSError('no')", BY_ITS_TYPE, Verdict.REFUTED, {"xfailed": 1}),
        ("raise OSError('no')", BY_ITS_TEXT, Verdict.REFUTED, {"xfailed": 1}),
        ("raise OSError('yes')", BY_ITS_TEXT, Verdict.CONTRADICTED, {"failed": 1}),
        ("assert not evidence", BY_ITS_TYPE, Verdict.CONTRADICTED, {"failed": 1}),
        ("assert not evidence", NOWHERE, Verdict.CONTRADICTED, {"failed": 1}),
    ],
)
def test_each_way_to_end_has_its_verdict(suite, body, decorators, verdict, outcome):
    result, properties = suite(body, decorators)
    result.assert_outcomes(**outcome)
    assert ("verdict", verdict.value) in properties
    result.stdout.fnmatch_lines([f"*::test_the_answer_is_always_right {verdict.word} *", "7.03 *"])


CASES = """
from tests.harness import applies, cases, claim, refuted
{decorators}
@claim("7.03")
@cases(kind=("a", "b", "c"), value={{"one": [1], "two": [2]}})
@refuted(kind=("a", "b"), value="two", because="gh-1: two is too many")
@applies(kind=("a", "b"), because="there is no c on Linux")
def test_the_answer_is_always_right(kind, value, evidence):
    'The answer is right.'
    assert evidence(kind=kind, value=value) == (kind, [1])
"""


def test_a_spec_is_run_for_each_combination_of_its_cases(suite):
    result, properties = suite("", source=CASES)
    result.assert_outcomes(passed=2, xfailed=2, skipped=2)
    assert ("case", "a-one") in properties


def test_what_a_module_says_of_every_spec_concerns_each(suite):
    everywhere = 'every_spec = [applies(where=False, because="there is nothing on Linux")]'
    result, _ = suite("", everywhere, source=CASES)
    result.assert_outcomes(skipped=6)


@pytest.mark.parametrize(("decorators", "main"), [("", False), ("@in_the_main_thread", True)])
def test_a_spec_runs_beside_the_main_thread_unless_it_needs_that(suite, decorators, main):
    result, _ = suite(
        f"assert (threading.current_thread() is threading.main_thread()) is {main}", decorators
    )
    result.assert_outcomes(passed=1)


def test_a_spec_that_blocks_is_named(suite, monkeypatch, pytester):
    monkeypatch.setenv("SPEC_PATIENCE", "0.1")
    suite("threading.Event().wait(5)", apart=True)
    told = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert "test_the_answer_is_always_right() had not returned after 0.2 s" in told


def test_a_timeout_is_an_error_and_no_contradiction(suite):
    result, properties = suite(
        "threading.Event().wait(20)", "@in_the_main_thread", "--timeout=0.2", "-p", "timeout"
    )
    assert ("verdict", "error") in properties
    told = ["*claim 7.03*", "*run just this one*", "*where every thread and child was*"]
    result.stdout.fnmatch_lines([*told, "7.03 *ERROR *"])


def test_what_is_waited_for_in_vain_shows_where_all_is(suite, monkeypatch):
    monkeypatch.setenv("SPEC_PATIENCE", "1")
    body = """
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "import os; os.read(0, 1)"], stdin=-1)
    try:
        threading.Event().wait(5)
    finally:
        child.communicate()
    """
    result, _ = suite(body, apart=True)
    stands = ["thread *:", "*test_answers.py:* test_the_answer_is_always_right"]
    if PROC:  # elsewhere nothing tells what children there are
        stands.append("child *os.read(0, 1)")
    result.stdout.fnmatch_lines(["*where every thread and child was*", *stands])


def test_the_properties_tell_the_whole_story(suite):
    _, properties = suite("assert not evidence", EVERYWHERE)
    known = dict(properties)
    assert known["claim"] == "7.03"
    assert known["sentence"] == "The answer is right."
    assert known["explanation"] == "Since the question is."
    assert known["reason"] == "gh-1: it was wrong"
    assert known["notes"] == "true"
    assert ("evidence", "answer: 42") in properties
    assert {"interpreter", "section", "GIL", "default start method", "platform"} <= set(known)


def test_the_properties_are_the_same_under_xdist(suite):
    _, alone = suite("assert True")
    _, distributed = suite("assert True", "", "-n", "1", apart=True)
    assert distributed == alone


def test_a_contradiction_says_what_was_claimed_observed_and_how_to_run_it(suite):
    result, _ = suite("assert 1 == 2")
    result.stdout.fnmatch_lines(
        [
            "*claim 7.03*",
            "claimed:  The answer is right.",
            "expected: to hold, on *",
            "observed: answer: 42; then assert 1 == 2",
            "run just this one: pytest -v --claim 7.03",
        ]
    )


def test_an_unexpected_success_says_that_a_refutation_was_expected(suite):
    result, _ = suite("assert True", EVERYWHERE)
    result.stdout.fnmatch_lines(["expected: to be refuted: *gh-1: it was wrong, on *"])


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def test_one_two_three_four():\n    'Yes.'", "carries no claim id"),
        (
            "from tests.harness import claim\n@claim('1.01')\ndef test_one_two_three_four(): pass",
            "docstring's first line must be the claim",
        ),
        (
            "from tests.harness import claim\n@claim('1.01')\ndef test_one_two_three_four(): 'No'",
            "docstring's first line must be the claim",
        ),
        (
            "from tests.harness import claim\n@claim('1.01')\ndef test_queue():\n    'Yes.'",
            "its name must state the claim in words",
        ),
        (
            MISNAMED,
            "a case goes by its name, a text, in it=False",
        ),
    ],
)
def test_a_spec_that_does_not_state_its_claim_is_refused(suite, source, complaint):
    result, _ = suite("", source=source)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{complaint}*"])


def filled(*verdicts):
    """Return a row with one case for each verdict, named by its start method."""
    row = Row("1.01", "Every process has memory of its own, and none of them can see another's.")
    for case, verdict in zip(("fork", "spawn", "forkserver"), verdicts, strict=False):
        row.cases[case] = Case(verdict, evidence="answer: 1")
    return row


def test_a_claim_is_as_good_as_its_worst_case():
    row = filled(Verdict.HOLDS, Verdict.CONTRADICTED, Verdict.HOLDS)
    assert row.verdict is Verdict.CONTRADICTED
    assert [*row.remarks()] == ["holds: fork, forkserver; CONTRADICTED: spawn", "seen: answer: 1"]


def test_a_claim_with_cases_that_hold_and_others_that_are_refuted_depends():
    row = filled(Verdict.HOLDS, Verdict.REFUTED, Verdict.NOT_APPLICABLE)
    assert row.verdict is Verdict.DEPENDS
    parts = "holds: fork; refuted: spawn; n/a: forkserver"
    assert [*row.remarks()] == [parts, "seen: answer: 1"]


def test_what_depends_is_told_in_the_xml_of_the_whole_run(suite):
    decorators = '@cases(kind=("Lock", "RLock"))\n@refuted(kind="RLock", because="it is reentrant")'
    body = 'assert kind == "Lock"'
    source = SPEC.replace("(evidence)", "(kind, evidence)")
    result, properties = suite(body, decorators, source=source)
    result.stdout.fnmatch_lines(["7.03       DEPENDS *", "*: 1 depends"])
    assert ("depends", "7.03: holds: Lock; refuted: RLock") in properties


@pytest.mark.parametrize(
    ("load", "verdict"), [(3.0, "contradicted"), (1000.0, "inconclusive"), (None, "contradicted")]
)
def test_a_wait_in_vain_says_nothing_on_a_machine_that_starves(suite, monkeypatch, load, verdict):
    def loads():
        if load is None:
            raise OSError("not told here")
        return load, load, load

    monkeypatch.setattr(os, "getloadavg", loads)
    monkeypatch.setattr("tests.harness.interpreter.usable_cores", lambda: 2)
    body = "from tests.harness import until; until(lambda: False, 'nothing', within=0.01)"
    _, properties = suite(body)
    assert ("verdict", verdict) in properties
    starved = "inconclusive: 1000 processes want to run on 2 core(s), and waited 0.01 s for this"
    reasons = [value for name, value in properties if name == "reason"]
    assert all(reason.startswith(starved) for reason in reasons)
    assert len(reasons) == (verdict == "inconclusive")


def test_a_failed_control_is_an_error_that_says_so_and_no_contradiction(suite):
    body = "from tests.harness import control; control(False, 'two are needed')"
    result, properties = suite(body, EVERYWHERE)
    result.stdout.fnmatch_lines(["*ERROR*", "*expected: two are needed: this control failed*"])
    result.assert_outcomes(failed=1)
    reason = "a control failed, which says nothing about the claim: two are needed"
    assert {("verdict", "error"), ("reason", reason)} <= set(properties)


def test_a_case_that_is_not_applicable_does_not_hide_the_others():
    row = filled(Verdict.NOT_APPLICABLE, Verdict.HOLDS)
    assert row.verdict is Verdict.HOLDS
    assert [*row.remarks()] == ["holds: spawn; n/a: fork", "seen: answer: 1"]


def summary_of(*rows):
    """Return the summary of rows of one section."""
    summary = Summary()
    summary.sections["notes: 1"] = {(row.id, str(n)): row for n, row in enumerate(rows)}
    return summary


@pytest.mark.parametrize("width", [60, 79, 199])
def test_a_sentence_is_always_whole(width):
    row = filled(Verdict.HOLDS)
    (heading, none), (first, verdict), *more = summary_of(row).lines(width)
    assert (heading, none, verdict) == ("notes: 1", None, Verdict.HOLDS)
    assert first.startswith("1.01       HOLDS        Every")
    assert all(len(line) <= width for line, _ in more)
    text = " ".join([first[24:], *(line.strip() for line, _ in more)])
    assert text == row.sentence


@pytest.mark.parametrize(
    ("verdict", "explain", "shown"),
    [
        (Verdict.HOLDS, False, False),
        (Verdict.HOLDS, True, True),
        (Verdict.REFUTED, False, True),
        (Verdict.INCONCLUSIVE, False, True),
        (Verdict.CONTRADICTED, False, True),
    ],
)
def test_evidence_is_shown_where_it_decides(verdict, explain, shown):
    lines = summary_of(filled(verdict)).lines(79, explain=explain)
    assert any("seen: answer: 1" in line for line, _ in lines) is shown


def test_of_many_claims_only_those_are_listed_that_are_not_as_they_should_be():
    good = [Row(f"1.{n:02}", "Good.", cases={"": Case(Verdict.HOLDS)}) for n in range(MANY)]
    bad = Row("9.01", "Bad.", cases={"": Case(Verdict.CONTRADICTED)})
    lines = [line for line, _ in summary_of(*good, bad).lines(79)]
    assert lines == ["notes: 1: 60 holds, 1 contradicted", "9.01       CONTRADICTED Bad."]


def test_the_last_lines_count_the_claims_and_name_those_that_are_wrong(suite):
    result, _ = suite("assert not evidence")
    *_, counts, names = result.outlines
    assert counts.endswith(": 1 contradicted")
    assert names == "CONTRADICTED: 7.03"


def test_an_explanation_follows_its_claim_where_it_is_asked_for():
    row = filled(Verdict.HOLDS)
    row.explanation = "Each has its own. " * 10
    lines = [line for line, _ in summary_of(row).lines(79, explain=True)]
    told = " ".join(line.strip() for line in lines)
    assert told.endswith(row.explanation.strip())
    assert all(len(line) <= 79 for line in lines)


def test_control_characters_never_reach_the_terminal():
    assert shorten("a\x1b[31m\tb\nc", 20) == "a [31m b c"
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_claims_about_ctrl_c_hold_in_the_background_of_a_script_too(tmp_path, workers):
    """There SIGINT is ignored, and processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = run_suite(tmp_path, "-n", workers, "--claim", "THREAD39")
    finally:
        signal.signal(signal.SIGINT, before)
    assert run.verdicts("THREAD39") == {"": "holds"}
    assert run.exit_code == 0
