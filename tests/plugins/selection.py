"""Selecting claims, by their public ids and by what they say."""

import difflib
import importlib
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from tests.harness.claims import claim_of
from tests.vocabulary.specs import ROOT, Spec, specs_by_id
from tests.vocabulary.subjects import SUBJECTS, subject_of

_IN_MARK_EXPRESSION = re.compile(r"""\bclaim\(\s*id\s*=\s*["']([^"']*)["']""")

#: Set if somebody asked about a text, and claims are run to answer.
ASKED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that select claims, by id and by text."""
    group = parser.getgroup("claims")
    group.addoption(
        "--about",
        action="append",
        default=[],
        metavar="TEXT",
        help="find claims by what is on the screen (a traceback, a message, a name) or by words: "
        "run those that have the whole message, else show the five that fit best; may be repeated",
    )
    group.addoption(
        "--claim",
        action="append",
        default=[],
        metavar="ID",
        help="run only the claim with this id (7.03), or those of this section (7) or subject "
        "(LOCK); may be repeated",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Turn what is on the screen into ids; show what fits best, and run nothing, if unsure."""
    texts, config.option.about = config.option.about, []
    if not texts:
        return None
    from tests.report import answers  # every run would pay for it, and each worker

    claims = answers.index()
    if sure := [id for text in texts for id in claims.sure(text)]:
        config.option.claim += sure
        config.stash[ASKED] = True
        return None
    for text in texts:
        hits = claims.search(text)
        if not hits:
            raise pytest.UsageError(f"no claim has a word of {text!r}; try other words")
        width = shutil.get_terminal_size().columns - 1
        print(*answers.shown(text, hits, width, where_false), "", sep="\n")
    print("Nothing was run. To run one of them: pytest -vv --claim ID")
    return pytest.ExitCode.OK


def where_false(spec: Spec) -> Iterator[str]:
    """Yield a sentence for each reason why the claim is expected to be false, here or elsewhere."""
    module = importlib.import_module(spec.file.removesuffix(".py").replace("/", "."))
    claim = claim_of(getattr(module, spec.node.name))
    for expected in claim.refuted if claim else ():
        some = ", ".join(
            f"{name}={' or '.join(wanted) if isinstance(wanted, tuple) else wanted}"
            for name, wanted in expected.cases.items()
        )
        here = "False" if expected.where else "False elsewhere"
        yield f"{here}{f' if {some}' * bool(some)}: {expected.because}."


def pytest_configure(config: pytest.Config) -> None:
    """Refuse ids that no spec carries, and collect no other files."""
    wanted = config.getoption("claim")
    check(wanted, config.getoption("markexpr"), config.args)
    if wanted and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = places_of(wanted)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the claims that were asked for."""
    kept, others = split(items, config.getoption("claim"))
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = kept


def check(wanted: Sequence[str], mark_expression: str, places: Sequence[str]) -> None:
    """Raise UsageError, in one line, for an id that no spec carries, or none in these places.

    The places are what pytest is to collect: paths or node ids, relative to the current folder.
    """
    in_marks = _IN_MARK_EXPRESSION.findall(mark_expression)
    # To read all specs takes as long as a whole short run: only if it is asked for.
    specs = specs_by_id() if wanted or in_marks else {}
    for id in in_marks:
        if id not in specs:
            raise pytest.UsageError(_unknown(id, specs))
    for id in wanted:
        found = places_of([id])
        if not found:
            raise pytest.UsageError(_unknown(id, specs))
        if not any(_is_at(spec, place) for spec in found for place in places):
            file = found[0].partition("::")[0]
            raise pytest.UsageError(f"claim {id} is decided in {file}, not in {', '.join(places)}")


def places_of(wanted: Sequence[str]) -> list[str]:
    """Return the node ids of the specs of the claims that were asked for."""
    specs = specs_by_id()
    return [spec for id in specs if any(selects(w, id) for w in wanted) for spec in specs[id]]


def _unknown(id: str, known: Collection[str]) -> str:
    near = sorted(difflib.get_close_matches(id.upper(), [*known, *SUBJECTS], n=3))
    hint = f"did you mean {', '.join(near)}?" if near else f"subjects: {' '.join(SUBJECTS)}"
    return f"no claim has the id {id!r}; {hint}"


def _is_at(spec: str, place: str) -> bool:
    path, _, name = spec.partition("::")
    folder, _, chosen = place.partition("::")
    whole = (ROOT / path).is_relative_to(Path(folder).resolve())
    return whole and chosen.partition("[")[0] in ("", name)


def selects(wanted: str, id: str) -> bool:
    """Tell whether what is asked for names this claim: by its id or its subject, in any case."""
    asked = wanted.upper()
    return asked == id or asked.removesuffix(".") == subject_of(id)


def split(
    items: Sequence[pytest.Item], wanted: Sequence[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests whose claims were asked for, and the others; all, if none was."""
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        claim = claim_of(getattr(item, "function", None))
        asked = not wanted or (claim is not None and any(selects(w, claim.id) for w in wanted))
        (kept if asked else others).append(item)
    return kept, others
