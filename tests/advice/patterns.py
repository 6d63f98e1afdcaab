"""The patterns: what in a project no longer works where a claim ends, or begins, to be true.

A module of ``looking`` registers each by ``@pattern``.  A claim names it by ``@concerns``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.advice.modules import Module
from tests.advice.project import Project
from tests.advice.starts import Starts
from tests.vocabulary.versions import Version

#: What a pattern says of when: in builds without a GIL.
FREE_THREADED = "free-threaded"


class Seen(NamedTuple):
    """A line that a pattern has found, and what is seen there."""

    path: str
    line: int
    what: str
    certain: bool = True


Look = Callable[[Project, Starts], Iterator[Seen]]


@dataclass(frozen=True)
class Pattern:
    """A pattern: since when it breaks programs, what to do instead, and how it is found."""

    name: str
    since: str
    instead: str
    look: Look
    #: Whether the claim begins to be true where the pattern begins to break programs.
    by_truth: bool = False
    #: Whether its sample breaks each time that it is run; races do not.
    always: bool = True
    #: Which case of the claim it is about, if it is not about all.
    case: str = ""

    def concerns(self, before: Version, after: Version) -> bool:
        """Tell whether an upgrade from one version to another meets it."""
        if self.since == FREE_THREADED:
            return after.free_threaded and not before.free_threaded
        return before.release < Version.named(self.since).release <= after.release


PATTERNS: dict[str, Pattern] = {}


def pattern(
    name: str,
    *,
    since: str,
    instead: str,
    by_truth: bool = False,
    always: bool = True,
    case: str = "",
) -> Callable[[Look], Look]:
    """Register the decorated function as what looks for a pattern."""

    def register(look: Look) -> Look:
        PATTERNS[name] = Pattern(name, since, instead, look, by_truth, always, case)
        return look

    return register


def seen(module: Module, node: ast.AST | int, what: str, *, certain: bool = True) -> Seen:
    """Return what is seen at a node, or line, of a module."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return Seen(module.path, line, what, certain)
