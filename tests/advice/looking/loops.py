"""What asyncio no longer has, or no longer does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.looking.private_names import uses
from tests.advice.modules import Call, last_name
from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts

_WATCHERS = (
    "get_child_watcher",
    "set_child_watcher",
    "AbstractChildWatcher",
    "SafeChildWatcher",
    "FastChildWatcher",
    "ThreadedChildWatcher",
    "MultiLoopChildWatcher",
    "PidfdChildWatcher",
)

#: What runs the loop that it is called on.
_RUNS = ("run_until_complete", "run_forever")

#: What makes a loop the current one, or lets get_event_loop() make one.
_PREPARES = ("set_event_loop", "new_event_loop", "set_event_loop_policy", "nest_asyncio", "install")


@pattern(
    "no current loop",
    since="3.14",
    instead="call asyncio.run(), or make the loop by asyncio.new_event_loop() and close it",
    by_truth=True,
)
def no_current_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for asyncio.get_event_loop() where no loop runs, and none was made."""
    for home in project.mentioning("get_event_loop"):
        prepared = any(word in project.sources[home.path].words for word in _PREPARES)
        for call in home.every_call():
            if call.method != "get_event_loop" or _caught(call) or _in_coroutine(call):
                continue
            if project.name(call.node.func, call.scope) == "asyncio.get_event_loop":
                certain = not prepared and (call.function is None or _runs(call))
                what = "asyncio.get_event_loop() makes no loop: it raises RuntimeError"
                yield seen(home, call.node, what, certain=certain)


def _in_coroutine(call: Call) -> bool:
    function = call.function
    while function is not None:
        if isinstance(function.node, ast.AsyncFunctionDef):
            return True
        function = function.owner
    return False


def _caught(call: Call) -> bool:
    return any(isinstance(node, ast.Try) and node.handlers for node in call.around)


def _runs(call: Call) -> bool:
    """Tell whether the function runs the loop that it gets: so none was running."""
    up = call.around[0] if call.around else None
    if isinstance(up, ast.Attribute):
        return up.attr in _RUNS
    names = {target.id for target in call.targets() if isinstance(target, ast.Name)}
    return call.function is not None and any(
        isinstance(other.node.func, ast.Attribute)
        and other.method in _RUNS
        and last_name(other.node.func.value) in names
        for other in call.function.calls
    )


@pattern(
    "child watcher",
    since="3.14",
    instead="drop it: a loop watches its children itself, in any thread",
    by_truth=True,
)
def child_watcher(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for child watchers of asyncio."""
    names = [f"asyncio{module}.{name}" for name in _WATCHERS for module in ("", ".unix_events")]
    for home, node, name, certain in uses(project, *names):
        yield seen(home, node, f"{name} is gone since 3.14", certain=certain)
