"""Counterfeits: those of the owner's claims are caught in every case, and none is live unasked.

All the others, against all claims, are the kill matrix's.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.harness.interpreter import gil_enabled
from tests.selfcheck import counterfeits
from tests.selfcheck.kill.matrix import EACH_BY_ITS_OWN, SPECIFIC
from tests.selfcheck.kill.runs import INJECTION, run_suite
from tests.vocabulary.specs import all_specs, specs_by_id

KNOWN = counterfeits.everything()

#: The claims that the owner named, and a counterfeit that breaks each in every one of its cases.
OWNERS = {
    "7.03": "notes/thread_against_process:a_process_has_no_memory_of_its_own",
    "7.05": "notes/thread_against_process:threads_have_memory_of_their_own",
    "6.10": "notes/pool:results_come_in_completion_order",
    "5.02": "notes/queue:queues_deliver_the_last_item_first",
    "8.03": "notes/fork:fork_returns_one_in_the_child",
    "2.04": "notes/the_gil_and_multiprocessing:two_threads_that_met_are_interrupted"
    if gil_enabled()
    else "notes/the_gil_and_multiprocessing:two_threads_that_met_run_one_after_the_other",
}


def live(name):
    """Return a parameter for the counterfeit; skipped where it breaks nothing."""
    fake = KNOWN[name]
    reason = f"{name} breaks nothing on this interpreter"
    return pytest.param(fake, id=name, marks=() if fake.where else pytest.mark.skip(reason=reason))


def test_every_claim_has_a_specific_counterfeit():
    """One that breaks a few claims, here or on another interpreter; the kill matrix runs it."""
    specific = (
        f for f in KNOWN.values() if len(f.breaks) <= SPECIFIC or f.place == EACH_BY_ITS_OWN
    )
    broken = {id for fake in specific for id in fake.breaks}
    assert [id for id in specs_by_id() if id not in broken] == []


def mirror(spec):
    """Return where the counterfeits for a spec belong: ``notes/queue`` for test_5_queue.py."""
    folder, file = spec.partition(".py::")[0].split("/")[-2:]
    return f"{folder}/{re.sub('^test_([0-9]_)?', '', file)}"


def test_counterfeits_mirror_the_tree_of_specs():
    files = {mirror(spec.nodeid) for spec in all_specs()} | {EACH_BY_ITS_OWN}
    assert [name for name, fake in KNOWN.items() if fake.place not in files] == []


def test_every_counterfeit_breaks_a_claim_of_its_folder():
    elsewhere = []
    for name, fake in KNOWN.items():
        places = {mirror(spec).split("/")[0] for id in fake.breaks for spec in specs_by_id()[id]}
        elsewhere += [name] * (fake.place.split("/")[0] not in places)
    assert elsewhere == []


def test_every_counterfeit_breaks_claims_that_exist():
    unknown = {f.name: set(f.breaks) - set(specs_by_id()) for f in KNOWN.values()}
    assert {name: ids for name, ids in unknown.items() if ids} == {}


@pytest.mark.parametrize(
    ("fake", "claim"),
    [
        pytest.param(*live(name).values, id, id=id, marks=live(name).marks)
        for id, name in OWNERS.items()
    ],
)
def test_a_claim_of_the_owner_is_contradicted_whatever_the_start_method(fake, claim, tmp_path):
    # With patience: on a busy machine five workers of a pool may need more than three seconds.
    run = run_suite(tmp_path, "--claim", claim, counterfeit=fake.name, SPEC_PATIENCE="6")
    stated_by = specs_by_id()[claim][0].rpartition("::")[2]  # others decide details of the claim
    verdicts = {case.verdict for case in run.cases if case.name.partition("[")[0] == stated_by}
    assert verdicts - {"not applicable"} == {"contradicted"}, run.output


def test_without_a_counterfeit_the_injection_changes_nothing(tmp_path):
    run = run_suite(tmp_path, "--claim", "7.03", PYTHONPATH=str(INJECTION))
    assert set(run.verdicts("7.03").values()) <= {"holds", "not applicable"}
    assert run.exit_code == 0


def test_a_counterfeit_that_does_not_exist_is_one_clear_line():
    environ = {
        **os.environ,
        "COUNTERFEIT": "notes/process:a_proces_runs",
        "PYTHONPATH": str(INJECTION),
    }
    done = subprocess.run(
        [sys.executable, "-c", "print('ran')"],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "no counterfeit 'notes/process:a_proces_runs'; did you mean " in done.stderr
    assert ":a_process_runs_as_a_thread" in done.stderr
