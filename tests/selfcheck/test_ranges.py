"""Where a claim holds, in a few words."""

import pytest

from tests.report.ranges import holding
from tests.report.reading import read
from tests.selfcheck.made_results import Made, write_junit

T, F, N, D = "holds", "refuted", "not applicable", "depends"
RELEASES = ("CPython 3.12.1", "CPython 3.13.5", "CPython 3.14.2")
FREE, PYPY = "CPython 3.13.5 free-threaded", "PyPy 7.3.20 (Python 3.12.11)"


def made(verdict):
    """Return the cases of a claim with this verdict."""
    if verdict == D:
        return [Made("A1", T, case="a"), Made("A1", F, "so", case="b")]
    return [Made("A1", verdict, "so" * (verdict != T))]


@pytest.mark.parametrize(
    ("seen", "others", "words"),
    [
        ((T, T, T), {}, ""),
        ((F, F, F), {}, "nowhere"),
        ((D, D, F), {}, "depends"),
        ((T, T, F), {}, "until 3.13"),
        ((F, T, T), {}, "3.13+"),
        ((N, T, T), {}, "3.13+"),
        ((F, T, F), {}, "3.13"),
        ((T, F, T), {}, "until 3.12, 3.14+"),
        ((T, T, T), {FREE: F}, "not 3.13t"),
        ((F, F, F), {FREE: T}, "nowhere, also 3.13t"),
        ((T, T, T), {PYPY: F}, "not PyPy"),
        ((T, T, F), {PYPY: T}, "until 3.13"),
        ((N, N, N), {}, ""),
    ],
)
def test_where_a_claim_holds_is_said_in_releases_and_then_in_exceptions(
    seen, others, words, tmp_path
):
    for name, verdict in {**dict(zip(RELEASES, seen, strict=True)), **others}.items():
        write_junit(tmp_path / f"{name}.xml", name, made(verdict))
    results = read([tmp_path])
    assert holding(results, results.claims[0]) == words


def test_patch_levels_are_told_apart_where_they_differ(tmp_path):
    for name, verdict in (("CPython 3.13.0", F), ("CPython 3.13.9", T), ("CPython 3.14.2", T)):
        write_junit(tmp_path / f"{name}.xml", name, made(verdict))
    results = read([tmp_path])
    assert holding(results, results.claims[0]) == "3.13.9+"


def test_a_system_that_differs_is_named(tmp_path):
    for name in RELEASES:
        write_junit(tmp_path / f"{name}.xml", name, made(T))
    write_junit(tmp_path / "w.xml", RELEASES[1], made(F), platform="Windows-11")
    results = read([tmp_path])
    assert holding(results, results.claims[0]) == "not on Windows"
