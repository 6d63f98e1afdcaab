"""What a module defines and calls, in one walk of its tree."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Bound(NamedTuple):
    """A value that a name is given; None where it cannot be told, as in a loop."""

    value: ast.AST | None
    line: int
    #: Whether that happens under ``if __name__ == "__main__"``.
    guarded: bool = False


class Scope(NamedTuple):
    """Where an expression stands: names are looked up from there."""

    module: Module
    function: Function | None = None
    cls: Class | None = None


@dataclass(eq=False)
class Call:
    """A call, where it stands, and the nodes around it, innermost first, within its function."""

    node: ast.Call
    scope: Scope
    guarded: bool
    around: tuple[ast.AST, ...]

    @property
    def module(self) -> Module:
        """The module that it stands in."""
        return self.scope.module

    @property
    def function(self) -> Function | None:
        """The function that it stands in; None at a module's or class's top level."""
        return self.scope.function

    @property
    def method(self) -> str:
        """The last part of the name that is called."""
        return last_name(self.node.func)

    def given(self, name: str, position: int | None = None) -> ast.expr | None:
        """Return an argument by its keyword, or else by its position."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        if position is None or position >= len(self.node.args):
            return None
        if any(isinstance(arg, ast.Starred) for arg in self.node.args[: position + 1]):
            return None
        return self.node.args[position]

    def given_to(self, function: Function, name: str) -> ast.expr | None:
        """Return the argument for a parameter of the function that is called."""
        return self.given(name, function.params.index(name) - function.is_method)

    @cached_property
    def statement(self) -> ast.stmt | None:
        """The statement that it is a part of."""
        return next((node for node in self.around if isinstance(node, ast.stmt)), None)

    def targets(self) -> Iterator[ast.expr]:
        """Yield what the call's result, or what is made of it, is assigned to."""
        for node in self.around:
            if isinstance(node, ast.Assign):
                yield from node.targets
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
                yield node.target
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                yield node.optional_vars
            if isinstance(node, (ast.stmt, ast.withitem)):
                return


@dataclass(eq=False)
class Function:
    """A function, method or lambda."""

    module: Module
    node: FunctionNode
    owner: Function | None
    cls: Class | None
    guarded: bool
    local: dict[str, list[Bound]] = field(default_factory=lambda: defaultdict(list))
    global_names: set[str] = field(default_factory=set)
    inner: dict[str, Function | Class] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    #: Names that are read, each with the attribute that is taken of it, if any.
    loads: list[tuple[ast.Name, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The function's own name."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def scope(self) -> Scope:
        """The scope of what stands in it."""
        return Scope(self.module, self, self.cls)

    @cached_property
    def params(self) -> list[str]:
        """The names of the parameters, in order."""
        args = self.node.args
        several = [arg for arg in (args.vararg, args.kwarg) if arg]
        return [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, *several)]

    def default(self, name: str) -> ast.expr | None:
        """Return the default of a parameter, if it has one."""
        args = self.node.args
        positional = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        if name in positional:
            from_the_end = positional.index(name) - len(positional)
            return args.defaults[from_the_end] if -from_the_end <= len(args.defaults) else None
        keywords = zip(args.kwonlyargs, args.kw_defaults, strict=True)
        return next((default for arg, default in keywords if arg.arg == name), None)

    @property
    def is_method(self) -> bool:
        """Whether it is called with an object of its class first."""
        return (
            self.cls is not None
            and self.owner is self.cls.owner
            and bool(self.params)
            and not self.decorated_by("staticmethod")
        )

    def decorated_by(self, *names: str) -> bool:
        """Tell whether a decorator has one of these as its last name."""
        if isinstance(self.node, ast.Lambda):
            return False
        return any(last_name(decorator) in names for decorator in self.node.decorator_list)

    @property
    def is_generator(self) -> bool:
        """Whether a call of it returns a generator."""
        return not isinstance(self.node, ast.Lambda) and any(
            isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(self.node)
        )

    def returned(self) -> Iterator[ast.expr]:
        """Yield what it returns."""
        if isinstance(self.node, ast.Lambda):
            yield self.node.body
            return
        for node in own_nodes(self.node):
            if isinstance(node, ast.Return) and node.value is not None:
                yield node.value


@dataclass(eq=False)
class Class:
    """A class; ``attributes`` are those that its methods give to self."""

    module: Module
    node: ast.ClassDef
    owner: Function | None
    guarded: bool
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, list[tuple[ast.AST | None, Function, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    body: dict[str, list[Bound]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.node.name


@dataclass(eq=False)
class Module:
    """A module as its file has it."""

    path: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    names: dict[str, list[Bound]] = field(default_factory=lambda: defaultdict(list))
    #: What functions assign to global names.
    assigned_later: dict[str, list[Bound]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Call] = field(default_factory=list)
    all_functions: list[Function] = field(default_factory=list)
    all_classes: list[Class] = field(default_factory=list)
    lambdas: dict[ast.Lambda, Function] = field(default_factory=dict)
    compares: list[tuple[ast.Compare, Scope]] = field(default_factory=list)
    has_guard: bool = False

    @cached_property
    def name(self) -> str:
        """The dotted name, seen from the project's folder."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> list[str]:
        """The dotted name of what a relative import begins at, in parts."""
        parts = self.name.split(".")
        return parts if self.path.endswith("__init__.py") else parts[:-1]

    @property
    def is_test(self) -> bool:
        """Whether only tests use it."""
        *folders, file = self.path.split("/")
        return file.startswith(("test_", "conftest")) or any(
            folder in ("test", "tests", "testing") for folder in folders
        )

    @property
    def may_be_data(self) -> bool:
        """Whether a file among tests is no test, no program, and so perhaps never run."""
        file = self.path.rpartition("/")[2]
        helps = file.startswith(("test_", "conftest", "__")) or file.endswith("_test.py")
        return self.is_test and not helps and not self.has_guard

    def every_call(self) -> Iterator[Call]:
        """Yield all calls, also those in functions."""
        yield from self.calls
        for function in self.all_functions:
            yield from function.calls


def last_name(node: ast.AST) -> str:
    """Return ``c`` of ``a.b.c``, ``c`` or ``a.b.c(...)``; empty for anything else."""
    if isinstance(node, ast.Call):
        node = node.func
    return getattr(node, "attr", "") or getattr(node, "id", "")


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions and classes inside it."""
    todo = list(ast.iter_child_nodes(node))
    while todo:
        found = todo.pop()
        yield found
        if not isinstance(found, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(found))


def module(path: str, text: str) -> Module:
    """Return a module; raises what ``ast.parse`` does, and RecursionError."""
    found = Module(path, ast.parse(text))
    _Walk(found).children(found.tree, Scope(found), guarded=False)
    return found


#: Nodes without children of interest, and those that give names values.
_LEAVES = (ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
_BINDERS = (
    ast.Assign,
    ast.AnnAssign,
    ast.NamedExpr,
    ast.AugAssign,
    ast.For,
    ast.AsyncFor,
    ast.comprehension,
    ast.withitem,
    ast.ExceptHandler,
)


class _Walk:
    """Fills a module by a walk of its tree."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.around: list[ast.AST] = []

    def children(self, node: ast.AST, scope: Scope, guarded: bool) -> None:
        for child in ast.iter_child_nodes(node):
            self.visit(child, scope, guarded)

    def visit(self, node: ast.AST, scope: Scope, guarded: bool) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and scope.function is not None:
                self.load(node, scope.function)
            return
        if isinstance(node, _LEAVES):
            return
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            self.function(node, scope, guarded)
            return
        if isinstance(node, ast.ClassDef):
            self.define_class(node, scope, guarded)
            return
        if isinstance(node, ast.If):
            self.condition(node, scope, guarded)
            return
        if isinstance(node, ast.Call):
            call = Call(node, scope, guarded, tuple(reversed(self.around)))
            (scope.function or self.module).calls.append(call)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imported(node)
        elif isinstance(node, ast.Global) and scope.function is not None:
            scope.function.global_names.update(node.names)
            for name in node.names:
                self.module.names.setdefault(name, [])
        elif isinstance(node, ast.Compare):
            self.module.compares.append((node, scope))
        elif isinstance(node, _BINDERS):
            for target, value in bindings(node):
                self.bind(target, value, scope, guarded)
        self.around.append(node)
        self.children(node, scope, guarded)
        self.around.pop()

    def condition(self, node: ast.If, scope: Scope, guarded: bool) -> None:
        under = guarded or (scope.function is None and is_guard(node.test))
        self.module.has_guard |= under
        self.around.append(node)
        self.visit(node.test, scope, guarded)
        if last_name(node.test) != "TYPE_CHECKING":
            for child in node.body:
                self.visit(child, scope, under)
        for child in node.orelse:
            self.visit(child, scope, guarded)
        self.around.pop()

    def load(self, node: ast.Name, function: Function) -> None:
        up = self.around[-1] if self.around else None
        function.loads.append((node, up.attr if isinstance(up, ast.Attribute) else ""))

    def function(self, node: FunctionNode, scope: Scope, guarded: bool) -> None:
        function = Function(self.module, node, scope.function, scope.cls, guarded)
        self.module.all_functions.append(function)
        for name in function.params:
            function.local[name].append(Bound(None, node.lineno))
        if isinstance(node, ast.Lambda):
            self.module.lambdas[node] = function
            outside: list[ast.AST | None] = []
            inside: list[ast.AST] = [node.body]
        else:
            self.define(function, node, scope, guarded)
            outside = [*node.decorator_list, node.returns]
            inside = list(node.body)
        outside += [*node.args.defaults, *node.args.kw_defaults]
        before, self.around = self.around, []
        for one in outside:
            if one is not None:
                self.visit(one, scope, guarded)
        for one in inside:
            self.visit(one, function.scope, guarded)
        self.around = before

    def define(self, function: Function, node: ast.AST, scope: Scope, guarded: bool) -> None:
        bound = Bound(node, function.node.lineno, guarded)
        if scope.cls is not None and scope.function is scope.cls.owner:
            scope.cls.methods[function.name] = function
        elif scope.function is not None:
            scope.function.inner[function.name] = function
            scope.function.local[function.name].append(bound)
        else:
            self.module.functions[function.name] = function
            self.module.names[function.name].append(bound)

    def define_class(self, node: ast.ClassDef, scope: Scope, guarded: bool) -> None:
        found = Class(self.module, node, scope.function, guarded)
        self.module.all_classes.append(found)
        bound = Bound(node, node.lineno, guarded)
        if scope.function is not None:
            scope.function.inner[node.name] = found
            scope.function.local[node.name].append(bound)
        else:
            self.module.classes[node.name] = found
            self.module.names[node.name].append(bound)
        before, self.around = self.around, []
        for one in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.visit(one, scope, guarded)
        for child in node.body:
            self.visit(child, Scope(self.module, scope.function, found), guarded)
        self.around = before

    def bind(self, target: ast.AST, value: ast.AST | None, scope: Scope, guarded: bool) -> None:
        line = getattr(target, "lineno", getattr(value, "lineno", 0))
        function, cls = scope.function, scope.cls
        if isinstance(target, ast.Name):
            bound = Bound(value, line, guarded)
            if cls is not None and function is cls.owner:
                cls.body[target.id].append(bound)
            elif function is None:
                self.module.names[target.id].append(bound)
            elif target.id in function.global_names:
                self.module.assigned_later[target.id].append(bound)
            else:
                function.local[target.id].append(bound)
        elif (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and cls is not None
            and function is not None
            and function.is_method
            and function.params[0] == target.value.id
        ):
            cls.attributes[target.attr].append((value, function, line))

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                self.module.imports.setdefault(alias.asname or whole, whole)
                continue
            base = node.module or ""
            if node.level:
                package = self.module.package
                parts = package[: len(package) - node.level + 1]
                base = ".".join([*parts, *([base] if base else [])])
            if alias.name == "*":
                self.module.stars.append(base)
            else:
                self.module.imports.setdefault(alias.asname or alias.name, f"{base}.{alias.name}")


def is_guard(test: ast.expr) -> bool:
    """Tell whether a condition is ``__name__ == "__main__"``, alone or beside others."""
    if isinstance(test, ast.BoolOp):
        return any(map(is_guard, test.values))
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], (ast.Eq, ast.In))
        and any(
            isinstance(one, ast.Name) and one.id == "__name__"
            for one in (test.left, *test.comparators)
        )
    )


def bindings(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    """Yield the targets that a node binds, with their values; None where that cannot be told."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _parts(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.AugAssign):
        yield node.target, None
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield from ((one, None) for one in _stored(node.target))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield ast.Name(node.name, ast.Store(), lineno=node.lineno), None


def _parts(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield target, value
    elif isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _parts(one, its)
    else:  # parts of the result of one call are taken for what the call makes
        whole = value if isinstance(value, ast.Call) else None
        yield from ((one, whole) for one in _stored(target))


def _stored(target: ast.expr) -> Iterator[ast.AST]:
    for one in ast.walk(target):
        if isinstance(one, (ast.Name, ast.Attribute)) and isinstance(one.ctx, ast.Store):
            yield one
