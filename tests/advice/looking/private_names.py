"""Names of the standard library that are gone, or are no longer what they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.advice.modules import Class, Module
from tests.advice.patterns import Look, Seen, pattern, seen
from tests.advice.project import Project
from tests.advice.starts import Starts

#: What a condition asks before the use of a name that may be missing, or that is only a type.
_ASKS = ("hasattr", "getattr", "version_info", "hexversion", "TYPE_CHECKING")

#: What a handler catches if a name is missing.
_MISSING = ("AttributeError", "ImportError", "ModuleNotFoundError", "Exception", "NameError")


def uses(
    project: Project, *names: str, called: bool = False
) -> Iterator[tuple[Module, ast.AST, str, bool]]:
    """Yield where one of these dotted names is used: module, node, name, and whether surely.

    ``called`` leaves out what is only imported or passed on.  Where a try, hasattr() or
    sys.version_info guards the use, the program is ready for it.
    """
    for home in project.mentioning(*(name.rpartition(".")[2] for name in names)):
        for node, ready in _with_guards(home.tree, False):
            for dotted in _called(node, home) if called else _dotted(node, home):
                if dotted in names:
                    yield home, node, dotted, not ready


def _with_guards(node: ast.AST, ready: bool) -> Iterator[tuple[ast.AST, bool]]:
    todo = [(node, ready)]
    while todo:
        one, its = todo.pop()
        yield one, its
        if isinstance(one, (ast.Try, ast.If, ast.IfExp)) or (
            isinstance(one, ast.With) and "suppress" in ast.dump(one.items[0].context_expr)
        ):
            its = its or _guards(one)
        annotations = [getattr(one, "annotation", None), getattr(one, "returns", None)]
        # An annotation is evaluated if somebody asks for it: by itself until 3.13, unless the
        # future of annotations is imported, and not since 3.14 (PEP 649).
        todo.extend((child, its or child in annotations) for child in ast.iter_child_nodes(one))


def _attributes(tree: ast.AST, *names: str) -> Iterator[tuple[ast.Attribute, bool]]:
    """Yield where an attribute of anything has one of these names, and whether that is guarded."""
    for node, ready in _with_guards(tree, False):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield node, ready


def _guards(node: ast.AST) -> bool:
    if isinstance(node, ast.Try):
        caught = [
            ast.dump(handler.type) if handler.type else "Exception" for handler in node.handlers
        ]
        return any(word in text for text in caught for word in _MISSING)
    if isinstance(node, (ast.If, ast.IfExp)):
        test = ast.dump(node.test)
        return any(word in test for word in _ASKS)
    return True


def _dotted(node: ast.AST, home: Module) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        parts, value = [node.attr], node.value
        while isinstance(value, ast.Attribute):
            parts.append(value.attr)
            value = value.value
        if isinstance(value, ast.Name) and value.id in home.imports:
            yield ".".join([home.imports[value.id], *reversed(parts)])


def _called(node: ast.AST, home: Module) -> Iterator[str]:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in home.imports:
            yield home.imports[node.func.id]
        yield from _dotted(node.func, home)


def gone(*names: str, by: str, called: bool = False) -> Look:
    """Return what looks for the uses of names that are gone."""

    def look(project: Project, _starts: Starts) -> Iterator[Seen]:
        for home, node, name, certain in uses(project, *names, called=called):
            yield seen(home, node, f"{name} {by}", certain=certain)

    return look


pattern(
    "lock of logging",
    since="3.13",
    instead="use a lock of your own",
)(gone("logging._acquireLock", "logging._releaseLock", by="is gone since 3.13"))

pattern(
    "start of threads",
    since="3.13",
    instead="wrap threading.Thread.start or run",
)(gone("threading._start_new_thread", by="is not what starts a Thread since 3.13"))

pattern(
    "guard of a weak set",
    since="3.14",
    instead="iterate over list(weak_set)",
)(gone("_weakrefset._IterationGuard", by="is gone since 3.14"))

pattern(
    "chunks of a pool",
    since="3.13",
    instead="use itertools.batched(), or a function of your own",
)(gone("concurrent.futures.process._get_chunks", by="is gone since 3.13"))

pattern(
    "set of all tasks",
    since="3.12",
    instead="use asyncio.all_tasks(loop)",
)(gone("asyncio.tasks._all_tasks", by="no longer has all tasks since 3.12"))

pattern(
    "table of current tasks",
    since="3.14",
    instead="use asyncio.current_task(loop)",
)(gone("asyncio.tasks._current_tasks", by="no longer has the running tasks since 3.14"))

pattern(
    "base of policies",
    since="3.14",
    instead="pass a loop_factory to asyncio.run() (3.12) or asyncio.Runner() (3.11)",
)(
    gone(
        "asyncio.events.BaseDefaultEventLoopPolicy",
        "asyncio.BaseDefaultEventLoopPolicy",
        by="is gone since 3.14",
    )
)

pattern(
    "switch for vfork",
    since="3.14",
    instead="drop it: nothing reads it",
)(gone("subprocess._USE_VFORK", by="is gone since 3.14"))

pattern(
    "parts of a thread pool",
    since="3.14",
    instead="wrap submit(), or keep a pool of your own",
)(
    gone(
        "concurrent.futures.thread._worker",
        "concurrent.futures.thread._WorkItem",
        by="takes other arguments since 3.14",
        called=True,
    )
)


pattern(
    "decorator of coroutines",
    since="3.11",
    instead="write async def, and await in place of yield from",
)(
    gone(
        "asyncio.coroutine",
        "asyncio.coroutines.coroutine",
        by="is gone since 3.11",
    )
)


@pattern(
    "older event loop",
    since="3.12",
    instead="use asyncio, or install pyasyncore and pyasynchat",
)
def older_event_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for imports of asyncore and asynchat."""
    for home, node, name, certain in gone_modules(project, "asyncore", "asynchat"):
        yield seen(home, node, f"{name} is gone since 3.12", certain=certain)


@pattern(
    "older modules",
    since="3.12",
    instead="use importlib, shutil.which() or packaging; setuptools brings a distutils",
)
def older_modules(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for imports of imp and, less sure, of distutils, which setuptools may bring."""
    parts = ("core", "errors", "spawn", "util", "version")
    names = ["imp", "distutils", *(f"distutils.{part}" for part in parts)]
    for home, node, name, certain in gone_modules(project, *names):
        sure = certain and name == "imp"
        yield seen(home, node, f"{name} is gone since 3.12", certain=sure)


def gone_modules(project: Project, *names: str) -> Iterator[tuple[Module, ast.AST, str, bool]]:
    """Yield where these modules are used, unless the project has such a one itself."""
    own = {Path(path).stem for path in project.sources}
    for home, node, name, certain in uses(project, *names):
        if name.partition(".")[0] not in own:
            yield home, node, name, certain


def subclasses(project: Project, *bases: str) -> Iterator[Class]:
    """Yield the project's classes that are derived from one of these."""
    for home in project.mentioning(*(base.rpartition(".")[2] for base in bases)):
        for cls in home.all_classes:
            if any(base in bases for base in project.bases(cls) if isinstance(base, str)):
                yield cls


@pattern(
    "initializer of a thread pool",
    since="3.14",
    instead="keep what you pass to the executor in an attribute of your own",
)
def initializer_of_a_thread_pool(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for subclasses of ThreadPoolExecutor that read its _initializer."""
    names = ("_initializer", "_initargs")
    for cls in subclasses(project, "concurrent.futures.ThreadPoolExecutor"):
        if any(name in one.attributes for one in project.classes(cls) for name in names):
            continue
        for node, ready in _attributes(cls.node, *names):
            what = f"{node.attr} of {cls.name} is gone since 3.14"
            yield seen(cls.module, node, what, certain=not ready)


@pattern(
    "attribute of a thread",
    since="3.14",
    instead="give the attribute another name",
    case="_context",
)
def attribute_of_a_thread(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for subclasses of Thread with an attribute that is Thread's own since 3.14."""
    for cls in subclasses(project, "threading.Thread"):
        for name in ("_context", "_os_thread_handle"):
            for _, _, line in cls.attributes.get(name, ()):
                yield seen(cls.module, line, f"{name} of {cls.name} is Thread's own since 3.14")
            if name in cls.methods:
                node = cls.methods[name].node
                yield seen(cls.module, node, f"{name}() of {cls.name} hides what 3.14 keeps there")


pattern(
    "module of interpreters",
    since="3.13",
    instead="use concurrent.interpreters (3.14), or an InterpreterPoolExecutor",
)(gone("_xxsubinterpreters", by="is gone since 3.13"))

pattern(
    "pipe of SSL",
    since="3.11",
    instead="call loop.start_tls(), or use ssl.MemoryBIO",
)(gone("asyncio.sslproto._SSLPipe", by="is gone since 3.11"))


@pattern(
    "older attribute of a thread",
    since="3.13",
    instead="call is_alive() or join()",
)
def older_attribute_of_a_thread(project: Project, starts: Starts) -> Iterator[Seen]:
    """Look for what reads Thread._tstate_lock or threading._shutdown_locks."""
    name = "_tstate_lock"
    for home in project.mentioning(name):
        # Only Thread before 3.13 calls _set_tstate_lock(): who overrides it knows of releases.
        older = any("_set_tstate_lock" in cls.methods for cls in home.all_classes)
        if older or any(name in cls.attributes for cls in home.all_classes):
            continue
        for node, ready in _attributes(home.tree, name):
            if isinstance(node.ctx, ast.Load):
                yield seen(home, node, f"{name} is gone since 3.13", certain=not ready)
    yield from gone("threading._shutdown_locks", by="is gone since 3.13")(project, starts)


@pattern(
    "handler without a lock",
    since="3.13",
    instead="leave createLock() alone",
)
def handler_without_a_lock(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for handlers of logging that say they need no lock by ``self.lock = None``."""
    for home in project.mentioning("createLock"):
        for cls in home.all_classes:
            bases = [base for base in project.bases(cls) if isinstance(base, str)]
            if not any(base.startswith("logging.") for base in bases):
                continue
            for value, function, line in cls.attributes.get("lock", ()):
                none = isinstance(value, ast.Constant) and value.value is None
                if none and function.name == "createLock":
                    yield seen(home, line, f"{cls.name} has no lock, which 3.13 enters")


@pattern(
    "items of a pickled dict",
    since="3.14",
    instead="take (self, items, *more), and hand on *more",
)
def items_of_a_pickled_dict(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for subclasses of pickle's Pickler that override _batch_setitems(self, items)."""
    name = "_batch_setitems"
    for cls in subclasses(project, "pickle._Pickler"):
        method = cls.methods.get(name)
        if method is not None and len(method.params) == 2 and method.node.args.vararg is None:
            what = f"{name}() of {cls.name} gets the dict, too, since 3.14"
            yield seen(cls.module, method.node, what)


@pattern(
    "single step of a loop",
    since="3.14",
    instead="call asyncio._set_running_loop(loop) before the step, and with None after it",
)
def single_step_of_a_loop(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for what calls the callbacks of a loop that does not run, by its _run_once()."""
    name = "_run_once"
    for home in project.mentioning(name):
        words = project.sources[home.path].words
        if "asyncio" not in words or "_set_running_loop" in words:
            continue
        for call in home.every_call():
            if call.method == name and call.function is not None and call.function.name != name:
                what = f"{name}() runs no task since 3.14, unless its loop is the running one"
                yield seen(home, call.node, what)


@pattern(
    "key of a descriptor",
    since="3.13",
    instead="call get_map().get(descriptor)",
)
def key_of_a_descriptor(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for calls of a selector's _key_from_fd() that no class of the project has."""
    name = "_key_from_fd"
    for home in project.mentioning(name):
        if any(name in cls.methods for cls in home.all_classes):
            continue
        for node, ready in _attributes(home.tree, name):
            yield seen(home, node, f"{name}() is gone since 3.13", certain=not ready)


@pattern(
    "tracker of one's own",
    since="3.13",
    instead="take a newer release of what has the tracker: loky 3.5.6, joblib 1.5.2",
)
def tracker_of_ones_own(project: Project, _starts: Starts) -> Iterator[Seen]:
    """Look for subclasses of ResourceTracker that override ensure_running()."""
    name = "ensure_running"
    for cls in subclasses(project, "multiprocessing.resource_tracker.ResourceTracker"):
        if name in cls.methods and "_ensure_running_and_write" not in cls.methods:
            what = f"{name}() of {cls.name} is not what register() calls since 3.13.7 and 3.14.1"
            yield seen(cls.module, cls.methods[name].node, what)
