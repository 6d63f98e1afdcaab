"""Selecting claims by their public ids."""

import ast
import difflib
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from tests.harness.claims import claim_of

_ROOT = Path(__file__).resolve().parents[2]
_IN_MARK_EXPRESSION = re.compile(r"""\bclaim\(\s*id\s*=\s*["']([^"']*)["']""")


def spec_files() -> list[Path]:
    """Return the files that contain specs: all test files but those of the selfcheck."""
    files = sorted(_ROOT.glob("tests/**/test_*.py"))
    return [path for path in files if path.parent.name != "selfcheck"]


def specs_by_id() -> dict[str, list[str]]:
    """Return the node ids of the specs that carry each claim id; from the source, not imported."""
    found: dict[str, list[str]] = {}
    for path in spec_files():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for id in filter(None, map(claimed, node.decorator_list)):
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
    specs = specs_by_id()
    for id in _IN_MARK_EXPRESSION.findall(mark_expression):
        if id not in specs:
            raise pytest.UsageError(_unknown(id, specs))
    for id in wanted:
        found = [spec for known in specs if selects(id, known) for spec in specs[known]]
        if not found:
            raise pytest.UsageError(_unknown(id, specs))
        if not any(_is_at(spec, place) for spec in found for place in places):
            file = found[0].partition("::")[0]
            raise pytest.UsageError(f"claim {id} is decided in {file}, not in {', '.join(places)}")


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
    items: Sequence[pytest.Item], wanted: Sequence[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests whose claims were asked for, and the others; all, if none was."""
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        claim = claim_of(getattr(item, "function", None))
        chosen = not wanted or (claim is not None and any(selects(w, claim.id) for w in wanted))
        (kept if chosen else others).append(item)
    return kept, others
