"""What can be told of the objects that an expression stands for: local, bound, or not to pickle."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from tests.advice.modules import Call, Class, Function, Scope, last_name
from tests.advice.project import Project

#: Results of calls, by the beginning of the name, that pickle refuses.
_REFUSED = (
    "threading.Lock threading.RLock threading.Event threading.Condition threading.Semaphore "
    "threading.BoundedSemaphore threading.Barrier threading.Thread threading.Timer "
    "threading.local _thread.allocate_lock queue.Queue queue.LifoQueue queue.PriorityQueue "
    "queue.SimpleQueue select.epoll select.poll select.kqueue selectors. sqlite3.connect "
    "subprocess.Popen tempfile.NamedTemporaryFile tempfile.TemporaryFile asyncio.new_event_loop "
    "asyncio.get_event_loop asyncio.Lock asyncio.Queue asyncio.Event logging.FileHandler "
    "ssl.SSLContext ssl.create_default_context wsgiref.simple_server.make_server "
    "http.server.HTTPServer http.server.ThreadingHTTPServer socketserver.TCPServer "
    "socketserver.ThreadingTCPServer werkzeug.serving.make_server "
    "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor "
    "multiprocessing.Pool multiprocessing.Manager zmq.Context psycopg2.connect boto3.client "
    "boto3.resource boto3.session.Session boto3.Session grpc.insecure_channel weakref.ref "
    "mmap.mmap gzip.open bz2.open lzma.open open iter contextvars.copy_context serial.Serial "
    "logging.StreamHandler logging.handlers.RotatingFileHandler asyncio.Condition "
    "asyncio.Semaphore asyncio.Future asyncio.Runner os.scandir tempfile.SpooledTemporaryFile "
    "socketserver.UDPServer socketserver.ThreadingUDPServer socketserver.UnixStreamServer "
    "xmlrpc.server.SimpleXMLRPCServer psycopg.connect pymysql.connect MySQLdb.connect "
    "tqdm.get_lock tqdm.tqdm.get_lock tqdm.auto.tqdm.get_lock "
    "unittest.mock.Mock unittest.mock.MagicMock unittest.mock.AsyncMock "
    "pymongo.MongoClient paramiko.SSHClient h5py.File netCDF4.Dataset"
).split()

#: Bases of classes whose objects hold such things while their methods run.
_HOLDING_BASES = {"unittest.TestCase": "the result of the running test"}

#: Modules' values that pickle refuses.
_VALUES = ("sys.stdout", "sys.stderr", "sys.stdin", "os.environ")

#: Methods by which a class decides itself what is pickled.
PICKLES_ITSELF = ("__getstate__", "__reduce__", "__reduce_ex__")

_DEEP = 3


def local(project: Project, node: ast.expr | None, scope: Scope) -> str:
    """Say of a function or class that it is local, or a lambda, and so cannot be pickled."""
    if isinstance(node, ast.Lambda):
        return "a lambda"
    if isinstance(node, ast.Call):
        return _made_local(project, node, scope)
    if isinstance(node, ast.Name):
        owner = _binding(node.id, scope)
        values = owner.local[node.id] if owner is not None else []
        if values and all(isinstance(bound.value, ast.Lambda) for bound in values):
            return f"{node.id!r}, a lambda"
        if owner is not None and node.id in owner.params:
            return ""
        if owner is not None and len(values) == 1 and isinstance(values[0].value, ast.Call):
            return _made_local(project, values[0].value, owner.scope)
    elif isinstance(node, ast.Attribute):
        function = project.callee(node, scope)
        if function is not None and function.cls is not None and function.cls.owner is not None:
            return f"a method of {function.cls.name!r}, a local class"
        return ""
    name = project.name(node, scope)
    if ".<locals>." in name and not name.endswith("()"):
        return f"{name.rsplit('.', 1)[1]!r}, local to a function"
    return ""


def _binding(name: str, scope: Scope) -> Function | None:
    """Return the function whose local variable a name is."""
    function = scope.function
    while function is not None:
        if name in function.local and name not in function.global_names:
            return function
        function = function.owner
    return None


def _made_local(project: Project, node: ast.Call, scope: Scope) -> str:
    if project.name(node.func, scope) == "functools.partial":
        return local(project, node.args[0], scope) if node.args else ""
    maker = project.callee(node.func, scope)
    inner = _returns_local(project, maker) if maker is not None else ""
    return f"{inner}, which {maker.name}() makes" if maker is not None and inner else ""


def _returns_local(project: Project, function: Function, depth: int = 0) -> str:
    """Return the name of a function that is local to this one, and that a call of it returns."""
    if depth > _DEEP or function.is_generator or isinstance(function.node, ast.AsyncFunctionDef):
        return ""
    for value in function.returned():
        if isinstance(value, ast.Lambda):
            return "a lambda"
        if isinstance(value, ast.Name):
            if isinstance(function.inner.get(value.id), Function):
                return f"{value.id!r}, local to a function"
            bound = function.local.get(value.id, ())
            value = next((b.value for b in bound if isinstance(b.value, ast.Call)), value)
        called = value.func if isinstance(value, ast.Call) else None
        maker = project.callee(called, function.scope) if called is not None else None
        if maker is not None and (found := _returns_local(project, maker, depth + 1)):
            return found
    return ""


def refused(
    project: Project,
    node: ast.AST | None,
    scope: Scope,
    depth: int = 0,
    in_child: Collection[Function] = (),
) -> str:
    """Say why the value of an expression cannot be pickled; empty if that cannot be told."""
    if isinstance(node, ast.GeneratorExp):
        return "a generator"
    if isinstance(node, ast.Lambda):
        return "a lambda"
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        items = node.values if isinstance(node, ast.Dict) else node.elts
        return next(
            filter(None, (refused(project, one, scope, depth, in_child) for one in items)), ""
        )
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)):
        item = node.value if isinstance(node, ast.DictComp) else node.elt
        return refused(project, item, scope, depth, in_child)
    if not isinstance(node, ast.expr):
        return ""
    for name in project.names(node, scope):
        if name in _VALUES:
            return name
        if not name.endswith("()"):
            continue
        whole = name[:-2]
        if whole in _REFUSED or whole.startswith("selectors."):
            return name
        thing = project.thing(whole, scope)
        if isinstance(thing, Function) and thing.is_generator and _plain(thing):
            return f"the generator {thing.name}()"
        if isinstance(thing, Class) and depth < _DEEP:
            if thing.owner is not None:
                return f"an object of {thing.name!r}, a local class"
            if why := held(project, thing, in_child, depth + 1):
                return f"an object of {thing.name} with {why}"
    return ""


def _plain(function: Function) -> bool:
    return not isinstance(function.node, ast.Lambda) and not function.node.decorator_list


_PROCESSES = ("multiprocessing.Process()",)


def _started(classes: list[Class]) -> Iterator[str]:
    """Yield the attributes whose start() methods of the classes call."""
    for one in classes:
        for method in one.methods.values():
            for call in method.calls:
                if call.method == "start" and isinstance(call.node.func, ast.Attribute):
                    yield last_name(call.node.func.value)


def _is_overridden(project: Project, cls: Class, function: Function) -> bool:
    """Tell whether a subclass has another method in the place of one, which does not call it."""
    own = project.method(cls, function.name)
    return function.name != "__init__" and function not in project.reach([own], 2)


def _prepared(project: Project, cls: Class, start: Call | None) -> Collection[Function]:
    """Return the methods that an object surely runs before it is given to a child."""
    made = [one.methods["__init__"] for one in project.classes(cls) if "__init__" in one.methods]
    found = set(made)
    for method in made:
        for call in method.calls:
            if not any(isinstance(node, (ast.If, ast.IfExp)) for node in call.around):
                found |= project.reach([project.called(call, cls)], 2, of=cls).keys()
    if start is not None and start.scope.cls in project.classes(cls):
        found |= project.reach([start.function], 2, of=cls).keys()
    return found


def _is_none_at_first(classes: list[Class], name: str) -> bool:
    return any(
        function.name == "__init__" and isinstance(value, ast.Constant) and value.value is None
        for one in classes
        for value, function, _ in one.attributes.get(name, ())
    )


def held(
    project: Project,
    cls: Class,
    in_child: Collection[Function],
    depth: int = 0,
    start: Call | None = None,
) -> str:
    """Say what objects of a class hold that cannot be pickled.

    Left out is what functions that run in the child assign, what the function that starts it
    assigns afterwards, what is None until a method is called that perhaps only the child calls, and
    what the class leaves out itself.
    """
    # What a Process holds has not lived before run(); what a bound method's object holds may have.
    inside = in_child if start is None else ()
    classes = project.classes(cls)
    if any(name in one.methods for one in classes for name in PICKLES_ITSELF):
        return ""
    started = set(_started(classes)) if depth else set()
    for one in classes:
        for name, values in one.attributes.items():
            for value, function, line in values:
                if function in in_child or _is_overridden(project, cls, function):
                    continue
                if start is not None and function is start.function and line > start.node.lineno:
                    continue
                why = refused(project, value, function.scope, depth, inside)
                if name in started and project.name(value, function.scope) in _PROCESSES:
                    why = "a Process that has been started"
                elif isinstance(value, (ast.Name, ast.Lambda)) and not why:
                    why = local(project, value, function.scope)
                if why and (
                    not _is_none_at_first(classes, name)
                    or function in _prepared(project, cls, start)
                ):
                    return f"self.{name} = {why} (line {line})"
    for base in project.bases(cls):
        if isinstance(base, str) and base in _HOLDING_BASES and not depth:
            return _HOLDING_BASES[base]
        if isinstance(base, str) and base in _REFUSED:
            return f"what its base {base} holds"
    return ""
