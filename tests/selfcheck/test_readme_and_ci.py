"""What the documents say is so, their commands are run, and all lists of interpreters agree.

``python -m tests.selfcheck.test_readme_and_ci`` renews the runs that README shows.
"""

import multiprocessing
import os
import re
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.selfcheck.kill.runs import (
    INJECTION,
    ROOT,
    copy_of_the_checkout,
    run_suite,
    run_to_its_end,
)
from tests.vocabulary.subjects import SUBJECTS

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
CI_RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

on_posix = pytest.mark.skipif(os.name != "posix", reason="README's commands are POSIX's here")


@dataclass(frozen=True)
class Block:
    """A fenced block of README or CONTRIBUTING, with the heading above it."""

    section: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines of the block, each a command."""
        return self.text.splitlines()


def blocks(language: str) -> list[Block]:
    """Return the fenced blocks of README and CONTRIBUTING in a language."""
    found = []
    for part in re.split(r"^#+ ", README + CONTRIBUTING, flags=re.MULTILINE):
        heading = part.partition("\n")[0]
        fences = re.findall(r"^```(\w+)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
        found += [Block(heading, *fence) for fence in fences]
    return [block for block in found if block.language == language]


def run_elsewhere(command: str) -> bool:
    """Tell whether CI runs the command, as it stands."""
    return any(command in line for line in (CI_RUN + WORKFLOW).splitlines())


#: The commands that are run here, by section, since some depend on those before them.
TO_RUN = {
    section: commands
    for section in dict.fromkeys(block.section for block in blocks("sh"))
    if (
        commands := [
            command
            for block in blocks("sh")
            for command in block.commands
            if block.section == section and not run_elsewhere(command)
        ]
    )
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the checkout whose .venv is the environment of this run."""
    copy = copy_of_the_checkout(tmp_path_factory.mktemp("copy") / "checkout")
    (copy / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return copy


#: That costs are measured is examined here, not what they are.  Those of scaling, which take as
#: long as all others, are measured by tox.
BRIEFLY = "--benchmark-max-time=0.02 --benchmark-min-rounds=3 -k 'not scaling or sleeping'"


def run(command: str, folder: Path, columns: int = 80) -> str:
    """Run a command line as a newcomer would; it must succeed; return what it printed."""
    foreign = re.compile("PYTEST_|TOX_|COUNTERFEIT|VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    env["COLUMNS"] = str(columns)
    if "cost" in command:
        env["PYTEST_ADDOPTS"] = BRIEFLY
    done = run_to_its_end(["bash", "-c", command], folder, env, timeout=500)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def quick(command: str) -> str:
    """Return what stands for the command here: where it is tox that runs, what it would do.

    .ci/run has tox build its environments and run the matrix.
    """
    return re.sub(r"(?<=/tox) (-e \w+)", r" config \1 -k commands", command)


@on_posix
@pytest.mark.timeout(600)
@pytest.mark.parametrize("section", TO_RUN)
def test_the_commands_of_a_section_work(section, checkout):
    for command in TO_RUN[section]:
        run(quick(command), checkout)


def test_the_commands_for_windows_are_run_by_ci():
    commands = [command for block in blocks("bat") for command in block.commands]
    assert len(commands) == 2
    assert [command for command in commands if not run_elsewhere(command)] == []


def test_the_two_commands_that_set_everything_up_are_run_by_both_kinds_of_ci():
    verify, own_tests = [block.text.strip() for block in blocks("sh") if block.section == "Start"]
    for command in (verify, own_tests):
        assert f"check '{command}'" in CI_RUN
        assert f"run: {command}\n" in WORKFLOW
        as_on_windows = command.replace("python3", "python").replace(
            ".venv/bin/", ".venv\\Scripts\\"
        )
        assert f"\n{as_on_windows}\n" in README


def test_readme_is_short():
    assert len(README.encode()) <= 10_000


def test_no_command_hides_outside_the_blocks():
    prose = re.sub(
        r"^```.*?^```$|<!--.*?-->", "", README + CONTRIBUTING, flags=re.MULTILINE | re.DOTALL
    )
    inline = re.findall(r"`([^`]+)`", prose)
    assert [
        code for code in inline if re.match(r"(\S*/)?(pytest|tox|python3?|pip) [^-]", code)
    ] == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no executable bit")
def test_the_script_of_ci_is_executable():
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


# The runs that README shows


SHOWN_WIDTH = 100


def shown() -> dict[str, Block]:
    """Return the blocks with a run, by its program; the first line is the command after ``$ ``."""
    return {
        "advise" if "tests.advice" in block.commands[0] else "verify": block
        for block in blocks("text")
    }


def claims_of(output: str) -> list[str]:
    """Return the lines of a run's summary, without what differs from run to run."""
    lines = output[output.index(" claims =") :].splitlines()[1:]
    place = next(i for i, line in enumerate(lines) if re.match(r"\w+ [\w. ()-]+: \d+ ", line))
    counts = lines[place].partition(": ")[2]
    kept = (line.rstrip() for line in lines[:place] if line.strip(" =") and line[0] != "=")
    return [*kept, counts]


@on_posix
def test_the_run_in_the_readme_is_what_its_command_prints(checkout):
    block = shown()["verify"]
    command = block.commands[0].removeprefix("$ ")
    assert claims_of(run(command, checkout, SHOWN_WIDTH)) == claims_of(block.text)


@on_posix
def test_the_advice_in_the_readme_is_what_its_command_prints(checkout):
    command, _, text = shown()["advise"].text.partition("\n")
    assert run(command.removeprefix("$ "), checkout) == text


@on_posix
def test_the_example_of_the_advice_works_until_it_breaks_as_it_says():
    example = ROOT / "tests" / "advice" / "example" / "main.py"
    said = run(f"{sys.executable} {example} 2>&1 || true", ROOT)
    forked = multiprocessing.get_start_method() == "fork"
    assert said.split()[:1] == ["photos" if forked else "."]
    assert ("Can't pickle local object" in said) is not forked


def renew() -> None:
    """Run the shown commands again and write their output into README."""
    text = README
    for block in shown().values():
        command = block.commands[0]
        line = command.removeprefix("$ ").replace(".venv/bin/pytest", f"{sys.executable} -m pytest")
        line = line.replace(".venv/bin/python", sys.executable)
        output = "\n".join(line.rstrip() for line in run(line, ROOT, SHOWN_WIDTH).splitlines())
        text = text.replace(block.text, f"{command}\n{output}\n", 1)
    (ROOT / "README.md").write_text(text, encoding="utf-8")


# The claim that README adds


@on_posix
@pytest.mark.parametrize("counterfeit", ["", "notes/readme:a_queue_drops_every_second_item"])
def test_the_example_of_a_spec_holds_and_is_contradicted(counterfeit, checkout):
    spec, fake = [block.text for block in blocks("python")]
    notes = checkout / "tests" / "notes"
    fakes = checkout / "tests" / "selfcheck" / "counterfeits" / "notes"
    (notes / "test_10_readme.py").write_text(f'"""Readme."""\n\n{spec}', encoding="utf-8")
    (fakes / "readme.py").write_text(f'"""Readme."""\n\n{fake}', encoding="utf-8")
    injected = f"COUNTERFEIT={counterfeit} PYTHONPATH={INJECTION.relative_to(ROOT)} "
    command = f"{injected if counterfeit else ''}SPEC_PATIENCE=2 .venv/bin/pytest --claim 5.99"
    output = run(f"{command}{' || true' if counterfeit else ''}", checkout)
    assert re.search(rf"5.99 +{'CONTRADICTED' if counterfeit else 'HOLDS'}", output)


# The interpreters, which several files list


def environments() -> list[str]:
    """Return the environments of the matrix, from tox.ini, less that of WebAssembly."""
    line = re.search(r"^env_list = (.*), pyodide$", TOX, re.MULTILINE)
    return line[1].split(", ") if line else []


def version(environment: str) -> str:
    """Return the version that an environment stands for: py313t is 3.13t."""
    return re.sub(r"^\D+3(\d+t?)$", r"3.\1", environment)


def test_the_matrix_names_the_environments_of_tox():
    [matrix] = [part for part in CONTRIBUTING.split("\n## ") if part.startswith("The matrix")]
    prose = matrix.partition("```")[0]
    named = re.findall(r"\b3\.\d+t?\b", prose)
    assert named == [version(environment) for environment in environments()]
    assert ("PyPy" in prose) == any(name.startswith("pypy") for name in environments())


def test_the_classifiers_name_the_environments_of_tox():
    classifiers = re.findall(r'"Programming Language :: Python :: (.+)",', PYPROJECT)
    names = environments()
    versions = list(dict.fromkeys(version(name).rstrip("t") for name in names))
    assert [name for name in classifiers if name[0].isdigit()] == versions
    assert ("Free Threading" in classifiers) == any(name.endswith("t") for name in names)
    assert ("Implementation :: PyPy" in classifiers) == any("pypy" in name for name in names)


def test_the_oldest_interpreter_is_the_oldest_supported():
    oldest = version(environments()[0])
    assert f'requires-python = ">={oldest}.' in PYPROJECT
    assert f'target-version = "py{oldest.replace(".", "")}"' in PYPROJECT
    assert f'python_version = "{oldest}"' in PYPROJECT
    assert re.search(rf"Python {oldest}\.\d+ or newer", README)
    assert f"Python >= {oldest}," in CI_RUN


# What is installed, and what lies where


@on_posix
@pytest.mark.timeout(300)
def test_the_package_has_dependencies_and_no_module(checkout, tmp_path):
    before = sorted(checkout.rglob("*"))
    run(f".venv/bin/python -m pip wheel -q --no-deps -w {tmp_path} .", checkout)
    assert sorted(checkout.rglob("*")) == before
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {name.partition("/")[0].rpartition(".")[2] for name in archive.namelist()} == {
            "dist-info"
        }


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a clone knows what belongs to it")
def test_the_top_level_has_what_it_must_and_no_more():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    top = {path.partition("/")[0] for path in listed}
    assert {name for name in top if not name.startswith(".")} == {
        *("LICENSE", "README.md", "conftest.py", "pyproject.toml", "tests", "tox.ini")
    }


def test_the_map_lists_every_subject_with_its_meaning():
    rows = re.findall(r"^\| `([A-Z]+)` \| (.*) \|$", MAP, re.MULTILINE)
    assert dict(rows) == SUBJECTS


def test_every_marker_of_the_suite_is_explained(tmp_path):
    output = run_suite(tmp_path, "--markers").output
    for marker in ("claim(id)", "cost", "ratio"):
        assert re.search(rf"@pytest\.mark\.{re.escape(marker)}: \w+", output)


if __name__ == "__main__":
    renew()
