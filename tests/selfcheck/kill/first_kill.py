"""Skips the other cases of a claim once one of them is contradicted (a plugin of the kill matrix).

Where a counterfeit makes things hang, each of a spec's cases would wait for its patience to end.
It imports nothing of the suite, whose plugins pytest wants to import itself.
"""

import pytest

_contradicted: set[str] = set()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a case that can add nothing."""
    claim = item.get_closest_marker("claim")
    if claim is not None and claim.kwargs["id"] in _contradicted:
        pytest.skip("another case of this claim is contradicted already")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember the claims that are contradicted."""
    properties = dict(report.user_properties)
    if properties.get("verdict") == "contradicted":
        _contradicted.add(str(properties["claim"]))
