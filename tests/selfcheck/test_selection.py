"""Selecting claims by id and by what they say."""

from types import SimpleNamespace

import pytest

from tests.harness import claim
from tests.plugins.selection import selects, split
from tests.selfcheck.kill.runs import run_suite


@claim("LOCK01")
def first():
    """A thread raises KeyError.

    "KeyError: 'such a
    key'" is printed.
    """


@claim("LOCK10")
def second():
    """A thread raises nothing."""


def other():
    """A test of the suite, which decides no claim."""


ITEMS = [SimpleNamespace(function=function) for function in (first, second, other)]


@pytest.mark.parametrize(
    ("wanted", "id", "selected"),
    [
        ("LOCK01", "LOCK01", True),
        ("lock01", "LOCK01", True),
        ("Lock", "LOCK01", True),
        ("LOCK0", "LOCK01", False),
        ("LOC", "LOCK01", False),
        ("LOCK01", "LOCK011", False),
        ("7", "7.03", True),
        ("7.", "7.03", True),
        ("7.03", "7.03", True),
        ("7.0", "7.03", False),
        ("", "LOCK01", False),
        ("", "7.03", False),
    ],
)
def test_a_claim_is_selected_by_its_id_or_its_subject(wanted, id, selected):
    assert selects(wanted, id) is selected


@pytest.mark.parametrize(
    ("ids", "kept"),
    [([], [first, second, other]), (["LOCK01"], [first]), (["lock"], [first, second]), (["1"], [])],
)
def test_claims_are_kept_that_were_asked_for(ids, kept):
    chosen, others = split(ITEMS, ids)
    assert [item.function for item in chosen] == kept
    assert len(chosen) + len(others) == len(ITEMS)


def test_a_whole_message_runs_the_claims_that_have_it(tmp_path):
    run = run_suite(tmp_path, "--about", "RuntimeError: cannot join thread before it is started")
    assert {case.claim for case in run.cases} == {"THREAD02"}
    assert run.exit_code == 0


def test_words_show_the_best_claims_and_run_nothing(tmp_path):
    run = run_suite(tmp_path, "--about", "daemon thread")
    assert run.exit_code == 0
    assert not run.cases
    assert "DAEMON" in run.output
    assert "Nothing was run. To run one of them: pytest -vv --claim ID" in run.output


def test_words_that_no_claim_has_are_refused_in_one_line(tmp_path):
    run = run_suite(tmp_path, "--about", "zzz")
    assert run.exit_code == pytest.ExitCode.USAGE_ERROR
    assert run.output.strip().endswith("ERROR: no claim has a word of 'zzz'; try other words")
