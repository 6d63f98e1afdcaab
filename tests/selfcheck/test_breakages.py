"""Each breakage of a real project is predicted, and the table of them is made from results."""

import ast

import pytest

from tests.harness.specs import spec_files
from tests.harness.verdict import Verdict
from tests.report.breakages import BREAKAGES, COLUMNS, Breakage
from tests.selfcheck.audits import breakage_table
from tests.selfcheck.audits.breakage_table import changes_as_seen, column_of, predicting, verdicts
from tests.selfcheck.kill.runs import Case

H, R, N = Verdict.HOLDS, Verdict.REFUTED, Verdict.NOT_APPLICABLE

XML = """<testsuites><testsuite><testcase name="t"><properties>
<property name="claim" value="CX12"/><property name="verdict" value="{verdict}"/>
<property name="predicts" value="{predicts}"/><property name="interpreter" value="{name}"/>
</properties></testcase></testsuite></testsuites>"""


def row(letters, **words):
    """Return verdicts by column: a letter of ``words`` for each column."""
    return {column: words[letter] for column, letter in zip(COLUMNS, letters, strict=True)}


def case(claim, verdict, interpreter="CPython 3.13.0", predicts=""):
    """Return one test of a run."""
    known = {"claim": claim, "verdict": verdict, "interpreter": interpreter, "predicts": predicts}
    return Case(known, [])


def test_every_breakage_says_where_the_verdict_changes():
    assert {name for name, b in BREAKAGES.items() if len(b.changes) != len(COLUMNS)} == set()


def prophets():
    """Return the specs that predict a breakage: the name, what is predicted, the docstring."""
    found = []
    for path in spec_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for decorator in getattr(node, "decorator_list", []):
                match decorator:
                    case ast.Call(func=ast.Name(id="predicts"), args=names):
                        rows = [name.value for name in names]
                        found.append((node.name, rows, ast.get_docstring(node)))
    return found


def test_every_breakage_is_predicted_and_every_prediction_known():
    assert {row for _, rows, _ in prophets() for row in rows} == set(BREAKAGES)


def test_a_claim_that_predicts_a_breakage_teaches_what_to_do_about_it():
    """Its docstring goes on: what to expect, what happens, since when and why, what to do."""
    short = [name for name, _, text in prophets() if len(text.partition("\n")[2].split()) < 25]
    assert short == []


@pytest.mark.parametrize(
    ("interpreter", "column"),
    [
        ("CPython 3.13.5 free-threaded", "3.13t"),
        ("CPython 3.15.0a2", "3.15"),
        ("CPython 3.10.13", "3.10"),
        ("PyPy 8.0.1 (Python 3.11.17)", "PyPy 3.11"),
    ],
)
def test_the_column_of_an_interpreter_is_told_from_its_name(interpreter, column):
    assert column_of(interpreter) == column


def test_a_claim_has_the_worst_verdict_of_its_cases_in_each_column():
    cases = [case("1.01", "holds"), case("1.01", "refuted"), case("1.01", "holds", "CPython 3.9.1")]
    assert verdicts(cases) == {"1.01": {"3.13": R, "3.9": H}}


def test_a_claim_may_predict_several_breakages_and_a_breakage_have_several_claims():
    cases = [case("B", "holds", predicts="RC01 RC02"), case("A", "holds", predicts="RC01")]
    assert predicting(cases) == {"RC01": ["A", "B"], "RC02": ["B"]}


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
    for name, verdict in (("3.13.0", "holds"), ("3.14.10", "refuted")):
        text = XML.format(verdict=verdict, predicts="RC01 RC07", name=f"CPython {name}")
        (tmp_path / f"{name}.xml").write_text(text)
    assert breakage_table.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "| CX12 | - | - | - | HOLDS | - | REFUTED | - | - | yes |" in printed
    missing = printed.rpartition(": ")[2].strip().split(", ")
    assert missing == [name for name in BREAKAGES if name != "RC01"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no verdicts in"), ("<testsuites><testsuite>", "broken.xml is no JUnit XML")],
)
def test_bad_results_are_one_clear_line(content, said, tmp_path, capsys):
    if content is not None:
        (tmp_path / "broken.xml").write_text(content)
    with pytest.raises(SystemExit) as ended:
        breakage_table.main([str(tmp_path)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
