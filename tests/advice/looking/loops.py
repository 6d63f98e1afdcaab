"""What asyncio no longer has, or no longer does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.advice.looking.private_names import gone, subclasses
from tests.advice.modules import Call, Function, Module, Scope, last_name
from tests.advice.patterns import Look, Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts
from tests.advice.systems import LINUX, may_run_on

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

_POLICIES = (
    "get_event_loop_policy",
    "set_event_loop_policy",
    "AbstractEventLoopPolicy",
    "DefaultEventLoopPolicy",
    "WindowsSelectorEventLoopPolicy",
    "WindowsProactorEventLoopPolicy",
)

#: What runs the loop that it is called on.
_RUNS = ("run_until_complete", "run_forever")

#: Packages that make a loop the current one.  A new loop, or policy, is not current by itself.
_PREPARE = ("nest_asyncio", "qasync", "quamash")

#: Decorators of functions that a command line calls.
_COMMANDS = ("command", "group")

_GETTERS = (
    "asyncio.get_event_loop",
    "asyncio.events.get_event_loop",
    "asyncio.get_event_loop_policy().get_event_loop",
)

_AS_COMPLETED = ("asyncio.as_completed", "asyncio.tasks.as_completed")


@pattern(
    "no current loop",
    since="3.14",
    instead="call asyncio.run(), or asyncio.Runner() for several coroutines, or make the loop by "
    "asyncio.new_event_loop() and close it",
    by_truth=True,
)
def no_current_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for asyncio.get_event_loop() where no loop runs, and none was made."""
    for home, call, certain in _calls_without_a_loop(project, *_GETTERS):
        prepared = any(word in project.sources[home.path].words for word in _PREPARE) or any(
            other.method == "set_event_loop" and may_run_on(LINUX, other)
            for other in home.every_call()
        )
        what = "asyncio.get_event_loop() makes no loop: it raises RuntimeError"
        yield seen(home, call.node, what, certain=certain and not prepared)


def _calls_without_a_loop(project: Project, *names: str) -> Iterator[tuple[Module, Call, bool]]:
    """Yield the calls of a function, by any of its names, in no coroutine, and whether surely."""
    last = names[0].rpartition(".")[2]
    for home in project.mentioning(last):
        for call in home.every_call():
            if call.method != last or _caught(call) or _in_coroutine(call):
                continue
            if project.name(call.node.func, call.scope) in names:
                yield home, call, not _fixtures(call) and _outside(project, call)


def _in_coroutine(call: Call) -> bool:
    function = call.function
    while function is not None:
        if isinstance(function.node, ast.AsyncFunctionDef):
            return True
        function = function.owner
    return False


def _caught(call: Call) -> bool:
    """Tell whether a handler catches what it raises, or it stands in one for a lack of asyncio."""
    return any(
        (isinstance(node, ast.Try) and any(map(_catches, node.handlers)))
        or (isinstance(node, ast.ExceptHandler) and "ImportError" in ast.dump(node))
        for node in call.around
    )


def _catches(handler: ast.ExceptHandler) -> bool:
    caught = ast.dump(handler.type) if handler.type else "Exception"
    return "RuntimeError" in caught or "Exception'" in caught or caught == "Exception"


def _fixtures(call: Call) -> bool:
    """Tell whether a fixture of pytest may have made a loop: it is one, or a test asks for some."""
    function = call.function
    if function is None or isinstance(function.node, ast.Lambda) or not call.module.is_test:
        return False
    if function.decorated_by("fixture"):
        return True
    given = {
        name
        for decorator in function.node.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in node.value.replace(",", " ").split()
    }
    return function.name.startswith("test") and bool({*function.params} - {"self", *given})


def _outside(project: Project, call: Call) -> bool:
    """Tell whether no loop runs there: a program begins so, or the loop that it gets is run."""
    if call.function is None or _runs(call) or call.function.decorated_by(*_COMMANDS):
        return True
    above = project.above(call.function, 4)
    if any(isinstance(function.node, ast.AsyncFunctionDef) for function in above):
        return False
    return any(
        outer.function is None and (outer.guarded or project.is_program(outer.module))
        for function in above
        for outer in project.callers(function)
    )


def _runs(call: Call) -> bool:
    """Tell whether the function, or the class, runs the loop that it gets: so none was running."""
    up = call.around[0] if call.around else None
    if isinstance(up, ast.Attribute):
        return up.attr in _RUNS
    function = call.function
    names = {target.id for target in call.targets() if isinstance(target, ast.Name)}
    attributes = {target.attr for target in call.targets() if isinstance(target, ast.Attribute)}
    others = list(function.calls) if function is not None else []
    if attributes and function is not None and function.cls is not None:
        others += [
            other
            for method in function.cls.methods.values()
            if not isinstance(method.node, ast.AsyncFunctionDef)
            for other in method.calls
        ]
    return any(
        other.method in _RUNS
        and isinstance(other.node.func, ast.Attribute)
        and last_name(other.node.func.value)
        in (names if isinstance(other.node.func.value, ast.Name) else attributes)
        for other in others
    )


@pattern(
    "results without a loop",
    since="3.14",
    instead="put the for statement into a coroutine, and give that to asyncio.run()",
)
def results_without_a_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for asyncio.as_completed() where no loop runs."""
    for home, call, certain in _calls_without_a_loop(project, *_AS_COMPLETED):
        what = "asyncio.as_completed() needs a running loop since 3.14.8"
        yield seen(home, call.node, what, certain=certain)


def _gone_from_asyncio(module: str, *names: str, since: str) -> Look:
    """Return what looks for names that asyncio, and this module of it, no longer have."""
    dotted = [f"asyncio{place}.{name}" for name in names for place in ("", module)]
    return gone(*dotted, by=f"is gone since {since}")


pattern(
    "child watcher",
    since="3.14",
    instead="drop it: a loop watches its children itself, in any thread",
    by_truth=True,
)(_gone_from_asyncio(".unix_events", *_WATCHERS, since="3.14"))

pattern(
    "policy of event loops",
    since="3.16",
    instead="pass a loop_factory to asyncio.run() (3.12) or asyncio.Runner() (3.11)",
)(_gone_from_asyncio(".events", *_POLICIES, since="3.16"))

pattern(
    "asyncio's question for coroutine functions",
    since="3.16",
    instead="use inspect.iscoroutinefunction()",
)(_gone_from_asyncio(".coroutines", "iscoroutinefunction", since="3.16"))


@pattern(
    "address of UDP that is used again",
    since="3.11",
    instead="leave reuse_address out: sockets of UDP do not need it",
)
def address_of_udp_that_is_used_again(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for create_datagram_endpoint() that is given reuse_address."""
    for home in project.mentioning("create_datagram_endpoint"):
        for call in home.every_call():
            if call.method == "create_datagram_endpoint" and call.given("reuse_address"):
                what = "create_datagram_endpoint() takes no reuse_address since 3.11"
                yield seen(home, call.node, what)


@pattern(
    "wait for coroutines",
    since="3.11",
    instead="make tasks of them by asyncio.create_task(), or use asyncio.gather()",
    by_truth=True,
)
def wait_for_coroutines(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for asyncio.wait() that is given calls of coroutine functions.

    It is sure where the function is known, not where only the project's methods of its name are.
    """
    for call in project.calls_of("asyncio.wait"):
        items = _items(call.node.args[0], call.function) if call.node.args else []
        told = [(_makes_a_coroutine(project, one, call.scope), one.func) for one in items]
        refused = [one for one in told if one[0]] or [one for one in told if one[0] is None]
        if refused:
            certain, function = refused[0]
            what = f"asyncio.wait() refuses {ast.unparse(function)}(), a coroutine, since 3.11"
            yield seen(call.module, call.node, what, certain=bool(certain))


#: Coroutine functions of asyncio, and coroutine methods of its objects.
_COROUTINES = frozenset(
    (
        "asyncio.sleep asyncio.wait_for asyncio.wait asyncio.to_thread asyncio.open_connection"
        " asyncio.start_server asyncio.create_subprocess_exec asyncio.create_subprocess_shell"
        " asyncio.Event().wait asyncio.Condition().wait asyncio.Condition().wait_for"
        " asyncio.Lock().acquire asyncio.Condition().acquire asyncio.Semaphore().acquire"
        " asyncio.BoundedSemaphore().acquire asyncio.Barrier().wait"
        " asyncio.Queue().get asyncio.Queue().put asyncio.Queue().join"
    ).split()
)


def _makes_a_coroutine(project: Project, node: ast.Call, scope: Scope) -> bool | None:
    """Tell whether a call makes a coroutine; None if all methods of that name do."""
    function = project.callee(node.func, scope)
    if function is not None:
        return _is_coroutine_function(function)
    if project.name(node.func, scope) in _COROUTINES:
        return True
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    methods = [
        cls.methods[method]
        for home in project.mentioning(method)
        for cls in home.all_classes
        if method in cls.methods
    ]
    return None if methods and all(map(_is_coroutine_function, methods)) else False


def _is_coroutine_function(function: Function) -> bool:
    return (
        isinstance(function.node, ast.AsyncFunctionDef)
        and not function.is_generator
        and not function.node.decorator_list
    )


def _items(node: ast.expr, function: Function | None) -> list[ast.Call]:
    """Return the calls whose results a list or set has, which may be a function's variable."""
    if not isinstance(node, ast.Name) or function is None:
        return _calls_among(_elements(node))
    bound = [one.value for one in function.local.get(node.id, ())]
    if len(bound) != 1 or not isinstance(bound[0], (ast.List, ast.ListComp, ast.SetComp)):
        return []
    appended = [
        argument
        for call in function.calls
        if call.method == "append" and isinstance(call.node.func, ast.Attribute)
        for argument in call.node.args
        if isinstance(call.node.func.value, ast.Name) and call.node.func.value.id == node.id
    ]
    return _calls_among([*_elements(bound[0]), *appended])


def _elements(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node.elts
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return [node.elt]
    return []


def _calls_among(nodes: list[ast.expr]) -> list[ast.Call]:
    return [node for node in nodes if isinstance(node, ast.Call)]


@pattern(
    "task factory without a name",
    since="3.14",
    instead="take **kwargs, and hand them on to asyncio.Task",
)
def task_factory_without_a_name(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for functions given to set_task_factory() that take no keyword argument name.

    It is sure where the project itself gives a task a name.
    """
    named = any(
        call.method == "create_task" and call.given("name")
        for home in project.mentioning("create_task")
        for call in home.every_call()
    )
    for home in project.mentioning("set_task_factory"):
        for call in home.every_call():
            if call.method == "set_task_factory":
                factory = project.callee(call.given("factory", 0), call.scope)
                takes = factory is not None and factory.node.args.kwarg is None
                if factory is not None and takes and "name" not in factory.params:
                    what = f"{factory.name}() is given name= since 3.14"
                    yield seen(factory.module, factory.node, what, certain=named)


#: What loops of one's own are derived from.
_LOOPS = (
    "asyncio.AbstractEventLoop",
    "asyncio.BaseEventLoop",
    "asyncio.ProactorEventLoop",
    "asyncio.SelectorEventLoop",
    "asyncio.base_events.BaseEventLoop",
    "asyncio.events.AbstractEventLoop",
    "asyncio.selector_events.BaseSelectorEventLoop",
)


@pattern(
    "create_task of a loop",
    since="3.11",
    instead="take **kwargs, and hand them on to super().create_task() or asyncio.Task",
)
def create_task_of_a_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for event loops whose create_task() takes no keyword argument context."""
    for cls in subclasses(project, *_LOOPS):
        method = cls.methods.get("create_task")
        if method is None or "context" in method.params or method.node.args.kwarg is not None:
            continue
        what = f"create_task() of {cls.name} is given context= since 3.11"
        yield seen(cls.module, method.node, what)


#: What the socket of a transport has in 3.10 only.
_OF_A_SOCKET = "accept close connect detach makefile recv recv_into recvfrom send sendall sendto"


@pattern(
    "socket of a transport",
    since="3.11",
    instead="use the writer's, or the transport's, own write() and close()",
)
def socket_of_a_transport(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for get_extra_info("socket").close() and its like, also by a local variable."""
    for home in project.mentioning("get_extra_info"):
        for call in home.every_call():
            func = call.node.func
            if not isinstance(func, ast.Attribute) or func.attr not in _OF_A_SOCKET.split():
                continue
            values: list[ast.AST | None] = [func.value]
            if isinstance(func.value, ast.Name) and call.function is not None:
                values = [bound.value for bound in call.function.local.get(func.value.id, ())]
            if values and all(_is_a_transports_socket(value) for value in values):
                yield seen(home, call.node, f"the socket of a transport has no {func.attr}()")


def _is_a_transports_socket(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) == "get_extra_info"
        and any(isinstance(one, ast.Constant) and one.value == "socket" for one in node.args)
    )
