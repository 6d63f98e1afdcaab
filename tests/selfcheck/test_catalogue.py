"""Every claim on record has its spec, and running those of the notes gives their verdicts."""

import re

import pytest

from tests.harness import NO_GIL, PYPY, since
from tests.selfcheck.audits.catalogue import NOT_TESTED, NOTES
from tests.selfcheck.kill.runs import run_suite
from tests.vocabulary.specs import all_specs, specs_by_id
from tests.vocabulary.subjects import SUBJECTS, subject_of

#: What a reason must name: the PEP, issue, version, implementation or platform that is the cause.
CAUSE = re.compile(r"\b(PEP \d+|gh-\d+|bpo-\d+|3\.\d+|PyPy|CPython|POSIX|Windows|macOS|Linux)\b")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return one run of all claims of the notes but those decided by ratios."""
    folder = tmp_path_factory.mktemp("run")
    return run_suite(folder, "tests/notes", "-m", "not ratio", "-n", "2")


def of_the_notes(run, word):
    """Return the claims of the notes that are ``true``, ``refined``, ``false`` or ``answered``."""
    return {case.claim for case in run.cases if case.properties["notes"] == word}


def test_every_claim_of_the_notes_has_a_spec():
    assert [id for id in NOTES if id not in specs_by_id()] == []


def test_what_is_not_tested_has_no_spec_but_a_reason():
    assert [id for id in NOT_TESTED if id in specs_by_id()] == []
    assert all(len(reason) > 20 for reason in NOT_TESTED.values())


def test_ids_are_found_without_parsing_the_files():
    found = [(id, node) for id, nodes in specs_by_id().items() for node in nodes]
    assert sorted(found) == sorted((spec.id, spec.nodeid) for spec in all_specs())


def test_no_id_names_claims_in_two_files():
    files = {id: {s.partition("::")[0] for s in specs} for id, specs in specs_by_id().items()}
    assert {id: found for id, found in files.items() if len(found) > 1} == {}


def test_every_id_says_its_subject_and_every_subject_has_claims():
    subjects = {subject_of(id) for id in specs_by_id() if id not in NOTES}
    assert subjects == set(SUBJECTS)


def test_the_notes_are_neither_contradicted_nor_in_error(run):
    assert run.exit_code == 0, run.output


def test_every_verdict_has_its_evidence(run):
    decided = [case for case in run.cases if case.verdict in ("holds", "refuted")]
    assert len(decided) > 100
    assert [case.properties for case in decided if not any(case.evidence)] == []


def test_the_false_claims_of_the_notes_are_refuted(run):
    false = of_the_notes(run, "false")
    assert len(false) >= 4
    assert false <= {case.claim for case in run.cases if case.verdict == "refuted"}


def test_where_the_notes_were_written_their_true_claims_are_not_refuted(run):
    if PYPY or NO_GIL or since("3.14.0"):
        pytest.skip("the notes were written on a CPython with a GIL and the older start method")
    refuted = {case.claim for case in run.cases if case.verdict == "refuted"}
    # 4.08 says itself that it is about children that import the main module: a forked one does not.
    assert refuted - {"4.08"} == of_the_notes(run, "false")
    assert run.verdicts("4.08")["spawn"] == "holds"


def test_whatever_is_refuted_or_not_applicable_names_its_cause(run):
    guarded = [case for case in run.cases if case.verdict in ("refuted", "not applicable")]
    reasons = {(case.claim, case.properties["reason"]) for case in guarded}
    unexplained = {
        (claim, reason)
        for claim, reason in reasons
        if not CAUSE.search(reason) and claim not in of_the_notes(run, "false")
    }
    assert unexplained == set()
