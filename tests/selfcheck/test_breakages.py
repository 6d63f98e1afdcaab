"""Each breakage of a real project is predicted, and the table of them is made from results."""

import pytest

from tests.report.breakages import BREAKAGES, Breakage
from tests.report.reading import read
from tests.selfcheck.audits import breakage_table
from tests.selfcheck.audits.breakage_table import changes_as_seen, is_there, predicting, verdicts
from tests.selfcheck.made_results import Made, write_junit
from tests.vocabulary.results import Interpreter
from tests.vocabulary.specs import all_specs
from tests.vocabulary.verdict import Verdict


def interpreter(name, gil="on", system="Linux"):
    return Interpreter(name, gil, system)


@pytest.mark.parametrize(
    ("place", "there", "elsewhere"),
    [
        ("since 3.11.0", ["3.11.0", "3.12.1", "3.14.0candidate1"], ["3.10.21"]),
        ("since 3.13.6, 3.14.1", ["3.13.6", "3.13.18", "3.14.1", "3.15.0"], ["3.13.5", "3.14.0"]),
        ("since 3.13.8 before 3.13.12, 3.14.3", ["3.13.8", "3.14.2"], ["3.13.12", "3.14.3"]),
        ("before 3.12.3", ["3.11.16", "3.12.2"], ["3.12.3", "3.13.0"]),
    ],
)
def test_a_place_names_the_first_release_of_each_branch(place, there, elsewhere):
    found = [is_there(place, interpreter(f"CPython {one}")) for one in there + elsewhere]
    assert found == [True] * len(there) + [False] * len(elsewhere)


def test_a_place_names_builds_and_systems():
    here = interpreter("CPython 3.14.2 free-threaded", gil="off", system="macOS")
    pypy = interpreter("PyPy 8.0.1 (Python 3.11.17)", system="Windows")
    places = ("CPython", "PyPy", "free-threaded", "no-GIL", "POSIX", "macOS", "Windows")
    found = {place: (is_there(place, here), is_there(place, pypy)) for place in places}
    assert [place for place, both in found.items() if both[0]] == [
        "CPython",
        "free-threaded",
        "no-GIL",
        "POSIX",
        "macOS",
    ]
    assert [place for place, both in found.items() if both[1]] == ["PyPy", "Windows"]
    assert is_there("CPython macOS since 3.14.0 before 3.15.0", here)


@pytest.mark.parametrize("place", ["3.14.0", "since 3.14", "before 3.14.0 since 3.13.0", "Atari"])
def test_what_is_no_place_is_refused(place):
    with pytest.raises(ValueError, match=place):
        is_there(place, interpreter("CPython 3.14.0"))


def test_every_breakage_says_where_it_was_seen():
    places = [place for breakage in BREAKAGES.values() for place in breakage.seen]
    assert len(places) > 20
    assert {is_there(place, interpreter("CPython 3.13.0")) for place in places} == {True, False}


def prophets():
    """Return the specs that predict a breakage, and what they predict."""
    found = {}
    for spec in all_specs():
        for decorator in spec.node.decorator_list:
            if getattr(decorator, "func", None) and decorator.func.id == "predicts":
                found[spec] = [name.value for name in decorator.args]
    return found


def test_every_breakage_is_predicted_and_every_prediction_known():
    assert {row for rows in prophets().values() for row in rows} == set(BREAKAGES)


def test_a_claim_that_predicts_a_breakage_teaches_what_to_do_about_it():
    """The docstring of one of its specs goes on: what happens, since when, what to do."""
    said = {}
    for spec in prophets():
        words = len(spec.docstring.partition("\n")[2].split())
        said[spec.id] = max(words, said.get(spec.id, 0))
    assert [id for id, words in said.items() if words < 12] == []


def rows_of(folder, **verdicts_of_a1):
    """Return the verdicts of the claim A1, given by interpreter: underscores for spaces."""
    for name, verdict in verdicts_of_a1.items():
        version, _, rest = name.removeprefix("v").replace("_", ".", 2).partition("_")
        system = rest or "Linux"
        made = [Made("A1", verdict)]
        write_junit(folder / f"{name}.xml", f"CPython {version}", made, platform=f"{system}-1")
    return verdicts(read([folder]))["A1"]


def test_a_claim_has_a_verdict_in_each_column(tmp_path):
    row = rows_of(tmp_path, v3_13_0="holds", v3_13_0_macOS="refuted", v3_13_18="refuted")
    found = [(column.interpreter.version, verdict) for column, verdict in row.items()]
    assert found == [
        ("3.13.0", Verdict.HOLDS),
        ("3.13.0", Verdict.REFUTED),
        ("3.13.18", Verdict.REFUTED),
    ]


def test_a_claim_may_predict_several_breakages_and_a_breakage_have_several_claims(tmp_path):
    claims = [Made("A1", predicts="RC01"), Made("A2", predicts="RC01 RC02")]
    results = read([write_junit(tmp_path / "a.xml", claims=claims)])
    assert predicting(results) == {"RC01": ["A1", "A2"], "RC02": ["A2"]}


@pytest.mark.parametrize(
    ("found", "as_reported"),
    [
        ({"v3_13_5": "holds", "v3_13_6": "refuted", "v3_14_0": "refuted"}, True),
        ({"v3_13_5": "refuted", "v3_13_6": "holds"}, True),  # the same, the other way round
        ({"v3_13_5": "holds", "v3_13_6": "refuted", "v3_14_0": "not applicable"}, True),
        ({"v3_13_5": "holds", "v3_12_0": "holds"}, True),
        ({"v3_13_5": "holds", "v3_13_6": "holds"}, False),
        ({"v3_13_5": "holds", "v3_12_0": "refuted", "v3_13_6": "refuted"}, False),
        ({"v3_13_5": "holds", "v3_13_6": "contradicted"}, False),
    ],
)
def test_a_verdict_must_change_just_where_the_breakage_was_seen(tmp_path, found, as_reported):
    seen = Breakage("", "", ("CPython since 3.13.6, 3.14.0",), ())
    assert changes_as_seen(seen, rows_of(tmp_path, **found)) is as_reported


def test_the_command_prints_the_table_and_names_what_is_not_predicted(tmp_path, capsys):
    for name, verdict in (("CPython 3.13.0", "holds"), ("CPython 3.14.10", "refuted")):
        claims = [Made("MAIN05", verdict, predicts="RC01 RC07")]
        write_junit(tmp_path / f"{name}.xml", name, claims)
    assert breakage_table.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "| MAIN05 | HOLDS | REFUTED | yes |" in printed
    missing = printed.rpartition(": ")[2].strip().split(", ")
    assert missing == [name for name in BREAKAGES if name != "RC01"]


@pytest.mark.parametrize("content", [None, "<testsuites><testsuite>"])
def test_bad_results_are_one_clear_line(content, tmp_path, capsys):
    if content is not None:
        (tmp_path / "broken.xml").write_text(content)
    with pytest.raises(SystemExit) as ended:
        breakage_table.main([str(tmp_path)])
    assert ended.value.code == 2
    assert "no verdicts in" in capsys.readouterr().err.splitlines()[-1]
