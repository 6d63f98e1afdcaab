"""Selecting claims by id and by what they say."""

from types import SimpleNamespace

import pytest

from tests.harness import claim
from tests.plugins.selection import says, selects, split


@claim("TH01")
def first():
    """A thread raises KeyError.

    "KeyError: 'such a
    key'" is printed.
    """


@claim("TH10")
def second():
    """A thread raises nothing."""


def other():
    """A test of the suite, which decides no claim."""


ITEMS = [SimpleNamespace(function=function) for function in (first, second, other)]


@pytest.mark.parametrize(
    ("wanted", "id", "selected"),
    [
        ("TH01", "TH01", True),
        ("TH", "TH01", True),
        ("7.", "7.03", True),
        ("TH0", "TH01", False),
        ("TH01", "TH010", False),
        ("", "TH01", False),
    ],
)
def test_an_id_is_selected_whole_or_by_its_beginning(wanted, id, selected):
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
        (["TH01"], [], [first]),
        (["TH"], [], [first, second]),
        ([], ["raises"], [first, second]),
        ([], ["KeyError", "nothing"], [first, second]),
        (["TH10"], ["raises"], [second]),
        (["TH10"], ["KeyError"], []),
    ],
)
def test_claims_are_kept_that_meet_what_was_asked_for(ids, texts, kept):
    chosen, others = split(ITEMS, ids, texts)
    assert [item.function for item in chosen] == kept
    assert len(chosen) + len(others) == len(ITEMS)
