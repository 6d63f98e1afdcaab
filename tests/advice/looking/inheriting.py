"""What a child reads of its parent's memory: globals, and how logging is set up."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from tests.advice.modules import (
    FUNCTIONS,
    Bound,
    Call,
    Class,
    Function,
    Module,
    Scope,
    last_name,
)
from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Start, Starts, imported_by

#: Methods that change the object whose method they are, and those that may.
_FILL = frozenset("append add update extend insert setdefault".split())
_MAY_CHANGE = frozenset(
    "clear pop remove load read parse init setup configure register set".split()
)

#: Objects that processes share if the parent makes them, and the child has them from there.
_SHARED = {
    "Lock": "lock at module level",
    "RLock": "lock at module level",
    "Semaphore": "lock at module level",
    "BoundedSemaphore": "lock at module level",
    "Value": "shared value at module level",
    "Array": "shared value at module level",
    "RawValue": "shared value at module level",
    "RawArray": "shared value at module level",
    "Event": "shared value at module level",
    "Queue": "queue at module level",
    "JoinableQueue": "queue at module level",
    "SimpleQueue": "queue at module level",
}


#: How a function changes an object that may be no container.
_PERHAPS = "perhaps changed"


#: How what a function reads, by its name and attribute, is found: in which module, by which key.
_Find = Callable[[Project, Function, str, str], "tuple[Module, str] | None"]


class _Read(NamedTuple):
    """A global that a child reads: where, and what the parent may have made of it."""

    start: Start
    worker: Function
    name: ast.Name
    home: Module
    key: str
    #: All functions that run in the child.
    inside: Collection[Function]


def _reads(project: Project, starts: Starts, find: _Find) -> Iterator[_Read]:
    """Yield what a child reads of what is found so, once for each place that starts children."""
    for start in starts.by_default:
        workers = starts.workers(start)
        inside = project.reach([*workers, starts.initializer(start)])
        seen_before: set[tuple[str, str]] = set()
        for worker in project.reach(workers):
            for name, attribute in worker.loads:
                found = find(project, worker, name.id, attribute)
                if found is not None and (found[0].path, found[1]) not in seen_before:
                    seen_before.add((found[0].path, found[1]))
                    yield _Read(start, worker, name, *found, inside)


def _as_global(
    project: Project, worker: Function, name: str, attribute: str
) -> tuple[Module, str] | None:
    """Return the module and the name of a global."""
    return None if _is_local(name, worker) else _global(project, worker.module, name, attribute)


def _as_attribute(
    project: Project, worker: Function, name: str, attribute: str
) -> tuple[Module, str] | None:
    """Return the module and the name, with a dot, of an attribute of a class or of a global."""
    found = _owner(project, name, worker) if attribute else None
    return (found[0], f"{found[1]}.{attribute}") if found is not None else None


def _owner(project: Project, name: str, function: Function) -> tuple[Module, str] | None:
    """Return the module and the name of a class, or of an object that a module makes of one."""
    home = function.module
    if function.decorated_by("classmethod") and function.cls and name == function.params[0]:
        return function.cls.module, function.cls.name
    if _is_local(name, function):
        return None
    if name in home.classes:
        return home, name
    found = _global(project, home, name, "")
    if found is None:
        other = project.lookup(home.imports[name], home) if name in home.imports else None
        return (other.module, other.name) if isinstance(other, Class) and not other.owner else None
    for bound in found[0].names[found[1]]:
        made = project.name(bound.value, Scope(found[0]))
        if made.endswith("()") and isinstance(project.thing(made[:-2], Scope(found[0])), Class):
            return found
    return None


def _is_local(name: str, function: Function) -> bool:
    one: Function | None = function
    while one is not None:
        if name in one.local and name not in one.global_names:
            return True
        one = one.owner
    return False


def _global(project: Project, home: Module, name: str, attribute: str) -> tuple[Module, str] | None:
    """Return the module and the name of the global that is read; None if it is no data."""
    if name in home.names:
        return home, name
    whole = home.imports.get(name, "")
    if not whole:
        return None
    found = project.lookup(whole, home)
    if isinstance(found, tuple):
        return found
    other = project.find_module(whole, home) if found is None else None
    if other is not None and attribute in other.names:
        return other, attribute
    return None


def _assigned_again(function: Function) -> set[ast.AST]:
    """Return the names of globals to which a function assigns what the module has assigned."""
    found: set[ast.AST] = set()
    for node in ast.walk(function.node) if function.global_names else ():
        if isinstance(node, ast.Assign):
            value = ast.dump(node.value)
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in function.global_names:
                    bounds = function.module.names.get(target.id, ())
                    if any(b.value is not None and ast.dump(b.value) == value for b in bounds):
                        found.add(target)
    return found


class _Changes:
    """How functions change globals of their module and of others."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[Function, dict[tuple[str, str], str]] = {}

    def of(self, function: Function) -> dict[tuple[str, str], str]:
        if function not in self.known:
            found: dict[tuple[str, str], str] = {}
            again = _assigned_again(function)
            for node in ast.walk(function.node):
                if node in again:
                    continue
                for where, how in self._by(node, function):
                    found.setdefault(where, how)
            self.known[function] = found
        return self.known[function]

    def _by(self, node: ast.AST, function: Function) -> Iterator[tuple[tuple[str, str], str]]:
        home = function.module
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if node.id in function.global_names:
                yield (home.path, node.id), "rebound"
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                other = self._module(node.value.id, function)
                if other is not None and node.attr in other.names:
                    yield (other.path, node.attr), "rebound"
                    return
                owner = _owner(self.project, node.value.id, function)
                if owner is not None:
                    yield (owner[0].path, f"{owner[1]}.{node.attr}"), "set"
            how = "filled" if isinstance(node, ast.Subscript) else _PERHAPS
            yield from self._where(node.value, function, how)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _FILL:
                yield from self._where(node.func.value, function, "filled")
            elif node.func.attr in _MAY_CHANGE:
                yield from self._where(node.func.value, function, _PERHAPS)

    def _module(self, name: str, function: Function) -> Module | None:
        whole = function.module.imports.get(name, "")
        if not whole or _is_local(name, function):
            return None
        return self.project.find_module(whole, function.module)

    def _where(
        self, node: ast.expr, function: Function, how: str
    ) -> Iterator[tuple[tuple[str, str], str]]:
        home = function.module
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            other = self._module(node.value.id, function)
            if other is not None and node.attr in other.names:
                yield (other.path, node.attr), how
        elif isinstance(node, ast.Name) and not _is_local(node.id, function):
            found = _global(self.project, home, node.id, "")
            if found is not None:
                filled = how == "filled" and not _is_container(*found)
                yield (found[0].path, found[1]), _PERHAPS if filled else how


@lru_cache(maxsize=1)
def _found(project: Project, starts: Starts) -> tuple[tuple[str, Seen], ...]:
    """Return all that is seen of globals, with the pattern's name."""
    changes = _Changes(project)
    found = [
        one
        for read in _reads(project, starts, _as_global)
        for one in _judged(project, changes, read)
    ]
    for read in _reads(project, starts, _as_attribute):
        if not any((read.home.path, read.key) in changes.of(one) for one in read.inside):
            where = f"{read.worker.name}() reads it in a child"
            found += _changed(project, changes, read, where)
    return tuple(found)


def _judged(project: Project, changes: _Changes, read: _Read) -> Iterator[tuple[str, Seen]]:
    home, key, name = read.home, read.key, read.worker.name
    values = home.names[key]
    free = [bound for bound in values if not bound.guarded]
    own = any((home.path, key) in changes.of(function) for function in read.inside)
    if own and not any(_shared(project, home, bound) for bound in values):
        return  # the child has its own, and may be meant to
    for bound in free:
        if kind := _shared(project, home, bound):
            rebound = any(
                changes.of(function).get((home.path, key)) == "rebound" for function in read.inside
            )
            if not rebound:
                what = f"{key!r} is used by {name}() in a child, which makes another one"
                yield kind, seen(home, bound.line, what)
            return
    if free and all(isinstance(bound.value, (*FUNCTIONS, ast.ClassDef)) for bound in free):
        return
    where = f"{name}() reads it in a child"
    here = read.worker.module, read.name
    if values and not free:
        if not any(isinstance(bound.value, FUNCTIONS) for bound in values):
            what = f"{key!r} exists under the guard only (line {values[0].line}), and {where}"
            yield "name made under the guard", seen(*here, what)
        return
    guarded = next((bound for bound in values if bound.guarded), None)
    if guarded is not None:
        what = f"{key!r} is set under the guard (line {guarded.line}), and {where}"
        yield "global set under the guard", seen(*here, what)
        return
    yield from _changed(project, changes, read, where)


def _is_container(home: Module, key: str) -> bool:
    """Tell whether a global is a list, dict or set to begin with."""
    displays = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    made = ("list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque")
    return any(
        isinstance(bound.value, displays)
        or (isinstance(bound.value, ast.Call) and last_name(bound.value) in made)
        for bound in home.names[key]
    )


def _shared(project: Project, home: Module, bound: Bound) -> str:
    if not isinstance(bound.value, ast.Call):
        return ""
    name = project.name(bound.value, Scope(home))
    whole = name.removeprefix("multiprocessing.").removesuffix("()")
    return _SHARED.get(whole, "") if name.startswith("multiprocessing.") else ""


def _changed(
    project: Project, changes: _Changes, read: _Read, where: str
) -> Iterator[tuple[str, Seen]]:
    """Yield that some function of the parent changes the global."""
    home, key = read.home, read.key
    for module in project.mentioning(key.rpartition(".")[2]):
        if module.is_test and not read.start.module.is_test:
            continue
        for function in module.all_functions:
            how = changes.of(function).get((home.path, key), "")
            if not how or function in read.inside or at_import(project, function):
                continue
            what = f"{key!r} is {how} by {function.name}() of {module.path}, and {where}"
            certain = how != _PERHAPS and related(project, function, read.start)
            kind = "rebound global" if how == "rebound" else "filled global"
            if how == "set":
                is_class = key.partition(".")[0] in home.classes
                kind = "attribute of a class" if is_class else "attribute of a global"
            yield kind, seen(read.worker.module, read.name, what, certain=certain)
            return


def at_import(project: Project, function: Function) -> bool:
    """Tell whether importing some module calls a function; programs without guard are not."""
    return any(
        call.function is None
        and not call.guarded
        and (call.module.has_guard or not project.is_program(call.module))
        for one in project.above(function, 3)
        for call in project.callers(one)
    )


def related(project: Project, function: Function, start: Start) -> bool:
    """Tell whether one program runs a function and starts these processes, as far as is seen."""
    one, other = project.above(function), project.above(start.call.function)
    if one.keys() & other.keys():
        return True
    roots = {
        call.module.path
        for above in one
        for call in project.callers(above)
        if call.function is None
    }
    return any(start.module.path in imported_by(project, path) for path in sorted(roots))


def _of(kind: str, project: Project, starts: Starts) -> Iterator[Seen]:
    return (found for name, found in _found(project, starts) if name == kind)


@pattern(
    "rebound global",
    since="3.14",
    instead="pass the value as an argument, or set it in the target or a pool's initializer",
)
def rebound_global(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for globals that the parent assigns at run time, and a child reads."""
    return _of("rebound global", project, starts)


@pattern(
    "filled global",
    since="3.14",
    instead="pass it as an argument, or fill it in the target or a pool's initializer",
)
def filled_global(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for lists and dicts that the parent fills at run time, and a child reads."""
    return _of("filled global", project, starts)


@pattern(
    "attribute of a global",
    since="3.14",
    instead="pass the value as an argument, or set it in the target or a pool's initializer",
)
def attribute_of_a_global(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for attributes of a module's objects that the parent sets, and a child reads."""
    return _of("attribute of a global", project, starts)


@pattern(
    "attribute of a class",
    since="3.14",
    instead="pass the value as an argument, or set it in the target or a pool's initializer",
)
def attribute_of_a_class(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for attributes of classes that the parent sets at run time, and a child reads."""
    return _of("attribute of a class", project, starts)


@pattern(
    "global set under the guard",
    since="3.14",
    instead="pass the value as an argument",
)
def set_under_the_guard(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for globals that get another value under the guard, and a child reads."""
    return _of("global set under the guard", project, starts)


@pattern(
    "name made under the guard",
    since="3.14",
    instead="pass the value as an argument, or make it above the guard",
)
def made_under_the_guard(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for globals that exist under the guard only, and a child reads."""
    return _of("name made under the guard", project, starts)


_GIVE_IT = "make it under the guard, and pass it as an argument, or to a pool by initargs"


@pattern("lock at module level", since="3.14", instead=_GIVE_IT)
def lock_at_module_level(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for locks of multiprocessing that are globals, and a child uses."""
    return _of("lock at module level", project, starts)


@pattern("shared value at module level", since="3.14", instead=_GIVE_IT)
def value_at_module_level(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for shared values that are globals, and a child uses."""
    return _of("shared value at module level", project, starts)


@pattern("queue at module level", since="3.14", instead=_GIVE_IT)
def queue_at_module_level(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for queues of multiprocessing that are globals, and a child uses."""
    return _of("queue at module level", project, starts)


#: What sets logging up, and what logs.
_SET_UP = frozenset(
    (
        "logging.basicConfig logging.config.dictConfig logging.config.fileConfig loguru.add "
        "loguru.configure coloredlogs.install logging.getLogger().addHandler"
    ).split()
)
_LOG = frozenset("debug info warning error exception critical log".split())


#: Programs that build the project or its documentation, and start none of its processes.
_OF_THE_BUILD = ("setup.py", "conf.py")


@pattern(
    "logging set up in the parent",
    since="3.14",
    instead="set logging up in the target, or in the pool's initializer",
)
def logging_in_the_parent(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for children that log as a function, or the main program, of the parent has set up.

    One place is told of each module, as they all have one cause.
    """
    set_ups = list(_set_ups(project))
    said: set[str] = set()
    for start in starts.by_default if set_ups else ():
        workers = starts.workers(start)
        logs = next(_logs(project, workers), None)
        inside = project.reach([*workers, starts.initializer(start)])
        own = any(call.function in inside for call in set_ups)
        if logs is None or own or not set_ups:
            continue
        calls = [call for call in set_ups if start.module.is_test or not call.module.is_test]
        near = [call for call in calls if _before(project, call, start)]
        if not calls or start.module.path in said:
            continue
        if near:
            said.add(start.module.path)
        call = (near or calls)[0]
        what = (
            f"{logs.function.name if logs.function else ''}() logs in a child "
            f"({logs.module.path}:{logs.node.lineno}), and logging is set up by "
            f"{call.module.path}:{call.node.lineno}, which the child does not run (of this file "
            "only the first such place is named)"
        )
        yield seen(start.module, start.call.node, what, certain=bool(near))


def _set_ups(project: Project) -> Iterator[Call]:
    """Yield the calls that set logging up, and are not run by an import."""
    words = {name.rpartition(".")[2] for name in _SET_UP}
    packages = {name.partition(".")[0] for name in _SET_UP}
    for home in project.mentioning(*words, beside=packages):
        if home.path.rpartition("/")[2] in _OF_THE_BUILD:
            continue
        for call in home.every_call():
            if call.method in words and project.name(call.node.func, call.scope) in _SET_UP:
                function = call.function
                if call.guarded if function is None else not at_import(project, function):
                    yield call


def _logs(project: Project, workers: list[Function]) -> Iterator[Call]:
    for function in project.reach(workers):
        for call in function.calls:
            func = call.node.func
            if isinstance(func, ast.Attribute) and func.attr in _LOG:
                name = project.name(func.value, call.scope)
                if name.split(".")[0] in ("logging", "loguru"):
                    yield call


def _before(project: Project, set_up: Call, start: Start) -> bool:
    """Tell whether one program sets logging up, and then starts these processes."""
    if set_up.function is not None:
        return related(project, set_up.function, start)
    return start.module.path in imported_by(project, set_up.module.path)
