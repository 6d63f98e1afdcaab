"""The main module, which a child imports again unless it is forked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.modules import Call, Class, Function, Module, last_name
from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Start, Starts

#: Files that no child imports as its main module: Python leaves __main__.py of a package out.
_NEVER_AGAIN = ("test_", "conftest", "setup.", "__main__.")


@pattern(
    "no guard",
    since="3.14",
    instead='put what starts processes under if __name__ == "__main__":',
)
def no_guard(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for processes that are started by the top level of a module."""
    for start in starts.by_default:
        call = start.call
        if call.function is None:
            if not call.guarded and _begins(start) and not _left_out(call.module):
                yield seen(call.module, call.node, "started at the top level of the module")
            continue
        leading = project.above(call.function, 6)
        for function, far in leading.items():
            for above in project.callers(function):
                if above.function is not None or above.guarded or _left_out(above.module):
                    continue
                inner = [
                    one
                    for one in function.calls
                    if one is call or project.callee(one.node.func, one.scope) in leading
                ]
                if inner and all(_is_left_off(one, function, above) for one in inner):
                    continue
                if _is_of_another_class(project, above, function, call.function):
                    continue
                what = f"{function.name}() starts processes ({_place(start)})"
                certain = far == 0 or project.is_program(above.module)
                yield seen(above.module, above.node, what, certain=certain)


def _is_of_another_class(
    project: Project, call: Call, called: Function, starting: Function
) -> bool:
    """Tell whether a call makes, or is of, an object whose class starts no processes.

    Its class has the method that is called; that calls another, which a subclass overrides.
    """
    dotted = project.name(call.node.func, call.scope).partition("().")[0]
    made = project.thing(dotted, call.scope)
    if not isinstance(made, Class) or starting.cls is None or called.cls is None:
        return False
    overrides = called.cls in project.classes(starting.cls)
    return overrides and starting.cls not in project.classes(made)


def _is_left_off(call: Call, function: Function, above: Call) -> bool:
    """Tell whether a call needs a switch, off by default, that the function's caller leaves off."""
    for node in call.around:
        if isinstance(node, ast.If) and any(call.node in ast.walk(one) for one in node.body):
            switch = node.test
            if isinstance(switch, ast.Compare) and isinstance(switch.ops[0], ast.Eq):
                switch = switch.left
            if isinstance(switch, ast.Name) and switch.id in function.params:
                default = function.default(switch.id)
                is_off = isinstance(default, ast.Constant) and not default.value
                if is_off and above.given_to(function, switch.id) is None:
                    return True
    return False


def _place(start: Start) -> str:
    return f"{start.module.path}:{start.call.node.lineno}"


def _begins(start: Start) -> bool:
    """Tell whether a process is started there, and not only described."""
    if start.kind not in ("process", "subclass"):
        return True
    return any(
        call.method == "start" and not call.guarded and call.function is None
        for call in start.module.calls
    )


def _left_out(module: Module) -> bool:
    return module.path.rpartition("/")[2].startswith(_NEVER_AGAIN)


@pattern(
    "target under the guard",
    since="3.14",
    instead="define the function above the guard",
)
def target_under_the_guard(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for functions that are defined under the guard, and run in a child."""
    for module, node, function in _run_in_children(project, starts):
        if function.guarded:
            what = f"{function.name}() is defined under the guard (line {function.node.lineno})"
            yield seen(module, node, what)


def _run_in_children(
    project: Project, starts: Starts
) -> Iterator[tuple[Module, ast.expr, Function]]:
    """Yield the top-level functions that are given to run in a child: by whom, and where."""
    for start in starts.by_default:
        found: list[tuple[Call, ast.expr | None]] = [(start.call, start.target), *start.tasks]
        for call, node in [*found, (start.call, start.initializer)]:
            function = project.callee(node, call.scope)
            if node is None or function is None or function.owner is not None:
                continue
            yield call.module, node, function


@pattern(
    "target in __main__.py",
    since="3.14",
    instead="define the function in another module of the package",
)
def target_in_main(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for functions of a __main__.py, which no child imports, that run in a child."""
    for module, node, function in _run_in_children(project, starts):
        home = function.module
        if home.path.rpartition("/")[2] == "__main__.py" and project.is_program(home):
            where = f"{home.path}, which python -m runs and no child imports"
            what = f"{function.name}() is defined in {where}"
            yield seen(module, node, what)


@pattern(
    "pid of the parent",
    since="3.14",
    instead="ask multiprocessing.parent_process(): its pid, is_alive() or sentinel",
)
def pid_of_the_parent(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for children that compare os.getppid(), or send it a signal."""
    told: set[tuple[str, int]] = set()
    for start in starts.by_default:
        for function in project.reach(starts.workers(start)):
            for call in function.calls:
                name = project.name(call.node.func, call.scope)
                if name != "os.getppid" or (call.module.path, call.node.lineno) in told:
                    continue
                if use := _use_of_a_pid(project, call):
                    told.add((call.module.path, call.node.lineno))
                    what = f"{function.name}() {use} os.getppid() in a child: the fork server's pid"
                    yield seen(call.module, call.node, what)


def _use_of_a_pid(project: Project, call: Call) -> str:
    """Say what is done with it; a comparison with what the child has asked before is left out."""
    up = call.around[0] if call.around else None
    if isinstance(up, ast.Call) and last_name(up) in ("kill", "pidfd_open"):
        return "signals to"
    if not isinstance(up, ast.Compare):
        return ""
    (other,) = (side for side in (up.left, *up.comparators[:1]) if side is not call.node)
    given = isinstance(other, ast.Attribute) or (
        isinstance(other, ast.Name) and call.function and other.id in call.function.params
    )
    asked = "os.getppid()" in project.names(other, call.scope)
    return "compares" if given and not asked else ""
