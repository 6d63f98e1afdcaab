"""A project: its modules, parsed when they are asked for, and what names in them stand for.

What an expression stands for is a dotted name: ``multiprocessing.Process``, ``package.module.f``.
``multiprocessing<spawn>.Process`` is of a context by get_context("spawn"), ``threading.Lock()`` is
the result of a call, and ``package.module.f.<locals>.g`` is local to a function.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

from tests.advice.files import Source, Unread, sources
from tests.advice.modules import (
    FUNCTIONS,
    Bound,
    Call,
    Class,
    Function,
    Module,
    Scope,
    last_name,
    module,
)

#: Other names of what is meant: those of the modules that define it, and of drop-in replacements.
_ALIASES = {
    "torch.multiprocessing": "multiprocessing",
    "multiprocess": "multiprocessing",
    "multiprocessing.context": "multiprocessing",
    "multiprocessing.process": "multiprocessing",
    "multiprocessing.pool": "multiprocessing",
    "multiprocessing.queues": "multiprocessing",
    "multiprocessing.synchronize": "multiprocessing",
    "multiprocessing.managers": "multiprocessing",
    "multiprocessing.BaseProcess": "multiprocessing.Process",
    "multiprocessing.DefaultContext": "multiprocessing",
    "concurrent.futures.process": "concurrent.futures",
    "concurrent.futures.thread": "concurrent.futures",
    "loguru.logger": "loguru",
    "io.open": "open",
}

#: How many steps from name to name are followed.
_DEEP = 6

#: How many values of a name are looked at.
_SEVERAL = 4

Thing = Function | Class


def canonical(name: str) -> str:
    """Return the name by which the rest of the package knows a thing."""
    for _ in range(3):
        for old, new in _ALIASES.items():
            if name == old or name.startswith(f"{old}."):
                name = new + name[len(old) :]
                break
        else:
            return name
    return name


class Project:
    """All modules below a folder."""

    def __init__(self, root: Path) -> None:
        self.sources: dict[str, Source] = {}
        self.unread: list[Unread] = []
        found, self.unread = sources(root)
        self.sources = {source.path: source for source in found}
        self._modules: dict[str, Module | None] = {}
        self._by_suffix: dict[str, list[str]] = defaultdict(list)
        for path in self.sources:
            parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
            for i in range(len(parts)):
                self._by_suffix[".".join(parts[i:])].append(path)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for path, source in self.sources.items():
            for word in source.words:
                self._by_word[word].append(path)
        self._callers: dict[Thing, list[Call]] = {}
        self._callees: dict[tuple[Function, Class | None], list[Function]] = {}

    # modules

    def module(self, path: str) -> Module | None:
        """Return a module; None if it cannot be parsed, which ``unread`` tells then."""
        if path not in self._modules:
            self._modules[path] = None
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._modules[path] = module(path, self.sources[path].text)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None)
                why = f"{getattr(error, 'msg', None) or error}" + (f", line {line}" if line else "")
                self.unread.append(Unread(path, f"it cannot be parsed here: {why}"))
            except (RecursionError, MemoryError):
                self.unread.append(Unread(path, "it is nested too deeply"))
        return self._modules[path]

    def mentioning(self, *words: str, beside: Iterable[str] = ()) -> Iterator[Module]:
        """Yield the modules whose text has one of these words, in the order of their paths.

        ``beside`` leaves out those that have none of some other words.
        """
        paths = {path for word in words for path in self._by_word.get(word, ())}
        if beside:
            paths &= {path for word in beside for path in self._by_word.get(word, ())}
        for path in sorted(paths):
            if (found := self.module(path)) is not None:
                yield found

    def find_module(self, dotted: str, near: Module | None = None) -> Module | None:
        """Return the module of a dotted name, or the one nearest to another, if there are some."""
        paths = self._by_suffix.get(dotted, [])
        if dotted.partition(".")[0] in sys.stdlib_module_names:  # no file of a package hides it
            root = dotted.replace(".", "/")
            paths = [path for path in paths if path in (f"{root}.py", f"{root}/__init__.py")]
        if near is not None and len(paths) > 1:  # a package hides a module beside it
            paths = sorted(
                paths,
                key=lambda path: (-_shared(path, near.path), not path.endswith("__init__.py")),
            )
        elif len(paths) > 1:
            return None
        return self.module(paths[0]) if paths else None

    def calls_of(self, dotted: str) -> Iterator[Call]:
        """Yield the calls of what has a dotted name, whatever it is called where it is called."""
        for home in self.mentioning(dotted.rpartition(".")[2]):
            for call in home.every_call():
                if self.name(call.node.func, call.scope) == dotted:
                    yield call

    def is_program(self, module: Module) -> bool:
        """Tell whether a module is run as a program: no other one imports it, or by its name."""
        name = module.path.rpartition("/")[2]
        if name in ("__init__.py", "__main__.py"):
            return name == "__main__.py"
        if module.path.endswith(".py"):
            word = module.name.rpartition(".")[2]
            return not any(
                self.find_module(dotted, other) is module
                for other in self.mentioning(word)
                for whole in other.imports.values()
                for dotted in (whole, whole.rpartition(".")[0])
                if dotted.rpartition(".")[2] == word and other is not module
            )
        return True

    # what dotted names stand for

    def lookup(
        self, dotted: str, near: Module, depth: int = 0
    ) -> Thing | tuple[Module, str] | None:
        """Return the function or class of a dotted name, or a module and the name in it."""
        parts = dotted.split(".")
        if depth > _DEEP:
            return None
        for i in range(len(parts) - 1, 0, -1):
            found = self.find_module(".".join(parts[:i]), near)
            if found is not None:
                return self._member(found, parts[i:], depth)
        return None

    def _member(
        self, home: Module, parts: list[str], depth: int = 0
    ) -> Thing | tuple[Module, str] | None:
        head, *rest = parts
        thing = home.functions.get(head) or home.classes.get(head)
        if isinstance(thing, Class) and rest:
            return self.method(thing, rest[0])
        if thing is not None:
            return None if rest else thing
        if head in home.imports:
            return self.lookup(".".join([home.imports[head], *rest]), home, depth + 1)
        return (home, head) if head in home.names else None

    def thing(self, dotted: str | None, scope: Scope) -> Thing | None:
        """Return the project's function or class that a name of ``name`` stands for."""
        if not dotted:
            return None
        home = scope.module
        if ".<locals>." in dotted:
            inner, function = dotted.rsplit(".", 1)[1], scope.function
            while function is not None:
                if inner in function.inner:
                    return function.inner[inner]
                function = function.owner
            return None
        found = None
        if dotted.startswith(f"{home.name}."):
            found = self._member(home, dotted[len(home.name) + 1 :].split("."))
        if found is None:
            found = self.lookup(dotted, home)
        return None if isinstance(found, tuple) else found

    # classes

    def classes(self, cls: Class) -> list[Class]:
        """Return a class and its bases in this project."""
        return [one for one in self.bases(cls) if isinstance(one, Class)]

    def bases(self, cls: Class, depth: int = 0) -> Iterator[Class | str]:
        """Yield a class, its bases in this project, and the names of all others."""
        yield cls
        for base in cls.node.bases if depth < _DEEP else ():
            for dotted in self.names(base, Scope(cls.module, cls.owner)):
                thing = self.thing(dotted, Scope(cls.module, cls.owner))
                if isinstance(thing, Class) and thing is not cls:
                    yield from self.bases(thing, depth + 1)
                else:
                    yield dotted

    def method(self, cls: Class, name: str) -> Function | None:
        """Return a method of a class or of its bases."""
        return next((c.methods[name] for c in self.classes(cls) if name in c.methods), None)

    # what expressions stand for

    def name(self, node: ast.AST | None, scope: Scope) -> str:
        """Return the first of ``names``, or nothing."""
        return next(self.names(node, scope), "")

    def names(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Iterator[str]:
        """Yield the dotted names of what an expression may stand for."""
        if depth > _DEEP:
            return
        if isinstance(node, ast.Name):
            yield from self._names_of_name(node, scope, depth)
        elif isinstance(node, ast.Attribute):
            yield from self._names_of_attribute(node, scope, depth)
        elif isinstance(node, ast.Call):
            yield from self._names_of_call(node, scope, depth)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                yield from self.names(value, scope, depth + 1)
        elif isinstance(node, ast.IfExp):
            yield from self.names(node.body, scope, depth + 1)
            yield from self.names(node.orelse, scope, depth + 1)
        elif isinstance(node, (ast.Await, ast.NamedExpr)):
            yield from self.names(node.value, scope, depth + 1)
        elif isinstance(node, FUNCTIONS):
            yield f"{scope.module.name}.{node.name}"

    def _all(self, values: Iterable[Bound], scope: Scope, depth: int) -> Iterator[str]:
        for bound in list(values)[:_SEVERAL]:
            yield from self.names(bound.value, scope, depth + 1)

    def _names_of_name(self, node: ast.Name, scope: Scope, depth: int) -> Iterator[str]:
        home, function = scope.module, scope.function
        while function is not None:
            if node.id in function.local and node.id not in function.global_names:
                if node.id in function.inner:
                    yield f"{home.name}.{function.name}.<locals>.{node.id}"
                    return
                values = [b for b in function.local[node.id] if b.value is not node]
                if function is scope.function:
                    values = [b for b in values if b.line <= node.lineno] or values
                if node.id in function.params:
                    yield from self._annotated(node.id, function)
                yield from self._all(values, function.scope, depth)
                return
            function = function.owner
        if node.id in home.functions or node.id in home.classes:
            yield f"{home.name}.{node.id}"
        if node.id in home.imports:
            dotted = canonical(home.imports[node.id])
            yield from self._followed(dotted, home, depth)
        elif node.id in home.names and node.id not in home.functions | home.classes:
            values = [*home.names[node.id], *home.assigned_later.get(node.id, ())]
            found = list(self._all(values, Scope(home), depth))
            yield from found or [f"{home.name}.{node.id}"]
        elif node.id not in home.names:
            yield from self._starred(node.id, home)

    def _annotated(self, name: str, function: Function) -> Iterator[str]:
        args = function.node.args
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
            if arg.arg == name and isinstance(arg.annotation, (ast.Name, ast.Attribute)):
                outside = Scope(function.module, function.owner, function.cls)
                dotted = self.name(arg.annotation, outside)
                if isinstance(self.thing(dotted, outside), Class):
                    yield f"{dotted}()"

    def _followed(self, dotted: str, home: Module, depth: int) -> Iterator[str]:
        """Yield what another module of the project imports or assigns under that name."""
        found = self.lookup(dotted, home) if depth < _DEEP else None
        if isinstance(found, tuple) and isinstance(found[0], Module):
            its = [b for b in found[0].names[found[1]] if isinstance(b.value, ast.expr)]
            names = list(self._all(its, Scope(found[0]), depth + 1))
            yield from names or [dotted]
        elif found is None and self._reexported(dotted, home):
            yield self._reexported(dotted, home)
        else:
            yield dotted

    def _reexported(self, dotted: str, home: Module) -> str:
        whole, _, last = dotted.rpartition(".")
        for _ in range(3):
            other = self.find_module(whole, home) if whole else None
            if other is None or last not in other.imports or other.imports[last] == dotted:
                break
            dotted, home = other.imports[last], other
            whole, _, last = dotted.rpartition(".")
        return canonical(dotted)

    def _starred(self, name: str, home: Module) -> Iterator[str]:
        for star in home.stars:
            other = self.find_module(star, home)
            if other is not None and (name in other.names or name in other.imports):
                yield canonical(other.imports.get(name, f"{other.name}.{name}"))
                return
            foreign = other is None and canonical(star).startswith(("multiprocessing", "threading"))
            if foreign and name[:1].isupper():
                yield canonical(f"{star}.{name}")
                return
        if name not in sys.stdlib_module_names:  # a module has to be imported
            yield name

    def _names_of_attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Iterator[str]:
        if isinstance(node.value, ast.Name) and self.is_self(node.value.id, scope):
            found = False
            for cls in self.classes(scope.cls) if scope.cls else ():
                for value, function, _ in cls.attributes.get(node.attr, ())[:_SEVERAL]:
                    for one in self.names(value, function.scope, depth + 1):
                        found = True
                        yield one
                for bound in cls.body.get(node.attr, ()):
                    for one in self.names(bound.value, Scope(cls.module), depth + 1):
                        found = True
                        yield one
            if not found:
                yield f"self.{node.attr}"
            return
        for base in self.names(node.value, scope, depth + 1):
            yield canonical(f"{base}.{node.attr}")

    def _names_of_call(self, node: ast.Call, scope: Scope, depth: int) -> Iterator[str]:
        for dotted in self.names(node.func, scope, depth + 1):
            if dotted.endswith("multiprocessing.get_context"):
                yield self._context(node, scope)
                continue
            if dotted in ("super", "cast", "typing.cast"):
                if dotted != "super" and len(node.args) > 1:
                    yield from self.names(node.args[1], scope, depth + 1)
                continue
            thing = self.thing(dotted, scope)
            if thing is None and dotted.count("()") == 1 and dotted.count(").") == 1:
                owner, _, name = dotted.partition("().")
                cls = self.thing(owner, scope)
                thing = self.method(cls, name) if isinstance(cls, Class) else None
            if isinstance(thing, Function):
                made = list(self._made_by(thing, depth))
                yield from made or [f"{dotted}()"]
            else:
                yield f"{dotted}()"

    def _context(self, node: ast.Call, scope: Scope) -> str:
        """Return the name of the context that a call of get_context() gives."""
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not given or self._is_none(given[0], scope):
            return "multiprocessing"
        method = str(given[0].value) if isinstance(given[0], ast.Constant) else "?"
        return f"multiprocessing<{method}>"

    def _is_none(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression is None, or a parameter that is None if left out."""
        function = scope.function
        if not isinstance(node, ast.Name) or function is None or node.id not in function.params:
            return isinstance(node, ast.Constant) and node.value is None
        default = function.default(node.id)
        if default is None or not self._is_none(default, Scope(scope.module)):
            return False
        if len(function.local[node.id]) > 1:  # it is assigned as well
            return False
        given = [call.given_to(function, node.id) for call in self.callers(function)]
        return not given or None in given

    def _made_by(self, function: Function, depth: int) -> Iterator[str]:
        """Yield what a function of the project returns, where that is an object it makes."""
        if function.is_generator or depth > 3 or isinstance(function.node, ast.AsyncFunctionDef):
            return
        for value in list(function.returned())[:_SEVERAL]:
            for dotted in self.names(value, function.scope, depth + 2):
                if "<locals>" not in dotted and (
                    dotted.endswith("()") or dotted.startswith("multiprocessing")
                ):
                    yield dotted

    def is_self(self, name: str, scope: Scope) -> bool:
        """Tell whether a name is the object of the method that the scope is in."""
        function = scope.function
        while function is not None:
            if function.is_method:
                return function.params[0] == name and not function.decorated_by("classmethod")
            if name in function.params:
                return False
            function = function.owner
        return False

    # calls

    def callee(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Function | None:
        """Return the project's function that runs when the expression's value is called."""
        if depth > _DEEP:
            return None
        if isinstance(node, ast.Lambda):
            return scope.module.lambdas.get(node)
        if isinstance(node, ast.Call):
            if self.name(node.func, scope) == "functools.partial" and node.args:
                return self.callee(node.args[0], scope, depth + 1)
            return None
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and self.is_self(node.value.id, scope):
                return self.method(scope.cls, node.attr) if scope.cls else None
            if isinstance(node.value, ast.Call) and self.name(node.value.func, scope) == "super":
                above = self.classes(scope.cls)[1:] if scope.cls else []
                return next((c.methods[node.attr] for c in above if node.attr in c.methods), None)
            for base in self.names(node.value, scope):
                cls = self.thing(base.removesuffix("()"), scope)
                if isinstance(cls, Class) and (found := self.method(cls, node.attr)):
                    return found
        for dotted in self.names(node, scope):
            thing = self.thing(dotted, scope)
            if isinstance(thing, Class):
                return self.method(thing, "__init__")
            if thing is not None:
                return thing
        if isinstance(node, ast.Name) and scope.function is not None:
            for bound in scope.function.local.get(node.id, ()):
                if isinstance(bound.value, (ast.Lambda, ast.Call, ast.Attribute)):
                    return self.callee(bound.value, scope, depth + 1)
        return None

    def callees(self, function: Function, of: Class | None = None) -> list[Function]:
        """Return the functions that a function calls, as far as can be told.

        ``of`` is the class of the object, where the function is a method of it: it may have other
        methods than the class in which the function stands.
        """
        key = (function, of if of is not None and function.cls in self.classes(of) else None)
        if key not in self._callees:
            self._callees[key] = []
            found = (self.called(call, key[1]) for call in function.calls)
            self._callees[key] = list(dict.fromkeys(filter(None, found)))
        return self._callees[key]

    def called(self, call: Call, of: Class | None) -> Function | None:
        """Return the function that a call runs, in a method of an object of a class, if any."""
        func = call.node.func
        if (
            of is not None
            and isinstance(func, ast.Attribute)
            and isinstance(func.value, ast.Name)
            and self.is_self(func.value.id, call.scope)
        ):
            return self.method(of, func.attr)
        return self.callee(func, call.scope)

    def callers(self, function: Function) -> list[Call]:
        """Return the calls of a function, by the name of a method that it overrides as well."""
        if function not in self._callers:
            self._callers[function] = []
            self._callers[function] = list(self._find_callers(function))
        return self._callers[function]

    def _find_callers(self, function: Function) -> Iterator[Call]:
        name = function.name
        wanted = {name}
        if name == "__init__" and function.cls is not None:
            wanted = {function.cls.name}
        overridden = (
            {c.methods[name] for c in self.classes(function.cls) if name in c.methods}
            if function.cls is not None and function.is_method
            else {function}
        )
        for home in self.mentioning(*wanted):
            here = wanted | {
                local for local, whole in home.imports.items() if whole.split(".")[-1] in wanted
            }
            for call in home.every_call():
                if call.method in here and (self.callee(call.node.func, call.scope) in overridden):
                    yield call

    def is_handed_on(self, function: Function) -> bool:
        """Tell whether a function is given to a call, as target of a process or to partial()."""
        return any(
            last_name(one) == function.name and self.callee(one, call.scope) is function
            for home in self.mentioning(function.name)
            for call in home.every_call()
            for one in (*call.node.args, *(keyword.value for keyword in call.node.keywords))
            if isinstance(one, (ast.Name, ast.Attribute))
        )

    def reach(
        self, start: Iterable[Function | None], deep: int = 4, of: Class | None = None
    ) -> dict[Function, int]:
        """Return the functions that these call, directly or not, with their distances.

        ``of`` is the class of the object whose methods they are.
        """
        seen = {function: 0 for function in start if function is not None}
        todo = list(seen)
        for function in todo:  # breadth first: the nearest way to each, always in one order
            for other in self.callees(function, of) if seen[function] < deep else ():
                if other not in seen:
                    seen[other] = seen[function] + 1
                    todo.append(other)
        return seen

    def above(self, function: Function | None, deep: int = 7) -> dict[Function, int]:
        """Return the functions that may lead to a call of this one, with their distances."""
        seen: dict[Function, int] = {}
        todo: list[tuple[Function | None, int]] = [(function, 0)]
        for start, far in todo:
            one = start
            while one is not None and one not in seen:
                seen[one] = far
                if far < deep:
                    todo.extend((call.function, far + 1) for call in self.callers(one))
                one = one.owner
        return seen


def _shared(one: str, other: str) -> int:
    """Return how many folders two paths have in common."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
