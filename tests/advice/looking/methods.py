"""What is decided by the name of the start method."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts


@pattern(
    "start method compared",
    since="3.14",
    instead='ask whether it is "fork" or not: forkserver passes on as little as spawn does',
)
def start_method_compared(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for get_start_method() == "spawn", which the new default answers with no."""
    for home in project.mentioning("get_start_method"):
        if home.path in starts.pinned:
            continue
        for node, scope in home.compares:
            sides = (node.left, *node.comparators)
            words = {
                part.value
                for side in sides
                for part in ast.walk(side)
                if isinstance(part, ast.Constant)
            }
            if "spawn" not in words or words & {"forkserver", "fork"}:
                continue
            if any(
                name.startswith("multiprocessing.") and name.endswith("get_start_method()")
                for side in sides
                for name in project.names(side, scope)
            ):
                what = "only 'spawn' is looked for, and the default is 'forkserver' now"
                yield seen(home, node, what)
