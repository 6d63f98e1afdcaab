"""The specs as they stand in the source, without importing them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests import ROOT as _ROOT

ROOT = Path(_ROOT)

#: How a spec says that it is decided by measured ratios, and needs the machine for itself.
_MEASURES = re.compile(r"@pytest\.mark\.ratio\b|^def .*\bspeedup\b", re.MULTILINE)

#: What begins a spec, and the name of the function that it is.
_BEGINS = re.compile(r'^@claim\("([^"]+)"|^def (\w+)', re.MULTILINE)

#: The folders below ``tests`` that contain specs.
FOLDERS = ("questions", "notes", "library")


@dataclass(frozen=True)
class Spec:
    """A function that decides a claim, or a part of it.

    ``file`` is relative to the checkout, with slashes; ``first`` and ``last`` are its lines, with
    the decorators, counted from 1, and ``text`` is what they say.
    """

    id: str
    file: str
    first: int
    last: int
    text: str
    node: ast.FunctionDef

    @property
    def nodeid(self) -> str:
        """What pytest calls it."""
        return f"{self.file}::{self.node.name}"

    @cached_property
    def docstring(self) -> str:
        """The claim, and its explanation."""
        return ast.get_docstring(self.node) or ""

    def given(self, decorator: str) -> list[str]:
        """Return the texts that a decorator of this name is given, such as ``predicts``."""
        return [
            argument.value
            for call in self.node.decorator_list
            if isinstance(call, ast.Call)
            if isinstance(call.func, ast.Name) and call.func.id == decorator
            for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]


def spec_files(root: Path = ROOT) -> list[Path]:
    """Return the files that contain specs, in order."""
    return sorted(p for folder in FOLDERS for p in root.glob(f"tests/{folder}/**/test_*.py"))


#: The programs of a question, by the names of their files.
PROGRAMS = ("broken", "repaired")


def folder_of_programs(file: Path, spec: str) -> Path:
    """Return the folder with the two programs of a question, by the file and name of its spec."""
    chapter = file.stem.removeprefix("test_").lstrip("0123456789_")
    return file.parent / chapter / spec.removeprefix("test_")


def specs_in(path: Path, root: Path = ROOT) -> Iterator[Spec]:
    """Yield the specs of a file in order; raises OSError, SyntaxError, ValueError for no file."""
    text = path.read_text(encoding="utf-8")
    file, lines = path.relative_to(root).as_posix(), text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            last = node.end_lineno or node.lineno
            for id in filter(None, map(claimed, node.decorator_list)):
                yield Spec(id, file, first, last, "\n".join(lines[first - 1 : last]), node)


def claimed(decorator: ast.expr) -> str:
    """Return the id in a decorator ``@claim("7.03")``; empty for any other decorator."""
    match decorator:
        case ast.Call(func=ast.Name(id="claim"), args=[ast.Constant(value=str(id))]):
            return id
    return ""


@cache
def all_specs() -> tuple[Spec, ...]:
    """Return all specs of this checkout."""
    return tuple(spec for path in spec_files() for spec in specs_in(path))


@cache
def ratio_specs() -> tuple[Spec, ...]:
    """Return the specs that are decided by measured ratios, and need the machine for themselves."""
    # To parse all files takes a second, which a run need not spend.
    files = [path for path in spec_files() if _MEASURES.search(path.read_text(encoding="utf-8"))]
    return tuple(spec for path in files for spec in specs_in(path) if _MEASURES.search(spec.text))


@cache
def specs_by_id() -> dict[str, list[str]]:
    """Return the node ids of the specs that carry each claim id; not to be changed."""
    found: dict[str, list[str]] = {}
    for path in spec_files():
        file, ids = path.relative_to(ROOT).as_posix(), []
        # To parse all files takes most of a second, for which who asks for one claim would wait.
        for id, name in _BEGINS.findall(path.read_text(encoding="utf-8")):
            if id:
                ids.append(id)
            else:
                for one in ids:
                    found.setdefault(one, []).append(f"{file}::{name}")
                ids = []
    return found
