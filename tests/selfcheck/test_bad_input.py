"""What is asked for wrongly is answered by one clear line, before anything runs."""

import ast
import subprocess
import sys

import pytest

from tests.selfcheck.kill.runs import ROOT, run_suite

#: Hides an installed distribution from pytest, as if it were not installed.
WITHOUT = """\
import importlib.metadata as metadata

installed = metadata.distributions
metadata.distributions = lambda **wanted: (
    found for found in installed(**wanted) if found.metadata["Name"] != {name!r}
)
"""


def the_line(run):
    """Return the only line that the run printed; its exit code must be that of a usage error."""
    assert run.exit_code == pytest.ExitCode.USAGE_ERROR, run.output
    [line] = run.output.split("\n\n")[0].splitlines()
    assert run.output.strip() == line
    return line


@pytest.mark.parametrize(
    "options",
    [
        ["--claim", "7.3"],
        ["--claim", "7.03", "--claim", "7.3"],
        ["-m", "claim(id='7.3')"],
        ["-m", 'claim(id="7.03") or claim(id="7.3")'],
        ["--claim", "7.3", "-n", "2"],
        ["--claim", "7.3", "tests/selfcheck"],
    ],
    ids=" ".join,
)
def test_an_unknown_claim_is_named_beside_the_nearest_one(options, tmp_path):
    line = the_line(run_suite(tmp_path, *options))
    assert line.startswith("ERROR: no claim has the id '7.3'; did you mean 7.03")


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["serial", "parallel"])
def test_words_that_no_claim_has_are_named(options, tmp_path):
    line = the_line(run_suite(tmp_path, "--about", "zzz", *options))
    assert line == "ERROR: no claim has a word of 'zzz'; try other words"


@pytest.mark.parametrize("id", ["", "xyzzy", "7.031", "77"])
def test_an_id_that_is_like_no_other_is_answered_by_their_range(id, tmp_path):
    line = the_line(run_suite(tmp_path, "--claim", id))
    assert line.startswith(f"ERROR: no claim has the id {id!r}; ")


@pytest.mark.parametrize(
    "place",
    [
        "tests/selfcheck",
        "tests/notes/test_8_fork.py",
        "tests/notes/test_7_thread_against_process.py::test_of_another_name",
    ],
)
def test_a_claim_that_is_decided_elsewhere_says_where(place, tmp_path):
    line = the_line(run_suite(tmp_path, "--claim", "7.03", place))
    file = "tests/notes/test_7_thread_against_process.py"
    assert line == f"ERROR: claim 7.03 is decided in {file}, not in {place}"


@pytest.mark.parametrize("plugin", ["benchmark", "timeout", "xdist"])
def test_a_plugin_that_is_not_installed_is_named(plugin, tmp_path):
    hook = WITHOUT.format(name=f"pytest-{plugin}")
    (tmp_path / "sitecustomize.py").write_text(hook, encoding="utf-8")
    line = the_line(run_suite(tmp_path, "--claim", "7.03", PYTHONPATH=str(tmp_path)))
    assert line == f"ERROR: Missing required plugins: pytest-{plugin}"


@pytest.mark.parametrize("plugin", ["benchmark", "timeout"])
def test_a_plugin_that_is_switched_off_is_named(plugin, tmp_path):
    line = the_line(run_suite(tmp_path, "--claim", "7.03", "-p", f"no:{plugin}"))
    assert line == f"ERROR: Missing required plugins: pytest-{plugin}"


def test_a_patience_that_is_no_number_is_refused(tmp_path):
    run = run_suite(tmp_path, "--claim", "7.03", SPEC_PATIENCE="long")
    assert run.exit_code != 0
    assert "error: SPEC_PATIENCE='long' is not a number of seconds" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize("release", ["3.9.18", "3.10.8"])
def test_an_interpreter_that_is_too_old_is_named(release):
    program = (
        f"import runpy, sys; sys.version_info = ({release.replace('.', ', ')}); "
        "sys.modules['pytest'] = None; runpy.run_path('conftest.py')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: this suite needs Python 3.10.9 or newer, and this is Python {release}: "
        "run it with a newer interpreter\n"
    )


def test_an_interpreter_that_is_too_old_can_read_as_far_as_that():
    source = (ROOT / "conftest.py").read_text(encoding="utf-8")
    assert ast.parse(source, feature_version=(3, 7))
