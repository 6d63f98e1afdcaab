"""Counterfeits for the claims of library/pickling/test_what_can_be_pickled.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION


def _around_dumps(change):
    """Let ``change(dumps, value, ...)`` stand in for pickle.dumps()."""
    import pickle

    dumps = pickle.dumps
    pickle.dumps = lambda value, *args, **keywords: change(dumps, value, *args, **keywords)


def _around_loads(change):
    """Let what ``change(value)`` returns come back from pickle.loads()."""
    import pickle

    loads = pickle.loads
    pickle.loads = lambda *args, **keywords: change(loads(*args, **keywords))


def _dump_with(**attributes):
    """Let pickle.dumps() use a Pickler with these attributes."""
    import io
    import pickle

    class Pickler(pickle.Pickler):
        """Has attributes, unlike its base."""

    def dumps(value, protocol=None, **keywords):
        buffer = io.BytesIO()
        pickler = Pickler(buffer, protocol, **keywords)
        for name, attribute in attributes.items():
            setattr(pickler, name, attribute)
        pickler.dump(value)
        return buffer.getvalue()

    pickle.dumps = dumps


@counterfeit("PICKLE17", "PICKLE03", "CONTEXT18")
def everything_can_be_pickled():
    """What pickle refuses is pickled as None."""
    import pickle

    def accept(dumps, value, *args, **keywords):
        try:
            return dumps(value, *args, **keywords)
        except (pickle.PicklingError, TypeError, AttributeError, RuntimeError):
            return dumps(None)

    _around_dumps(accept)


@counterfeit("PICKLE01")
def functions_are_copied():
    """A function comes back as another one, with the same code."""
    from types import FunctionType

    def copy(value):
        if type(value) is FunctionType:
            return FunctionType(value.__code__, value.__globals__, value.__name__)
        return value

    _around_loads(copy)


def another_socket(original):
    """Return a function of the same name that makes a socket without any connection."""
    import functools
    import socket

    @functools.wraps(original)
    def rebuild(*_arguments):
        return socket.socketpair()[0]

    return rebuild


@counterfeit("PICKLE16", "GIVE13")
def a_socket_is_sent_unconnected():
    """Who gets a socket gets one that is connected with nobody."""
    from multiprocessing import reduction

    reduction._rebuild_socket = another_socket(reduction._rebuild_socket)


@counterfeit("PICKLE08")
def an_old_protocol_is_written():
    """pickle.dumps() writes protocol 2 unless told otherwise."""
    _around_dumps(lambda dumps, value, protocol=None, **more: dumps(value, protocol or 2, **more))


@counterfeit("PICKLE06", "PICKLE02")
def a_generator_is_pickled_as_a_list():
    """A generator is pickled as the list of what it yields."""
    from types import GeneratorType

    def listed(dumps, value, *args, **keywords):
        return dumps(list(value) if type(value) is GeneratorType else value, *args, **keywords)

    _around_dumps(listed)


@counterfeit("PICKLE04")
def lambdas_are_refused_by_attribute_error():
    """A lambda at the top of a module is refused by AttributeError."""

    def refuse(dumps, value, *args, **keywords):
        if getattr(value, "__qualname__", "") == "<lambda>":
            raise AttributeError("Can't pickle a lambda")
        return dumps(value, *args, **keywords)

    _around_dumps(refuse)


@counterfeit("PICKLE05", "PICKLE02")
def locks_are_refused_by_runtime_error():
    """A lock is refused by RuntimeError, as multiprocessing's locks are."""
    from _thread import LockType

    def refuse(dumps, value, *args, **keywords):
        if type(value) is LockType:
            raise RuntimeError("a lock should only be shared between threads")
        return dumps(value, *args, **keywords)

    _around_dumps(refuse)


@counterfeit("PICKLE07", where=not PYPY)
def modules_are_pickled_by_name():
    """A module is pickled as its name."""
    import copyreg
    from importlib import import_module
    from types import ModuleType

    copyreg.pickle(ModuleType, lambda module: (import_module, (module.__name__,)))


@counterfeit("PICKLE07", where=PYPY)
def modules_are_refused():
    """A module cannot be pickled."""
    from types import ModuleType

    def refuse(dumps, value, *args, **keywords):
        if type(value) is ModuleType:
            raise TypeError("cannot pickle 'module' object")
        return dumps(value, *args, **keywords)

    _around_dumps(refuse)


@counterfeit("PICKLE09")
def large_numbers_come_back_as_floats():
    """What is larger than a machine word comes back as a float."""

    def lossy(value):
        if type(value) is list:
            return [float(one) if type(one) is int and one > 2**64 else one for one in value]
        return value

    _around_loads(lossy)


@counterfeit("PICKLE10")
def objects_are_not_remembered():
    """pickle.dumps() writes an object as often as it meets it."""
    _dump_with(fast=True)


@counterfeit("PICKLE11")
def methods_are_pickled_without_their_object():
    """A bound method is pickled as the function in its class."""
    import copyreg
    from types import MethodType

    copyreg.pickle(MethodType, lambda one: (getattr, (type(one.__self__), one.__name__)))


def _reduce_by(special, reduce):
    """Let pickle.dumps() reduce special objects by this function."""

    def reducer_override(one):
        return reduce(one) if special(one) else NotImplemented

    _dump_with(reducer_override=reducer_override)


@counterfeit("PICKLE12", "PICKLE13")
def getstate_is_ignored():
    """pickle.dumps() writes all attributes, whatever __getstate__ returns."""
    from copyreg import __newobj__

    _reduce_by(
        lambda one: "__getstate__" in vars(type(one)),
        lambda one: (__newobj__, (type(one),), vars(one)),
    )


@counterfeit("PICKLE14")
def exceptions_are_made_without_init():
    """An exception comes back without a call of its __init__."""
    from copyreg import __newobj__

    _reduce_by(
        lambda one: isinstance(one, BaseException),
        lambda one: (__newobj__, (type(one), *one.args), vars(one)),
    )


@counterfeit("PICKLE15", "GIVE15")
def reducers_are_ignored():
    """copyreg.pickle() and ForkingPickler.register() register nothing."""
    import copyreg
    from multiprocessing.reduction import ForkingPickler

    copyreg.pickle = lambda kind, function, constructor=None: None
    copyreg.dispatch_table.setdefault(complex, None)
    ForkingPickler.register = classmethod(lambda cls, kind, function: None)


@counterfeit("PICKLE18")
def missing_classes_are_made():
    """pickle.loads() makes an empty class where it does not find one."""
    import io
    import pickle

    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            try:
                return super().find_class(module, name)
            except AttributeError:
                return type(name, (), {})

    pickle.loads = lambda data, **keywords: Unpickler(io.BytesIO(data), **keywords).load()


@counterfeit("PICKLE19")
def persistent_ids_are_not_asked_for():
    """A Pickler never calls persistent_id()."""
    import pickle

    class Pickler(pickle.Pickler):
        def __init_subclass__(cls):
            if "persistent_id" in vars(cls):
                del cls.persistent_id

    pickle.Pickler = Pickler


@counterfeit("PICKLE20")
def iterators_of_itertools_are_taken_the_other_way():
    """pickle.dumps() refuses iterators of itertools up to 3.13, and takes them from 3.14."""

    def take_or_refuse(dumps, value, *args, **keywords):
        if type(value).__module__ == "itertools":
            if VERSION < (3, 14):
                raise TypeError("cannot pickle an iterator")
            value = iter([next(value)])
        return dumps(value, *args, **keywords)

    _around_dumps(take_or_refuse)


#: Whether the function that makes annotations has a wrong name here.
MISNAMED = (3, 14) <= VERSION < (3, 14, 5) and not PYPY


@counterfeit("PICKLE21", where=not MISNAMED)
def what_update_wrapper_made_is_refused():
    """pickle.dumps() refuses an object that stands for a function with annotations."""
    import pickle

    def refuse(dumps, value, *args, **keywords):
        own = getattr(value, "__dict__", {})
        if "__wrapped__" in own and own["__wrapped__"].__annotations__:
            raise pickle.PicklingError("Can't pickle <function __annotate__ at 0x121cade80>")
        return dumps(value, *args, **keywords)

    _around_dumps(refuse)


@counterfeit("PICKLE21", where=MISNAMED)
def what_update_wrapper_made_is_taken():
    """functools.update_wrapper() leaves the annotations out."""
    import functools

    functools.WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__")
    functools.update_wrapper.__defaults__ = (functools.WRAPPER_ASSIGNMENTS, ("__dict__",))
