"""A bare --benchmark-compare shows the latest run of every other interpreter, by name."""

import copy
import json
import re
from pathlib import Path

import pytest

from tests.harness import interpreter
from tests.plugins.compare import differences, latest, machine_id
from tests.selfcheck.kill.runs import run_suite
from tests.vocabulary.results import Interpreter, StoredRun, date_in, stored_run

SELECTED = (
    "tests/costs/test_start_up.py",
    *("-k", "test_start_up and thread and not kept", "-n", "0", "-q"),
    *("--benchmark-max-time=0.001", "--benchmark-min-rounds=1"),
)
ROW = "test_start_up[thread]"
HERE = Interpreter(interpreter.name(), "", "").short


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return what pytest-benchmark stores of a real run of this interpreter."""
    folder = tmp_path_factory.mktemp("measured")
    run_suite(folder, *SELECTED, f"--benchmark-json={folder / 'stored.json'}")
    return json.loads((folder / "stored.json").read_text(encoding="utf-8"))


@pytest.fixture
def store(measured, tmp_path):
    """Store a run: ``store("3.94", number=2, median=1.0, node="elsewhere")``."""

    def write(label, number=1, median=0.5, date="2026-01-01", **machine):
        run = copy.deepcopy(measured)
        info = run["machine_info"]
        version = re.sub(r"[^\d.]", "", label) + ".1"
        free_threaded = label.endswith("t")
        kind = "PyPy" if label.startswith("PyPy") else "CPython"
        name = f"{kind} {version}{' free-threaded' * free_threaded}"
        info["interpreter"] = f"PyPy 8.0.1 (Python {version})" if kind == "PyPy" else name
        info.update(machine)
        run["datetime"] = date
        for benchmark in run["benchmarks"]:
            benchmark["stats"]["median"] = median
        name = "pypy311" if kind == "PyPy" else f"py{label.replace('.', '')}"
        place = tmp_path / "stored" / f"Linux-{kind}-{label.split()[-1]}-64bit"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{number:04}_{name}.json"
        path.write_text(json.dumps(run), encoding="utf-8")
        return path

    return write


@pytest.fixture
def compare(tmp_path):
    """Compare the present run with the stored ones; return its output."""

    def run(*options):
        folder = tmp_path / "stored"
        done = run_suite(
            tmp_path, *SELECTED, f"--benchmark-storage={folder}", *options, COLUMNS="200"
        )
        assert done.exit_code == 0, done.output
        return done.output

    return run


def rows(output):
    """Return the names of the rows of all tables, in order."""
    tables = re.findall(r"^Name \(.*\n-+\n((?:.+\n)*?)-+$", output, re.MULTILINE)
    return re.findall(r"^(.+?)  ", "".join(tables), re.MULTILINE)


def factors(output):
    """Return the factors of the medians by row, as texts."""
    return dict(re.findall(r"^(\S.*?)  +\S+ \(\S+\) +\S+ \((\S+)\) ", output, re.MULTILINE))


def warnings(output):
    """Return the lines that warn."""
    return [line for line in output.splitlines() if "warning" in line.lower()]


BARE = "--benchmark-compare"


def test_the_latest_run_of_every_other_interpreter_stands_beside_this_one(store, compare):
    for label in ("3.8", "3.90", "3.93", "3.93t", "3.94", "PyPy 3.11", HERE):
        store(label, median=0.25)
    store("3.94", 2, median=0.75, date="2026-01-02")
    output = compare("--benchmark-time-unit=ms", BARE)
    assert rows(output) == ["3.8", "3.90", "3.93", "3.93t", "3.94", "PyPy 3.11", f"{HERE}, now"]
    assert "3.94 (0002_py394.json)" in output
    assert len(re.findall(r" 250\.0\d* ", output)) == 5
    assert len(re.findall(r" 750\.0\d* ", output)) == 1
    assert warnings(output) == []


def test_factors_are_against_the_present_run(store, compare):
    store("3.93", median=1e3)
    store("3.94", median=1e-12)
    output = compare(BARE)
    assert factors(output) == {"3.93": ">1000.0", "3.94": "0.00", f"{HERE}, now": "1.0"}
    assert f"how many times as much as {HERE}, now" in output
    assert factors(compare("--benchmark-compare=*/*_py394"))[f"{ROW} (NOW)"] == ">1000.0"


def test_each_way_has_a_table_below_the_question_that_is_said_once(store, compare):
    store("3.94")
    output = compare(BARE, "-k", "test_start_up and (thread or subprocess) and not kept")
    [question] = re.findall(r"^What does it cost to start .*\?$", output, re.MULTILINE)
    assert output.count(question) == 1
    tables = output.partition(question)[2].partition("Legend")[0]
    assert "benchmark 'thread': 2 tests" in tables
    assert "benchmark 'fresh interpreter (subprocess)': 1 tests" in tables
    assert max(map(len, tables.splitlines())) < 80
    usual = compare()
    assert rows(usual) == [ROW]
    assert f"benchmark '{question}'" in usual


def test_the_date_decides_which_run_is_the_latest(store, compare):
    store("3.94", 1, date="2026-01-02")
    store("3.94", 2, date="2026-01-01")
    assert "3.94 (0001_py394.json)" in compare(BARE)


def test_one_warning_names_what_was_measured_on_another_machine(store, compare):
    cpu = {"brand_raw": "Abacus", "count": 7}
    for label in ("3.93", "3.93t"):
        store(label, cpu=cpu, node="elsewhere", **{"usable cores": "7"})
    store("3.94")
    [warning] = warnings(compare(BARE))
    for text in ("3.93 (", "3.93t (", "py393t.json", "Abacus", "elsewhere", "usable cores: 7"):
        assert text in warning
    assert "3.94" not in warning


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"machine_info": {', "Expecting"),
        ("[]", "TypeError"),
        ('{"benchmarks": []}', "KeyError: 'datetime'"),
    ],
)
def test_a_broken_file_costs_one_line_and_no_other_run(content, says, store, compare):
    store("3.93")
    broken = store("3.94")
    broken.write_text(content, encoding="utf-8")
    output = compare(BARE)
    assert rows(output) == ["3.93", f"{HERE}, now"]
    [warning] = warnings(output)
    assert broken.name in warning
    assert says in warning


def test_a_run_that_lacks_a_figure_is_left_out(store, compare):
    lacking = store("3.94")
    run = json.loads(lacking.read_text(encoding="utf-8"))
    del run["benchmarks"][0]["stats"]["iqr"]
    lacking.write_text(json.dumps(run), encoding="utf-8")
    [warning] = [line for line in warnings(compare(BARE)) if "0001_py394" in line]
    assert "iqr" in warning


def test_one_line_says_that_there_is_nothing_to_compare_with(compare):
    output = compare(BARE)
    [warning] = warnings(output)
    assert "no run of another interpreter is stored in" in warning
    assert ROW in output


def test_without_other_interpreters_the_own_latest_run_is_compared(store, compare):
    store(HERE, 1)
    store(HERE, 2, date="2026-01-02")
    output = compare(BARE)
    assert "0002_py" in warnings(output)[0]
    assert rows(output) == [HERE, f"{HERE}, now"]


def test_a_pattern_chooses_runs_as_pytest_benchmark_says(store, compare):
    store("3.93")
    store("3.94")
    output = compare("--benchmark-compare=*/*_py394")
    assert rows(output) == [f"{ROW} (Linux-CPython-3.94-64bit/0001_py394)", f"{ROW} (NOW)"]
    assert warnings(output) == []
    [warning] = warnings(compare("--benchmark-compare=*/*_none"))
    assert "*/*_none" in warning


def test_a_run_is_saved_where_the_number_alone_finds_it(compare):
    compare("--benchmark-save=mine")
    output = compare("--benchmark-compare=0001")
    assert rows(output) == [f"{ROW} (0001_mine)", f"{ROW} (NOW)"]


def test_a_comparison_may_fail_a_run(store, tmp_path):
    store("3.94", median=1e-12)
    storage = f"--benchmark-storage={tmp_path / 'stored'}"
    fail = "--benchmark-compare-fail=median:5%"
    assert run_suite(tmp_path, *SELECTED, storage, BARE, fail).exit_code != 0


def test_names_can_be_long(store, compare):
    store("3.93t")
    output = compare(BARE, "--benchmark-name=long")
    assert f"test_start_up.py::{ROW} (3.93t)" in output
    assert f"test_start_up.py::{ROW} ({HERE}, now)" in output


# The parts


@pytest.mark.parametrize(
    ("free_threaded", "id"),
    [(False, "Linux-CPython-3.13-64bit"), (True, "Linux-CPython-3.13t-64bit")],
)
def test_free_threaded_builds_have_a_folder_of_their_own(free_threaded, id, monkeypatch):
    monkeypatch.setattr(interpreter, "FREE_THREADED_BUILD", free_threaded)
    assert machine_id("Linux-CPython-3.13-64bit") == id


MACHINE = {
    "cpu": {"brand_raw": "X", "count": 2},
    "node": "here",
    "system": "Linux",
    "interpreter": "CPython 3.9.1",
    "python_compiler": "GCC 1",
    "python_build": ("main", "then"),
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"python_version": "3.9", "release": "6.1"}, []),
        ({"usable cores": "2"}, []),
        ({"usable cores": "1"}, ["usable cores: 1, not 2"]),
        ({"cpu": {"brand_raw": "Y", "count": 2}}, ["CPU Y, not X"]),
        ({"cpu": {}}, []),
        ({"python_compiler": "GCC 2"}, ["compiler GCC 2, not GCC 1"]),
        ({"python_build": ["main", "today"]}, ["built main today, not main then"]),
        ({"interpreter": "CPython 3.9.2"}, ["version CPython 3.9.2, not CPython 3.9.1"]),
        ({"interpreter": "CPython 3.8.1", "python_build": ["main", "today"]}, []),
        (
            {"node": "there", "system": "Darwin"},
            ["host there, not here", "system Darwin, not Linux"],
        ),
    ],
)
def test_a_machine_and_a_build_are_known_by_what_runs_say_of_them(change, found):
    assert [text.replace(" None", "") for text in differences(MACHINE, MACHINE | change)] == found


def test_the_same_interpreter_on_another_system_is_another():
    info = {"interpreter": "CPython 3.14.1"}
    runs = [
        StoredRun(Path("a"), date_in(f"2026-01-0{n}"), {**info, "system": system}, ())
        for n, system in enumerate(("Linux", "Darwin", "Linux"), 1)
    ]
    assert sorted(latest(runs), key=lambda run: run.date) == [runs[1], runs[2]]


@pytest.mark.parametrize("content", ["null", "[]", "{}", '{"datetime": "", "machine_info": 1}'])
def test_what_is_no_stored_run_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "stored.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="Error: ") as refused:
        stored_run(path)
    assert "\n" not in str(refused.value)
