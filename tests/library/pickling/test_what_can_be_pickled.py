"""What can be sent to another process: what pickle takes, by value or by reference, and what not.

Source: https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled
"""

import copyreg
import io
import itertools
import pickle
import queue
import socket
import sys
import threading
import warnings
from functools import partial, update_wrapper
from multiprocessing import resource_sharer
from multiprocessing.reduction import ForkingPickler

from tests.harness import (
    PATIENCE,
    PYPY,
    before,
    cases,
    claim,
    control,
    outcome,
    predicts,
    refuted,
    since,
)

answer = 42
lambda_of_the_module = lambda number: number  # noqa: E731


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


@claim("PICKLE01")
@cases(named=(function_of_the_module, Point, len, dict, pickle.PicklingError))
def test_functions_and_classes_are_pickled_by_reference(named, evidence):
    """A function, class or builtin is pickled as its name, and the very same object comes back.

    So no code is sent: the other process imports the module and looks the name up.
    """
    written = evidence(written=pickle.dumps(named))
    assert named.__name__.encode() in written
    assert len(written) < 150
    assert pickle.loads(written) is named


@claim("PICKLE02")
@cases(
    make={
        "lambda": lambda: lambda: None,
        "local function": local_function,
        "instance of a local class": lambda: local_class()(),
        "generator": generator,
        "lock": threading.Lock,
        "frame": lambda: sys._getframe(),  # noqa: SLF001
        "thread": threading.Thread,
        "queue.Queue": queue.Queue,
    }
)
def test_what_belongs_to_this_process_is_refused(make, evidence):
    """A lambda, local function, generator, lock, thread or frame cannot be pickled.

    The error is PicklingError, TypeError or AttributeError, by kind and version; the claims below
    say which.  Catch all three, or move the function to the top of a module.
    """
    error = evidence(error=outcome(pickle.dumps, make()))
    assert type(error) in (pickle.PicklingError, TypeError, AttributeError)


@claim("PICKLE03")
@cases(
    make={
        "lambda": lambda: lambda: None,
        "function": local_function,
        "instance": lambda: local_class()(),
        "class": local_class,
    }
)
@refuted(
    where=since("3.14.0") or PYPY,
    because="3.14 raises PicklingError for local objects (gh-122311); PyPy always did",
    by="AssertionError: assert 'PicklingError' == 'AttributeError'",
)
def test_a_local_object_is_refused_with_an_attribute_error(make, evidence):
    """Pickling a function or class that is local to a function raises AttributeError.

    "AttributeError: Can't pickle local object ..." up to 3.12.4; since 3.12.5 "AttributeError:
    Can't get local object ...".  From 3.14 it is "_pickle.PicklingError: Can't pickle local object
    ..." (on PyPy "_pickle.PicklingError: Can't pickle ...: it's not found as ..."): `except
    AttributeError` around Process.start() or Pool.map() no longer catches it.  Instead: catch both.
    """
    error = evidence(error=outcome(pickle.dumps, make()))
    assert type(error).__name__ == "AttributeError"


@claim("PICKLE04")
def test_a_lambda_of_a_module_is_refused_with_a_pickling_error(evidence):
    """A lambda at the top of a module is refused with PicklingError, for it is named "<lambda>"."""
    error = evidence(error=outcome(pickle.dumps, lambda_of_the_module))
    assert lambda_of_the_module.__name__ == "<lambda>"
    assert type(error) is pickle.PicklingError


@claim("PICKLE05")
@cases(
    make={"Lock": threading.Lock, "holder": lambda: Point(threading.Lock()), "Queue": queue.Queue}
)
@refuted(where=PYPY, because="PyPy has no C types that refuse by themselves: PicklingError")
def test_a_lock_is_refused_with_a_type_error(make, evidence):
    """Pickling a Lock, or what holds one, raises TypeError.

    "TypeError: cannot pickle '_thread.lock' object" appears when an object with a lock, or a
    queue.Queue, goes to a process; of a logger's handler it is '_thread.RLock'.  On PyPy a lock is
    a PicklingError.  Instead: leave the lock out in __getstate__() and make another in
    __setstate__().
    """
    assert type(evidence(error=outcome(pickle.dumps, make()))) is TypeError


@claim("PICKLE06")
@refuted(where=PYPY, because="PyPy looks for a class named generator, and raises PicklingError")
def test_a_generator_is_refused_with_a_type_error(evidence):
    """Pickling a generator raises TypeError.

    "TypeError: cannot pickle 'generator' object", as for any iterator that is written with yield.
    On PyPy it is PicklingError.  Instead: send a list, or what the generator is made from.
    """
    assert type(evidence(error=outcome(pickle.dumps, generator()))) is TypeError


@claim("PICKLE07")
@refuted(
    where=not PYPY,
    because="CPython refuses to pickle modules; PyPy pickles them by name",
    by="TypeError: cannot pickle 'module' object",
)
def test_a_module_can_be_pickled_by_its_name(evidence):
    """A module can be pickled, and the same module comes back.

    You might expect it, since functions and classes are found by their names.  CPython raises
    "TypeError: cannot pickle 'module' object"; it works on PyPy.  Instead: send the module's name,
    and import it there.
    """
    assert evidence(got=round_trip(pickle)) is pickle


@claim("PICKLE08")
@refuted(
    where=since("3.14.0"),
    because="3.14 made protocol 5 the default (What's New in 3.14)",
    by="AssertionError: assert (5, 5) == (4, 4)",
)
def test_the_default_protocol_of_pickle_is_four(evidence):
    """pickle.dumps() writes protocol 4 by default, and pickle.DEFAULT_PROTOCOL says so.

    From 3.14 it is protocol 5, which every Python since 3.8 reads.  Instead: pass protocol= when
    the reader is older, or when pickles are compared.
    """
    mark, protocol = pickle.dumps(Point(1))[:2]
    control(bytes([mark]) == pickle.PROTO, "a pickle begins with its protocol")
    assert evidence(written=protocol, default=pickle.DEFAULT_PROTOCOL) == (4, 4)


@claim("PICKLE09")
@cases(protocol=range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_brings_the_same_values_back(protocol, evidence):
    """Values come back equal, of the same types, under every protocol from 0 to 5."""
    values = [1, 2**70, -1.5, "täxt", b"\0b", None, True, (1, [2]), {"k": {3}}, frozenset("a"), 1j]
    got = evidence(got=round_trip(values, protocol))
    assert got == values
    assert [type(value) for value in got] == [type(value) for value in values]


@claim("PICKLE10")
def test_one_object_sent_twice_in_one_pickle_stays_one(evidence):
    """An object that is twice in one pickle comes back as one object, also if it holds itself."""
    shared = [1]
    loop = [shared, shared]
    loop.append(loop)
    one, other, itself = copied = round_trip(loop)
    assert evidence(same=one is other, holds_itself=itself is copied) == (True, True)
    assert one == shared
    assert one is not shared


@claim("PICKLE11")
@cases(call={"bound method": Point(42).double, "partial": partial(function_of_the_module, 42)})
def test_a_bound_method_takes_its_object_along(call, evidence):
    """A bound method or partial is pickled with a copy of its object or its arguments."""
    assert evidence(called=round_trip(call)()) == 84


@claim("PICKLE11")
def test_the_object_of_a_method_is_a_copy(evidence):
    """The object of a method that was pickled is another one: later changes do not reach it."""
    point = Point(21)
    method = round_trip(point.double)
    point.x = 0
    assert evidence(called=method()) == 42


class Gate:
    """An object with a lock, which leaves the lock out of its pickle."""

    def __init__(self):
        self.name, self.lock = "gate", threading.Lock()

    def __getstate__(self):
        return {key: value for key, value in vars(self).items() if key != "lock"}

    def __setstate__(self, state):
        vars(self).update(state, lock=threading.Lock())


@claim("PICKLE12")
def test_getstate_may_leave_out_what_cannot_be_sent(evidence):
    """__getstate__() decides what is sent, and __setstate__() puts the rest back."""
    gate = Gate()
    gate.name = "changed"
    with gate.lock:
        copied = round_trip(gate)
        assert evidence(name=copied.name, locked=copied.lock.locked()) == ("changed", False)


class Shifted(Point):
    """A class that sends what its base would, with a change."""

    def __getstate__(self):
        return {"x": super().__getstate__()["x"] + 1}


@claim("PICKLE13")
@cases(point=(Point, Shifted))
@refuted(
    where=before("3.11.0"),
    because="3.11 added object.__getstate__() (gh-70766)",
    by=AttributeError,
)
def test_every_object_has_a_getstate(point, evidence):
    """object.__getstate__() returns what would be pickled: super().__getstate__() works.

    It is new in 3.11; on 3.10 "AttributeError: 'Point' object has no attribute '__getstate__'", or
    "AttributeError: 'super' object has no attribute '__getstate__'".  There, return
    vars(self).copy().
    """
    state = evidence(state=point(3).__getstate__())
    assert state == {"x": 3 if point is Point else 4}
    assert vars(round_trip(point(3))) == state


class NeedsTwo(Exception):
    """An exception whose arguments are not its constructor's."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


class KeepsArguments(Exception):
    """The same, with the arguments handed on."""

    def __init__(self, code, text):
        super().__init__(code, text)
        self.note = text


@claim("PICKLE14")
@refuted(
    because="CPython and PyPy make an exception anew from its args",
    by="TypeError: NeedsTwo.__init__() missing 1 required positional argument",
)
def test_an_exception_that_can_be_pickled_can_be_unpickled(evidence):
    """What pickle.dumps() takes, pickle.loads() gives back, exceptions too.

    In fact loads() makes an exception from its `args`: if __init__ takes others, "TypeError:
    NeedsTwo.__init__() missing 1 required positional argument: 'text'".  A Pool's result handler
    ends with that error, and get() hangs.  Instead: hand all arguments to super().__init__(), or
    define __reduce__().
    """
    good = round_trip(KeepsArguments(7, "text"))
    control((good.args, good.note) == ((7, "text"), "text"), "one that hands its arguments on")
    written = pickle.dumps(NeedsTwo(7, "text"))
    assert type(evidence(got=pickle.loads(written))) is NeedsTwo


class Celsius:
    """A class of whose pickling others decide."""

    def __init__(self, degrees):
        self.degrees = degrees


def one_degree_more(value):
    return Celsius, (value.degrees + 1,)


@claim("PICKLE15")
@cases(pickler=(pickle, ForkingPickler))
def test_copyreg_tells_every_pickler_how(pickler, evidence):
    """copyreg.pickle() registers a reducer for a class that pickle and ForkingPickler both obey."""
    copyreg.pickle(Celsius, one_degree_more)
    try:
        written = pickler.dumps(Celsius(20))
    finally:
        del copyreg.dispatch_table[Celsius]
    assert evidence(degrees=pickle.loads(written).degrees) == 21
    assert pickle.loads(pickler.dumps(Celsius(20))).degrees == 20


@claim("PICKLE16")
def test_a_socket_is_sent_as_another_descriptor_of_it(evidence):
    """ForkingPickler sends a socket as a duplicate, which reaches the same other end.

    pickle itself refuses: "TypeError: cannot pickle 'socket' object".
    """
    here, there = socket.socketpair()
    try:
        with here, there, pickle.loads(ForkingPickler.dumps(here)) as copied:
            copied.sendall(b"by the copy")
            there.settimeout(PATIENCE)
            assert evidence(received=there.recv(100)) == b"by the copy"
            assert copied.fileno() != here.fileno()
            assert type(evidence(pickled=outcome(pickle.dumps, here))) is TypeError
    finally:
        resource_sharer.stop(timeout=PATIENCE)  # the thread that hands the descriptors out


@claim("PICKLE17")
@cases(kind=("Lock", "Queue", "SimpleQueue", "Value"))
def test_what_synchronizes_processes_cannot_be_pickled_by_itself(kind, ctx, evidence):
    """A multiprocessing Lock, Queue or Value can only be given to a process as it starts.

    pickle.dumps() of one raises RuntimeError: "... should only be shared between processes through
    inheritance".  So it cannot be put into a queue or be a task's argument.  Instead: use a Pool's
    initializer, or a Manager's proxies.
    """
    made = getattr(ctx, kind)(*["i"] * (kind == "Value"))
    error = evidence(error=outcome(pickle.dumps, made))
    assert type(error) is RuntimeError
    assert "inheritance" in str(error)


OF_THE_SCRIPT = """
import pickle, sys
class OfTheScript:
    pass
sys.stdout.buffer.write(pickle.dumps(OfTheScript(), 0))
"""


@claim("PICKLE18")
@refuted(
    because="CPython and PyPy pickle a class as its module's name, which is __main__",
    by=AttributeError,
)
def test_an_object_of_the_script_can_be_read_elsewhere(programs, evidence):
    """What one program pickles of a class defined in it, another program can unpickle.

    In fact the reader looks the class up in its own __main__: "AttributeError: Can't get attribute
    'OfTheScript' on <module '__main__' ...>", or from 3.14, and on PyPy, "AttributeError: module
    '__main__' has no attribute 'OfTheScript'".  Instead: define what is pickled in a module that
    both import.  Between releases modules move, too: older ones and PyPy cannot unpickle a Path of
    3.13, "No module named 'pathlib._local'", and 3.14 can since 3.14.1 (gh-133789).
    """
    program = programs.run(OF_THE_SCRIPT)
    control((program.exit_code, program.err) == (0, ""), program.err)
    assert type(evidence(got=pickle.loads(program.out.encode()))).__name__ == "OfTheScript"


@claim("PICKLE19")
def test_a_pickler_may_replace_objects_by_names(evidence):
    """persistent_id() replaces an object by a name, and persistent_load() finds the object.

    pickle.loads() alone refuses such a pickle by UnpicklingError.
    """
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
    assert evidence(got=Receiving(buffer).load()) == {"lock": lock, "n": 1}
    assert type(outcome(pickle.loads, buffer.getvalue())) is pickle.UnpicklingError


@claim("PICKLE20")
@predicts("N08")
@cases(
    make={
        "count": lambda: itertools.count(3),
        "chain": lambda: itertools.chain([3], [4]),
        "cycle": lambda: itertools.cycle([3, 4]),
        "product": lambda: itertools.product([3, 4]),
    }
)
@refuted(
    where=since("3.14.0") and not PYPY,
    because="3.14 took pickling from itertools (gh-101588)",
    by="TypeError: cannot pickle 'itertools.",
)
def test_iterators_of_itertools_can_be_pickled(make, evidence):
    """itertools.count(), chain(), cycle() and product() can be pickled, and so sent to a process.

    3.14 refuses it: "TypeError: cannot pickle 'itertools.count' object", from where the object is
    an argument, a task's argument, or an attribute of one (gh-101588); 3.12 and 3.13 warn of it:
    "Pickle, copy, and deepcopy support will be removed from itertools in Python 3.14."  Instead:
    send a number or a list, and make the iterator there; zip, map and list iterators are pickled
    as before.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = round_trip(make())
    assert evidence(first=next(copy)) == next(make())


class Wrapping:
    """An object that stands for a function, and has its name."""

    def __init__(self, function):
        self.function = function
        update_wrapper(self, function)

    def __call__(self, number):
        """Call the function."""
        return self.function(number)


def with_annotations(number: int) -> int:
    return number + answer


@claim("PICKLE21")
@predicts("N225")
@refuted(
    where=since("3.14.0") and before("3.14.5") and not PYPY,
    because="3.14.5 gave the function that has the annotations its own name (gh-137814)",
    by="PicklingError: Can't pickle <function __annotate__",
)
def test_what_update_wrapper_made_can_be_pickled(evidence):
    """An object can be pickled that functools.update_wrapper() made like an annotated function.

    Libraries wrap so what their workers run.  In 3.14.0 to 3.14.4 it raises PicklingError, "Can't
    pickle <function __annotate__ at ...>: it's not the same object as module.__annotate__": since
    3.14 the object gets __annotate__, which makes the annotations (PEP 649), and whose name was
    wrong.  cloudpickle copies it with all that it uses, up to a TypeError, "cannot pickle
    '_abc._abc_data' object".  Instead: update Python; or del self.__annotate__ after
    update_wrapper(), or give it assigned=("__module__", "__name__", "__qualname__", "__doc__").
    """
    control(round_trip(Wrapping(function_of_the_module))(0) == answer, "one without annotations")
    assert evidence(called=round_trip(Wrapping(with_annotations))(0)) == answer
