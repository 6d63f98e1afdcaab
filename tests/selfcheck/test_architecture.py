"""Which folder may import what, and which words specs are written in."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vocabulary.specs import FOLDERS, ROOT, spec_files

TESTS = ROOT / "tests"


def modules(folder: str) -> list[Path]:
    """Return the Python files below a folder of the tests."""
    return sorted((TESTS / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the names of the modules that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("harness", r"pytest|tests\.(?!harness|ROOT)"),
        ("vocabulary", r"pytest|tests\.(?!harness|vocabulary|ROOT)"),
        ("report", r"pytest|tests\.(plugins|selfcheck|notes|library|costs)"),
        ("advice", r"pytest|tests\.(plugins|selfcheck|questions|notes|library|costs)"),
        ("rehearse", r"pytest|tests\.(plugins|selfcheck|notes|library|costs|questions)"),
        ("plugins", r"tests\.(selfcheck|notes|library|costs)"),
        ("notes", r"pytest|tests\.(?!harness|notes|ROOT)"),
        ("library", r"pytest|tests\.(?!harness|library|ROOT)"),
    ],
)
def test_dependencies_point_one_way(folder, forbidden):
    pattern = re.compile(forbidden)
    found = {path.name: sorted(filter(pattern.match, imported(path))) for path in modules(folder)}
    assert {name: those for name, those in found.items() if those} == {}


def test_no_module_of_the_report_or_the_harness_imports_itself_in_a_circle():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in ("harness", "vocabulary", "plugins", "report", "advice", "rehearse")
        for path in modules(folder)
    }
    graph = {name: imported(path) & files.keys() - {name} for name, path in files.items()}
    for name, needs in graph.items():  # a package stands for what is imported from it
        packages = {one for one in needs if any(other.startswith(f"{one}.") for other in needs)}
        graph[name] = needs - packages
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert sorted(graph) == []


def test_the_harness_stays_small():
    assert (
        sum(len(path.read_text(encoding="utf-8").splitlines()) for path in modules("harness")) < 900
    )


@pytest.mark.parametrize(
    "unwanted",
    [
        r"version_info\b|hexversion\b|python_version",  # since() and before() compare versions
        r"\bpytest_generate_tests\b",  # @cases
    ],
)
def test_specs_are_written_in_their_own_language(unwanted):
    pattern = re.compile(unwanted)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in FOLDERS
        for path in modules(folder)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_specs_import_the_words_of_the_harness_in_one_statement():
    several = [
        path.relative_to(ROOT).as_posix()
        for path in spec_files()
        if path.read_text(encoding="utf-8").count("\nfrom tests.harness import ") > 1
    ]
    assert several == []


def test_a_child_that_imports_the_harness_imports_little_else():
    """A child of multiprocessing has imported multiprocessing and threading before."""
    program = (
        "import multiprocessing.process, multiprocessing.spawn, threading, sys\n"
        "multiprocessing.set_start_method('spawn')\n"
        "before = set(sys.modules)\n"
        "import tests.harness, tests.harness.channel\n"
        "print(*sorted(name for name in set(sys.modules) - before if '.' not in name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert set(done.stdout.split()) <= {"__future__", "contextlib", "tests"}
