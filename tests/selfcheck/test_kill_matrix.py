"""From made-up verdicts, the kill matrix says what survives, what nothing kills, what changes."""

import csv
import re

import pytest

from tests.report.junit import JUnitCase
from tests.selfcheck.counterfeits import Counterfeit
from tests.selfcheck.kill import matrix as kill_matrix
from tests.selfcheck.kill.matrix import (
    SPECIFIC,
    Matrix,
    by_claim,
    bystanders,
    findings,
    ratios,
    selection,
    where,
    write_csv,
)
from tests.selfcheck.kill.runs import Run, run_suite

WITHOUT = "claims that are contradicted, or in error, without a counterfeit"
SURVIVE = "counterfeits that survive"
UNKILLED = "claims that no counterfeit kills"
UNSPECIFIC = "claims killed only by counterfeits that break more than 4 claims"
CHANGED = "unrelated claims that change"

USUAL = {"5.01": "holds", "6.02": "holds", "8.01": "holds", "8.02": "refuted"}


def fake(name, *breaks):
    """Return a counterfeit with this name that breaks these claims."""

    def function():
        """Break nothing."""

    function.__name__, function.__module__ = name, "counterfeits.notes.pool"
    return Counterfeit(function, breaks)


LIES, REST = fake("a_pool_lies", "6.02"), fake("the_rest", "5.01", "8.01", "8.02")
ALL_KILLED = {
    LIES.name: {"6.02": "contradicted"},
    REST.name: dict.fromkeys(REST.breaks, "contradicted"),
}


def cases(verdicts):
    """Return a case per claim with its verdict."""
    return {
        id: JUnitCase({"verdict": verdict}, file=f"{id}.py", name="test")
        for id, verdict in verdicts.items()
    }


def matrix(*fakes, usual=USUAL, seen=ALL_KILLED):
    """Return a matrix of what was seen, by counterfeit and claim."""
    return Matrix(fakes, cases(usual), {name: cases(found) for name, found in seen.items()})


def wrong(*fakes, **seen):
    """Return what is found wrong, by heading, without the headings under which nothing is."""
    found = findings(matrix(*(fakes or (LIES, REST)), **seen), whole=True)
    assert list(found) == [WITHOUT, SURVIVE, UNKILLED, UNSPECIFIC, CHANGED]
    return {heading: lines for heading, lines in found.items() if lines}


def also(**others):
    """Return that all is killed, and other verdicts under a_pool_lies."""
    return {**ALL_KILLED, LIES.name: {**ALL_KILLED[LIES.name], **others}}


def test_nothing_is_wrong_if_each_claim_is_contradicted_and_the_others_are_as_they_were():
    assert wrong(seen=also(**{"5.01": "holds", "8.02": "refuted"})) == {}


@pytest.mark.parametrize("verdict", ["holds", "refuted", "error", "not applicable", "not run"])
def test_a_counterfeit_survives_unless_its_claim_is_contradicted(verdict):
    seen = also(**{"6.02": verdict}) if verdict != "not run" else {**ALL_KILLED, LIES.name: {}}
    assert wrong(seen=seen) == {
        SURVIVE: [f"notes/pool:a_pool_lies: 6.02 is {verdict}"],
        UNKILLED: ["6.02 (6.02.py::test)"],
    }


def test_a_counterfeit_survives_if_one_of_its_claims_does():
    seen = {LIES.name: {"6.02": "contradicted", "6.03": "holds"}}
    assert wrong(fake("a_pool_lies", "6.02", "6.03"), usual={"6.02": "holds"}, seen=seen) == {
        SURVIVE: ["notes/pool:a_pool_lies: 6.03 is holds"]
    }


def test_a_claim_that_no_counterfeit_names_is_unkilled():
    assert wrong(usual={**USUAL, "9.01": "holds"}) == {UNKILLED: ["9.01 (9.01.py::test)"]}


def test_a_claim_that_does_not_apply_here_needs_no_counterfeit():
    assert wrong(usual={**USUAL, "9.01": "not applicable"}) == {}


@pytest.mark.parametrize(("others", "bad"), [(SPECIFIC - 1, False), (SPECIFIC, True)])
def test_a_claim_needs_a_killer_that_contradicts_few_others(others, bad):
    """What it was seen to contradict counts, declared or not."""
    more = [f"5.1{n}" for n in range(others)]
    broad = fake("a_pool_lies", "6.02", *more)
    killed = dict.fromkeys(broad.breaks, "contradicted")
    specific = [fake(f"of_{id}", id) for id in more]
    seen = {broad.name: killed, **{one.name: {one.breaks[0]: "contradicted"} for one in specific}}
    found = wrong(broad, *specific, usual=dict.fromkeys(broad.breaks, "holds"), seen=seen)
    assert found == ({UNSPECIFIC: ["6.02 (6.02.py::test)"]} if bad else {})


@pytest.mark.parametrize("verdict", ["contradicted", "error", "refuted", "inconclusive"])
def test_an_unrelated_claim_must_stay_as_it_was(verdict):
    assert wrong(seen=also(**{"8.01": verdict})) == {
        CHANGED: [f"8.01 with notes/pool:a_pool_lies: {verdict}"]
    }


def test_a_ratio_that_the_machine_could_not_decide_is_neither_killed_nor_survived():
    one = fake("no_speed_up", "3.08")
    seen = {one.name: {"3.08": "inconclusive"}}
    assert wrong(one, usual={"3.08": "holds"}, seen=seen) == {}
    assert matrix(one, seen=seen).undecided() == ["3.08 with notes/pool:no_speed_up"]


@pytest.mark.parametrize("verdict", ["contradicted", "error"])
def test_the_claims_must_be_as_expected_without_a_counterfeit(verdict):
    assert wrong(usual={**USUAL, "5.01": verdict}) == {WITHOUT: [f"5.01: {verdict}, "]}


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["holds", "contradicted", "error"], "contradicted"),
        (["holds", "error", "not applicable"], "error"),
        (["not applicable", "refuted", "holds"], "refuted"),
        (["not applicable", "holds"], "holds"),
        (["", "holds"], "holds"),
        ([""], ""),
    ],
)
def test_a_claim_has_the_verdict_of_its_cases_that_says_most(verdicts, said):
    found = [JUnitCase({"claim": "1.01", "verdict": verdict}) for verdict in verdicts]
    assert {id: case.verdict for id, case in by_claim(Run(0, "", found)).items()} == {"1.01": said}


def test_of_a_spec_whose_end_fails_too_the_first_failure_is_shown():
    contradicted = {"claim": "1.01", "verdict": "contradicted"}
    found = [JUnitCase(contradicted, failure=text) for text in ("assert 1 == 2", "a leak")]
    assert by_claim(Run(0, "", found))["1.01"].message == "assert 1 == 2"


def test_a_claim_that_only_a_control_notices_is_pointed_out():
    made = matrix(LIES, seen={LIES.name: {"6.02": "contradicted"}})
    assert made.only_by_control() == []
    said = "tests.harness.waiting.ControlFailed: the pool must have two workers"
    made.seen[LIES.name] = {"6.02": JUnitCase({"verdict": "error"}, failure=said)}
    assert made.only_by_control() == ["6.02"]
    assert "6.02" in made.killed(LIES)


def test_bystanders_are_unrelated_and_take_turns():
    fakes = [fake(f"fake_{n}", "6.02") for n in range(60)]
    chosen = bystanders(fakes)
    assert {len(claims) for claims in chosen.values()} == {2}
    seen = {id for claims in chosen.values() for id in claims}
    assert len(seen) > 10
    assert seen.isdisjoint({"6.02", *ratios()})


def test_no_claim_of_a_subject_that_a_counterfeit_breaks_is_unrelated():
    assert list(bystanders([fake("fake", "CONTEXT01")]).values()) == [[]]


def test_ratio_claims_are_known_without_a_run(tmp_path):
    output = run_suite(tmp_path, "--collect-only", "-q", "-m", "ratio").output
    specs = set(re.findall(r"^tests/\S+::\w+", output, re.MULTILINE))
    assert specs == set(selection(ratios()))


TRACEBACK = """
tests/plugins/verdicts.py:142: in call
    return (yield)
tests/selfcheck/kill/__init__.py:1: in test_it
    assert evidence(it=it) == [2]
E   AssertionError
"""


def test_the_csv_says_what_kills_each_claim_and_by_which_assertion(tmp_path):
    made = matrix(LIES, usual={"6.02": "holds", "6.03": "refuted"})
    seen = JUnitCase(
        {"verdict": "contradicted"},
        file="tests/selfcheck/kill/__init__.py",
        name="test_it",
        failure="assert [1] == [2]\nfirst line: details",
        traceback=TRACEBACK,
    )
    made.seen[LIES.name] = {"6.02": seen}
    write_csv(made, path := tmp_path / "new" / "matrix.csv")
    source = (
        '"""The kill matrix, which shows that every spec notices when what it claims is broken."""'
    )
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["claim", "counterfeit", "specific", "test", "line", "assertion", "seen"],
            ["6.02", LIES.name, "yes", seen.nodeid, "1", source, "assert [1] == [2]"],
            ["6.03", "", "", "6.03.py::test", "", "", "refuted"],
        ]


def test_a_spec_that_hangs_was_contradicted_in_no_line():
    said = "tests.harness.waiting.NotSeen: test_it() had not returned after 6 s"
    case = JUnitCase({}, file="tests/notes/test_5_queue.py", name="test_it", failure=said)
    assert where(case) == ("tests/notes/test_5_queue.py", "")
    assert case.message == said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fork_returns_one_in_the_chlid", "did you mean notes/fork:fork_returns_one_in_the_child"),
        ("notes/fork:fork_returns_one_in_the_c", "did you mean notes/fork:fork_returns_one"),
    ],
)
def test_a_counterfeit_that_does_not_exist_is_one_clear_line(name, hint, capsys):
    with pytest.raises(SystemExit) as ended:
        kill_matrix.main([name])
    assert ended.value.code == 2
    assert f"no counterfeit '{name}'; {hint}" in capsys.readouterr().err.splitlines()[-1]


def test_a_counterfeit_that_breaks_nothing_here_is_one_clear_line(capsys, monkeypatch):
    one = kill_matrix.counterfeits.find("notes/pool:results_come_in_completion_order")
    monkeypatch.setattr(one, "where", False)
    with pytest.raises(SystemExit) as ended:
        kill_matrix.main([one.name])
    assert ended.value.code == 2
    assert "nothing that breaks a claim on this interpreter" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 1])
def test_the_command_runs_one_counterfeit_and_says_whether_all_is_well(code, capsys, monkeypatch):
    """Of a counterfeit that is caught: as it is, and if it were to break 5.01 as well."""
    one = kill_matrix.counterfeits.find("notes/pool:results_come_in_completion_order")
    if code == 1:
        monkeypatch.setattr(one, "breaks", (*one.breaks, "5.01"))
        monkeypatch.setattr(kill_matrix.counterfeits, "everything", lambda: {one.name: one})
    assert kill_matrix.main(["results_come_in_completion_order"]) == code
    printed = capsys.readouterr().out
    assert f"counterfeits: 1, claims: {len(one.breaks)}" in printed
    assert "6.10 at tests/notes/test_6_pool.py:" in printed
    assert f"counterfeits that survive: {'1' if code else 'none'}" in printed
