"""What a GIL hides, and threads without one run into."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.modules import FUNCTIONS, Bound, Class, Function, Module, Scope, last_name
from tests.advice.patterns import FREE_THREADED, Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts

_LOCKS = ("threading.Lock()", "threading.RLock()", "threading.Condition()")

#: Methods that run before other threads know the object.
_BEFORE = ("__init__", "__new__", "__post_init__", "__setstate__", "__enter__")


@pattern(
    "update outside the lock",
    since=FREE_THREADED,
    instead="put the update into `with` of the lock that the class has",
    always=False,
)
def update_outside_the_lock(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for self.x += 1 outside the lock of a class that has one."""
    for home in project.mentioning("Lock", "RLock", "Condition"):
        for cls in home.all_classes:
            locks = _locks(project, cls)
            if locks:
                yield from _updates(project, cls, locks)


def _locks(project: Project, cls: Class) -> set[str]:
    """Return the attributes of self that are locks."""
    return {
        name
        for name, values in cls.attributes.items()
        for value, function, _ in values
        if project.name(value, function.scope) in _LOCKS
    }


def _updates(project: Project, cls: Class, locks: set[str]) -> Iterator[Seen]:
    inside: set[str] = set()
    outside: list[tuple[Function, ast.AugAssign, str]] = []
    for method in cls.methods.values():
        if isinstance(method.node, ast.Lambda) or method.name in _BEFORE or not method.is_method:
            continue
        for node, held in _with_locks(method.node, locks):
            target = node.target if isinstance(node, ast.AugAssign) else None
            if (
                isinstance(node, ast.AugAssign)
                and isinstance(target, ast.Attribute)
                and isinstance(target.value, ast.Name)
                and target.value.id == method.params[0]
            ):
                if held:
                    inside.add(target.attr)
                else:
                    outside.append((method, node, target.attr))
    for method, node, name in outside:
        if not _takes(method):
            certain = name in inside and not _called_inside(project, cls, method, locks)
            what = f"self.{name} is updated outside of self.{min(locks)}"
            yield seen(cls.module, node, what, certain=certain)


def _with_locks(
    node: ast.AST, locks: set[str], held: bool = False
) -> Iterator[tuple[ast.AST, bool]]:
    """Yield the nodes of a method, and whether one of its object's locks is held there."""
    for child in ast.iter_child_nodes(node):
        now = held
        if isinstance(child, ast.With):
            now = held or any(_is_lock(item.context_expr, locks) for item in child.items)
        yield child, now
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from _with_locks(child, locks, now)


def _is_lock(node: ast.expr, locks: set[str]) -> bool:
    """Tell whether a lock is entered; any name with lock in it may be one."""
    return last_name(node) in locks or "lock" in last_name(node).lower()


def _takes(method: Function) -> bool:
    """Tell whether a method acquires a lock by hand, or says that its caller has."""
    return "locked" in method.name or any(call.method == "acquire" for call in method.calls)


def _called_inside(project: Project, cls: Class, method: Function, locks: set[str]) -> bool:
    """Tell whether another method calls this one while it holds the lock."""
    for other in cls.methods.values():
        if isinstance(other.node, ast.Lambda) or not other.params:
            continue
        for node, held in _with_locks(other.node, locks):
            if held and isinstance(node, ast.Call) and last_name(node.func) == method.name:
                return True
    return any(one is not cls and method.name in one.methods for one in project.classes(cls))


@pattern(
    "generator of several threads",
    since=FREE_THREADED,
    instead="take a lock around next(), or threading.serialize_iterator() from 3.15 on",
    always=False,
)
def generator_of_several_threads(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for generators of a module that its functions ask, without a lock."""
    threads = any(
        not home.is_test for home in project.mentioning("Thread", "ThreadPoolExecutor", "to_thread")
    )
    for home in project.mentioning("next"):
        generators = {
            name for name, bounds in home.names.items() if _is_generator(project, home, bounds[:1])
        }
        for function in home.all_functions if generators else ():
            if isinstance(function.node, ast.Lambda):
                continue
            for node, held in _with_locks(function.node, set()):
                name = _asked(node)
                if name in generators and name not in function.local and not held:
                    what = f"next({name}) of a generator that the threads of the program share"
                    yield seen(home, node, what, certain=threads)


def _asked(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and last_name(node.func) == "next" and len(node.args) == 1:
        return last_name(node.args[0]) if isinstance(node.args[0], ast.Name) else ""
    return ""


def _is_generator(project: Project, home: Module, bounds: list[Bound]) -> bool:
    value = bounds[0].value if bounds else None
    if isinstance(value, ast.GeneratorExp):
        return True
    if not isinstance(value, ast.Call):
        return False
    function = project.callee(value.func, Scope(home))
    return function is not None and function.is_generator
