"""Selecting claims by their public ids."""

import ast
import difflib
import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.harness.claims import claim_of

_ROOT = Path(__file__).resolve().parents[2]
_IN_MARK_EXPRESSION = re.compile(r"""\bclaim\(\s*id\s*=\s*["']([^"']*)["']""")


#: The folders below ``tests`` whose tests decide no claim.
NOT_SPECS = frozenset({"costs", "selfcheck"})


def spec_files() -> list[Path]:
    """Return the files that contain specs: all test files but the benchmarks and the selfcheck."""
    files = sorted(_ROOT.glob("tests/**/test_*.py"))
    return [path for path in files if path.parent.name not in NOT_SPECS]


def _specs() -> Iterator[tuple[str, Path, ast.FunctionDef]]:
    """Yield every claim id with its spec and the spec's file; from the source, not imported."""
    for path in spec_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for id in filter(None, map(claimed, node.decorator_list)):
                    yield id, path, node


@cache
def specs_by_id() -> dict[str, list[str]]:
    """Return the node ids of the specs that carry each claim id; not to be changed."""
    found: dict[str, list[str]] = {}
    for id, path, node in _specs():
        spec = f"{path.relative_to(_ROOT).as_posix()}::{node.name}"
        found.setdefault(id, []).append(spec)
    return found


def claimed(decorator: ast.expr) -> str:
    """Return the id in a decorator ``@claim("7.03")``; empty for any other decorator."""
    match decorator:
        case ast.Call(func=ast.Name(id="claim"), args=[ast.Constant(value=str(id))]):
            return id
    return ""


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
        found = [spec for known in specs if selects(id, known) for spec in specs[known]]
        if not found:
            raise pytest.UsageError(_unknown(id, specs))
        if not any(_is_at(spec, place) for spec in found for place in places):
            file = found[0].partition("::")[0]
            raise pytest.UsageError(f"claim {id} is decided in {file}, not in {', '.join(places)}")


def check_texts(texts: Sequence[str]) -> None:
    """Raise UsageError, in one line, for a text that no claim says."""
    said = [ast.get_docstring(node) or "" for _, _, node in _specs()] if texts else []
    for text in texts:
        if not any(_has(docstring, text) for docstring in said):
            raise pytest.UsageError(f"no claim says {text!r}; try fewer words, or one of them")


def _unknown(id: str, known: Collection[str]) -> str:
    near = sorted(difflib.get_close_matches(id, known, n=3))
    hint = f"did you mean {', '.join(near)}?" if near else f"they are {min(known)} to {max(known)}"
    return f"no claim has the id {id!r}; {hint}"


def _is_at(spec: str, place: str) -> bool:
    path, _, name = spec.partition("::")
    folder, _, chosen = place.partition("::")
    whole = (_ROOT / path).is_relative_to(Path(folder).resolve())
    return whole and chosen.partition("[")[0] in ("", name)


def selects(wanted: str, id: str) -> bool:
    """Tell whether the id asked for names this claim: exactly, or as the beginning of its id.

    A whole id (7.1 is none, 7.10 is) never selects a longer one.
    """
    if wanted == id:
        return True
    return bool(wanted) and not wanted[-1].isdigit() and id.startswith(wanted)


def split(
    items: Sequence[pytest.Item], wanted: Sequence[str], texts: Sequence[str] = ()
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests whose claims were asked for, and the others; all, if none was.

    Claims are asked for by id and by text: if by both, a claim must meet both.
    """
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        function = getattr(item, "function", None)
        claim = claim_of(function)
        by_id = not wanted or (claim is not None and any(selects(w, claim.id) for w in wanted))
        by_text = not texts or (claim is not None and any(says(function, t) for t in texts))
        (kept if by_id and by_text else others).append(item)
    return kept, others


def says(function: object, text: str) -> bool:
    """Tell whether a claim, or its explanation, has the text, whatever its case and line breaks."""
    return _has(inspect.getdoc(function) or "", text)


def _has(docstring: str, text: str) -> bool:
    return " ".join(text.lower().split()) in " ".join(docstring.lower().split())
