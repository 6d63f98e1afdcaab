"""What is given to a child, and has to be pickled unless the child is forked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.modules import Call, Class, Function, Module, Scope, last_name
from tests.advice.objects import PICKLES_ITSELF, held, local, refused
from tests.advice.patterns import Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Start, Starts


def _callables(starts: Starts) -> Iterator[tuple[Start, ast.expr, str]]:
    """Yield what runs in children and is pickled for that, with what it is called."""
    for start in starts.by_default:
        for node, what in ((start.target, "target"), (start.initializer, "initializer")):
            if node is not None:
                yield start, node, what


@pattern(
    "local target",
    since="3.14",
    instead="define the function at the top level of a module, or use functools.partial of one",
)
def local_target(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for local functions and lambdas that are a target or an initializer."""
    for start, node, what in _callables(starts):
        scope = start.call.scope
        if (why := local(project, node, scope)) or (why := _decorated(node, scope)):
            yield seen(start.module, node, f"{what} is {why}")
        elif isinstance(node, ast.Name) and _of_an_enclosing_function(node, scope):
            what = f"{what} is {node.id!r} of an enclosing function: what it wraps is not local?"
            yield seen(start.module, node, what, certain=False)
    for start in starts.by_default:
        if start.cls is not None and start.cls.owner is not None:
            what = f"{start.cls.name}, which is started, is a local class"
            yield seen(start.module, start.call.node, what)


def _decorated(node: ast.expr, scope: Scope) -> str:
    """Say of a function that its decorator gives it to a process: its name is the wrapper's now."""
    function = scope.function
    if not isinstance(node, ast.Name) or function is None or isinstance(function.node, ast.Lambda):
        return ""
    for decorator in function.node.decorator_list:
        if not isinstance(decorator, ast.Call) or last_name(decorator) != "wraps":
            continue
        if decorator.args and last_name(decorator.args[0]) == node.id:
            return f"{node.id!r}, whose name stands for {function.name}(), which wraps it"
    return ""


def _of_an_enclosing_function(node: ast.Name, scope: Scope) -> bool:
    function = scope.function.owner if scope.function is not None else None
    while function is not None:
        if node.id in function.params and node.id not in (scope.function or function).local:
            return True
        function = function.owner
    return False


@pattern(
    "local argument",
    since="3.14",
    instead="pass a function of a module's top level, functools.partial or operator.itemgetter",
)
def local_argument(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for local functions and lambdas among the arguments of a Process."""
    for start in starts.by_default:
        for node in start.args:
            scope = start.call.scope
            if why := local(project, node, scope) or _decorated(node, scope):
                yield seen(start.module, node, f"an argument is {why}")


@pattern(
    "unpicklable argument",
    since="3.14",
    instead="pass plain data (a path, a list, a name) and make the object in the child",
)
def unpicklable_argument(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for locks, files, servers, generators among the arguments of a Process."""
    for start in starts.by_default:
        scope = start.call.scope
        for node in start.args:
            if local(project, node, scope):
                continue
            is_method = isinstance(node, ast.Attribute) and project.callee(node, scope)
            its = node.value if isinstance(node, ast.Attribute) and is_method else node
            if isinstance(its, ast.Name) and scope.cls and project.is_self(its.id, scope):
                in_child = project.reach(starts.workers(start), of=scope.cls)
                why = held(project, scope.cls, in_child, start=start.call)
                what = "self" if its is node else "a method of self"
                why = why and f"{what}, a {scope.cls.name} with {why}"
            else:
                why = refused(project, node, scope)
            # The lock of tqdm may be replaced by one of multiprocessing.
            shared = "get_lock" in why and _calls(start.module, "set_lock")
            if why and not shared:
                yield seen(start.module, node, f"an argument is {why}")


#: What a child opens by the name of a semaphore, which goes with the last reference to it.
_NAMED = frozenset(
    (
        "Lock RLock Semaphore BoundedSemaphore Condition Event Barrier Value Array"
        " Queue JoinableQueue SimpleQueue"
    ).split()
)

#: Methods and functions that wait for nothing: what calls no others is about to return.
_QUICK = frozenset("Process start append add debug info print".split())


@pattern(
    "dropped argument",
    since="3.14",
    instead="keep it in an attribute, or in a variable of the function that calls join()",
    always=False,
)
def dropped_argument(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for locks, queues and values that a function makes, gives to a Process and drops."""
    for start in starts.by_default:
        function = start.call.function
        if start.kind != "process" or function is None or function.is_generator:
            continue
        if not _QUICK.issuperset(_called_after(start.call, function)):
            continue
        processes = [
            call.node
            for call in function.calls
            if project.name(call.node.func, function.scope) == "multiprocessing.Process"
        ]
        if start.call.node not in processes:
            continue
        for node in start.args:
            name = node.value if isinstance(node, ast.Subscript) else node
            made = _made(project, name, function)
            if made and _loads(name, function.node) == sum(_loads(name, one) for one in processes):
                what = f"the {made} is dropped when {function.name}() returns"
                yield seen(start.module, node, what)


def _called_after(call: Call, function: Function) -> list[str]:
    """Return what a function calls after a call; in a loop around it that is all of the body."""
    loops = [node for node in call.around if isinstance(node, (ast.For, ast.AsyncFor, ast.While))]
    line = min([call.node.end_lineno or 0, *(loop.lineno for loop in loops)])
    return [other.method for other in function.calls if other.node.lineno > line]


def _made(project: Project, name: ast.expr, function: Function) -> str:
    """Return which of multiprocessing's objects a variable is, or those in its list are."""
    values = function.local.get(name.id, []) if isinstance(name, ast.Name) else []
    node = values[0].value if len(values) == 1 else None
    if isinstance(node, ast.ListComp):
        node = node.elt
    package, _, made = project.name(node, function.scope).rpartition(".")
    return made[:-2] if package == "multiprocessing" and made[:-2] in _NAMED else ""


def _loads(name: ast.expr, inside: ast.AST) -> int:
    """Return how often a variable is read there."""
    wanted = ast.dump(name)
    return sum(ast.dump(node) == wanted for node in ast.walk(inside) if isinstance(node, ast.Name))


def _calls(home: Module, method: str) -> bool:
    return any(call.method == method for call in home.every_call())


def _methods(project: Project, starts: Starts) -> Iterator[tuple[Start, ast.expr, Class, Function]]:
    """Yield bound methods that run in children, with the class of their object."""
    for start, node, _ in _callables(starts):
        function = project.callee(node, start.call.scope)
        if not isinstance(node, ast.Attribute) or function is None or function.cls is None:
            continue
        if function.decorated_by("staticmethod", "classmethod"):
            continue
        own = start.call.scope.cls
        if not isinstance(node.value, ast.Name) or not project.is_self(
            node.value.id, start.call.scope
        ):
            own = function.cls
            names = project.names(node.value, start.call.scope)
            for name in names:
                thing = project.thing(name.removesuffix("()"), start.call.scope)
                own = thing if isinstance(thing, Class) else own
        if own is not None and not _pickles_itself(project, own):
            yield start, node, own, function


def _pickles_itself(project: Project, cls: Class) -> bool:
    return any(name in one.methods for one in project.classes(cls) for name in PICKLES_ITSELF)


@pattern(
    "method of a holder",
    since="3.14",
    instead="pass a function and plain data, or leave the attribute out in __getstate__()",
)
def method_of_a_holder(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for bound methods as targets whose object holds a lock, a file, a connection."""
    for start, node, cls, function in _methods(project, starts):
        in_child = project.reach([function], of=cls)
        why = held(project, cls, in_child, start=start.call)
        if not why and not _keeps(start.call) and (other := _another(project, start, cls)):
            why = f"self.{other}, a Process that has been started"
        if why:
            yield seen(start.module, node, f"a method of {cls.name}, which holds {why}")
        elif not _keeps(start.call):
            what = f"a method of {cls.name}: the whole object is pickled"
            yield seen(start.module, node, what, certain=False)


def _another(project: Project, start: Start, cls: Class) -> str:
    """Return an attribute that keeps another process, which the same function has started before.

    The method that runs there has been pickled before it was started, this one has not.
    """
    function = start.call.function
    if function is None or not function.is_method:
        return ""
    own = {target.attr for target in start.call.targets() if isinstance(target, ast.Attribute)}
    started = {
        last_name(call.node.func.value): call.node.lineno
        for call in function.calls
        if call.method == "start" and isinstance(call.node.func, ast.Attribute)
    }
    line = min((started.get(name, 0) for name in own), default=0) or start.call.node.lineno
    for name, values in cls.attributes.items():
        for value, method, _ in values:
            if (
                method is function
                and name not in own
                and started.get(name, line) < line
                and project.name(value, function.scope) == "multiprocessing.Process()"
            ):
                return name
    return ""


@pattern(
    "method of a keeper",
    since="3.14",
    instead="use a function as target, or leave the processes out in __getstate__()",
)
def method_of_a_keeper(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for bound methods as targets whose object keeps the processes in a list."""
    for start, node, cls, function in _methods(project, starts):
        in_child = project.reach([function], of=cls)
        if _keeps(start.call) and not held(project, cls, in_child, start=start.call):
            what = f"a method of {cls.name}, which keeps its processes: only one can be started"
            yield seen(start.module, node, what)


def _keeps(call: Call) -> bool:
    """Tell whether what a call makes goes into a list or dict of self."""
    names = {target.id for target in call.targets() if isinstance(target, ast.Name)}
    for target in call.targets():
        if isinstance(target, ast.Subscript) and _of_self(target.value, call):
            return True
        if _of_self(target, call) and any(isinstance(node, ast.ListComp) for node in call.around):
            return True
    for other in call.function.calls if call.function is not None else ():
        func = other.node.func
        if isinstance(func, ast.Attribute) and func.attr == "append" and other.node.args:
            given = other.node.args[0]
            kept = given is call.node or (isinstance(given, ast.Name) and given.id in names)
            if kept and _of_self(func.value, call):
                return True
    return False


def _of_self(node: ast.expr, call: Call) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and call.function is not None
        and node.value.id in call.function.params[:1]
    )


@pattern(
    "process that holds",
    since="3.14",
    instead="make such things in run()",
)
def process_that_holds(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for Processes with attributes that cannot be pickled."""
    for start in starts.by_default:
        if start.cls is not None:
            in_child = project.reach([project.method(start.cls, "run")], of=start.cls)
            if why := held(project, start.cls, in_child):
                what = f"the Process {start.cls.name} holds {why}"
                yield seen(start.cls.module, start.cls.node, what)
        elif start.kind == "process":
            yield from _given_to_a_process(project, start)


def _given_to_a_process(project: Project, start: Start) -> Iterator[Seen]:
    """Yield where an attribute of a Process is set to a local function: it is pickled as well."""
    names = {target.id for target in start.call.targets() if isinstance(target, ast.Name)}
    function = start.call.function
    if function is None or not names:
        return
    for node in ast.walk(function.node):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(target, ast.Attribute) or last_name(target.value) not in names:
            continue
        if isinstance(node, ast.Assign) and (why := local(project, node.value, function.scope)):
            yield seen(start.module, node, f"a Process holds {why}, as its {target.attr}")


#: What returns descriptors: numbers that mean nothing to a child without its parent's files.
_OPENS = ("os.open()", "os.pipe()", "os.dup()", "os.openpty()", "pty.openpty()", "os.eventfd()")


@pattern(
    "descriptor as an argument",
    since="3.14",
    instead="pass a Connection of multiprocessing.Pipe(), a socket, or the path to be opened",
)
def descriptor_as_an_argument(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for numbers of open files among the arguments of a Process."""
    for start in starts.by_default:
        if start.kind != "process":
            continue
        for node in start.args:
            several = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
            for one in several:
                name = project.name(one, start.call.scope)
                asked = isinstance(one, ast.Call) and last_name(one) == "fileno"
                if name in _OPENS or (asked and not name.startswith("sys.")):
                    what = f"an argument is the number of a descriptor: {ast.unparse(one)}"
                    yield seen(start.module, one, what)


#: The queues that hand a child their own parts, and the names of these.
_QUEUES = ("multiprocessing.Queue", "multiprocessing.JoinableQueue", "multiprocessing.SimpleQueue")
_PARTS = (
    "_maxsize _reader _writer _rlock _wlock _sem _opid _ignore_epipe _unfinished_tasks _cond"
).split()


@pattern(
    "attribute of a queue",
    since="3.14",
    instead="override __getstate__() and __setstate__(), or let an object of yours hold the queue",
)
def attribute_of_a_queue(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for subclasses of multiprocessing's queues with attributes of their own."""
    for home in project.mentioning(*(name.rpartition(".")[2] for name in _QUEUES)):
        for cls in home.all_classes if home.path not in starts.pinned else ():
            if not any(base in _QUEUES for base in project.bases(cls)):
                continue
            for name, values in cls.attributes.items():
                if name not in _PARTS and not _pickles_itself(project, cls):
                    what = f"{name} of the queue {cls.name} is not handed on to a child"
                    yield seen(home, values[0][2], what, certain=bool(starts.by_default))


_MANAGERS = ("multiprocessing.BaseManager", "multiprocessing.SyncManager")


@pattern(
    "lambda of a manager",
    since="3.14",
    instead="register a function of a module's top level",
)
def lambda_of_a_manager(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for lambdas, local functions and local classes that a manager's process is to have."""
    for home in project.mentioning("BaseManager", "SyncManager"):
        if home.path in starts.pinned:
            continue
        served = any(call.method in ("get_server", "connect") for call in home.every_call())
        for cls in home.all_classes:
            bases = project.bases(cls) if cls.owner is not None else ()
            if any(base in _MANAGERS for base in bases) and not _chooses(cls):
                what = f"the manager {cls.name} is a local class"
                yield seen(home, cls.node, what, certain=not served)
        for call in home.every_call():
            method = call.method
            if method not in ("register", "start") or not isinstance(call.node.func, ast.Attribute):
                continue
            if not _is_manager(project, call.node.func.value, call.scope):
                continue
            position, keyword = (1, "callable") if method == "register" else (0, "initializer")
            if why := local(project, call.given(keyword, position), call.scope):
                what = f"{method}() of a manager is given {why}"
                yield seen(home, call.node, what, certain=not served)


def _chooses(cls: Class) -> bool:
    """Tell whether a manager hands a context to its base."""
    made = cls.methods.get("__init__")
    return made is not None and any(call.given("ctx") is not None for call in made.calls)


def _is_manager(project: Project, node: ast.expr, scope: Scope) -> bool:
    for name in project.names(node, scope):
        whole = name.removesuffix("()")
        thing = project.thing(whole, scope)
        bases = project.bases(thing) if isinstance(thing, Class) else ()
        if whole in _MANAGERS or any(base in _MANAGERS for base in bases):
            return True
    return False


@pattern(
    "path object on sys.path",
    since="3.14",
    instead="put a string there: sys.path.append(str(path))",
)
def path_object_on_sys_path(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for sys.path.append(Path(...)) and sys.path.insert(0, Path(...))."""
    for home in project.mentioning("Path", beside=("path",)):
        for call in home.every_call():
            given = call.given("", {"append": 0, "insert": 1}.get(call.method))
            if given is None or not _is_path(project, given, call):
                continue
            if project.name(call.node.func, call.scope).startswith("sys.path."):
                what = "a Path is put on sys.path, which the fork server cannot be given"
                yield seen(home, call.node, what, certain=bool(starts.by_default))


def _is_path(project: Project, node: ast.expr, call: Call) -> bool:
    """Tell whether an expression makes a Path, or is made of one by an attribute, a method or /."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _is_path(project, node.left, call)
    if "pathlib.Path()" in project.names(node, call.scope):
        return True
    if isinstance(node, ast.Call) and last_name(node) in ("resolve", "absolute", "joinpath"):
        node = node.func
    elif last_name(node) != "parent":
        return False
    return isinstance(node, ast.Attribute) and _is_path(project, node.value, call)
