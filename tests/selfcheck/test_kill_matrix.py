"""The kill matrix tells what survives, what is unkilled and what changed, from made-up verdicts."""

import csv
from dataclasses import replace

import pytest

from tests.selfcheck.counterfeits import Counterfeit
from tests.selfcheck.kill import matrix as kill_matrix
from tests.selfcheck.kill.matrix import Matrix, by_claim, bystanders, findings, write_csv
from tests.selfcheck.kill.runs import Case, Run

USUAL = {"5.01": "holds", "6.02": "holds", "8.01": "holds", "8.02": "refuted"}
HEADINGS = findings(Matrix([], {}), {}).keys()


def fake(name="a_pool_lies", *breaks, unrelated=("5.", "8.")):
    """Return a counterfeit that breaks these claims (6.02 unless told)."""
    return Counterfeit(name, "pools", breaks or ("6.02",), lambda: None, unrelated=unrelated)


def wrong(seen, *fakes, usual=USUAL, plain=None):
    """Return what is found wrong, by heading, but for the headings under which nothing is."""
    matrix = Matrix(fakes or [fake()], usual, seen)
    found = findings(matrix, usual if plain is None else plain)
    assert found.keys() == HEADINGS
    return {heading: lines for heading, lines in found.items() if lines}


def all_killed(**others):
    """Return verdicts under a_pool_lies, and under one that breaks the remaining claims."""
    rest = dict.fromkeys(("5.01", "8.01", "8.02"), "contradicted")
    return {"a_pool_lies": {"6.02": "contradicted", **others}, "rest": rest}


BOTH = (fake(), fake("rest", "5.01", "8.01", "8.02", unrelated=()))


def test_nothing_is_wrong_where_every_claim_is_contradicted_and_the_others_are_as_they_were():
    assert wrong(all_killed(**{"5.01": "holds", "8.02": "refuted"}), *BOTH) == {}


@pytest.mark.parametrize("verdict", ["holds", "refuted", "error", "not applicable", "not run"])
def test_a_counterfeit_survives_unless_its_claim_is_contradicted(verdict):
    seen = all_killed()
    if verdict == "not run":
        del seen["a_pool_lies"]["6.02"]
    else:
        seen["a_pool_lies"]["6.02"] = verdict
    assert wrong(seen, *BOTH) == {
        "counterfeits that survive": [f"a_pool_lies: 6.02 is {verdict}"],
        "specs that no counterfeit kills": ["6.02"],
    }


def test_a_counterfeit_survives_if_one_of_its_claims_does():
    seen = {"a_pool_lies": {"6.02": "contradicted", "6.03": "holds"}}
    usual = {"6.02": "holds"}
    assert wrong(seen, fake("a_pool_lies", "6.02", "6.03"), usual=usual) == {
        "counterfeits that survive": ["a_pool_lies: 6.03 is holds"]
    }


def test_a_spec_that_no_counterfeit_names_is_unkilled():
    usual = {**USUAL, "9.01": "holds"}
    assert wrong(all_killed(), *BOTH, usual=usual) == {"specs that no counterfeit kills": ["9.01"]}


def test_a_spec_that_does_not_apply_here_needs_no_counterfeit():
    assert wrong(all_killed(), *BOTH, usual={**USUAL, "9.01": "not applicable"}) == {}


@pytest.mark.parametrize("verdict", ["contradicted", "error", "refuted", "inconclusive"])
def test_an_unrelated_spec_must_stay_as_it_was(verdict):
    assert wrong(all_killed(**{"8.01": verdict}), *BOTH) == {
        "unrelated specs that changed": [f"8.01 under a_pool_lies: {verdict}, not holds"]
    }


def test_a_ratio_that_the_machine_could_not_decide_is_neither_killed_nor_survived():
    usual = {"3.08": "inconclusive"}
    seen = {"no_speed_up": {"3.08": "inconclusive"}}
    fakes = [fake("no_speed_up", "3.08")]
    assert wrong(seen, *fakes, usual=usual) == {}
    assert Matrix(fakes, usual, seen).undecided() == {"no_speed_up": ["3.08"]}


def test_what_the_injection_alone_changes_is_wrong():
    plain = {**USUAL, "5.01": "refuted"}
    assert wrong(all_killed(), *BOTH, plain=plain) == {
        "claims that the injection alone changes": ["5.01: holds, without the injection refuted"]
    }


@pytest.mark.parametrize("verdict", ["contradicted", "error"])
def test_the_suite_must_be_green_without_a_counterfeit(verdict):
    usual = {**USUAL, "5.01": verdict}
    heading = "claims that are contradicted, or in error, without a counterfeit"
    assert wrong(all_killed(), *BOTH, usual=usual) == {heading: [f"5.01: {verdict}"]}


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
    cases = [Case({"claim": "1.01", "verdict": verdict}, []) for verdict in verdicts]
    assert by_claim(Run(0, "", cases)) == {"1.01": said}


def test_bystanders_are_unrelated_can_be_decided_and_take_turns():
    usual = {f"5.{n:02}": "holds" for n in range(1, 10)} | {
        "5.50": "inconclusive",  # decided by a ratio
        "6.02": "holds",  # of the counterfeits' own subject
    }
    fakes = [fake(f"fake_{n}") for n in range(5)]
    chosen = bystanders(fakes, usual)
    assert [len(claims) for claims in chosen.values()] == [2, 2, 2, 2, 2]
    assert set().union(*chosen.values()) == {f"5.{n:02}" for n in range(1, 10)}


def test_the_csv_has_a_row_per_counterfeit_and_a_column_per_claim(tmp_path):
    path = tmp_path / "new" / "matrix.csv"
    write_csv(Matrix(BOTH, USUAL, all_killed()), path)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["subject", "counterfeit", "5.01", "6.02", "8.01", "8.02"],
            ["pools", "a_pool_lies", "", "contradicted", "", ""],
            ["pools", "rest", "contradicted", "", "contradicted", "contradicted"],
        ]


def test_a_counterfeit_that_does_not_exist_is_one_clear_line(capsys):
    with pytest.raises(SystemExit) as ended:
        kill_matrix.main(["fork_returns_one_in_the_chlid"])
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "no counterfeit 'fork_returns_one_in_the_chlid'; did you mean notes/fork:" in said


@pytest.mark.parametrize("code", [0, 1])
def test_the_command_says_whether_all_is_well(code, capsys, monkeypatch):
    """Of a counterfeit that is caught: on its own terms, and if it were to break 5.01 as well."""
    one = kill_matrix.counterfeits.find("results_come_in_completion_order")
    if code == 1:
        one = replace(one, breaks=(*one.breaks, "5.01"))
    monkeypatch.setattr(kill_matrix.counterfeits, "find", lambda _: one)
    # Not all claims twice: only the counterfeit's own and a bystander.
    few = {**dict.fromkeys(one.breaks, "holds"), "8.03": "holds"}
    monkeypatch.setattr(kill_matrix.Kit, "unmodified", lambda _: (few, few))
    assert kill_matrix.main([one.name]) == code
    printed = capsys.readouterr().out
    assert f"counterfeits that survive: {'1' if code else 'none'}" in printed
    assert "unrelated specs that changed: none" in printed
    assert "6.10; 1 others unchanged" in printed
