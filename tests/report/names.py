"""Which claims exercise each public name of the modules about concurrency, on this interpreter.

The names are the modules' own.  A spec exercises a name if its code, or that of what it uses in
its module, mentions it, and for a name of a class, the class too (or what makes its objects).
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import re
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType

from tests.vocabulary.specs import ROOT, all_specs, claimed, spec_files

#: The modules, and of those that are about more, the beginnings of the names that count.
MODULES: dict[str, tuple[str, ...]] = {
    "threading": ("",),
    "_thread": ("start_new", "exit", "interrupt_main", "allocate_lock", "get_", "stack_size"),
    "queue": ("",),
    "multiprocessing": ("",),
    "multiprocessing.context": ("BaseContext",),
    "multiprocessing.queues": ("Queue", "SimpleQueue", "JoinableQueue"),
    "multiprocessing.synchronize": ("",),
    "multiprocessing.connection": ("",),
    "multiprocessing.managers": ("",),
    "multiprocessing.pool": ("",),
    "multiprocessing.shared_memory": ("",),
    "multiprocessing.sharedctypes": ("",),
    "multiprocessing.dummy": ("",),
    "concurrent.futures": ("",),
    "concurrent.futures.thread": ("Broken",),
    "concurrent.futures.process": ("Broken",),
    "concurrent.futures.interpreter": ("Broken",),
    "concurrent.interpreters": ("",),
    "contextvars": ("",),
    "asyncio": ("",),
    "subprocess": ("",),
    "atexit": ("",),
    "signal": ("",),
    "os": (
        "_exit", "cpu_count", "fork", "getpid", "getppid", "kill", "pidfd", "posix_spawn",
        "process_cpu_count", "register_at_fork", "sched_getaffinity", "sched_setaffinity",
        "sched_yield", "setsid", "wait", "W",
    ),
    "sys": (
        "_current", "_is_gil", "getswitch", "setswitch", "thread_info", "settrace", "setprofile",
        "gettrace", "getprofile", "exit", "excepthook", "unraisablehook",
    ),
}  # fmt: skip

#: What a spec mentions besides, or instead of, the name of a class whose objects it has.
MAKERS: dict[str, tuple[str, ...]] = {
    "AbstractEventLoop": ("loop", "get_running_loop", "new_event_loop"),
    "AbstractEventLoopPolicy": ("get_event_loop_policy", "set_event_loop_policy"),
    "ApplyResult": ("apply_async",),
    "AsyncResult": ("apply_async",),
    "BaseManager": ("Manager", "manager"),
    "BaseContext": ("get_context", "ctx"),
    "BaseProcess": ("Process",),
    "BaseProxy": ("Manager", "manager"),
    "Connection": ("Pipe", "Client"),
    "Context": ("copy_context",),
    "DefaultContext": ("multiprocessing",),
    "Event": ("Event", "event"),
    "Future": ("Future", "submit", "create_future"),
    "Handle": ("call_soon",),
    "IMapIterator": ("imap",),
    "Interpreter": ("interpreters",),
    "struct_siginfo": ("sigwaitinfo", "sigtimedwait"),
    "IMapUnorderedIterator": ("imap_unordered",),
    "MapResult": ("map_async",),
    "Pool": ("Pool", "pool"),
    "ProcessPoolExecutor": ("executors", "process_pool", "broken"),
    "Process": ("create_subprocess_exec", "create_subprocess_shell"),
    "Queue": ("create_queue",),
    "Server": ("start_server", "start_unix_server"),
    "SharedMemoryManager": ("SharedMemoryManager",),
    "StreamReader": ("open_connection", "start_server", "open_unix_connection"),
    "StreamWriter": ("open_connection", "start_server", "open_unix_connection"),
    "SyncManager": ("Manager", "manager"),
    "Task": ("create_task",),
    "Timeout": ("timeout", "timeout_at"),
    "TimerHandle": ("call_later", "call_at"),
    "Token": ("ContextVar",),
}

#: Modules with names of each other, by the words for them in specs.
SIBLINGS = {"threading", "multiprocessing", "ctx", "futures", "interpreters", "asyncio"}

#: Classes that a module does not declare, though everybody has their objects.
UNDECLARED = {"multiprocessing.connection": ("Connection",)}

#: Constants and modules: they mean something only together with what they are passed to.
_DOES_NOTHING = (int, float, str, ModuleType)


@dataclass(frozen=True)
class Name:
    """A public name: of a module, or of a class of it."""

    module: str
    owner: str
    name: str

    def __str__(self) -> str:
        return ".".join(filter(None, (self.module, self.owner, self.name)))


def names_of(module: ModuleType, beginnings: Sequence[str]) -> Iterator[Name]:
    """Yield the public names of the module that do something, and those of its classes."""
    declared = getattr(module, "__all__", None) or [n for n in dir(module) if n[0] != "_"]
    declared = [*declared, *UNDECLARED.get(module.__name__, ())]
    private = [n for n in dir(module) if n.startswith(tuple(filter(None, beginnings)))]
    for name in sorted({*declared, *private}):
        thing = getattr(module, name, 0)  # multiprocessing declares what not every platform has
        if not name.startswith(tuple(beginnings)) or isinstance(thing, _DOES_NOTHING):
            continue
        if not name.startswith("_") or name in private:
            if _imported(thing, module):
                continue
            yield Name(module.__name__, "", name)
        if inspect.isclass(thing) and not issubclass(thing, Enum):
            for attribute in sorted(set(dir(thing)) - _common(thing) - _inherited(thing)):
                if not attribute.startswith(("_", "n_")):  # n_fields and such, of named tuples
                    yield Name(module.__name__, name, attribute)


def _imported(thing: object, module: ModuleType) -> bool:
    """Tell whether a function or class was only imported into a module that declares no names."""
    home = getattr(thing, "__module__", None)
    undeclared = not hasattr(module, "__all__")
    return undeclared and isinstance(home, str) and home.lstrip("_") != module.__name__.lstrip("_")


def _inherited(cls: type) -> set[str]:
    """Return what the class has, unchanged, from a base whose names count themselves."""
    found = set()
    for name in dir(cls):
        maker = next((base for base in cls.__mro__ if name in vars(base)), cls)
        if maker is not cls and maker in _classes():
            found.add(name)
    return found


@cache
def _classes() -> set[object]:
    """Return the public classes of all modules."""
    found: set[object] = set()
    for name in MODULES:
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            declared = getattr(module, "__all__", None) or dir(module)
            found |= {vars(module)[n] for n in declared if inspect.isclass(vars(module).get(n))}
    return found


def _common(cls: type) -> set[str]:
    """Return the names that the class has from the bases of all exceptions and tuples."""
    return {
        name
        for base in cls.__mro__
        if base.__module__ in ("builtins", "typing") and base is not cls
        for name in dir(base)
    }


@cache
def specs() -> dict[str, set[str]]:
    """Return the words in the code of every spec, and of what it uses in its module, by id."""
    found: dict[str, set[str]] = {}
    for path in spec_files():
        for id, text in _specs_in(path):
            found.setdefault(id, set()).update(_words(text))
    return found


@cache
def said() -> dict[str, set[str]]:
    """Return the words of every claim and its explanation, by id."""
    found: dict[str, set[str]] = {}
    for spec in all_specs():
        found.setdefault(spec.id, set()).update(_words(spec.docstring))
    return found


def _words(text: str) -> list[str]:
    """Return the words of a text, and its pairs of words around a dot, such as ``Event.set``."""
    return re.findall(r"\w+", text) + re.findall(r"(?=\b(\w+\.\w+))", text)


def _specs_in(path: Path) -> Iterator[tuple[str, str]]:
    parts = _parts(path)
    for node, _ in list(parts.values()):
        for id in _ids(node):
            wanted, used = [node], dict.fromkeys([node])
            while wanted:
                for name in _mentioned(wanted.pop()):
                    if name in parts and parts[name][0] not in used:
                        used[parts[name][0]] = None
                        wanted.append(parts[name][0])
            texts = dict(parts.values())
            yield id, "\n".join(texts[one] for one in used)


def _parts(path: Path) -> dict[str, tuple[ast.stmt, str]]:
    """Return what a module defines, or imports from a neighbour of its own, with its text."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    found: dict[str, tuple[ast.stmt, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            folder = path.parent if node.level else ROOT
            neighbour = folder.joinpath(*node.module.split(".")).with_suffix(".py")
            near = node.level or node.module.startswith("tests.library.")
            others = _parts(neighbour) if near and neighbour.exists() else {}
            names = [alias.name for alias in node.names]
            found |= {name: others[name] for name in names if name in others}
        for name in _defined(node):
            found[name] = node, "\n".join(_lines(node, lines))
    return found


def _lines(node: ast.stmt, lines: Sequence[str]) -> list[str]:
    """Return the lines of the source that are the node's and its cases', less a docstring."""
    first = node.lineno - 1
    cases = [line for one in _cases(node) for line in lines[one.lineno - 1 : one.end_lineno]]
    match node:
        case (
            ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as docstring, *_])
            | ast.AsyncFunctionDef(
                body=[ast.Expr(value=ast.Constant(value=str())) as docstring, *_]
            )
        ):
            return [
                *cases,
                *lines[first : docstring.lineno - 1],
                *lines[docstring.end_lineno : node.end_lineno],
            ]
    return [*cases, *lines[first : node.end_lineno]]


def _cases(node: ast.stmt) -> list[ast.Call]:
    """Return the decorators that say with what a spec is run; others only tell of it."""
    return [
        one
        for one in getattr(node, "decorator_list", [])
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "cases"
    ]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [
        n.id for target in targets if target for n in ast.walk(target) if isinstance(n, ast.Name)
    ]


def _ids(node: ast.stmt) -> list[str]:
    return [id for id in map(claimed, getattr(node, "decorator_list", [])) if id]


def _mentioned(node: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def claims_on(name: Name) -> list[str]:
    """Return the ids of the claims whose specs mention the name, and its class if it has one.

    Where others mention that of another module, such as asyncio's Event, these are left out.
    """
    makers = (name.owner, *MAKERS.get(name.owner, ())) if name.owner else ()
    found = [
        id
        for id, words in specs().items()
        if name.name in words and (not makers or not words.isdisjoint(makers))
    ]
    return [id for id in found if _sure(name, specs()[id])] or found


def _sure(name: Name, words: Set[str]) -> bool:
    """Say whether the words of a claim's specs mean the name of this module, and not another's."""
    own = {*name.module.split("."), *(["ctx"] * name.module.startswith("multiprocessing"))}
    if name.owner:
        return not words.isdisjoint(own) or words.isdisjoint(SIBLINGS)
    return any(f"{module}.{name.name}" in words for module in own)


def claims_about(name: Name) -> list[str]:
    """Return the ids of the claims that exercise the name, and of those that speak of it."""
    exercising, spoken = set(claims_on(name)), _spoken(name)
    return [
        id
        for id, words in said().items()
        if id in exercising or (spoken in words and (not name.owner or _sure(name, specs()[id])))
    ]


def _spoken(name: Name) -> str:
    return f"{name.owner or name.module.rpartition('.')[2]}.{name.name}"


@cache
def everything() -> dict[str, dict[str, list[str]]]:
    """Return the ids of the claims about each name, by module and name.

    A name of a class follows that and a dot, such as ``Condition.wait``.  A module that this
    interpreter lacks is left out.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for module, beginnings in MODULES.items():
        with contextlib.suppress(ImportError):
            for name in names_of(importlib.import_module(module), beginnings):
                short = f"{name.owner}.{name.name}".lstrip(".")
                found.setdefault(module, {})[short] = claims_about(name)
    return found


def index(known: Collection[str]) -> dict[str, dict[str, list[str]]]:
    """Return what ``everything`` does, of these claims only, and only names that one is about."""
    found: dict[str, dict[str, list[str]]] = {}
    for module, some in everything().items():
        for name, ids in some.items():
            kept = [id for id in ids if id in known]
            if kept:
                found.setdefault(module, {})[name] = kept
    return found
