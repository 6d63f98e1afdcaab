"""Which targets and arguments a Process takes: any under fork, what can be pickled otherwise.

The claims on the default start method are those that programs of 3.13 stand on.

Source: https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods
"""

import functools
import logging
import multiprocessing
import os
import queue
import select
import socket
import sqlite3
import tempfile
import threading
import types
from multiprocessing import reduction
from pickle import PicklingError

from tests.harness import cases, claim, control, joined, outcome, predicts, refuted
from tests.library.multiprocessing.starting import (
    LOCALS_RAISE_PICKLING_ERROR,
    METHODS,
    needs_a_copy,
    posix,
)

MISSING = object()

#: What start() raises for a function or class that is local, and for a lock.
REFUSAL_OF_LOCALS = PicklingError if LOCALS_RAISE_PICKLING_ERROR else AttributeError
REFUSALS_OF_OBJECTS = (TypeError, PicklingError)


def start(process, *refusals):
    """Start the process; return why it was refused, which can be for these reasons only."""
    refusal = outcome(process.start)
    if refusal is not None:
        control(type(refusal) in refusals, f"start() raises {refusals}, but raised {refusal!r}")
        control(process.pid is None, "what was refused was not started")
    return refusal


def a_local_function(report):
    def tell():
        report(7)

    return tell


def a_lambda(report):
    return lambda: report(7)


FUNCTIONS = {"local function": a_local_function, "lambda": a_lambda}


@claim("MX80")
@cases(function=list(FUNCTIONS))
@predicts("RC01")
@posix
@needs_a_copy
def test_a_local_function_can_be_a_target(function, reports, evidence):
    """By default a local function, or a lambda, can be the target of a Process.

    Scripts of up to 3.13 do that.  From 3.14 start() raises "PicklingError: Can't pickle local
    object <function f.<locals>.g ...>"; where processes were spawned before, on macOS or Windows,
    "AttributeError: Can't pickle local object 'f.<locals>.g'" (gh-84559, gh-122311).  Instead: a
    function at a module's top level with arguments, functools.partial, or get_context("fork").
    """
    child = multiprocessing.Process(target=FUNCTIONS[function](reports.reporter))
    refusal = start(child, REFUSAL_OF_LOCALS)
    evidence(refusal=refusal)
    assert refusal is None
    assert reports.next() == 7
    assert joined(child) == [0]


@claim("MP18")
@posix
@refuted(
    where=not LOCALS_RAISE_PICKLING_ERROR,
    because="up to 3.13 pickle let the AttributeError of its look-up through (gh-122311)",
)
def test_a_lambda_is_refused_by_pickling_error(reports, evidence):
    """Under spawn and forkserver, start() of a lambda raises PicklingError; under fork it runs.

    Up to 3.13 "AttributeError: Can't pickle local object '...<lambda>'" (PyPy: PicklingError), so
    that code which catches one of the two misses the other.  Nothing has been started then.
    """
    children = [multiprocessing.get_context(m).Process(target=lambda: None) for m in METHODS]
    refusals = [outcome(child.start) for child in children]
    exit_codes = joined(children[0])
    kinds = [type(refusal).__name__ for refusal in refusals]
    evidence(**dict(zip(METHODS, kinds, strict=True)), exit_code=exit_codes)
    control(refusals[0] is None and exit_codes == [0], "a forked child runs a lambda")
    control(kinds[1] == kinds[2], "spawn and forkserver refuse in the same way")
    control(kinds[1] in ("PicklingError", "AttributeError"), "in one of the two known ways")
    control([child.pid for child in children[1:]] == [None, None], "and start nothing")
    assert kinds[1:] == ["PicklingError"] * 2


def call(function, report):
    report(function(6))


@claim("MP19")
@predicts("RC01")
@posix
@needs_a_copy
def test_a_lambda_can_be_passed_as_an_argument(reports, evidence):
    """By default a lambda can be among the arguments of a Process.

    Callbacks and key functions are passed so.  From 3.14 start() raises "PicklingError: Can't
    pickle local object <function ...<lambda>...>" (gh-84559).  Instead: a function at a module's
    top level, operator.itemgetter and its like, or functools.partial.
    """
    child = multiprocessing.Process(target=call, args=(lambda n: 7 * n, reports.reporter))
    refusal = start(child, REFUSAL_OF_LOCALS)
    evidence(refusal=refusal)
    assert refusal is None
    assert reports.next() == 42
    assert joined(child) == [0]


class Holder:
    """An object that holds something, and whose method is a target."""

    def __init__(self, held, report):
        self.held = held
        self.report = report

    def work(self):
        """Tell the type of what is held."""
        self.report(type(self.held).__name__)


def a_number():
    yield 7


HELD = {
    "Lock": threading.Lock,
    "Event": threading.Event,
    "Queue": queue.Queue,
    "epoll": getattr(select, "epoll", getattr(select, "kqueue", None)),
    "file": tempfile.TemporaryFile,
    "database": functools.partial(sqlite3.connect, ":memory:", check_same_thread=False),
    "generator": a_number,
}


@claim("MX82")
@cases(held=list(HELD))
@predicts("RC02")
@posix
@needs_a_copy
def test_a_method_of_an_object_with_resources_is_a_target(held, reports, evidence):
    """By default a bound method can be a target, whatever its object holds: a lock, a file, ...

    From 3.14 the object is pickled with the method: "TypeError: cannot pickle '_thread.lock'
    object", "... 'select.epoll' object", "cannot pickle 'generator' object" and so on out of
    start() (gh-84559).  Instead: leave the attribute out in __getstate__, make it in the child,
    pass a function and plain data, or ask for get_context("fork").
    """
    resource = HELD[held]()
    child = multiprocessing.Process(target=Holder(resource, reports.reporter).work)
    try:
        refusal = start(child, *REFUSALS_OF_OBJECTS)
        evidence(held=held, refusal=refusal)
        assert refusal is None
        assert reports.next() == type(resource).__name__
        assert joined(child) == [0]
    finally:
        getattr(resource, "close", bool)()


class Careful(Holder):
    """A holder that leaves its resource out when it is pickled."""

    def __getstate__(self):
        return {"report": self.report}

    def __setstate__(self, state):
        self.__init__(threading.Lock(), **state)


@claim("MX90")
@posix
def test_getstate_makes_a_method_a_target_everywhere(ctx, reports, evidence):
    """An object that leaves its lock out by __getstate__ can be a target's under every method.

    __setstate__ makes another one in the child.  Under fork neither is called.
    """
    child = ctx.Process(target=Careful(threading.Lock(), reports.reporter).work)
    refusal = outcome(child.start)
    evidence(refusal=refusal)
    assert refusal is None
    assert reports.next() == "lock"
    assert joined(child) == [0]


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


@claim("MX85")
@predicts("RC02")
@posix
@needs_a_copy
def test_a_subclass_of_process_may_hold_a_lock(reports, evidence):
    """By default a subclass of Process can keep a lock, a file or a logger's stream in self.

    From 3.14 the Process object itself is pickled, with all that __init__ put into self:
    "TypeError: cannot pickle '_thread.lock' object" out of start() (gh-84559).  Instead: make
    such things in run().
    """
    child = Unpicklable(reports.reporter)
    refusal = start(child, *REFUSALS_OF_OBJECTS)
    evidence(refusal=refusal)
    assert refusal is None
    assert reports.next() == child.name
    assert joined(child) == [0]


class Service:
    """An object that keeps the processes which run its method."""

    def __init__(self, report):
        self.report = report
        self.processes = [multiprocessing.Process(target=self.work, name=n) for n in "ab"]

    def work(self):
        """Tell the process's name."""
        self.report(multiprocessing.current_process().name)


@claim("MX86")
@predicts("RC02")
@posix
@needs_a_copy
def test_an_object_may_hold_the_processes_of_its_method(reports, evidence):
    """By default an object can run its method in several processes that it keeps in a list.

    self.workers = [Process(target=self.work) ...] is a common pattern.  From 3.14 the method is
    pickled with self, and self with the workers: the first one starts, the second is refused by
    "TypeError: cannot pickle 'weakref.ReferenceType' object", which a started Process holds
    (gh-84559).  Instead: a function as target, or leave the list out in __getstate__.
    """
    service = Service(reports.reporter)
    first, second = service.processes
    control(outcome(first.start) is None, "the first process starts under every method")
    control(reports.next() == "a", "and works")
    refusal = start(second, *REFUSALS_OF_OBJECTS)
    evidence(refusal=refusal)
    control(joined(first) == [0], "the first process ends well")
    assert refusal is None
    assert reports.next() == "b"
    assert joined(second) == [0]


def tell_type(thing, report):
    report(type(thing).__name__)


def an_instance_of_a_local_class():
    class Local:
        pass

    return Local()


THINGS = {
    "instance of a local class": (an_instance_of_a_local_class, REFUSAL_OF_LOCALS),
    "generator": (a_number, *REFUSALS_OF_OBJECTS),
    "open file": (functools.partial(open, os.devnull), *REFUSALS_OF_OBJECTS),
    "module": (lambda: os, *REFUSALS_OF_OBJECTS),
    "queue.Queue": (queue.Queue, *REFUSALS_OF_OBJECTS),
    "threading.Event": (threading.Event, *REFUSALS_OF_OBJECTS),
    "thread": (threading.Thread, *REFUSALS_OF_OBJECTS),
    "dict's keys": ({}.keys, *REFUSALS_OF_OBJECTS),
}


@claim("MX83")
@cases(thing=list(THINGS))
@predicts("RC01")
@posix
@needs_a_copy
def test_anything_can_be_an_argument_of_a_process(thing, reports, evidence):
    """By default anything can be an argument: a generator, an open file, a local class's object.

    From 3.14 arguments are pickled: "TypeError: cannot pickle 'generator' object", "cannot pickle
    '_io.TextIOWrapper' object", "cannot pickle 'module' object", for the object of a local class
    "PicklingError: Can't pickle local object" (gh-84559).  Instead: pass a list, a path, a name.
    """
    make, *refusals = THINGS[thing]
    made = make()
    child = multiprocessing.Process(target=tell_type, args=(made, reports.reporter))
    try:
        refusal = start(child, *refusals)
        evidence(thing=thing, refusal=refusal)
        assert refusal is None
        assert reports.next() == type(made).__name__
        assert joined(child) == [0]
    finally:
        if thing in ("open file", "generator"):
            made.close()


def tell_identity(value, report, first, second):
    report((value is MISSING, first is second))


@claim("MX96")
@posix
@needs_a_copy
def test_a_sentinel_is_still_itself_in_a_child(reports, evidence):
    """By default a module's sentinel, MISSING = object(), is still itself as an argument.

    "if value is MISSING" then goes the wrong way from 3.14, without an error: pickling makes a
    new object (gh-84559).  One object that is passed twice is still one.  Instead: None, an
    enum's member, or a class as sentinel; these are pickled by name.
    """
    both = [7]
    arguments = (MISSING, reports.reporter, both, both)
    child = multiprocessing.Process(target=tell_identity, args=arguments)
    child.start()
    same_sentinel, same_list = reports.next()
    evidence(same_sentinel=same_sentinel, same_list=same_list)
    control(joined(child) == [0], "the child ends well")
    control(same_list is True, "what is passed twice is one object")
    assert same_sentinel is True


def change(numbers, options, report):
    numbers.append("by the child")
    options["child"] = True
    report((numbers, options))


@claim("MX93")
@posix
def test_what_a_child_does_to_arguments_stays_there(ctx, reports, evidence):
    """A list or dict that is passed to a child is a copy, under every start method.

    Its changes never reach the parent.  Instead: return them by a queue, or pass a Manager's.
    """
    numbers, options = [1, 2], {"parent": True}
    child = ctx.Process(target=change, args=(numbers, options, reports.reporter))
    child.start()
    childs = reports.next()
    evidence(child=childs, parent=(numbers, options))
    assert joined(child) == [0]
    assert childs == ([1, 2, "by the child"], {"parent": True, "child": True})
    assert (numbers, options) == ([1, 2], {"parent": True})


def multiply(first, second, report):
    report(first * second)


@claim("MX94")
@posix
def test_a_partial_of_a_module_level_function_is_a_target(ctx, reports, evidence):
    """functools.partial of a module-level function is a target under every start method.

    It takes the place of a lambda that only binds arguments.
    """
    bound = functools.partial(multiply, 6, report=reports.reporter)
    child = ctx.Process(target=bound, kwargs={"second": 7})
    refusal = outcome(child.start)
    evidence(refusal=refusal)
    assert refusal is None
    assert reports.next() == 42
    assert joined(child) == [0]


def tell_logger(logger, report):
    report((logger.name, logger is logging.getLogger("given.to.a.child"), logger.level))


@claim("MX95")
@posix
def test_a_logger_is_passed_by_its_name_alone(ctx, start_method, reports, evidence):
    """A logger can be passed under every start method, but its level only by fork.

    It is pickled as its name; the child gets its own logger of that name, which is not set up.
    """
    logger = logging.getLogger("given.to.a.child")
    logger.setLevel(logging.ERROR)
    child = ctx.Process(target=tell_logger, args=(logger, reports.reporter))
    child.start()
    name, same, level = reports.next()
    evidence(name=name, same=same, level=level)
    assert joined(child) == [0]
    assert (name, same) == ("given.to.a.child", True)
    assert level == (logging.ERROR if start_method == "fork" else logging.NOTSET)


def send_through(connection, data):
    with connection:
        connection.sendall(data)


@claim("MX91")
@posix
def test_an_open_socket_can_be_an_argument(ctx, evidence):
    """An open socket can be passed to a child under every start method; the child can use it.

    multiprocessing duplicates its descriptor for the child; a file it does not.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = ctx.Process(target=send_through, args=(theirs, b"from the child"))
        refusal = outcome(child.start)
        theirs.close()
        ours.settimeout(20)
        received = ours.recv(100) if refusal is None else b""
        evidence(refusal=refusal, received=received)
        assert (refusal, received) == (None, b"from the child")
        assert joined(child) == [0]
        assert ours.recv(100) == b""


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


@claim("MX92")
@predicts("RC44")
@posix
def test_dupfd_hands_a_descriptor_to_a_child(ctx, evidence):
    """multiprocessing.reduction.DupFd in __reduce__ hands an open descriptor to any child.

    One would expect the number itself to do, as it does under fork.  Other methods close all
    descriptors but the standard ones: "OSError: [Errno 9] Bad file descriptor".  DupFd(number)
    works only while a process is being started; detach() gives the child's number.
    """
    reading, writing = os.pipe()
    try:
        child = ctx.Process(target=Descriptor(writing).write, args=(b"from the child",))
        refusal = outcome(child.start)
        os.close(writing)
        received = os.read(reading, 100) if refusal is None else b""
        evidence(refusal=refusal, received=received)
        assert (refusal, received) == (None, b"from the child")
        assert joined(child) == [0]
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)


class Word(str):
    """A text that is pickled in the usual way, unless somebody registers another."""

    __slots__ = ()


def shout(word):
    return Word, (word.upper(),)


def register_and_pass():
    """Register a reducer for children, and return what children get, and plain pickle makes."""
    import pickle

    reduction.ForkingPickler.register(Word, shout)
    found = [str(pickle.loads(pickle.dumps(Word("quiet"))))]
    found.append(str(reduction.ForkingPickler.loads(reduction.ForkingPickler.dumps(Word("quiet")))))
    for method in METHODS:
        context = multiprocessing.get_context(method)
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=sending_back, args=(sending, Word("quiet")))
        child.start()
        found.append(receiving.recv())
        joined(child)
    return found


def sending_back(sending, word):
    sending.send(str(word))


@claim("MX97")
@posix
def test_a_registered_reducer_pickles_for_children_alone(programs, evidence):
    """ForkingPickler.register() says how a type is pickled for children; pickle is not changed.

    It is for what pickle refuses: multiprocessing uses it for sockets and connections.  register()
    is a class method of multiprocessing.reduction.ForkingPickler; a forked child gets the object.
    """
    plain, forking, *children = programs.call(register_and_pass)
    evidence(pickle=plain, ForkingPickler=forking, **dict(zip(METHODS, children, strict=True)))
    assert (plain, forking) == ("quiet", "QUIET")
    assert children == ["quiet", "QUIET", "QUIET"]


@claim("MX98")
@posix
def test_a_context_offers_the_reduction_module(programs, evidence):
    """The reducer of a context is multiprocessing.reduction; assigning another one replaces it.

    It is one for all contexts.  allow_connection_pickling() returns None: sockets and connections
    can be pickled for children anyway.
    """
    seen = programs.call(replace_the_reducer)
    evidence(**seen)
    assert seen == {
        "default": True,
        "methods": [True, True, True],
        "replaced": ["another"] * 4,
        "allow": None,
    }


def replace_the_reducer():
    contexts = [multiprocessing, *map(multiprocessing.get_context, METHODS)]
    seen = {
        "default": multiprocessing.reducer is reduction,
        "methods": [context.reducer is reduction for context in contexts[1:]],
    }
    another = types.ModuleType("another")
    contexts[1].reducer = another
    default = multiprocessing.get_context().reducer
    seen["replaced"] = [c.reducer.__name__ for c in contexts[1:]] + [default.__name__]
    contexts[1].reducer = reduction
    seen["allow"] = multiprocessing.allow_connection_pickling()
    return seen
