"""Each pattern's two programs: the one is named and breaks where the claim says, the other works.

The advisor must name the claim in ``like.py`` at the line that is marked, and nothing in
``unlike.py``; and both are run here.
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

each = pytest.mark.parametrize("name", sorted(PATTERNS))


def folder(name: str) -> Path:
    """Return the folder with the pattern's two programs."""
    return SAMPLES / re.sub(r"\W", "_", name)


def upgrade(name):
    """Return two versions of which the pattern concerns the second."""
    since = PATTERNS[name].since
    if since == "free-threaded":
        return "3.13", "3.13t"
    return f"3.{int(since.split('.')[1]) - 1}", since


def marked(program):
    lines = program.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]


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


def test_every_pattern_has_two_programs_and_there_are_no_others():
    found = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.py"))
    wanted = [
        f"{folder(name).name}/{which}.py" for name in PATTERNS for which in ("like", "unlike")
    ]
    assert found == sorted(wanted)


@each
def test_the_advisor_names_the_claim_at_the_marked_line_and_nowhere_else(name):
    like = folder(name) / "like.py"
    found = advise(like, *upgrade(name)).findings
    assert [(one.line, one.claim) for one in found] == [
        (line, claims_by_pattern()[name].id) for line in marked(like)
    ]


@each
def test_the_advisor_is_silent_about_what_is_unlike(name):
    assert advise(folder(name) / "unlike.py", *upgrade(name)).findings == []


@each
def test_what_is_like_the_pattern_breaks_just_where_the_claim_says(name):
    pattern = PATTERNS[name]
    if not pattern.always:
        pytest.skip("a race, which does not show itself each time")
    works = printed(folder(name) / "like.py") == "ok"
    assert works == (holds(name) is not pattern.by_truth)


@each
def test_what_is_unlike_the_pattern_works_everywhere(name):
    assert printed(folder(name) / "unlike.py") == "ok"
