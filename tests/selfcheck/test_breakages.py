"""Each breakage of a real project is predicted, and the table of them is made from results."""

import pytest

from tests.report.breakages import BREAKAGES, COLUMNS, Breakage
from tests.report.reading import read
from tests.selfcheck.audits import breakage_table
from tests.selfcheck.audits.breakage_table import changes_as_seen, predicting, verdicts
from tests.selfcheck.made_results import Made, write_junit
from tests.vocabulary.specs import all_specs
from tests.vocabulary.verdict import Verdict

H, R, N = Verdict.HOLDS, Verdict.REFUTED, Verdict.NOT_APPLICABLE


def row(letters, **words):
    """Return verdicts by column: a letter of ``words`` for each column."""
    return {column: words[letter] for column, letter in zip(COLUMNS, letters, strict=True)}


def test_every_breakage_says_where_the_verdict_changes():
    assert {name for name, b in BREAKAGES.items() if len(b.changes) != len(COLUMNS)} == set()


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


def test_a_claim_has_a_verdict_on_each_interpreter_and_one_of_several_systems(tmp_path):
    for name, verdict, system in (
        ("CPython 3.13.0", "holds", "Linux"),
        ("CPython 3.13.0", "inconclusive", "macOS"),
        ("CPython 3.13.5 free-threaded", "holds", "Linux"),
    ):
        path = tmp_path / f"{name}{system}.xml"
        write_junit(path, name, [Made("A1", verdict)], platform=f"{system}-1")
    assert verdicts(read([tmp_path])) == {"A1": {"3.13": Verdict.INCONCLUSIVE, "3.13t": H}}


def test_a_claim_may_predict_several_breakages_and_a_breakage_have_several_claims(tmp_path):
    claims = [Made("A1", predicts="RC01"), Made("A2", predicts="RC01 RC02")]
    results = read([write_junit(tmp_path / "a.xml", claims=claims)])
    assert predicting(results) == {"RC01": ["A1", "A2"], "RC02": ["A2"]}


@pytest.mark.parametrize(
    ("seen", "as_reported"),
    [
        (row("hhhhhrrh", h=H, r=R), True),
        (row("rrrrrhhr", h=H, r=R), True),  # the same, stated the other way round
        (row("hhhhhrnh", h=H, r=R, n=N), True),
        (row("hhhhhhrh", h=H, r=R), False),
        (row("hhhhhhhh", h=H), False),
        ({"3.13": H, "3.14": R}, True),
        ({"3.13": H, "3.14": H}, False),
    ],
)
def test_a_verdict_must_change_just_where_the_breakage_was_seen(seen, as_reported):
    assert changes_as_seen(Breakage("", "", "aaaaabba", ()), seen) is as_reported


def test_the_command_prints_the_table_and_names_what_is_not_predicted(tmp_path, capsys):
    for name, verdict in (("CPython 3.13.0", "holds"), ("CPython 3.14.10", "refuted")):
        claims = [Made("MAIN05", verdict, predicts="RC01 RC07")]
        write_junit(tmp_path / f"{name}.xml", name, claims)
    assert breakage_table.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "| MAIN05 |  |  |  | HOLDS |  | REFUTED |  |  | yes |" in printed
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
