"""Selecting claims by id and by what they say."""

from types import SimpleNamespace

import pytest

from tests.harness import claim
from tests.plugins.selection import says, selects, split


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


def test_what_a_claim_says_is_found_whatever_the_case_and_the_line_breaks():
    assert says(first, "keyerror: 'such a key'")
    assert says(first, "raises   KeyError")
    assert not says(first, "ValueError")
    assert not says(lambda: None, "KeyError")


@pytest.mark.parametrize(
    ("ids", "texts", "kept"),
    [
        ([], [], [first, second, other]),
        (["LOCK01"], [], [first]),
        (["lock"], [], [first, second]),
        ([], ["raises"], [first, second]),
        ([], ["KeyError", "nothing"], [first, second]),
        (["LOCK10"], ["raises"], [second]),
        (["LOCK10"], ["KeyError"], []),
    ],
)
def test_claims_are_kept_that_meet_what_was_asked_for(ids, texts, kept):
    chosen, others = split(ITEMS, ids, texts)
    assert [item.function for item in chosen] == kept
    assert len(chosen) + len(others) == len(ITEMS)
