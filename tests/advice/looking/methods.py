"""What is decided by the name of the start method."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts
from tests.advice.systems import LINUX, MACOS, may_run_on


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


@pattern(
    "fork for macOS alone",
    since="3.14",
    instead='choose it for Linux, too, by get_context("fork"), or hand over what the children need',
)
def fork_for_macos_alone(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for projects that need fork, and choose it only where it was not the default."""
    for name in ("multiprocessing.set_start_method", "multiprocessing.get_context"):
        for call in project.calls_of(name):
            given = call.given("method", 0)
            if not isinstance(given, ast.Constant) or given.value != "fork":
                continue
            for_macos_alone = may_run_on(MACOS, call) and not may_run_on(LINUX, call)
            if for_macos_alone and call.module.path not in starts.pinned:
                what = "fork is chosen for macOS alone; it is no longer Linux's default"
                yield seen(call.module, call.node, what, certain=bool(starts.by_default))
