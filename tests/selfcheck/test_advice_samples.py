"""Each pattern's programs: what is like it breaks where the claim says, what is unlike it works.

The advisor must name the claim in ``like.py`` at the line that is marked, and nothing in
``unlike.py``; and both are run here.  ``like_x.py`` is another spelling of the same.
"""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.advice.advice import advise
from tests.advice.concerned import claims_by_pattern
from tests.advice.looking import PATTERNS
from tests.harness.claims import claim_of
from tests.vocabulary.specs import ROOT

SAMPLES = ROOT / "tests" / "advice" / "samples"
MARK = "# <-"


def folder(name: str) -> Path:
    """Return the folder with the pattern's programs."""
    return SAMPLES / re.sub(r"\W", "_", name)


def each(kind):
    """Parametrize by all programs of a kind: each is a file, or a folder that is run as one."""
    found = [(name, path) for name in sorted(PATTERNS) for path in programs(name, kind)]
    ids = [path.relative_to(SAMPLES).as_posix() for _, path in found]
    return pytest.mark.parametrize(("name", "program"), found, ids=ids)


def programs(name, kind):
    """Return a pattern's programs: ``like.py``, or one for each spelling that it sees."""
    return sorted(
        path for path in folder(name).iterdir() if re.fullmatch(rf"{kind}(_\w+)?(\.py)?", path.name)
    )


def upgrade(name):
    """Return two versions of which the pattern concerns the second."""
    since = PATTERNS[name].since
    if since == "free-threaded":
        return "3.13", "3.13t"
    return f"3.{int(since.split('.')[1]) - 1}", since


def marked(program):
    """Return the paths and lines that are marked."""
    files = sorted(program.glob("*.py")) if program.is_dir() else [program]
    return [
        (file.name, number)
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith(MARK)
    ]


def printed(program):
    """Return what a program prints; errors of its children are expected."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program.name],
        cwd=program.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def holds(name):
    """Tell whether the claim of the pattern is expected to hold on this interpreter."""
    spec = claims_by_pattern()[name].spec
    module = importlib.import_module(spec.file.removesuffix(".py").replace("/", "."))
    claim = claim_of(getattr(module, spec.node.name))
    case = PATTERNS[name].case
    return not any(
        expectation.where
        and (not case or not expectation.cases or case in str(expectation.cases.values()))
        for expectation in claim.refuted
    )


def test_every_pattern_is_named_by_one_claim_and_every_name_is_a_pattern():
    assert sorted(claims_by_pattern()) == sorted(PATTERNS)


def test_every_pattern_has_programs_of_both_kinds_and_there_are_no_others():
    found = sorted(SAMPLES.glob("*/*[!_]"))
    kinds = {(name, kind): programs(name, kind) for name in PATTERNS for kind in ("like", "unlike")}
    assert [key for key, some in kinds.items() if not some] == []
    assert found == sorted(path for some in kinds.values() for path in some)


@each("like")
def test_the_advisor_names_the_claim_at_the_marked_line_and_nowhere_else(name, program):
    found = advise(program, *upgrade(name)).findings
    assert [(one.path, one.line, one.claim) for one in found] == [
        (*where, claims_by_pattern()[name].id) for where in marked(program)
    ]
    assert found


@each("unlike")
def test_the_advisor_is_silent_about_what_is_unlike(name, program):
    assert advise(program, *upgrade(name)).findings == []


@each("like")
def test_what_is_like_the_pattern_breaks_just_where_the_claim_says(name, program):
    pattern = PATTERNS[name]
    if not pattern.always:
        pytest.skip("a race, which does not show itself each time")
    works = printed(program) == "ok"
    assert works == (holds(name) is not pattern.by_truth)


@each("unlike")
def test_what_is_unlike_the_pattern_works_everywhere(name, program):
    assert printed(program) == "ok"
