"""A rehearsal finds what a later Python breaks, explains it, and leaves nothing behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.harness import outcome, until
from tests.rehearse.__main__ import main, own_environment
from tests.rehearse.explaining import explained, stops
from tests.rehearse.failures import Failure, failures, where_it_was
from tests.rehearse.switches import plan
from tests.report.reading import read
from tests.selfcheck.kill.runs import ROOT
from tests.selfcheck.made_results import Made, write_junit

#: What this interpreter is called.
HERE = "{}.{}".format(*sys.version_info) + "t" * ("free-threading build" in sys.version)
OTHER = "3.11" if HERE == "3.10" else "3.10"
PAIR = [HERE, "3.14t" if HERE.endswith("t") else "3.14"]

forks = pytest.mark.skipif(
    multiprocessing.get_all_start_methods()[0] != "fork", reason="rehearses the loss of fork"
)

WORKS = """\
import multiprocessing

def test_a_function_of_the_module():
    child = multiprocessing.Process(target=int)
    child.start()
    child.join()
    assert child.exitcode == 0
"""

LOCAL = """

def test_a_local_function():
    def work():
        pass

    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    assert child.exitcode == 0
"""

UNITTEST = """

import unittest

class Tests(unittest.TestCase):
    def test_it(self):
        test_a_local_function()
"""

PYTEST = ["python", "-m", "pytest", "-p", "no:cacheprovider"]


@pytest.fixture
def temporary():
    """Return a folder for temporary files with a path that is short enough for a socket's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def rehearse(tmp_path, temporary):
    """Return a function that rehearses the tests in a made project: exit code and output."""
    project = tmp_path / "project"
    project.mkdir()

    def rehearsed(source, *command, options=(), **environ):
        (project / "test_made.py").write_text(source, encoding="utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.rehearse", *PAIR, "--in", project),
                *("--python", sys.executable, *options, "--", *(command or PYTEST)),
            ],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary), **environ},
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert list(temporary.glob("rehearse-*")) == []
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    rehearsed.project = project
    return rehearsed


@forks
@pytest.mark.parametrize(
    "command",
    [
        PYTEST,
        [*PYTEST, "--tb=short", "--color=yes"],
        [*PYTEST, "--tb=native", "-n", "1"],
        ["python", "-m", "unittest"],
        ["python", "-c", "import test_made; test_made.test_a_local_function()"],
    ],
    ids=" ".join,
)
def test_what_fork_alone_can_do_is_named_with_its_claim(command, rehearse):
    code, said = rehearse(WORKS + LOCAL + UNITTEST, *command)
    assert code == 1, said
    assert "GIVE01 By default a local function, or a lambda in a function, can" in said
    assert "test_made.py:15" in said
    assert "local object 'test_a_local_function.<locals>.work'" in said
    assert "Instead: use a function at a module's top level" in said
    assert "test_a_function_of_the_module" not in said


@forks
def test_the_command_that_it_shows_repeats_it(rehearse, tmp_path):
    command = [*PYTEST, "-q"]
    (rehearse.project / "test_made.py").write_text(WORKS + LOCAL, encoding="utf-8")
    options = [*PAIR, "--in", rehearse.project, "--python", sys.executable]
    shown = subprocess.run(
        [sys.executable, "-m", "tests.rehearse", *options, "--", *command],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    ).stdout.partition("To repeat it:\n")[2]
    done = subprocess.run(shown, shell=True, check=False, capture_output=True, text=True)
    assert "1 failed, 1 passed" in done.stdout


@forks
def test_what_every_start_method_can_do_breaks_nothing(rehearse):
    code, said = rehearse(WORKS)
    assert code == 0
    assert "Nothing breaks. That is no proof" in said
    assert "gh-84559); nothing" not in said


@forks
@pytest.mark.parametrize(
    "pin",
    [
        "import multiprocessing; multiprocessing.set_start_method('fork')",
        "import multiprocessing; multiprocessing.set_start_method('fork', force=True)",
    ],
)
def test_a_project_that_chooses_fork_is_left_alone(pin, rehearse):
    (rehearse.project / "conftest.py").write_text(pin, encoding="utf-8")
    code, said = rehearse(WORKS + LOCAL)
    assert code == 0
    assert "the project chooses fork itself, which was left alone" in said


@forks
def test_a_context_that_is_asked_for_is_left_alone(rehearse):
    source = WORKS + LOCAL.replace("multiprocessing.Process", "fork.Process")
    assert rehearse(f"{source}\nfork = multiprocessing.get_context('fork')\n")[0] == 0


@forks
@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("asyncio.get_event_loop().close()", "LOOP01 asyncio.get_event_loop() makes no event loop"),
        ("asyncio.get_child_watcher", "ACHILD04 asyncio has no child watchers"),
        ("asyncio.new_event_loop().close()", ""),
        ("asyncio.run(asyncio.create_subprocess_exec('true'))", ""),
    ],
)
def test_what_asyncio_lost_is_missed(body, cause, rehearse):
    code, said = rehearse(f"import asyncio\n\ndef test_it():\n    {body}\n")
    assert code == bool(cause)
    assert f"none of which is there as it is: {cause}" in said or not cause
    assert "test_made.py:4" in said or not cause


@forks
def test_who_expects_that_there_is_no_loop_is_not_alarmed(rehearse):
    source = """\
import asyncio

def test_it():
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
    loop.close()
"""
    assert rehearse(source)[0] == 0


@forks
def test_the_error_of_a_child_explains_the_assertion_of_its_parent(rehearse):
    source = """\
import multiprocessing

def show():
    print(word)

def test_it():
    global word
    word = 1
    child = multiprocessing.Process(target=show)
    child.start()
    child.join()
    assert child.exitcode == 0
"""
    code, said = rehearse(source)
    assert code == 1
    assert "AssertionError: assert 1 == 0" in said
    assert "NameError: name 'word' is not defined" in said
    assert "MAIN12 By default a child has the names" in said


@forks
def test_a_value_that_differs_is_under_no_claim(rehearse):
    source = """\
import multiprocessing

words = []

def tell(queue):
    queue.put(words)

def test_it():
    words.append(3)
    queue = multiprocessing.SimpleQueue()
    child = multiprocessing.Process(target=tell, args=(queue,))
    child.start()
    child.join()
    assert queue.get() == [3]
"""
    code, said = rehearse(source)
    assert code == 1
    assert "No claim has the words of these. A value may differ" in said
    assert "assert [] == [3]" in said


@forks
def test_a_child_that_fails_unnoticed_is_noticed(rehearse):
    source = """\
import multiprocessing

def show(word):
    print({"here": 1}[word])

def work():
    print(words)

if __name__ == "__main__":
    words = 1
    for child in (
        multiprocessing.Process(target=show, args=("there",)),
        multiprocessing.Process(target=work),
    ):
        child.start()
        child.join()
"""
    code, said = rehearse(source, "python", "test_made.py")
    assert code == 1
    assert "1 failure, none of which is there as it is, though it ends with 0: MAIN12" in said
    assert "KeyError" not in said


@forks
def test_a_sitecustomize_of_the_project_runs_as_well(rehearse):
    seen = "import os\nos.environ['SEEN'] = 'yes'\n"
    (rehearse.project / "sitecustomize.py").write_text(seen, encoding="utf-8")
    source = "import os, sys\n\ndef test_it():\n    assert os.environ['SEEN'] == 'yes'\n"
    source += "    assert not any('rehearse' in entry for entry in sys.path[1:])\n"
    source += "    assert 'project' in sys.modules['sitecustomize'].__file__\n"
    assert rehearse(source, PYTHONPATH=str(rehearse.project))[0] == 0
    code, said = rehearse(source + LOCAL.replace("\n\ndef", "\nimport multiprocessing\n\ndef", 1))
    assert code == 2, said  # without PYTHONPATH it fails as it is
    assert "KeyError: 'SEEN'" in said


@forks
def test_what_hangs_is_ended_and_located(rehearse):
    source = """\
import multiprocessing, threading

def test_it():
    if multiprocessing.get_start_method() != "fork":
        threading.Event().wait()
"""
    code, said = rehearse(source, options=["--limit", "4"])
    assert code == 1
    assert "It hangs, and was ended after 4 seconds, here:" in said
    assert "test_made.py:5 in test_it" in said


@forks
def test_a_command_that_fails_as_it_is_cannot_be_compared(rehearse):
    code, said = rehearse("def test_it():\n    assert 1 == 2\n")
    assert code == 2
    assert "error: the command ends with 1 as it is, so that there is nothing to compare" in said
    assert "test_it AssertionError: assert 1 == 2" in said or "test_it assert 1 == 2" in said


@forks
@pytest.mark.parametrize(
    "command",
    [["python", "-I", "-c", "pass"], ["true"]],
    ids=["Python that reads no variable", "no Python"],
)
def test_what_cannot_be_switched_on_says_so(command, rehearse):
    code, said = rehearse("", *command)
    assert code == 2
    assert "error: nothing could be switched on: no interpreter" in said


def processes_of(folder):
    """Return the pids of the processes whose environment has this temporary folder."""
    mark = f"TMPDIR={folder}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        text = outcome(place.read_bytes)
        if isinstance(text, bytes) and mark in text.split(b"\0"):
            found.append(int(place.parent.name))
    return found


@forks
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", ["as it is", "switched on"])
def test_nothing_is_left_behind_by_a_rehearsal_that_is_ended(how, phase, tmp_path, temporary):
    method = "fork" if phase == "as it is" else "forkserver"
    program = f"""\
import multiprocessing, pathlib, subprocess, time

def begin():
    pathlib.Path("begun").touch()  # here: a child of the fork server ignores SIGINT at first
    time.sleep(600)

if __name__ == "__main__" and multiprocessing.get_start_method() == "{method}":
    subprocess.Popen(["sleep", "600"])
    multiprocessing.Process(target=begin).start()
    time.sleep(600)
"""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    options = [*PAIR, "--in", tmp_path, "--python", sys.executable, "--", "python", "program.py"]
    rehearsing = subprocess.Popen(
        [sys.executable, "-m", "tests.rehearse", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
    )
    until((tmp_path / "begun").exists, "the program to begin")
    assert len(processes_of(temporary)) >= 4
    rehearsing.send_signal(how)
    assert rehearsing.wait(60) == 128 + how
    until(lambda: not processes_of(temporary), "all to end")
    assert list(temporary.iterdir()) == []


@forks
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks processes up in /proc")
def test_nothing_is_left_behind_by_a_command_that_leaves_something(temporary):
    program = 'import subprocess; subprocess.Popen(["sleep", "600"])'
    options = [*PAIR, "--python", sys.executable, "--", "python", "-c", program]
    done = subprocess.run(
        [sys.executable, "-m", "tests.rehearse", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        check=False,
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0
    assert processes_of(temporary) == []
    assert list(temporary.iterdir()) == []


@forks
def test_the_example_breaks_as_it_says(rehearse):
    example = ROOT / "tests" / "rehearse" / "example"
    options = ["--in", str(example)]
    code, said = rehearse("", "python", "-m", "unittest", "try_workers", options=options)
    assert code == 1
    assert "1 failure, none of which is there as it is: GIVE01" in said
    assert "test_a_local_function_as_the_target" in said


def test_the_environment_of_tox_is_not_the_project_s():
    given = {
        "PATH": os.pathsep.join(["/x/.tox/rehearse/bin", "/usr/bin"]),
        "TOX_ENV_DIR": "/x/.tox/rehearse",
        "VIRTUAL_ENV": "/x/.tox/rehearse",
        "MINE": "1",
    }
    assert own_environment(given) == {"PATH": "/usr/bin", "MINE": "1"}
    without = {name: given[name] for name in ("PATH", "VIRTUAL_ENV")}
    assert own_environment(without) == without


# What is asked for wrongly


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["3.13", "4.0", "--", "true"], "no Python is called '4.0' here: say one of 3.10"),
        (["3.14", "3.13", "--", "true"], "3.14 → 3.13 is no upgrade: name first"),
        (["3.13", "3.13", "--", "true"], "3.13 → 3.13 is no upgrade: name first"),
        (["3.13t", "3.14", "--", "true"], "3.13t → 3.14 is no upgrade: name first"),
        (["3.11", "3.12", "--", "true"], "nothing of 3.11 → 3.12 can be switched on before: run"),
        (["3.13", "3.13t", "--", "true"], "nothing of 3.13 → 3.13t can be switched on before: run"),
        (["3.13", "3.14"], "name the command that runs the tests, after --"),
        (["3.13", "3.14", "--"], "name the command that runs the tests, after --"),
        (["3.13", "3.14", "--", "no-such"], "there is no command 'no-such'"),
        (["3.13", "3.14", "--", "./no-such"], "there is no command './no-such'"),
        (["3.13", "3.14", "--in", "no-such", "--", "true"], "there is no folder 'no-such'"),
        (["3.13", "3.14", "--python", "no-such", "--", "x"], "there is no interpreter 'no-such'"),
        ([OTHER, "3.14", "--python", sys.executable, "--", "x"], "there is no command 'x'"),
        ([OTHER, "3.14", "--", sys.executable], f"{sys.executable} is Python {HERE}, not {OTHER}"),
    ],
)
def test_bad_input_is_answered_by_one_clear_line(words, line, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"rehearse: error: {line}")
    assert said.err.count("\n") == 1


# What is switched on


def test_a_free_threaded_build_is_rehearsed_as_far_as_its_contexts():
    planned = plan("3.14", "3.14t", "linux")
    assert planned.environ({"PYTHONPATH": "mine"}, ":") == {
        "PYTHONPATH": f"{ROOT / 'tests' / 'rehearse' / 'switched'}:mine",
        "REHEARSE": "",
        "PYTHON_THREAD_INHERIT_CONTEXT": "1",
        "PYTHON_CONTEXT_AWARE_WARNINGS": "1",
    }
    assert "Threads really run at the same time" in planned.off[0]


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_where_processes_are_spawned_anyway_no_fork_server_is_switched_on(platform):
    planned = plan("3.13", "3.14", platform)
    assert planned.environ({}, ":")["REHEARSE"] == "event-loop,child-watchers"
    assert any("spawned before and after" in text for text in planned.off)


@pytest.mark.parametrize("names", [("3.13", "3.14"), ("py313", "py314"), ("3.13.0", "3.14.2")])
def test_interpreters_may_be_named_in_several_ways(names):
    assert plan(*names, "linux").pair.name == "3.13 → 3.14"


def test_an_upgrade_over_several_versions_has_what_each_changes():
    planned = plan("3.10", "3.14t", "linux")
    assert [switch.name for switch in planned.on] == ["fork-server", "event-loop", "child-watchers"]
    assert [text.partition(":")[0] for text in planned.off] == [
        "A fork beside other threads warns",
        "Threads really run at the same time",
        "A thread starts with the context, and with the warnings filters, of its starter",
        "sys.version_info",
    ]


# What failures are read from


def test_a_shortened_traceback_is_read_from_the_summary():
    summary = "FAILED test_x.py::test_y[a] - ValueError: no\nERROR test_z.py\n"
    assert [(one.name, one.line) for one in failures(summary)] == [
        ("test_x.py::test_y[a]", "ValueError: no"),
        ("test_z.py", ""),
    ]


def test_of_chained_exceptions_the_last_is_told():
    chained = """\
Traceback (most recent call last):
  File "/x/site-packages/a.py", line 1, in f
    1 / 0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/x/mine.py", line 7, in g
    f()
  File "/x/site-packages/a.py", line 3, in f
    raise a.Failed
a.Failed
"""
    found = failures(chained)
    assert found[-1].line == "a.Failed"
    assert found[-1].place == "/x/mine.py:7"


def test_output_without_a_traceback_has_no_failures():
    assert failures("all went wrong\nTraceback (most recent call last):\n") == []
    assert where_it_was("all went wrong\n") == []


# What explains a failure


def test_only_claims_that_the_upgrade_flips_explain(tmp_path):
    because = "3.14 made forkserver the default (gh-84559)"
    for name, verdict, reason in (
        ("CPython 3.13.5", "holds", ""),
        ("CPython 3.14.2", "refuted", because),
    ):
        made = [Made("GIVE03", verdict, reason), Made("GIVE01"), Made("PIPE11", verdict, "x")]
        write_junit(tmp_path / f"{name}.xml", name, made)
    planned = plan("3.13", "3.14", "linux")
    ending = stops(read([tmp_path]), planned)
    assert {flip.claim.id for flip in ending} == {"GIVE03", "PIPE11"}
    failure = Failure("", "AttributeError: Can't get local object 'f.<locals>.g'", (), "", "")
    [one] = explained([failure], planned, ending, tmp_path)
    assert one.id == "GIVE03"


def test_without_results_claims_that_name_the_change_explain(tmp_path):
    planned = plan("3.13", "3.14", "linux")
    assert stops(read([tmp_path]), planned) == []
    line = "AttributeError: Can't get local object 'f.<locals>.g'"
    some = [
        Failure("", line, (), "Process(target=g)", ""),
        Failure("", line, (), "Process(target=print, args=(g,))", ""),
        Failure("", "ValueError: of its own", (), "", ""),
    ]
    assert [one.id for one in explained(some, planned, [], tmp_path)] == ["GIVE01", "GIVE03", ""]
