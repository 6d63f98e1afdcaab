"""The benchmarks: each answers a question, says of what, and is not passed where it is not run."""

import ast
import json
import math
import shlex
import sys
import time
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from tests.harness import interpreter
from tests.plugins import costs
from tests.selfcheck.kill.runs import ROOT, run_suite
from tests.vocabulary.specs import spec_files

FOLDER = ROOT / "tests" / "costs"

#: With as few rounds as there can be.
BRIEFLY = ("-n", "0", "--benchmark-max-time=0.001", "--benchmark-min-rounds=1")

#: A tenth of the whole: of the scaling, which has its own number of rounds, a part is left out.
QUICK = (*BRIEFLY, "-k", "not scaling or sleeping or (Python and threads)")

QUESTIONS = {"start-up", "round-trip", "throughput", "pool-dispatch", "locks", "scaling"}

#: Without these, extra_info does not say what a benchmark is about; with others, nobody knows what.
ALWAYS = {"question", "axes", "per", "operations"}
SOMETIMES = {
    "round-trip": {"bytes"},
    "throughput": {"bytes"},
    "scaling": {"speedup", "usable cores", "busy elsewhere"},
}


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Run the benchmarks, as briefly as can be; return the tests of the run and its JSON."""
    folder = tmp_path_factory.mktemp("quick")
    stored = folder / "stored.json"
    run = run_suite(folder, "tests/costs", *QUICK, f"--benchmark-json={stored}")
    assert run.exit_code == 0, run.output
    return results_of(folder), json.loads(stored.read_text(encoding="utf-8"))


def results_of(folder):
    """Return the names of the tests of a run, each with why it was skipped (empty: it was not)."""
    found = {}
    for case in ET.parse(folder / "junit.xml").iter("testcase"):
        skipped = case.find("skipped")
        found[case.get("name")] = "" if skipped is None else skipped.get("message")
    return found


@pytest.fixture(scope="module")
def benchmarks(quick):
    """Return what is stored of each benchmark."""
    return quick[1]["benchmarks"]


@pytest.mark.timeout(200)
def test_every_benchmark_is_stored_or_not_applicable_for_a_reason(quick):
    tests, stored = quick
    left_out = {name: why for name, why in tests.items() if why}
    assert {benchmark["name"] for benchmark in stored["benchmarks"]} == set(tests) - set(left_out)
    for why in left_out.values():
        assert why.startswith("not applicable: ")
        assert any(word in why for word in ("PEP", "POSIX"))


def test_every_group_is_a_question(benchmarks):
    groups = {benchmark["group"] for benchmark in benchmarks}
    assert [group for group in groups if not group[0].isupper() or group[-1] != "?"] == []
    assert [group for group in groups if "{" in group] == []


def test_every_benchmark_says_what_it_is_about(benchmarks):
    assert {benchmark["extra_info"]["question"] for benchmark in benchmarks} == QUESTIONS
    for benchmark in benchmarks:
        info = benchmark["extra_info"]
        assert set(info) == ALWAYS | SOMETIMES.get(info["question"], set()), benchmark["name"]
        assert info["axes"]
        assert info["per"]
        assert info["operations"] == 1
        assert info.get("bytes", 1) > 0


def test_no_two_benchmarks_are_about_the_same(benchmarks):
    about = [
        (benchmark["extra_info"]["question"], *benchmark["extra_info"]["axes"].items())
        for benchmark in benchmarks
    ]
    assert len(set(about)) == len(about)


def test_benchmarks_of_one_question_have_the_same_axes(benchmarks):
    axes = {
        (benchmark["extra_info"]["question"], *benchmark["extra_info"]["axes"])
        for benchmark in benchmarks
    }
    assert len(axes) == len(QUESTIONS)


def test_every_speed_up_has_its_interval(benchmarks):
    found = [b["extra_info"]["speedup"] for b in benchmarks if "speedup" in b["extra_info"]]
    assert found
    for speedup in found:
        assert speedup["low"] <= speedup["median"] <= speedup["high"]
        assert math.isfinite(speedup["low"])
        assert speedup["error rate"] <= 0.01
        assert speedup["rounds"] >= 8


def test_what_is_stored_names_the_interpreter(quick):
    machine = quick[1]["machine_info"]
    assert machine["interpreter"] == interpreter.name()
    assert machine.items() >= interpreter.environment().items()


def test_every_benchmark_says_in_a_sentence_what_it_measures():
    for path in FOLDER.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                sentence = (ast.get_docstring(node) or "").partition("\n")[0]
                assert sentence.endswith("."), f"{path.name}::{node.name}"


@pytest.mark.parametrize(
    ("counterfeit", "file", "name"),
    [
        ("notes/pool:map_loses_its_last_result", "test_pool_dispatch.py", "test_pool[Pool.map-16]"),
        (
            "notes/process:every_exit_code_is_zero",
            "test_start_up.py",
            "test_start_up[process (spawn)]",
        ),
    ],
)
def test_a_benchmark_fails_if_what_it_times_has_not_happened(counterfeit, file, name, tmp_path):
    selected = (f"tests/costs/{file}::{name}", *BRIEFLY)
    assert run_suite(tmp_path, *selected).exit_code == 0
    assert f"FAILED {selected[0]}" in run_suite(tmp_path, *selected, counterfeit=counterfeit).output


@pytest.mark.parametrize("options", [("-n", "2"), ("-n", "0", "--benchmark-disable")])
def test_what_is_not_measured_is_inconclusive_and_not_passed(options, tmp_path):
    run_suite(tmp_path, "tests/costs", *options)
    reasons = results_of(tmp_path).values()
    assert reasons
    assert {why.partition(" (")[0] for why in reasons} == {"inconclusive: pytest-benchmark is off"}


def test_claims_are_selected_without_the_benchmarks(tmp_path):
    claims = run_suite(tmp_path, "--collect-only", "-q", "--claim", "thread").output
    assert "tests/library/" in claims
    assert "tests/costs/" not in claims


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("", False),
        ("-m cost", True),
        ("-m 'ratio or cost'", True),
        ("-m 'not ratio and not cost'", False),
        ("-m 'not ratio'", False),
        ("--benchmark-compare", True),
        ("--benchmark-save=mine", True),
        ("--benchmark-disable", False),
    ],
)
def test_costs_are_measured_when_they_are_asked_for(options, asked):
    words = shlex.split(options)
    assert costs.asked_for(words, words[1] if words[:1] == ["-m"] else "") is asked


@pytest.mark.parametrize(("marks", "there"), [("cost", True), ("not cost", False)])
def test_the_mark_tells_benchmarks_from_claims(marks, there, tmp_path):
    output = run_suite(tmp_path, "--collect-only", "-q", "-m", marks).output
    assert ("tests/costs/test_locks.py" in output) is there
    assert ("tests/notes/test_8_fork.py" in output) is not there


def test_no_benchmark_counts_as_a_spec():
    assert [path for path in spec_files() if path.parent == FOLDER] == []


# What a benchmark measures


class Benchmark:
    """Stands in for pytest-benchmark's fixture, which is off under -n."""

    def __init__(self, clock=time):
        self.clock = clock
        self.extra_info = {}
        self.stats = SimpleNamespace(stats=SimpleNamespace(data=[]), iterations=1)

    def __call__(self, function):
        """Measure the function."""
        self.pedantic(function, setup=lambda: None, rounds=3)

    def pedantic(self, function, *, setup, rounds):
        """Measure the function in so many rounds."""
        for _ in range(rounds):
            setup()
            begin = self.clock.perf_counter()
            function()
            self.stats.stats.data.append(self.clock.perf_counter() - begin)


class Clock:
    """Stands in for the module time: only ``sleep`` moves it, however busy the machine is."""

    now = 0.0

    def perf_counter(self):
        """Return the seconds that were slept so far."""
        return self.now

    process_time = perf_counter

    def sleep(self, seconds):
        """Move on by so many seconds."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """Let costs be measured by a clock of ours."""
    clock = Clock()
    monkeypatch.setattr(costs, "time", clock)
    return clock


def test_a_speed_up_is_how_many_times_faster_the_subject_is(clock):
    """The machine becomes slower meanwhile, by a tenth of its first speed after each control."""
    benchmark, slowness = Benchmark(clock), iter(range(10, 100))
    slow = [1.0]

    def control():
        slow[0] = next(slowness) / 10
        clock.sleep(3 * slow[0])

    costs.Cost(benchmark).against(control, lambda: clock.sleep(slow[0] + 0.05))
    speedup = benchmark.extra_info["speedup"]
    assert [speedup[figure] for figure in ("low", "median", "high")] == [pytest.approx(3)] * 3
    assert speedup["rounds"] == costs.ROUNDS


def test_what_is_stored_is_the_cost_of_one_operation(clock):
    benchmark = Benchmark(clock)
    costs.Cost(benchmark).of(lambda: clock.sleep(20), operations=10)
    assert benchmark.stats.stats.data == [pytest.approx(2)] * 3
    assert benchmark.stats.iterations == 10


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/stat is Linux's")
def test_work_of_others_is_noticed():
    """A loop keeps one core busy, whatever else does."""
    before, begin = costs.core_seconds(), time.process_time()
    while time.process_time() - begin < 0.3:
        pass
    assert costs.core_seconds() - before > 0.2


@pytest.mark.parametrize(
    ("cores", "busy", "told"),
    [(2, 0.1, []), (1, 0.0, ["one usable core"]), (2, 1.2, ["1 of 2", "1.2 of the usable cores"])],
)
def test_what_kept_workers_from_being_faster_is_told(cores, busy, told):
    quiet = {"speedup": {}, "usable cores": 2, "busy elsewhere": 0.0}
    infos = [{}, quiet, quiet | {"usable cores": cores, "busy elsewhere": busy}]
    lines = costs.doubts(infos)
    assert bool(lines) is bool(told)
    assert [text for text in told if text not in " ".join(lines)] == []


def test_a_table_is_made_for_each_value_of_an_axis_in_the_question():
    benchmark = Benchmark()
    question = costs.Question("round-trip", "How long does {payload} take?", per="round trip")
    costs.Cost(benchmark).answers(question, size=10, channel="Pipe", payload="10 B")
    assert benchmark.group == "How long does 10 B take?"
    assert benchmark.extra_info == {
        "question": "round-trip",
        "axes": {"channel": "Pipe", "payload": "10 B"},
        "per": "round trip",
        "operations": 1,
        "bytes": 10,
    }
