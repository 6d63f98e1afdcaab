"""tox tells what runs, what is next and how long it takes, and never fails for that."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.harness.progress import (
    Progress,
    Record,
    ToxRun,
    arguments_of_tox,
    configuration,
    expand,
    from_proc,
    from_ps,
    on_path,
    ordinal,
    read,
    roughly,
    selection,
    spelled,
    write,
)
from tests.selfcheck.kill.runs import ROOT, run_to_its_end

PROJECT = f"""
[tox]
env_list = one, two, three, py399
skip_missing_interpreters = true

[testenv]
package = skip
pass_env =
    TOXENV
    TOX_SKIP_ENV
set_env = PYTHONPATH = {ROOT}
commands_pre = - python -m tests.harness.progress begin
commands = python -c "import sys; sys.exit('two' in '{{env_name}}')" {{posargs}}
commands_post = - python -m tests.harness.progress end
depends =
    two: one
    three: one, two

[testenv:{{red,green}}-light]
labels = light, all
"""

on_posix = pytest.mark.skipif(os.name != "posix", reason="what tox runs cannot be told here")


@pytest.fixture
def project(tmp_path):
    """Return a folder with a small tox.ini; of its environments, py399 is never installed."""
    (tmp_path / "tox.ini").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def tox(folder: Path, *arguments: str, **environ: str) -> str:
    """Run tox in a folder and return what it printed."""
    foreign = re.compile("TOX|PYTEST_|COUNTERFEIT")
    env = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    command = [sys.executable, "-m", "tox", *arguments]
    return run_to_its_end(command, folder, {**env, **environ}, timeout=90).stdout


def told(output: str) -> list[str]:
    """Return the lines about progress, with N for every number of seconds."""
    lines = [line for line in output.splitlines() if line.startswith("tox: ")]
    return [re.sub(r"\b\d+ s\b", "N s", line) for line in lines]


@on_posix
def test_a_run_tells_what_runs_what_is_next_and_how_long_it_took(project):
    assert told(tox(project)) == [
        "tox: one, 1st of 3 | next: two | not on PATH: py399",
        "tox: one took N s | next: two | about N s to go, by earlier durations",
        (
            "tox: two, 2nd of 3 | running for N s; done: one N s | next: three"
            " | about N s to go, by earlier durations"
        ),
        "tox: two took N s | next: three | about N s to go, by earlier durations",
        (
            "tox: three, 3rd of 3 | running for N s; done: one N s, two N s"
            " | about N s to go, by earlier durations"
        ),
        "tox: three took N s, the last of 3; all took N s",
    ]
    # The next run starts anew, and knows how long each took.
    assert told(tox(project, "-e", "three,two"))[:2] == [
        (
            "tox: two, 1st of 2 (last time N s) | next: three (last time N s)"
            " | about N s to go, by earlier durations"
        ),
        "tox: two took N s | next: three (last time N s) | about N s to go, by earlier durations",
    ]
    # One alone, and something else than usual: no estimate, and none is spoiled.
    before = read(project / ".tox" / ".progress")["one"].last
    assert told(tox(project, "-e", "one", "--", "other")) == [
        "tox: one, the only one",
        "tox: one took N s",
    ]
    assert read(project / ".tox" / ".progress")["one"].last == before


@on_posix
def test_environments_that_run_at_once_tell_of_each_other_and_lose_nothing(project):
    output = tox(project, "-p", "2", "--parallel-live", "-e", "red-light,green-light,one")
    records = read(project / ".tox" / ".progress")
    assert sorted(records) == ["green-light", "one", "red-light"]
    assert len({record.run for record in records.values()}) == 1
    assert all(record.ended for record in records.values())
    assert len(re.findall(r"^.*tox: [\w-]+ took \d+ s", output, re.MULTILINE)) == 3


def test_what_is_broken_or_stale_is_as_good_as_nothing(tmp_path):
    write(tmp_path, "good", Record("1 2", 3.0, 4.0, 5.0))
    contents = {
        "empty": "",
        "cut": '{"run": "1',
        "foreign": '{"name": "x"}',
        "list": "[1]",
        "text": '{"run": "1 2", "began": "yesterday"}',
        "infinite": '{"run": "1 2", "began": NaN}',
        "binary": "\0",
    }
    for name, text in contents.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "coded.json").write_bytes(b"\xff\xfe")
    assert read(tmp_path) == {"good": Record("1 2", 3.0, 4.0, 5.0)}
    assert read(tmp_path / "missing") == {}


def test_where_nothing_can_be_kept_that_is_said_and_the_environment_passes(project):
    (project / ".tox").mkdir()
    (project / ".tox" / ".progress").write_text("a file", encoding="utf-8")
    output = tox(project, "-e", "one")
    assert told(output)[0].startswith("tox: no progress is told: [")
    assert ".progress" in told(output)[0]
    assert "one: OK" in output


def test_a_bug_in_it_is_seen_and_the_environment_passes(project):
    text = PROJECT.replace("progress begin", "progress begun")
    (project / "tox.ini").write_text(text, encoding="utf-8")
    output = tox(project, "-e", "one")
    assert "invalid choice: 'begun'" in output
    assert "tox: one has ended; it is not known when it began" in output
    assert "one: OK" in output


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        ([], {}),
        (["run"], {}),
        (["-e", "two,one"], {}),
        (["-e", "one", "-e", "three"], {}),
        (["-etwo"], {}),
        (["-qre", "two", "--", "-e", "one"], {}),
        (["run", "-vv", "-e", "{one,two}"], {}),
        (["-e", "red-light,one"], {}),
        (["-m", "light"], {}),
        (["-m", "light", "all", "-q"], {}),
        (["--skip-env", "t"], {}),
        (["-x", "testenv.package=skip", "-e", "one"], {}),
        ([], {"TOXENV": "two,green-light"}),
        (["-e", "one"], {"TOXENV": "two"}),
        ([], {"TOX_SKIP_ENV": "t|o"}),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_what_tox_will_run_is_told_as_by_tox(arguments, environ, project):
    env_list, labels = configuration(PROJECT)
    ours = selection(arguments, environ, env_list, labels)
    options = [word for word in arguments if word != "run"]
    output = tox(project, "config", "-k", "env_name", *options, **environ)
    names = re.findall(r"^\[testenv:(.*)\]$", output, re.MULTILINE)
    assert ours is not None
    assert sorted(ours) == sorted(names)
    assert [name for name in ours if name in env_list] == [n for n in env_list if n in names]


@pytest.mark.parametrize(
    "arguments", [["-e", "ALL"], ["-f", "py310"], ["-e"], ["--skip-env", "["]], ids=" ".join
)
def test_what_only_tox_can_tell_is_not_guessed(arguments):
    assert selection(arguments, {}, ["one"], {}) is None


def test_the_real_matrix_and_its_families_are_understood():
    env_list, labels = configuration((ROOT / "tox.ini").read_text(encoding="utf-8"))
    assert {"py310", "py313t", "pypy311"} < set(env_list)
    assert labels["kill"] == ["py313-kill", "py314-kill", "py313t-kill"]
    assert labels["names"] == [f"{name}-names" for name in env_list]


@pytest.mark.parametrize("moment", ["pre", "post"])
def test_every_environment_of_the_matrix_tells_its_progress(moment):
    text = (ROOT / "tox.ini").read_text(encoding="utf-8")
    [factors] = re.findall(rf"^commands_{moment} =\n    ([\w,]+): - python", text, re.MULTILINE)
    env_list, _ = configuration(text)
    assert factors.split(",") == [*env_list, "kill"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a, b", ["a", "b"]),
        ("\n  a\n  b,\n", ["a", "b"]),
        ("py3{10, 11}-{x,y}", ["py310-x", "py310-y", "py311-x", "py311-y"]),
        ("{a,b}, c", ["a", "b", "c"]),
        ("", []),
    ],
)
def test_braces_in_names_are_expanded(text, names):
    assert expand(text) == names


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("/x/.venv/bin/python -m tox -e tox", ["-e", "tox"]),
        ("/x/.venv/bin/python /x/.venv/bin/tox", []),
        (r"C:\x\Scripts\tox.exe run", ["run"]),
        ("bash -c true", None),
    ],
)
def test_the_arguments_of_tox_are_found_however_it_is_started(command, arguments):
    assert arguments_of_tox(command.split()) == arguments


READY = "print('ready', flush=True); input()"


@on_posix
@pytest.mark.parametrize("facts", [from_proc, from_ps])
def test_a_process_tells_when_it_began_and_how_it_was_started(facts):
    if facts is from_proc and not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc")
    before = time.time()
    try:
        with subprocess.Popen([sys.executable, "-c", READY], stdin=PIPE, stdout=PIPE) as child:
            child.stdout.readline()  # exec closes pipes before it sets the command line
            start, began, command = facts(child.pid)
            child.communicate(b"\n")
    except FileNotFoundError:
        pytest.skip("this system has no ps")
    assert start
    assert before - 2 < began < time.time() + 1
    assert " ".join(command) == f"{sys.executable} -c {READY}"


def test_an_interpreter_is_looked_for_by_its_precise_name(monkeypatch, tmp_path):
    for name in ("python3.13", "pypy3.11"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    here = ("py313", "py313-kill", "pypy311", "kill", "pylint")
    assert [name for name in here if not on_path(name)] == []
    missing = ["py31", "py312", "py313t", "py313t-kill", "pypy310"]
    said_to_be_here = [name for name in missing if on_path(name)]
    assert said_to_be_here == (missing if os.name == "nt" else [])


# What is said where no tox can be asked


def progress(environment, records, plan, arguments=(), run=True, missing=(), now=1000.0):
    """Return the progress of a run of tox with the key "run" that began at 900 s."""
    of_tox = ToxRun("run", 900.0, list(arguments)) if run else None
    return Progress(environment, now, records, plan, of_tox, frozenset(missing))


def test_without_tox_to_ask_the_order_of_the_list_is_told_and_no_more():
    records = {
        "one": Record("", 900.0, 990.0, 90.0),
        "two": Record("", 1000.0, last=31.0),
        "three": Record("", 10.0, 50.0, 40.0),
    }
    begun = progress("two", records, ["one", "two", "three"], run=False)
    assert begun.at_begin() == (
        "tox: two (last time 31 s) | next, if installed: three (last time 40 s)"
    )
    ended = {**records, "two": Record("", 965.0, 1000.0, 35.0)}
    assert progress("two", ended, ["one", "two", "three"], run=False).at_end() == (
        "tox: two took 35 s | next, if installed: three (last time 40 s)"
    )


def test_a_plan_that_is_not_understood_is_not_told():
    records = {"one": Record("run", 900.0, 965.0, 65.0), "two": Record("run", 1000.0)}
    line = progress("two", records, None).at_begin()
    assert line == "tox: two | running for 1 min 40 s; done: one 1 min 05 s"


def test_records_of_another_run_give_durations_and_no_more():
    records = {
        "one": Record("run", 930.0, 990.0, 60.0),
        "two": Record("run", 1000.0, last=120.0),
        "three": Record("other", 10.0, 250.0, 240.0),
        "lost": Record("other", 10.0),
    }
    line = progress("two", records, ["one", "two", "gone", "three", "new"], missing=["gone"])
    # 120 and 240, and for what has never run the mean of 60, 120 and 240.
    assert line.at_begin() == (
        "tox: two, 2nd of 4 (last time 2 min 00 s) | running for 1 min 40 s; done: one 1 min 00 s"
        " | next: three (last time 4 min 00 s) | about 8 min to go, by earlier durations"
    )


def test_what_runs_beside_it_is_named_and_nothing_is_estimated():
    records = {"one": Record("run", 990.0, last=10.0), "two": Record("run", 1000.0, last=10.0)}
    line = progress("two", records, ["one", "two"]).at_begin()
    assert line == "tox: two, 2nd of 2, beside one (last time 10 s)"


def test_what_has_begun_already_is_not_next():
    records = {
        "one": Record("run", 990.0, 1000.0, 10.0),
        "two": Record("run", 991.0),
        "three": Record("run", 992.0, 995.0, 3.0),
    }
    line = progress("one", records, ["one", "two", "three", "four"]).at_end()
    assert line == "tox: one took 10 s | next: four"


def test_durations_are_spelled_as_one_reads_them():
    assert [spelled(s) for s in (-1, 0.4, 59.6, 65, 3599.4, 3600, 7384)] == [
        *("0 s", "0 s", "1 min 00 s", "1 min 05 s", "59 min 59 s", "1 h 00 min", "2 h 03 min")
    ]
    assert [roughly(s) for s in (0, 1, 31, 99, 150, 7100, 7200)] == [
        *("10 s", "10 s", "40 s", "100 s", "2 min", "118 min", "2 h 00 min")
    ]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th")
    ]
