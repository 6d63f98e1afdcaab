"""Results from files: what the report reads, and what it makes of files that are broken."""

import json
from dataclasses import replace

import pytest

from tests.report.reading import read
from tests.selfcheck.made_results import Made, write_benchmarks, write_junit
from tests.vocabulary.results import Interpreter
from tests.vocabulary.verdict import Key, Verdict

CPYTHON, THREADED, PYPY = (
    "CPython 3.13.5",
    "CPython 3.13.5 free-threaded",
    "PyPy 7.3.20 (Python 3.11.13)",
)


def verdicts(results, id):
    (claim,) = (claim for claim in results.claims if claim.id == id)
    return {column.id: results.verdict(claim, column) for column in results.columns}


@pytest.mark.parametrize(
    ("name", "short", "environment"),
    [
        ("CPython 3.13.5 free-threaded", "3.13t", "py313t"),
        ("CPython 3.15.0alpha2", "3.15", "py315"),
        ("CPython 3.10.13", "3.10", "py310"),
        ("PyPy 8.0.1 (Python 3.11.17)", "PyPy 3.11", "pypy311"),
        ("RustPython 0.4", "RustPython 0.4", "pyrustpython04"),
    ],
)
def test_an_interpreter_has_a_short_name_and_an_environment(name, short, environment):
    interpreter = Interpreter(name, "on", "Linux")
    assert (interpreter.short, interpreter.environment) == (short, environment)


def test_webassembly_is_a_system_with_a_name_and_an_environment_of_its_own():
    facts = {"interpreter": "CPython 3.14.2", "platform": "Emscripten-5.0.3-wasm32-32bit"}
    interpreter = Interpreter.of(facts)
    assert interpreter.system == "WebAssembly"
    assert (interpreter.short, interpreter.environment) == ("WebAssembly 3.14", "pyodide")
    others = [Interpreter(name, "on", "Linux") for name in ("CPython 3.15.0", PYPY)]
    assert sorted([interpreter, *others], key=lambda one: one.place)[1] is interpreter


def test_files_of_many_machines_merge_wherever_they_are(tmp_path):
    write_junit(tmp_path / "one" / "results" / "py313.xml", CPYTHON)
    write_junit(tmp_path / "two" / "results" / "py313t.xml", THREADED, GIL="off")
    write_junit(tmp_path / "two" / "results" / "pypy311.xml", PYPY, [Made("QUEUE07", "refuted")])
    results = read([tmp_path])
    assert verdicts(results, "QUEUE07") == {
        "py313": Verdict.HOLDS,
        "py313t": Verdict.HOLDS,
        "pypy311": Verdict.REFUTED,
    }
    assert results.remarks == ()


def test_columns_are_in_the_order_of_versions_and_free_threaded_builds_beside_theirs(tmp_path):
    for n, name in enumerate((PYPY, "CPython 3.14.0", THREADED, "CPython 3.9.1", CPYTHON)):
        write_junit(tmp_path / f"{n}.xml", name)
    titles = [column.title for column in read([tmp_path]).columns]
    assert titles == ["3.9", "3.13", "3.13t", "3.14", "PyPy 3.11"]


@pytest.mark.parametrize(
    ("facts", "ids", "titles"),
    [
        (
            {"platform": "macOS-15.1-arm64-arm-64bit"},
            ["py313-linux", "py313-macos"],
            ["3.13 Linux", "3.13 macOS"],
        ),
        ({"interpreter": "CPython 3.13.6"}, ["py313-3.13.5", "py313-3.13.6"], None),
        ({"GIL": "off"}, ["py313-gil-off", "py313-gil-on"], ["3.13 GIL off", "3.13 GIL on"]),
    ],
)
def test_columns_of_one_version_are_told_apart_by_what_differs(tmp_path, facts, ids, titles):
    write_junit(tmp_path / "one.xml", CPYTHON)
    write_junit(tmp_path / "other.xml", **{"interpreter": CPYTHON, **facts})
    columns = read([tmp_path]).columns
    assert sorted(column.id for column in columns) == ids
    assert titles in (None, sorted(column.title for column in columns))


def test_two_files_of_one_run_are_one_column(tmp_path):
    write_junit(tmp_path / "py313.xml", CPYTHON, [Made("QUEUE07")])
    write_junit(tmp_path / "py313-ratio.xml", CPYTHON, [Made("3.09")])
    results = read([tmp_path])
    assert [column.id for column in results.columns] == ["py313"]
    assert sorted(claim.id for claim in results.claims) == ["3.09", "QUEUE07"]
    assert results.remarks == ()


def test_of_two_files_for_one_interpreter_the_newer_counts_and_both_are_named(tmp_path):
    new, old = tmp_path / "a.xml", tmp_path / "b.xml"
    write_junit(new, CPYTHON, [Made("QUEUE07", "refuted")], date="2026-02-02T00:00:00+00:00")
    write_junit(old, CPYTHON, [Made("QUEUE07"), Made("QUEUE08")], date="2026-01-01T00:00:00+00:00")
    results = read([tmp_path])
    assert verdicts(results, "QUEUE07") == {"py313": Verdict.REFUTED}
    assert verdicts(results, "QUEUE08") == {"py313": Verdict.HOLDS}, "nothing is lost"
    (remark,) = results.remarks
    assert str(new) in remark
    assert str(old) in remark


def test_a_file_of_a_run_that_was_killed_gives_what_it_has_and_is_named(tmp_path):
    path = write_junit(tmp_path / "py313.xml", CPYTHON)
    mark = f'<properties><property name="{Key.UNFINISHED}" value="" /></properties>'
    path.write_text(path.read_text().replace("<testcase", f"{mark}<testcase", 1))
    results = read([path])
    assert results.counts(results.columns[0]) == {Verdict.HOLDS: 1}
    (remark,) = results.remarks
    assert remark.startswith(f"{path} is of a run that was killed: it has 1 test; ")


def test_a_cut_off_file_gives_what_it_has_and_is_named(tmp_path):
    path = write_junit(tmp_path / "py313.xml", CPYTHON, [Made(f"QUEUE{n:02}") for n in range(20)])
    text = path.read_text()
    path.write_text(text[: text.index('value="QUEUE07"')])
    write_junit(tmp_path / "py314.xml", "CPython 3.14.0", [Made("QUEUE07")])
    results = read([tmp_path])
    assert results.counts(results.columns[0]) == {Verdict.HOLDS: 7}
    assert results.counts(results.columns[1]) == {Verdict.HOLDS: 1}
    remark = results.remarks[0]
    assert remark.startswith(f"{path} is cut off")
    assert "7 tests" in remark


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no XML",
        b"<html><body>not found</body></html>",
        b'<?xml version="1.0" encoding="no-such"?><testsuites/>',
        b"\xff\xfe\x00\x00",
        b'<testsuites><testsuite timestamp="2026-01-01"><testcase/></testsuite></testsuites>',
        b'<testsuites><testsuite timestamp="yesterday"><testcase/></testsuite></testsuites>',
    ],
)
def test_a_foreign_file_is_named_in_one_line_and_the_rest_is_read(tmp_path, content):
    (tmp_path / "foreign.xml").write_bytes(content)
    write_junit(tmp_path / "py313.xml")
    results = read([tmp_path])
    assert verdicts(results, "QUEUE07") == {"py313": Verdict.HOLDS}
    (remark,) = results.remarks
    assert str(tmp_path / "foreign.xml") in remark
    assert "\n" not in remark


def test_the_suites_own_tests_beside_the_results_are_no_surprise(tmp_path):
    (tmp_path / "selfcheck.xml").write_text(
        '<testsuites><testsuite timestamp="2026-01-01T00:00:00">'
        '<testcase classname="tests.selfcheck.test_x" name="test_y"/></testsuite></testsuites>'
    )
    write_junit(tmp_path / "py313.xml")
    assert read([tmp_path]).remarks == ()


def test_an_empty_folder_is_no_results_and_no_error(tmp_path):
    results = read([tmp_path])
    assert (results.columns, results.claims, results.remarks) == ((), (), ())


def test_a_missing_file_is_named(tmp_path):
    (remark,) = read([tmp_path / "none.xml"]).remarks
    assert str(tmp_path / "none.xml") in remark


def test_results_of_an_older_suite_are_shown_and_remarked_upon(tmp_path):
    old = [Made("QUEUE07", sentence="It was said otherwise."), Made("ZZ01")]
    path = write_junit(tmp_path / "py312.xml", "CPython 3.12.1", old, date="2025-01-01T00:00:00")
    write_junit(tmp_path / "py313.xml", CPYTHON, [Made("QUEUE07"), Made("QUEUE08")])
    results = read([tmp_path], known=["QUEUE07", "QUEUE08", "QUEUE09"])
    said = {claim.id: claim.sentence for claim in results.claims}
    assert said["QUEUE07"] == Made("QUEUE07").sentence, "the newest words count"
    assert set(said) == {"QUEUE07", "QUEUE08", "ZZ01"}
    versions, strange, older, newer = results.remarks
    assert str(path) in versions
    assert "QUEUE07" in versions
    assert "ZZ01" in strange
    assert older.startswith("3.12 has no verdict on 2 claims (QUEUE08, QUEUE09)")
    assert newer.startswith("3.13 has no verdict on 1 claim (QUEUE09)")


def test_a_claim_in_one_file_only_has_no_verdict_elsewhere(tmp_path):
    write_junit(tmp_path / "py312.xml", "CPython 3.12.1", [Made("QUEUE07")])
    write_junit(tmp_path / "py313.xml", CPYTHON, [Made("QUEUE07"), Made("QUEUE08")])
    results = read([tmp_path])
    assert verdicts(results, "QUEUE08") == {"py312": None, "py313": Verdict.HOLDS}
    assert not results.differs(results.claims[1])
    assert "3.12 has no verdict on 1 claim (QUEUE08): run tox -e py312" in results.remarks[0]


def test_an_unknown_verdict_is_an_error_that_is_named(tmp_path):
    path = write_junit(tmp_path / "py313.xml", claims=[Made("QUEUE07", "perhaps")])
    results = read([tmp_path])
    assert verdicts(results, "QUEUE07") == {"py313": Verdict.ERROR}
    assert str(path) in results.remarks[0]
    assert "'perhaps'" in results.remarks[0]


def test_a_test_that_never_ended_is_an_error(tmp_path):
    path = write_junit(tmp_path / "py313.xml", claims=[Made("QUEUE07")])
    path.write_text(path.read_text().replace('<property name="verdict" value="holds" />', ""))
    results = read([tmp_path])
    assert verdicts(results, "QUEUE07") == {"py313": Verdict.ERROR}
    assert results.cell(results.claims[0], results.columns[0]).reason == "it never ended"


def test_a_claim_depends_where_its_cases_differ(tmp_path):
    cases = [
        Made("QUEUE07", "holds", case="fork"),
        Made("QUEUE07", "refuted", "since 3.14", case="spawn"),
        Made("QUEUE07", "not applicable", "not here", case="forkserver"),
    ]
    write_junit(tmp_path / "py313.xml", claims=cases)
    results = read([tmp_path])
    cell = results.cell(results.claims[0], results.columns[0])
    assert (cell.verdict, cell.reason) == (Verdict.DEPENDS, "since 3.14")
    assert cell.parts == "holds: fork; refuted: spawn; n/a: forkserver"
    assert [case.name for case in cell.cases] == ["fork", "forkserver", "spawn"]


def test_several_tests_have_a_part_of_one_claim_each(tmp_path):
    """The first in its file has the words; it depends; no case hides another."""
    parts = [
        Made("QUEUE07", "refuted", "not yet", "The second part.", test="test_it_is_last", line=50),
        Made(
            "QUEUE07", "holds", sentence="The claim.", explanation="Why.", test="test_it_is", line=9
        ),
    ]
    parts += [
        replace(parts[0], verdict="holds", test="test_it_is_bounded", line=70, case=case)
        for case in ("Queue", "LifoQueue")
    ]
    write_junit(tmp_path / "py313.xml", CPYTHON, [replace(parts[0], predicts="RC02"), *parts[1:]])
    write_junit(tmp_path / "py314.xml", "CPython 3.14.0", parts[1:])
    results = read([tmp_path])
    (claim,) = results.claims
    assert (claim.sentence, claim.explanation) == ("The claim.", "Why.")
    assert (claim.test, claim.line) == ("test_it_is", 9)
    old, new = (results.cell(claim, column) for column in results.columns)
    assert {case.name: case.verdict for case in old.cases} == {
        "it is": Verdict.HOLDS,
        "it is bounded [LifoQueue]": Verdict.HOLDS,
        "it is bounded [Queue]": Verdict.HOLDS,
        "it is last": Verdict.REFUTED,
    }
    assert (old.verdict, old.reason) == (Verdict.DEPENDS, "not yet")
    assert new.verdict is Verdict.HOLDS
    assert results.remarks == ()


def test_the_parts_of_a_claim_may_come_from_two_files_of_one_interpreter(tmp_path):
    first, second = (Made("2.05", test=f"test_{word}", line=n) for n, word in enumerate("ab", 1))
    predicting = replace(second, predicts="RC02", sentence="Measured.")
    write_junit(tmp_path / "py313.xml", CPYTHON, [replace(first, predicts="RC01")])
    write_junit(tmp_path / "py313-ratio.xml", CPYTHON, [predicting], date="2026-02-02T00:00:00")
    results = read([tmp_path])
    (claim,) = results.claims
    assert (claim.test, claim.sentence) == ("test_a", first.sentence)
    assert claim.predicts == ("RC01", "RC02")
    assert [case.name for case in results.cell(claim, results.columns[0]).cases] == ["a", "b"]


def test_costs_are_those_of_the_newest_run_on_each_interpreter(tmp_path):
    write_benchmarks(tmp_path / "0002_a.json", CPYTHON, median=2e-3, date="2026-01-02T00:00:00")
    write_benchmarks(tmp_path / "0001_b.json", CPYTHON, median=1e-3, date="2026-01-01T00:00:00")
    write_benchmarks(tmp_path / "0003_c.json", THREADED, median=3e-3, GIL="off")
    results = read([tmp_path])
    assert [(m.column, m.seconds["median"]) for m in results.measurements] == [
        ("py313", 2e-3),
        ("py313t", 3e-3),
    ]


def test_a_column_has_the_newest_of_each_fact_that_any_of_its_results_tells(tmp_path):
    old, new = "2026-01-01T00:00:00", "2026-02-02T00:00:00"
    told = {"versions": "pytest 9", "usable_cores": "2"}
    write_junit(tmp_path / "a.xml", CPYTHON, date=old, **told)
    write_benchmarks(tmp_path / "b.json", CPYTHON, date=new, usable_cores="4")
    (column,) = read([tmp_path]).columns
    assert column.facts["versions"] == "pytest 9"
    assert column.facts["usable cores"] == "4"
    assert column.facts["date"] == "2026-02-02"


def test_costs_are_per_operation(tmp_path):
    write_benchmarks(tmp_path / "a.json", median=1.0, operations=100)
    (measurement,) = read([tmp_path]).measurements
    assert measurement.seconds["median"] == pytest.approx(0.01)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"benchmarks": 3}', b'{"datetime": "2026-01-01"', b"\xff", b"null"],
)
def test_a_broken_benchmark_file_is_named_in_one_line_and_the_rest_is_read(tmp_path, content):
    (tmp_path / "broken.json").write_bytes(content)
    write_benchmarks(tmp_path / "a.json")
    results = read([tmp_path])
    assert len(results.measurements) == 1
    (remark,) = results.remarks
    assert str(tmp_path / "broken.json") in remark
    assert "\n" not in remark


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"median": 0.001', '"median": NaN'),
        ('"median": 0.001', '"median": 1e300'),
        ('"median": 0.001', '"median": -1'),
        ('"axes"', '"sexa"'),
        ('"interpreter"', '"x"'),
    ],
)
def test_a_benchmark_of_another_version_of_the_suite_is_remarked_upon(tmp_path, old, new):
    path = write_benchmarks(tmp_path / "a.json")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    results = read([tmp_path])
    assert results.measurements == ()
    assert str(path) in results.remarks[0]


def test_what_a_report_has_written_beside_results_is_no_result(tmp_path):
    write_junit(tmp_path / "py313.xml")
    for name in ("verdicts.json", "verdicts.schema.json", "badge.json"):
        (tmp_path / name).write_text("{}")
    assert [remark for remark in read([tmp_path]).remarks if ".json" in remark] == []


@pytest.mark.parametrize(("busy", "told"), [(1.2, [1.2]), (-1, []), ("many", [])])
def test_how_many_cores_were_busy_elsewhere_is_read_if_it_can_be(busy, told, tmp_path):
    path = write_benchmarks(tmp_path / "a.json")
    data = json.loads(path.read_text())
    data["benchmarks"][0]["extra_info"]["busy elsewhere"] = busy
    path.write_text(json.dumps(data))
    assert [m.busy for m in read([path]).measurements] == told
