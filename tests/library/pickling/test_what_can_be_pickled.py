"""What can be sent to another process: what pickle takes, by value or by reference, and what not.

Source: https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled
"""

import copyreg
import io
import multiprocessing
import pickle
import queue
import socket
import sys
import threading
from concurrent.futures import Future
from functools import partial
from multiprocessing import resource_sharer
from multiprocessing.reduction import ForkingPickler

from tests.harness import (
    PATIENCE,
    PYPY,
    applies,
    before,
    cases,
    claim,
    control,
    outcome,
    refuted,
    since,
)

answer = 42
lambda_of_the_module = lambda number: number  # noqa: E731

OTHER_ERROR = "3.14 raises PicklingError for local objects (gh-122311); PyPy always did"


class Point:
    """A class whose instances are pickled as such."""

    def __init__(self, x):
        self.x = x

    def double(self):
        """Return twice x."""
        return 2 * self.x


def function_of_the_module(number):
    return number + answer


def local_function():
    def local(number):
        return number

    return local


def local_class():
    class Local:
        pass

    return Local


def generator():
    yield 1


def round_trip(value, protocol=None):
    return pickle.loads(pickle.dumps(value, protocol))


@claim("PK01")
def test_functions_and_classes_are_pickled_by_reference(evidence):
    """A function, class or builtin is pickled as its name, and the very same object comes back.

    So no code is sent: the other process imports the module and looks the name up.
    """
    named = (function_of_the_module, Point, len, dict, pickle.PicklingError, lambda_of_the_module)
    same = [round_trip(value) is value for value in named[:5]]
    sizes = [len(pickle.dumps(value)) for value in named[:5]]
    evidence(same=same, bytes=sizes)
    assert same == [True] * 5
    assert b"function_of_the_module" in pickle.dumps(function_of_the_module)
    assert max(sizes) < 150


#: What is refused everywhere: a name, and what makes one and the means to release it.
REFUSED = {
    "lambda": lambda: lambda: None,
    "local function": local_function,
    "instance of a local class": lambda: local_class()(),
    "generator": generator,
    "lock": threading.Lock,
    "frame": lambda: sys._getframe(),  # noqa: SLF001
    "thread": threading.Thread,
    "queue.Queue": queue.Queue,
}


@claim("PK05")
@cases(refused=list(REFUSED))
def test_what_belongs_to_this_process_is_refused(refused, evidence):
    """A lambda, local function, generator, lock, thread or frame cannot be pickled.

    The error is PicklingError, TypeError or AttributeError, by kind and version: the claims beside
    this one say which.  Catch all three, or move the function to the top of a module.
    """
    error = outcome(pickle.dumps, REFUSED[refused]())
    evidence(error=error)
    assert type(error) in (pickle.PicklingError, TypeError, AttributeError)


#: What is local to a function: name, and what makes one.
LOCAL = {
    "lambda": lambda: lambda: None,
    "function": local_function,
    "instance": lambda: local_class()(),
    "class": local_class,
}


@claim("MX14")
@cases(local=list(LOCAL))
@refuted(where=since("3.14.0") or PYPY, because=OTHER_ERROR)
def test_a_local_object_is_refused_with_an_attribute_error(local, evidence):
    """Pickling a function or class that is local to a function raises AttributeError.

    "Can't pickle local object" (3.10-3.12), "Can't get local object" (3.13).  From 3.14 it is
    pickle.PicklingError, "Can't pickle local object", as always on PyPy: `except AttributeError`
    around Process.start() or Pool.map() no longer catches it.  Instead: catch both.
    """
    error = outcome(pickle.dumps, LOCAL[local]())
    evidence(error=error)
    control(type(error) in (AttributeError, pickle.PicklingError), f"another error: {error!r}")
    assert type(error) is AttributeError


@claim("PK06")
def test_a_lambda_of_a_module_is_refused_with_a_pickling_error(evidence):
    """A lambda at the top of a module is refused with PicklingError: nothing has its name."""
    error = outcome(pickle.dumps, lambda_of_the_module)
    evidence(error=error)
    assert lambda_of_the_module.__name__ == "<lambda>"
    assert type(error) is pickle.PicklingError


@claim("PK07")
@refuted(where=PYPY, because="PyPy has no C types that refuse by themselves: PicklingError")
def test_a_lock_is_refused_with_a_type_error(evidence):
    """Pickling a Lock, or what holds one, raises TypeError.

    "cannot pickle '_thread.lock' object": seen when an object with a lock, a queue.Queue or a
    logger of one's own goes to a process.  On PyPy it is PicklingError.  Instead: leave the lock
    out in __getstate__() and make another in __setstate__().
    """
    holder = Point(threading.Lock())
    errors = [outcome(pickle.dumps, value) for value in (threading.Lock(), holder, queue.Queue())]
    kinds = {type(error) for error in errors}
    evidence(errors=errors)
    control(kinds <= {TypeError, pickle.PicklingError}, f"other errors: {errors}")
    assert kinds == {TypeError}


@claim("PK04")
@refuted(where=PYPY, because="PyPy looks for a class named generator, and raises PicklingError")
def test_a_generator_is_refused_with_a_type_error(evidence):
    """Pickling a generator raises TypeError: "cannot pickle 'generator' object".

    On PyPy it is PicklingError.  Instead: send a list, or what the generator is made from.
    """
    error = outcome(pickle.dumps, generator())
    evidence(error=error)
    control(type(error) in (TypeError, pickle.PicklingError), f"another error: {error!r}")
    assert type(error) is TypeError


@claim("PK08")
@refuted(where=not PYPY, because="CPython refuses to pickle modules; PyPy pickles them by name")
def test_a_module_can_be_pickled_by_its_name(evidence):
    """A module can be pickled, and the same module comes back.

    One would expect it of what is found by name.  Instead CPython raises "TypeError: cannot pickle
    'module' object"; on PyPy it works.  Send the module's name, and import it there.
    """
    got = outcome(round_trip, pickle)
    evidence(got=got)
    control(got is pickle or type(got) is TypeError, f"neither sent nor refused: {got!r}")
    assert got is pickle


@claim("PK03")
@refuted(where=since("3.14.0"), because="3.14 made protocol 5 the default (What's New in 3.14)")
def test_the_default_protocol_of_pickle_is_four(evidence):
    """pickle.dumps() writes protocol 4 by default, and pickle.DEFAULT_PROTOCOL says so.

    From 3.14 it is protocol 5, which every Python since 3.8 reads.  Instead: pass protocol= when
    the reader is older, or when pickles are compared.
    """
    written = pickle.dumps(Point(1))
    evidence(default=pickle.DEFAULT_PROTOCOL, written=written[:2], highest=pickle.HIGHEST_PROTOCOL)
    control(written[:1] == pickle.PROTO, "it must begin with its protocol")
    control(written[1] == pickle.DEFAULT_PROTOCOL, "what is written and what is told differ")
    control(written[1] in (4, 5), f"protocol {written[1]}")
    assert written[1] == 4


@claim("PK09")
def test_every_protocol_brings_the_same_values_back(evidence):
    """Values come back equal, of the same types, under every protocol from 0 to 5."""
    values = [1, 2**70, -1.5, "täxt", b"\0b", None, True, (1, [2]), {"k": {3}}, frozenset("a"), 1j]
    got = [round_trip(values, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    evidence(protocols=len(got))
    assert got == [values] * 6
    assert all([type(v) for v in one] == [type(v) for v in values] for one in got)


@claim("PK10")
def test_one_object_sent_twice_in_one_pickle_stays_one(evidence):
    """Within one pickle identity survives: what was one object is one, also if it holds itself."""
    shared = [1]
    loop = [shared, shared]
    loop.append(loop)
    one, other, itself = copied = round_trip(loop)
    evidence(same=one is other, loop=itself is copied)
    assert one is other
    assert itself is copied
    assert one == [1]
    assert one is not shared


@claim("PK11")
def test_a_bound_method_takes_its_object_along(evidence):
    """A bound method or partial is pickled with its object and arguments, of which a copy comes."""
    point = Point(21)
    method, part = round_trip(point.double), round_trip(partial(function_of_the_module, 8))
    point.x = 0
    evidence(method=method(), partial=part())
    assert (method(), part()) == (42, 50)
    assert method.__self__ is not point


class Gate:
    """An object with a lock, which leaves the lock out of its pickle."""

    def __init__(self):
        self.name, self.lock = "gate", threading.Lock()

    def __getstate__(self):
        return {key: value for key, value in vars(self).items() if key != "lock"}

    def __setstate__(self, state):
        vars(self).update(state, lock=threading.Lock())


@claim("PK12")
def test_getstate_may_leave_out_what_cannot_be_sent(evidence):
    """__getstate__() decides what is sent, and __setstate__() puts the rest back."""
    gate = Gate()
    gate.name = "changed"
    with gate.lock:
        copied = round_trip(gate)
        locked = copied.lock.locked()
    evidence(name=copied.name, locked=locked)
    assert (copied.name, locked) == ("changed", False)
    assert copied.lock is not gate.lock


class Shifted(Point):
    """A class that sends what its base would, with a change."""

    def __getstate__(self):
        return {"x": super().__getstate__()["x"] + 1}


@claim("PK13")
@refuted(where=before("3.11.0"), because="3.11 added object.__getstate__() (gh-70766)")
def test_every_object_has_a_getstate(evidence):
    """object.__getstate__() returns what would be pickled: super().__getstate__() works.

    It is new in 3.11; on 3.10 "AttributeError: 'super' object has no attribute '__getstate__'" (or
    of the object).  Return vars(self).copy() there.
    """
    state = outcome(lambda: Point(3).__getstate__())
    changed = outcome(lambda: round_trip(Shifted(3)).x)
    evidence(state=state, changed=changed)
    missing = type(state) is type(changed) is AttributeError
    control(missing or (state, changed) == ({"x": 3}, 4), f"other outcomes: {state!r} {changed!r}")
    assert not missing


class NeedsTwo(Exception):
    """An exception whose arguments are not its constructor's."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


class KeepsArguments(Exception):
    """The same, with the arguments handed on."""

    def __init__(self, code, text):
        super().__init__(code, text)
        self.note = text


@claim("PK14")
@refuted(because="CPython and PyPy make an exception anew from its args")
def test_an_exception_that_can_be_pickled_can_be_unpickled(evidence):
    """What pickle.dumps() takes, pickle.loads() gives back, exceptions too.

    Instead an exception is made again from its `args`: if __init__ takes others, loads() raises
    "TypeError: __init__() missing 1 required positional argument".  A Pool's result handler dies
    of it, and get() waits for ever.  Hand all arguments to super().__init__(), or define
    __reduce__().
    """
    good = round_trip(KeepsArguments(7, "text"))
    control((good.args, good.note) == ((7, "text"), "text"), "one that hands its arguments on")
    written = pickle.dumps(NeedsTwo(7, "text"))
    got = outcome(pickle.loads, written)
    evidence(got=got)
    control(type(got) in (NeedsTwo, TypeError), f"another outcome: {got!r}")
    assert type(got) is NeedsTwo


class Celsius:
    """A class of whose pickling others decide."""

    def __init__(self, degrees):
        self.degrees = degrees


def reduce_celsius(value):
    return Celsius, (value.degrees + 1,)


@claim("PK15")
def test_copyreg_tells_every_pickler_how(evidence):
    """copyreg.pickle() registers a reducer for a class that pickle and ForkingPickler both obey."""
    copyreg.pickle(Celsius, reduce_celsius)
    try:
        got = [round_trip(Celsius(20)).degrees, through_forking_pickler(Celsius(20)).degrees]
    finally:
        del copyreg.dispatch_table[Celsius]
    without = round_trip(Celsius(20)).degrees
    evidence(registered=got, without=without)
    assert (got, without) == ([21, 21], 20)


def through_forking_pickler(value):
    return ForkingPickler.loads(ForkingPickler.dumps(value))


@claim("PK16")
def test_the_forking_pickler_has_reducers_of_its_own(evidence):
    """ForkingPickler.register() concerns what multiprocessing sends, and not pickle itself."""
    before = ForkingPickler._extra_reducers.copy()  # noqa: SLF001
    ForkingPickler.register(Celsius, reduce_celsius)
    try:
        sent, pickled = through_forking_pickler(Celsius(20)), round_trip(Celsius(20))
        connection, other = multiprocessing.Pipe()
        with connection, other:
            connection.send(Celsius(30))
            control(other.poll(PATIENCE), "nothing arrived")
            received = other.recv()
    finally:
        ForkingPickler._extra_reducers.clear()  # noqa: SLF001
        ForkingPickler._extra_reducers.update(before)  # noqa: SLF001
    evidence(sent=sent.degrees, pickled=pickled.degrees, received=received.degrees)
    assert (sent.degrees, pickled.degrees, received.degrees) == (21, 20, 31)


@claim("PK02")
@applies(where=hasattr(socket, "AF_UNIX"), because="descriptors are sent over sockets on POSIX")
def test_a_socket_is_sent_as_another_descriptor_of_it(evidence):
    """ForkingPickler sends a socket as a duplicate, which reaches the same other end.

    pickle itself refuses: "TypeError: cannot pickle 'socket' object".
    """
    here, there = socket.socketpair()
    try:
        with here, there, through_forking_pickler(here) as copied:
            different = copied.fileno() != here.fileno()
            copied.sendall(b"by the copy")
            there.settimeout(PATIENCE)
            received = there.recv(100)
            refused = outcome(pickle.dumps, here)
    finally:
        resource_sharer.stop(timeout=PATIENCE)  # the thread that hands the descriptors out
    evidence(received=received, refused=refused)
    assert (received, different) == (b"by the copy", True)
    assert type(copied) is socket.socket
    assert type(refused) is TypeError


@claim("PK17")
def test_what_synchronizes_processes_cannot_be_pickled_by_itself(ctx, evidence):
    """A multiprocessing Lock, Queue or Value can only be given to a process as it starts.

    pickle.dumps() of one raises RuntimeError: "... should only be shared between processes through
    inheritance".  So it cannot be put into a queue or be a task's argument: use a Pool's
    initializer, or a Manager's proxies.
    """
    made = {"Lock": ctx.Lock(), "SimpleQueue": ctx.SimpleQueue(), "Value": ctx.Value("i")}
    errors = {name: outcome(pickle.dumps, value) for name, value in made.items()}
    made["SimpleQueue"].close()
    evidence(errors=errors)
    assert {name: type(error) for name, error in errors.items()} == dict.fromkeys(
        made, RuntimeError
    )
    assert all("inheritance" in str(error) for error in errors.values())


@claim("PK18")
@refuted(where=not PYPY, because="CPython's locks refuse to be pickled, and a Future holds one")
def test_a_future_can_be_sent_to_another_process(evidence):
    """A concurrent.futures.Future can be pickled.

    Instead: "TypeError: cannot pickle '_thread.RLock' object" (PyPy, whose RLock pickles, gives a
    copy that nobody will ever complete).  Send the result, or keep the Future in the process.
    """
    future = Future()
    future.set_result(5)
    got = outcome(round_trip, future)
    evidence(got=got)
    control(type(got) in (Future, TypeError), f"neither sent nor refused: {got!r}")
    assert type(got) is Future


OF_THE_SCRIPT = """
import pickle, sys
class OfTheScript:
    pass
sys.stdout.buffer.write(pickle.dumps(OfTheScript(), 0))
"""


@claim("PK19")
@refuted(because="CPython and PyPy pickle a class as its module's name, which is __main__")
def test_an_object_of_the_script_can_be_read_elsewhere(programs, evidence):
    """What one program pickles of a class defined in it, another program can unpickle.

    Instead the class is looked up in the reader's own __main__: "AttributeError: Can't get
    attribute 'OfTheScript' on <module '__main__'>".  Define what is pickled in an imported module.
    """
    program = programs.run(OF_THE_SCRIPT)
    control((program.exit_code, program.err) == (0, ""), program.err)
    got = outcome(pickle.loads, program.out.encode())
    evidence(got=got)
    control(type(got) is AttributeError or type(got).__name__ == "OfTheScript", f"{got!r}")
    assert not isinstance(got, Exception)


@claim("PK20")
def test_a_pickler_may_replace_objects_by_names(evidence):
    """persistent_id() replaces an object by a name of one's own, and persistent_load() finds it."""
    lock = threading.Lock()

    class Sending(pickle.Pickler):
        def persistent_id(self, value):
            return "the lock" if value is lock else None

    class Receiving(pickle.Unpickler):
        def persistent_load(self, name):
            return {"the lock": lock}[name]

    buffer = io.BytesIO()
    Sending(buffer).dump({"lock": lock, "n": 1})
    buffer.seek(0)
    got = Receiving(buffer).load()
    unresolved = outcome(pickle.loads, buffer.getvalue())
    evidence(got=got, unresolved=unresolved)
    assert got == {"lock": lock, "n": 1}
    assert type(unresolved) is pickle.UnpicklingError
