"""The places where a project starts processes by the default start method."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.advice.modules import Call, Class, Function, Module, last_name
from tests.advice.project import Project
from tests.advice.systems import LINUX, may_run_on

#: What starts processes, and the kind of the place.
STARTERS = {
    "multiprocessing.Process": "process",
    "multiprocessing.Pool": "pool",
    "concurrent.futures.ProcessPoolExecutor": "pool",
    "pebble.ProcessPool": "pool",
    "tqdm.contrib.concurrent.process_map": "map",
    "multiprocessing.Manager": "manager",
}

#: Where the initializer of a pool stands among its arguments.
_INITIALIZER = {"multiprocessing.Pool": 1, "concurrent.futures.ProcessPoolExecutor": 2}

#: Methods of pools that send a task, which is their first argument.
_TASKS = frozenset(
    (
        "map imap imap_unordered starmap map_async starmap_async apply apply_async submit schedule"
    ).split()
)

#: Arguments that choose a context.
_CONTEXTS = ("mp_context", "context", "ctx")

#: Folders whose programs choose for themselves alone.
_BESIDE = frozenset("example examples doc docs test tests benchmark benchmarks tutorials".split())


#: Words of tests that may put something else in the place of what starts processes.
_MOCKS = frozenset("mock patch mocker monkeypatch MagicMock".split())


@dataclass(frozen=True, eq=False)
class Start:
    """A place that starts processes; its target and its arguments are seen in the call's scope."""

    call: Call
    kind: str
    target: ast.expr | None = None
    args: list[ast.expr] = field(default_factory=list)
    initializer: ast.expr | None = None
    #: Calls that send a task to the pool, and the tasks.
    tasks: list[tuple[Call, ast.expr]] = field(default_factory=list)
    #: The project's own subclass of Process.
    cls: Class | None = None

    @property
    def module(self) -> Module:
        """The module that it stands in."""
        return self.call.module


class Starts:
    """All such places of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.process_classes = dict(self._process_classes())
        calls = (call for home in self._modules() for call in home.every_call())
        found = [start for call in calls for start in self._starts(call)]
        self.all = [self._with_returned(start) for start in found]
        new = self.all
        for _ in range(2):
            new = [lifted for start in new for lifted in self._lifted(start)]
            self.all = self.all + new
        pins = list(self._pins())
        self.pins = {path: place for path, place, _ in pins}
        importing = {path for path, _, at_import in pins if at_import}
        above = {other for path in sorted(importing) for other in self._importers(path)}
        self.pinned = {path for pin in [*self.pins, *above] for path in self._reached_by(pin)}
        #: Those that use the default method, whatever it is.
        self.by_default = [start for start in self.all if start.module.path not in self.pinned]

    def _modules(self) -> list[Module]:
        words = {name.rpartition(".")[2] for name in STARTERS}
        words |= {cls.name for cls in self.process_classes}
        for home in self.project.mentioning("Pool", "ProcessPoolExecutor"):
            words |= {cls.name for cls in home.all_classes if cls.node.bases}
        return list(self.project.mentioning(*words))

    def _process_classes(self) -> Iterator[tuple[Class, str]]:
        """Yield the classes of the project that are Processes, with the kind."""
        known: dict[str, str] = {"Process": "", "BaseProcess": ""}
        seen: set[Class] = set()
        for _ in range(4):  # from base to subclass, from file to file
            new: dict[str, str] = {}
            for home in self.project.mentioning(*known):
                for cls in home.all_classes:
                    if cls not in seen and cls.node.bases:
                        bases = [b for b in self.project.bases(cls) if isinstance(b, str)]
                        if "multiprocessing.Process" in bases:
                            seen.add(cls)
                            new[cls.name] = ""
                            yield cls, "subclass"
            known = new

    # what chooses a start method

    def _pins(self) -> Iterator[tuple[str, str, bool]]:
        """Yield the modules that choose a start method, the line, and whether an import does it.

        What a child chooses is for its own children only.
        """
        calls = list(self.project.calls_of("multiprocessing.set_start_method"))
        workers = {one for start in self.all for one in self.workers(start)} if calls else ()
        in_child = self.project.reach(workers)
        for call in calls:
            function, path = call.function, call.module.path
            by_child = function in in_child or (function and self._is_only_handed_on(function))
            if not by_child and may_run_on(LINUX, call):
                at_import = function is None and not call.guarded
                yield path, f"{path}:{call.node.lineno}", at_import

    def _is_only_handed_on(self, function: Function) -> bool:
        """Tell whether nobody calls a function, but something is given it: perhaps a process."""
        return not self.project.callers(function) and self.project.is_handed_on(function)

    def _importers(self, path: str) -> set[str]:
        """Return the paths of the modules that import a module."""
        home = self.project.module(path)
        word = home.name.rpartition(".")[2] if home is not None else ""
        return {
            other.path
            for other in self.project.mentioning(word)
            if path in imported_by(self.project, other.path) and not _BESIDE & {*path.split("/")}
        }

    def _reached_by(self, path: str) -> set[str]:
        """Return the modules that run as a module has chosen: those that it imports, or is over."""
        folder, _, file = path.rpartition("/")
        if file in ("conftest.py", "__init__.py"):
            above = f"{folder}/" if folder else ""
            return {other for other in self.project.sources if other.startswith(above)}
        if _BESIDE & set(folder.split("/")):
            return {path}
        return imported_by(self.project, path)

    # places

    def _starts(self, call: Call) -> Iterator[Start]:
        if call.scope.cls in self.process_classes and self._is_super_init(call):
            yield self._start(call, "init", "multiprocessing.Process", None)
            return
        names = list(self.project.names(call.node.func, call.scope))
        if any(map(_is_chosen, names)) and not self._for_others(call.module):
            return
        for name in names:
            kind = STARTERS.get(name, "")
            thing = self.project.thing(name, call.scope) if not kind else None
            if isinstance(thing, Class) and thing not in self.process_classes:
                pools = [base for base in self.project.bases(thing) if base in _INITIALIZER]
                kind, name = ("pool", str(pools[0])) if pools else (kind, name)
            cls = thing if isinstance(thing, Class) and thing in self.process_classes else None
            if (kind or cls) and self._by_default(call) and (cls is None or _starts(call)):
                yield self._start(call, kind or "subclass", name, cls)
                return

    def _is_super_init(self, call: Call) -> bool:
        """Tell whether a subclass of Process calls the __init__() of Process, with a target."""
        func = call.node.func
        if call.method != "__init__" or not isinstance(func, ast.Attribute):
            return False
        name = self.project.name(func.value, call.scope)
        by_super = isinstance(func.value, ast.Call) and last_name(func.value) == "super"
        return (by_super or name == "multiprocessing.Process") and bool(call.given("target"))

    def _by_default(self, call: Call) -> bool:
        for word in _CONTEXTS:
            given = call.given(word)
            if given is not None and not (isinstance(given, ast.Constant) and given.value is None):
                names = list(self.project.names(given, call.scope))
                if any(map(_is_chosen, names)) and not self._for_others(call.module):
                    return False
                return "multiprocessing" in names
        return True

    def _for_others(self, module: Module) -> bool:
        """Tell whether a module, or else the project, asks for contexts for macOS or Windows."""
        asked = [one for one in module.every_call() if one.method == "get_context"] or [
            one
            for home in self.project.mentioning("get_context")
            for one in home.every_call()
            if one.method == "get_context"
        ]
        given = (one for one in asked if one.node.args or one.node.keywords)
        return not any(may_run_on(LINUX, one) for one in given)

    def _start(self, call: Call, kind: str, name: str, cls: Class | None) -> Start:
        is_init, kind = kind == "init", "process" if kind == "init" else kind
        by_position = kind == "process" and not is_init
        target = call.given("target", 1 if by_position else None)
        args = self._elements(call.given("args", 3 if by_position else None), call)
        args += self._elements(call.given("kwargs"), call)
        if kind == "subclass" and target is None:
            args += [*call.node.args, *(k.value for k in call.node.keywords if k.arg)]
        if kind in ("process", "subclass"):
            return Start(call, kind, target, args, cls=cls)
        if kind == "map":
            return Start(call, kind, tasks=[(call, call.node.args[0])] if call.node.args else [])
        initializer = call.given("initializer", _INITIALIZER.get(name))
        given = self._elements(call.given("initargs"), call)
        return Start(call, kind, None, given, initializer, list(self._tasks(call)))

    def _elements(self, node: ast.expr | None, call: Call) -> list[ast.expr]:
        """Return what is in a tuple, list or dict that is written out, or in a local variable."""
        if isinstance(node, ast.Name) and call.function is not None:
            values = [bound.value for bound in call.function.local.get(node.id, ()) if bound.value]
            if len(values) == 1 and isinstance(values[0], ast.expr):
                node = values[0]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = (side for side in (node.left, node.right) if not isinstance(side, ast.Name))
            return [one for side in sides for one in self._elements(side, call)]
        if isinstance(node, (ast.Tuple, ast.List)):
            return list(node.elts)
        if isinstance(node, ast.Dict):
            return list(node.values)
        if isinstance(node, ast.Call) and last_name(node) == "dict":
            return [keyword.value for keyword in node.keywords]
        return []

    def _tasks(self, pool: Call) -> Iterator[tuple[Call, ast.expr]]:
        """Yield the calls of methods of the pool's name, or attribute, that send a task."""
        targets = list(pool.targets())
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        attributes = {target.attr for target in targets if isinstance(target, ast.Attribute)}
        calls = pool.module.every_call() if attributes else _beside(pool)
        for call in calls:
            func, args = call.node.func, call.node.args
            if not isinstance(func, ast.Attribute) or not args:
                continue
            if func.attr in _TASKS:
                owner, task = func.value, args[0]
            elif func.attr == "run_in_executor" and len(args) > 1:
                owner, task = args[0], args[1]
            else:
                continue
            if (
                owner is pool.node
                or (isinstance(owner, ast.Name) and owner.id in names)
                or (isinstance(owner, ast.Attribute) and owner.attr in attributes)
            ):
                yield call, task

    def _with_returned(self, start: Start) -> Start:
        """Return a place with the tasks of its callers, if a function makes and returns a pool."""
        function = start.call.function
        if start.kind != "pool" or function is None:
            return start
        if not isinstance(start.call.statement, ast.Return):
            return start
        tasks = [task for call in self.project.callers(function) for task in self._tasks(call)]
        return replace(start, tasks=tasks)

    def _lifted(self, start: Start) -> Iterator[Start]:
        """Yield the place as callers fill it, if the target, or an argument, is a parameter."""
        if start.kind not in ("process", "pool"):
            return
        target = start.target
        if isinstance(target, ast.Call) and target.args:  # partial(wrap, target)
            target = target.args[-1]
        found = [self._parameter(node, start.call) for node in (target, start.initializer)]
        args = [self._parameter(node, start.call) for node in start.args]
        for function in dict.fromkeys(one[0] for one in (*found, *args) if one is not None):
            names = [one[1] if one and one[0] is function else "" for one in found]
            wanted = [
                (one[1], isinstance(node, ast.Starred))
                for one, node in zip(args, start.args, strict=True)
                if one and one[0] is function
            ]
            for call in self.project.callers(function):
                yield from self._filled(start, call, function, names, wanted)
        own = start.call.function
        if start.target is None and own is not None and _passes_all(start.call, own):
            for call in self.project.callers(own):
                given = self._elements(call.given("args"), call)
                first = call.given("target"), given, call.given("initializer")
                if first[0] is not None or first[2] is not None:
                    yield Start(call, start.kind, *first)

    def _filled(
        self,
        start: Start,
        call: Call,
        function: Function,
        names: list[str],
        wanted: list[tuple[str, bool]],
    ) -> Iterator[Start]:
        if call.module.is_test and not start.module.is_test:
            words = self.project.sources[call.module.path].words
            if words & _MOCKS:
                return  # perhaps nothing is started
        target, initializer = [self._given(call, function, name) for name in names]
        args: list[ast.expr] = []
        for name, several in wanted:
            given = self._given(call, function, name)
            if several:
                args += self._elements(given, call)
            elif given is not None:
                args.append(given)
        if target is not None or initializer is not None or args:
            yield Start(call, start.kind, target, args, initializer)

    def _parameter(self, node: ast.expr | None, call: Call) -> tuple[Function, str] | None:
        """Return the function whose parameter an expression is, and its name.

        An attribute of self is one, if a method assigns a parameter to it, and nothing else.
        """
        if isinstance(node, ast.Starred):
            node = node.value
        if isinstance(node, ast.Name):
            function = call.function
            while function is not None:
                if node.id in function.local:
                    only = len(function.local[node.id]) == 1
                    return (function, node.id) if only and node.id in function.params else None
                function = function.owner
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and call.scope.cls is not None
            and self.project.is_self(node.value.id, call.scope)
        ):
            values = call.scope.cls.attributes.get(node.attr, [])
            if len(values) == 1 and isinstance(values[0][0], ast.Name):
                name, method = values[0][0].id, values[0][1]
                return (method, name) if name in method.params else None
        return None

    def _given(self, call: Call, function: Function, name: str) -> ast.expr | None:
        if name not in function.params:
            return call.given(name) if name else None
        return call.given_to(function, name)

    def workers(self, start: Start) -> list[Function]:
        """Return the functions that the place's children run, as far as can be told."""
        found = [self.project.callee(start.target, start.call.scope)]
        found += [self.project.callee(task, call.scope) for call, task in start.tasks]
        if start.cls is not None:
            found.append(self.project.method(start.cls, "run"))
        return list(dict.fromkeys(filter(None, found)))

    def initializer(self, start: Start) -> Function | None:
        """Return the function that prepares each worker of a pool."""
        return self.project.callee(start.initializer, start.call.scope)


def imported_by(project: Project, path: str) -> set[str]:
    """Return the paths of a module and of what it imports, directly or not."""
    seen, todo = {path}, [path]
    for one in todo:
        home = project.module(one)
        wanted = [*home.imports.values(), *home.stars] if home is not None else []
        for dotted in wanted:
            other = project.find_module(dotted, home)
            if other is None and "." in dotted:
                other = project.find_module(dotted.rpartition(".")[0], home)
            if other is not None and other.path not in seen:
                seen.add(other.path)
                todo.append(other.path)
    return seen


def _beside(call: Call) -> list[Call]:
    return call.function.calls if call.function is not None else call.module.calls


def _passes_all(call: Call, function: Function) -> bool:
    """Tell whether a call passes on the ``**kwargs`` of its function."""
    return any(
        keyword.arg is None
        and isinstance(keyword.value, ast.Name)
        and keyword.value.id in function.params
        for keyword in call.node.keywords
    )


def _is_chosen(name: str) -> bool:
    """Tell whether a name is of a context that is asked for by the name of its start method."""
    return name.startswith(("multiprocessing<fork", "multiprocessing<spawn"))


def _starts(call: Call) -> bool:
    """Tell whether an object of a subclass may be started: not if only its run() is called."""
    up = call.around[0] if call.around else None
    if isinstance(up, ast.Attribute):
        return up.attr != "run"
    names = {last_name(target) for target in call.targets()} - {""}
    used = {
        other.method
        for other in call.module.every_call()
        if isinstance(other.node.func, ast.Attribute) and last_name(other.node.func.value) in names
    }
    return not names or "start" in used or "run" not in used
