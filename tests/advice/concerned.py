"""Which claims name which patterns, read from the source of the specs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tests.vocabulary.specs import Spec, all_specs


class Concerned(NamedTuple):
    """A claim that names a pattern."""

    id: str
    sentence: str
    spec: Spec


@cache
def claims_by_pattern() -> dict[str, Concerned]:
    """Return the claim of each pattern, by ``@concerns``; not to be changed."""
    found: dict[str, Concerned] = {}
    for spec in all_specs():
        if "@concerns(" in spec.text:
            for name in _named(spec.node):
                sentence = spec.docstring.partition("\n")[0]
                found.setdefault(name, Concerned(spec.id, sentence, spec))
    return found


def _named(node: ast.FunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="concerns"), args=args):
                for arg in args:
                    if isinstance(arg, ast.Constant):
                        yield str(arg.value)
