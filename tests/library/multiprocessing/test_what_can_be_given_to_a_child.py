"""Which targets and arguments a Process takes: any under fork, what can be pickled otherwise.

The claims on the default start method are those that programs for Python 3.13 on Linux rely on.

Source: https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods
"""

import functools
import logging
import multiprocessing
import os
import pickle
import queue
import select
import socket
import tempfile
import threading
import types
from multiprocessing import queues, reduction, resource_sharer
from unittest import mock

from tests.harness import (
    FORK,
    PATIENCE,
    applies,
    cases,
    claim,
    concerns,
    control,
    in_the_main_thread,
    joined,
    needs_fork,
    outcome,
    predicts,
    refuted,
)
from tests.library.multiprocessing.starting import (
    FORKS_BY_DEFAULT,
    LOCALS_RAISE_PICKLING_ERROR,
    METHODS,
    NO_COPY,
    end_of,
    needs_a_copy,
)

# Before 3.11.8 and 3.12.2 a child that is forked in a thread which threading has not made may exit
# with 1 (gh-102512).
every_spec = [in_the_main_thread]


def needs_no_pickling(spec):
    """Expect start() to raise what pickle raises, where a child is no copy by default."""
    for error in (
        "TypeError: cannot pickle",
        "PicklingError: Can't",
        "AttributeError: Can't",
        "PicklingError: first argument to __newobj__()",
        "PicklingError: args[0] from __newobj__",
    ):
        refuted(
            where=not FORKS_BY_DEFAULT,
            because=f"{NO_COPY}; both pickle targets and arguments",
            by=error,
        )(spec)
    return spec


def a_local_function(report):
    def tell():
        report(7)

    return tell


def a_lambda(report):
    return lambda: report(7)


@claim("GIVE01")
@concerns("local target")
@cases(make={"local function": a_local_function, "lambda": a_lambda})
@predicts("RC01")
@needs_no_pickling
def test_a_local_function_can_be_a_target(make, reports, evidence):
    """By default a local function, or a lambda in a function, can be the target of a Process.

    From 3.14 start() raises "PicklingError: Can't pickle local object <function ...>" (gh-84559);
    before, on macOS and Windows, an AttributeError (GIVE02).  Instead: use a function at a module's
    top level with arguments, functools.partial, or get_context("fork").
    """
    child = multiprocessing.Process(target=make(reports.reporter))
    child.start()
    assert evidence(told=reports.next(), exit_codes=joined(child)) == (7, [0])


AT_THE_TOP_LEVEL = lambda: None  # noqa: E731


@claim("GIVE02")
@cases(
    place={"in a function": lambda: lambda: None, "at the top level": lambda: AT_THE_TOP_LEVEL},
    method=("spawn", "forkserver"),
)
@applies(method=METHODS, because="Windows has no fork server")
@refuted(
    where=not LOCALS_RAISE_PICKLING_ERROR,
    because="up to 3.13 pickle let the AttributeError of its look-up through (gh-122311)",
    place="in a function",
)
def test_a_lambda_is_refused_by_pickling_error(place, method, evidence):
    """Under spawn and forkserver start() of a lambda raises PicklingError; under fork it runs.

    For a lambda in a function "PicklingError: Can't pickle local object <function ...>" since 3.14;
    up to 3.12.4 "AttributeError: Can't pickle local object '...<lambda>'", then, and in 3.13,
    "AttributeError: Can't get local object '...<lambda>'"; on PyPy always PicklingError.  For a
    lambda at a module's top level PicklingError everywhere: "Can't pickle <function <lambda> at
    0x...>: attribute lookup <lambda> on __main__ failed", since 3.14 "...: it's not found as
    __main__.<lambda>".  Catch both.  No child has been started then, except on Windows: "EOFError:
    Ran out of input", or "pickle data was truncated" (UnpicklingError).
    """
    if FORK:
        copied = multiprocessing.get_context("fork").Process(target=place())
        copied.start()
        control(joined(copied) == [0], "a forked child runs a lambda")
    child = multiprocessing.get_context(method).Process(target=place())
    refusal = evidence(refusal=outcome(child.start))
    control(type(refusal) in (pickle.PicklingError, AttributeError), f"refused: {refusal!r}")
    control(child.pid is None, "it is not started")
    assert type(refusal) is pickle.PicklingError


def call(function, report):
    report(function(6))


@claim("GIVE03")
@concerns("local argument")
@predicts("RC01")
@needs_no_pickling
def test_a_lambda_can_be_passed_as_an_argument(reports, evidence):
    """By default a lambda can be among the arguments of a Process.

    Callbacks and key functions often are.  From 3.14, on macOS since 3.8 and on Windows always,
    start() raises (gh-84559), if the lambda is in a function, "PicklingError: Can't pickle local
    object <function ...>", before 3.14 an AttributeError: "Can't pickle local object
    '...<lambda>'", from 3.12.5 on "Can't get local object '...<lambda>'" (GIVE02 has what is said
    of a lambda at a module's top level).  Instead: use a function at a module's top level,
    functools.partial, or operator.itemgetter and the like.
    """
    child = multiprocessing.Process(target=call, args=(lambda n: 7 * n, reports.reporter))
    child.start()
    assert evidence(told=reports.next(), exit_codes=joined(child)) == (42, [0])


def in_a_process(function):
    """Decorate a function so that a call runs it in a process, and returns the exit codes."""

    @functools.wraps(function)
    def call_in_a_process(*arguments):
        child = multiprocessing.Process(target=function, args=arguments)
        child.start()
        return joined(child)

    return call_in_a_process


@in_a_process
def decorated(report):
    report(7)


@claim("GIVE18")
@predicts("N03")
@needs_no_pickling
def test_a_decorator_can_run_what_it_wraps_in_a_process(reports, evidence):
    """By default a decorator can run the function that it wraps in a Process: @timeout, @isolated.

    The function is pickled by its name, which means the decorated one.  From 3.14 (gh-84559), on
    macOS since 3.8 and on Windows always, start() raises "PicklingError: Can't pickle <function
    ...>: it's not the same object as ...".  As a task of a Pool it fails under every start method.
    Instead: keep the function under a name of its own at the module's top level, and decorate by
    call = in_a_process(function).
    """
    codes = decorated(reports.reporter)
    assert evidence(told=reports.next(), exit_codes=codes) == (7, [0])


FORWARDING = """
import multiprocessing

class Wrapper:
    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

def tell(wrapper):
    print(wrapper.real, flush=True)

if __name__ == "__main__":
    child = multiprocessing.Process(target=tell, args=(Wrapper(3),))
    child.start()
    child.join()
    print("its exit code is", child.exitcode)
"""


@claim("GIVE19")
@predicts("N04")
@needs_a_copy
def test_an_object_that_forwards_attributes_can_be_an_argument(programs, evidence):
    """By default an object whose __getattr__ forwards to another one can be an argument.

    Pickle makes the object without __init__(), and asks it for __setstate__; __getattr__ asks for
    self.inner, which is not there, so it calls itself.  From 3.14 (gh-84559), on macOS since 3.8
    and on Windows always, the child exits with 1, by a RecursionError.  As a task's argument it
    breaks a ProcessPoolExecutor under every start method: BrokenProcessPool.  Instead: let
    __getattr__ raise AttributeError for names that begin with "__".
    """
    program = programs.run(FORWARDING)
    assert end_of(program, evidence, "RecursionError") == ["3", "its exit code is 0"]


PRIVATE = """
import multiprocessing

class Parser:
    def __parse(self):
        print("parsed", flush=True)

    def start(self):
        child = multiprocessing.Process(target=self.__parse)
        child.start()
        child.join()
        print("its exit code is", child.exitcode)

if __name__ == "__main__":
    Parser().start()
"""


@claim("GIVE20")
@predicts("N116")
@needs_a_copy
def test_a_private_method_can_be_a_target(programs, evidence):
    """By default a private method, such as `self.__parse`, can be the target of a Process.

    A method is pickled by the name in its def, "__parse", but the class has it as "_Parser__parse"
    (name mangling).  From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, the child
    exits with 1: "AttributeError: 'Parser' object has no attribute '__parse'".  Under every method
    Pool.map(self.__parse, items) hangs (POOL28), and a ProcessPoolExecutor is broken.  3.15 mended
    pickle (gh-77188), and not multiprocessing.  Instead: one underscore.
    """
    program = programs.run(PRIVATE)
    assert end_of(program, evidence, "AttributeError") == ["parsed", "its exit code is 0"]


BY_SUPER = """
import multiprocessing

class Base:
    def work(self):
        print("the base's", flush=True)

class Derived(Base):
    def work(self):
        print("the derived one's", flush=True)

    def start(self):
        child = multiprocessing.Process(target=super().work)
        child.start()
        child.join()

if __name__ == "__main__":
    Derived().start()
"""


@claim("GIVE21")
@needs_a_copy
def test_a_method_of_super_is_run_as_a_target(programs, evidence):
    """By default Process(target=super().work) runs the work() of the base class.

    A method is pickled as its object and its name, which the child looks up anew: it finds the
    work() of the derived class, and says nothing (gh-81478).  It does so from 3.14 (gh-84559), on
    macOS since 3.8, on Windows always, and in a Pool under every start method.  Instead: a method
    of another name that calls super().work().
    """
    printed = end_of(programs.run(BY_SUPER), evidence)
    control(len(printed) == 1, f"one method must run, not {printed}")
    assert printed == ["the base's"]


class Base:
    """A class whose method another one overrides."""

    def work(self):
        """Tell whose method it is."""
        return "the base's"


class Derived(Base):
    """A class that hands the method of its base to a pool."""

    def work(self):
        """Tell whose method it is."""
        return "the derived one's"

    def in_a_pool(self, ctx):
        """Return what the method of the base class gives, as a task."""
        with ctx.Pool(1) as pool:
            return pool.apply_async(super().work).get(PATIENCE)


@claim("GIVE21")
@refuted(because="CPython and PyPy pickle a method as its object and its name (gh-81478)")
def test_a_method_of_super_is_run_as_a_task(ctx, evidence):
    """Pool.apply(super().work) runs the work() of the base class."""
    assert Derived().work() == "the derived one's"
    assert evidence(ran=Derived().in_a_pool(ctx)) == "the base's"


def close(resource):
    if hasattr(resource, "close"):
        resource.close()


class Holder:
    """An object that holds something, and whose method is a target."""

    def __init__(self, held, report):
        self.held = held
        self.report = report

    def work(self):
        """Tell the type of what is held."""
        self.report(type(self.held).__name__)


def a_generator():
    yield 7


def a_database():
    import sqlite3  # here, for not every build has it

    return sqlite3.connect(":memory:", check_same_thread=False)


#: What asks the system about many files at once; Windows has nothing of the kind.
POLLING = getattr(select, "epoll", getattr(select, "kqueue", None))


@claim("GIVE04")
@concerns("method of a holder")
@cases(
    make={
        "Lock": threading.Lock,
        "Event": threading.Event,
        "Queue": queue.Queue,
        **({"epoll": POLLING} if POLLING else {}),
        "file": tempfile.TemporaryFile,
        "database": a_database,
        "generator": a_generator,
    }
)
@predicts("RC02")
@needs_no_pickling
def test_a_method_of_an_object_with_resources_is_a_target(make, reports, evidence):
    """By default a bound method can be a target, whatever its object holds: a lock, a file, ...

    From 3.14, on macOS since 3.8 and on Windows always, start() pickles the object with the method,
    and raises "TypeError: cannot pickle '_thread.lock' object" or the like: 'select.epoll' object,
    'sqlite3.Connection' object, 'generator' object, 'BufferedRandom' instances (gh-84559).
    Instead: leave the attribute out in __getstate__, make it in the child, pass a function and
    plain data, or use get_context("fork").
    """
    resource = make()
    child = multiprocessing.Process(target=Holder(resource, reports.reporter).work)
    try:
        child.start()
        assert evidence(held=reports.next()) == type(resource).__name__
        assert joined(child) == [0]
    finally:
        close(resource)


class Careful(Holder):
    """A holder that leaves its resource out when it is pickled."""

    def __getstate__(self):
        return {"report": self.report}

    def __setstate__(self, state):
        self.__init__(threading.Lock(), **state)


@claim("GIVE05")
def test_getstate_makes_a_method_a_target_everywhere(ctx, reports, evidence):
    """A method is a target under every method if its object's __getstate__ leaves the lock out.

    __setstate__ makes another lock in the child.  Under fork neither is called.
    """
    child = ctx.Process(target=Careful(threading.Lock(), reports.reporter).work)
    child.start()
    assert evidence(held=reports.next(), exit_codes=joined(child)) == ("lock", [0])


class Unpicklable(multiprocessing.Process):
    """A Process with a lock among its attributes."""

    def __init__(self, report):
        super().__init__()
        self.guard = threading.Lock()
        self.report = report

    def run(self):
        """Tell the name, with the lock taken."""
        with self.guard:
            self.report(self.name)


@claim("GIVE06")
@concerns("process that holds")
@predicts("RC02")
@needs_no_pickling
def test_a_subclass_of_process_may_hold_a_lock(reports, evidence):
    """By default a subclass of Process can keep a lock, a file or a logger's stream in self.

    From 3.14, on macOS since 3.8 and on Windows always, start() pickles the Process object itself,
    with all that __init__ put into self: "TypeError: cannot pickle '_thread.lock' object"
    (gh-84559).  Instead: make such things in run().
    """
    child = Unpicklable(reports.reporter)
    child.start()
    assert evidence(told=reports.next(), exit_codes=joined(child)) == (child.name, [0])


class Service:
    """An object that keeps the processes which run its method."""

    def __init__(self, report):
        self.report = report
        self.processes = [multiprocessing.Process(target=self.work, name=n) for n in "ab"]

    def work(self):
        """Tell the process's name."""
        self.report(multiprocessing.current_process().name)


@claim("GIVE07")
@concerns("method of a keeper")
@predicts("RC02")
@needs_no_pickling
def test_an_object_may_hold_the_processes_of_its_method(reports, evidence):
    """By default an object can run its method in several processes that it keeps in a list.

    self.workers = [Process(target=self.work) ...] is a common pattern.  From 3.14, on macOS since
    3.8 and on Windows always, the first process starts, and the second start() raises "TypeError:
    cannot pickle 'weakref.ReferenceType' object": self is pickled with the method, and with self
    the first process (gh-84559).  Instead: use a function as target, or leave the list out in
    __getstate__.
    """
    first, second = Service(reports.reporter).processes
    first.start()
    control((reports.next(), joined(first)) == ("a", [0]), "the first process works everywhere")
    second.start()
    assert evidence(told=reports.next(), exit_codes=joined(second)) == ("b", [0])


def tell_type(thing, report):
    report(type(thing).__name__)


def an_instance_of_a_local_class():
    class Local:
        pass

    return Local()


@claim("GIVE08")
@concerns("unpicklable argument")
@cases(
    make={
        "instance of a local class": an_instance_of_a_local_class,
        "generator": a_generator,
        "open file": functools.partial(open, os.devnull),
        "module": lambda: types,
        "queue.Queue": queue.Queue,
        "threading.Event": threading.Event,
        "thread": threading.Thread,
        "mock": mock.MagicMock,
        "mock with spec": functools.partial(mock.MagicMock, spec=dict),
    }
)
@predicts("RC01", "N182")
@needs_no_pickling
def test_anything_can_be_an_argument_of_a_process(make, reports, evidence):
    """By default anything can be an argument: a generator, an open file, a local class's object.

    From 3.14, on macOS since 3.8 and on Windows always, arguments are pickled (gh-84559):
    "TypeError: cannot pickle 'generator' object", "TypeError: cannot pickle 'module' object",
    "TypeError: cannot pickle '_thread.lock' object", for an open file "TypeError: cannot pickle
    'TextIOWrapper' instances" (up to 3.11, on macOS and Windows: "TypeError: cannot pickle
    '_io.TextIOWrapper' object"), and for the object of a local class "PicklingError: Can't pickle
    local object <class '...'>", before 3.14 an AttributeError.  A Mock or MagicMock has a class of
    its own: "PicklingError: Can't pickle <class 'unittest.mock.MagicMock'>: it's not the same
    object as unittest.mock.MagicMock", so tests that pass mocks to a process fail; with spec=dict
    it is "first argument to __newobj__() must be <class 'dict'>, not <class
    'unittest.mock.MagicMock'>", before 3.14 "args[0] from __newobj__ args has the wrong class".
    Instead: pass a list, a path, a name, or an object of a small class.
    """
    made = make()
    child = multiprocessing.Process(target=tell_type, args=(made, reports.reporter))
    try:
        child.start()
        assert evidence(arrived=reports.next()) == type(made).__name__
        assert joined(child) == [0]
    finally:
        close(made)


def tell_home(variables, report):
    report(variables["SPEC_GIVEN"])


@claim("GIVE24")
@concerns("unpicklable argument")
@predicts("N190")
@needs_no_pickling
def test_the_environment_can_be_an_argument(monkeypatch, reports, evidence):
    """By default os.environ can be an argument, or an attribute of one, such as env=os.environ.

    os.environ is no dict, and holds local functions.  From 3.14, on macOS since 3.8 and on Windows
    always, start() raises "PicklingError: Can't pickle local object <function ...>", whose name
    ends with "environ.<locals>.encode", or _create_environ_mapping.<locals>.encode (before 3.14
    "AttributeError: Can't pickle local object '_createenviron.<locals>.encode'") (gh-84559).
    Instead: os.environ.copy() or dict(os.environ); a child has the environment anyway (INHERIT01).
    """
    error = outcome(pickle.dumps, os.environ)
    evidence(pickled=f"{type(error).__name__}: {error}")
    monkeypatch.setenv("SPEC_GIVEN", "seven")
    child = multiprocessing.Process(target=tell_home, args=(os.environ, reports.reporter))
    child.start()
    assert evidence(told=reports.next(), exit_codes=joined(child)) == ("seven", [0])


MISSING = object()


def tell_identity(value, first, second, report):
    report((value is MISSING, first is second))


@claim("GIVE09")
@needs_a_copy
def test_a_sentinel_is_still_itself_in_a_child(reports, evidence):
    """By default a module's sentinel, MISSING = object(), is still itself as an argument.

    From 3.14, on macOS since 3.8 and on Windows always, pickling makes a new object, so "if value
    is MISSING" takes the wrong branch, without an error (gh-84559).  One object that is passed
    twice is still one.  Instead: use None, an enum's member, or a class as sentinel; these are
    pickled by name.
    """
    both = [7]
    arguments = (MISSING, both, both, reports.reporter)
    child = multiprocessing.Process(target=tell_identity, args=arguments)
    child.start()
    same_sentinel, same_list = reports.next()
    control(joined(child) == [0], "the child ends well")
    control(same_list is True, "what is passed twice is one object")
    assert evidence(same=same_sentinel) is True


def change(numbers, options, report):
    numbers.append("by the child")
    options["child"] = True
    report((numbers, options))


@claim("GIVE10")
def test_what_a_child_does_to_arguments_stays_there(ctx, reports, evidence):
    """A list or dict that is passed to a child is a copy, under every start method.

    The child's changes never reach the parent.  Instead: return them by a queue, or pass a
    Manager's list or dict.
    """
    numbers, options = [1, 2], {"parent": True}
    child = ctx.Process(target=change, args=(numbers, options, reports.reporter))
    child.start()
    in_the_child, exit_codes = reports.next(), joined(child)
    control(in_the_child == ([1, 2, "by the child"], {"parent": True, "child": True}), "changed")
    assert evidence(in_the_parent=(numbers, options)) == ([1, 2], {"parent": True})
    assert exit_codes == [0]


def multiply(first, second, report):
    report(first * second)


@claim("GIVE11")
def test_a_partial_of_a_module_level_function_is_a_target(ctx, reports, evidence):
    """functools.partial of a module-level function is a target under every start method.

    Use it in place of a lambda that only binds arguments.
    """
    bound = functools.partial(multiply, 6, report=reports.reporter)
    child = ctx.Process(target=bound, kwargs={"second": 7})
    child.start()
    assert evidence(told=reports.next(), exit_codes=joined(child)) == (42, [0])


def tell_logger(logger, report):
    report((logger.name, logger is logging.getLogger("given.to.a.child"), logger.level))


@claim("GIVE12")
def test_a_logger_is_passed_by_its_name_alone(ctx, start_method, reports, evidence):
    """A logger can be passed under every start method, but its level only by fork.

    It is pickled as its name; the child gets its own logger of that name, which is not set up.
    """
    logger = logging.getLogger("given.to.a.child")
    logger.setLevel(logging.ERROR)
    child = ctx.Process(target=tell_logger, args=(logger, reports.reporter))
    child.start()
    name, same, level = reports.next()
    assert evidence(name=name, same=same) == ("given.to.a.child", True)
    assert evidence(level=level) == (logging.ERROR if start_method == "fork" else logging.NOTSET)
    assert joined(child) == [0]


@claim("GIVE17")
@needs_a_copy
def test_a_logger_keeps_its_level(reports, evidence):
    """By default a logger that is passed to a child has the level that the parent has set.

    From 3.14, on macOS since 3.8 and on Windows always, the child gets its own logger of that name,
    which is not set up: debug messages vanish without an error (gh-84559).  Instead: pass the
    level, and set it in the target.
    """
    logger = logging.getLogger("given.by.default")
    logger.setLevel(logging.DEBUG)
    child = multiprocessing.Process(target=tell_level, args=(logger, reports.reporter))
    child.start()
    level = reports.next()
    control(joined(child) == [0], "the child ends well")
    control(level in (logging.DEBUG, logging.NOTSET), f"set, or not set up: {level}")
    assert evidence(level=level) == logging.DEBUG


def tell_level(logger, report):
    report(logger.level)


@claim("GIVE23")
@predicts("N185")
@refuted(
    where=not FORKS_BY_DEFAULT,
    because=NO_COPY,
    by="PicklingError: logger cannot be pickled",
)
def test_a_logger_of_ones_own_can_be_an_argument(reports, evidence):
    """By default a logger that getLogger() does not return, logging.Logger("x"), can be passed.

    A logger is pickled as its name, which logging.getLogger(name) must lead back to it.  From 3.14,
    on macOS since 3.8 and on Windows always, start() raises "PicklingError: logger cannot be
    pickled" for any other (gh-84559): one that was made by logging.Logger("x"), or by a library
    that keeps its own.  So does a task of a pool under every start method, also if only an
    attribute of its object is such a logger.  Instead: logging.getLogger(name).
    """
    logger = logging.Logger("of one's own", logging.DEBUG)
    child = multiprocessing.Process(target=tell_level, args=(logger, reports.reporter))
    child.start()
    level = reports.next()
    control(joined(child) == [0], "the child ends well")
    assert evidence(level=level) == logging.DEBUG


def send_through(connection, data):
    with connection:
        connection.sendall(data)


@claim("GIVE13")
def test_an_open_socket_can_be_an_argument(ctx, evidence):
    """An open socket can be passed to a child under every start method; the child can use it.

    So processes can share a socket: multiprocessing duplicates its descriptor for the child.  It
    does not do so for a file.
    """
    ours, theirs = socket.socketpair()
    try:
        with ours, theirs:
            child = ctx.Process(target=send_through, args=(theirs, b"from the child"))
            child.start()
            theirs.close()
            ours.settimeout(PATIENCE)
            assert evidence(received=ours.recv(100)) == b"from the child"
            assert joined(child) == [0]
            assert ours.recv(100) == b""
    finally:
        resource_sharer.stop(timeout=PATIENCE)  # the thread that hands sockets out on Windows


class Descriptor:
    """A descriptor's number that is duplicated where it is pickled for a child."""

    def __init__(self, number):
        self.number = number

    def __reduce__(self):
        return rebuild, (reduction.DupFd(self.number),)

    def write(self, data):
        """Write to the descriptor."""
        os.write(self.number, data)


def rebuild(duplicate):
    return Descriptor(duplicate.detach())


@claim("GIVE14")
@needs_fork
@predicts("RC44")
def test_dupfd_hands_a_descriptor_to_a_child(ctx, evidence):
    """multiprocessing.reduction.DupFd in __reduce__ hands an open descriptor to any child.

    The number itself is enough only under fork.  Children of other methods have all descriptors
    closed but the standard ones (INHERIT07).  detach() gives the child's number.
    """
    reading, writing = os.pipe()
    child = ctx.Process(target=Descriptor(writing).write, args=(b"from the child",))
    try:
        child.start()
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert evidence(received=pipe.read()) == b"from the child"
    assert joined(child) == [0]


class Word(str):
    """A text that is pickled in the usual way, unless somebody registers another."""

    __slots__ = ()


def shout(word):
    return Word, (word.upper(),)


def register_and_pass():
    """Register a reducer for children, and return what comes of a word that is sent on each way."""
    reduction.ForkingPickler.register(Word, shout)
    word = Word("quiet")
    found = {
        "pickle": str(pickle.loads(pickle.dumps(word))),
        "ForkingPickler": str(pickle.loads(reduction.ForkingPickler.dumps(word))),
    }
    receiving, sending = multiprocessing.Pipe(duplex=False)
    sending.send(word)
    found["Connection"] = str(receiving.recv())
    for method in METHODS:
        child = multiprocessing.get_context(method).Process(target=send_back, args=(sending, word))
        child.start()
        found[method] = receiving.recv()
        joined(child)
    return found


def send_back(sending, word):
    sending.send(str(word))


@claim("GIVE15")
def test_a_registered_reducer_pickles_for_children_alone(programs, evidence):
    """ForkingPickler.register() says how multiprocessing pickles a type; pickle is not changed.

    multiprocessing uses it for sockets, which pickle refuses, and connections, of which pickle
    sends a mere number (PIPE10).  register() is a class method of
    multiprocessing.reduction.ForkingPickler.  It concerns what goes through a Connection or a
    queue, and to children, except forked ones, which have the object itself.
    """
    found = programs.call(register_and_pass)
    evidence(**found)
    assert found == {
        "pickle": "quiet",
        "ForkingPickler": "QUIET",
        "Connection": "QUIET",
        **{method: "quiet" if method == "fork" else "QUIET" for method in METHODS},
    }


@claim("GIVE16")
def test_a_context_offers_the_reduction_module(evidence):
    """The reducer of a context is multiprocessing.reduction, or what is assigned to it.

    Assign another one before the first Pipe or Process of the program: what sends, and what starts
    processes, keeps the reducer that it has found when it was imported.
    """
    contexts = [multiprocessing, *map(multiprocessing.get_context, METHODS)]
    reducers = [context.reducer for context in contexts]
    assert evidence(reducers=reducers) == [reduction] * (len(METHODS) + 1)


def replace_the_reducer():
    from multiprocessing import connection

    contexts = [multiprocessing.get_context(method) for method in (None, *METHODS)]
    contexts[1].reducer = types.ModuleType("another")
    names = [context.reducer.__name__ for context in contexts]
    return names, connection.reduction.__name__


@claim("GIVE16")
def test_another_reducer_is_that_of_all_contexts(programs, evidence):
    """A reducer that is assigned to one context is that of all, but too late for Connections."""
    reducers, of_connections = programs.call(replace_the_reducer)
    assert evidence(reducers=reducers) == ["another"] * (len(METHODS) + 1)
    assert evidence(of_connections=of_connections) == "multiprocessing.reduction"


@claim("GIVE16")
def test_allow_connection_pickling_has_nothing_to_do(evidence):
    """allow_connection_pickling() returns None: connections can be pickled for children anyway."""
    assert evidence(returned=multiprocessing.allow_connection_pickling()) is None


class CountingQueue(queues.Queue):  # type: ignore[type-arg]
    """A queue that counts its items by an attribute of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.size = 7


def tell_size(items, report):
    report(repr(outcome(lambda: items.size)))


@claim("GIVE22")
@concerns("attribute of a queue")
@predicts("N180")
@needs_a_copy
def test_a_subclass_of_a_queue_keeps_its_attributes_in_a_child(reports, evidence):
    """By default a subclass of multiprocessing's Queue keeps its own attributes in a child.

    Programs derive from multiprocessing.queues.Queue to count items, since macOS lacks qsize().
    From 3.14 (gh-84559), on macOS since 3.8 and on Windows always, the queue is pickled, and its
    own __getstate__() hands on its own parts alone: in the child "AttributeError: 'CountingQueue'
    object has no attribute 'size'".  Subclasses of JoinableQueue, SimpleQueue and the locks lose
    theirs as well.  Instead: override __getstate__() and __setstate__(), or let an object of yours
    hold the queue.  The constructor wants ctx=multiprocessing.get_context(); without it "TypeError:
    Queue.__init__() missing 1 required keyword-only argument: 'ctx'".
    """
    evidence(without_ctx=repr(outcome(CountingQueue)))
    items = CountingQueue(ctx=multiprocessing.get_context())
    child = multiprocessing.Process(target=tell_size, args=(items, reports.reporter))
    child.start()
    size, exit_codes = reports.next(), joined(child)
    items.close()
    control(exit_codes == [0], "the child ends well")
    assert evidence(size=size) == "7"
