"""Counterfeits for the claims of library/multiprocessing/test_what_can_be_given_to_a_child.py."""

import os
import sys

from .. import counterfeit
from ..deployment.shared import start_the_other_way
from ..facts import FORK, FORKS_BY_DEFAULT
from .shared import around_run


def _take_the_other_way(special):
    """Let the default start method refuse special processes if it takes them, and the other way.

    Where fork is the default, a forked process is refused by TypeError; elsewhere one of the fork
    server is forked.
    """
    from multiprocessing import context

    kind = context.ForkProcess if FORKS_BY_DEFAULT else context.ForkServerProcess
    fork, start = context.ForkProcess._Popen, kind._Popen

    def start_or_refuse(child):
        if not special(child):
            return start(child)
        if FORKS_BY_DEFAULT:
            raise TypeError("cannot pickle this")
        return fork(child)

    kind._Popen = staticmethod(start_or_refuse)


def _name(one):
    return getattr(one, "__qualname__", "")


@counterfeit("GIVE01", "GIVE02", where=FORK)
def local_targets_are_taken_the_other_way():
    """A forked process refuses a local function as target; a served one takes it."""
    _take_the_other_way(lambda child: "<locals>" in _name(child._target))


@counterfeit("GIVE03", where=FORK)
def lambdas_as_arguments_are_taken_the_other_way():
    """A forked process refuses a lambda among its arguments; a served one takes it."""
    _take_the_other_way(lambda child: any("<lambda>" in _name(one) for one in child._args))


@counterfeit("GIVE18", where=FORK)
def decorated_functions_are_taken_the_other_way():
    """A forked process refuses the function that a decorator wraps; a served one takes it."""
    _take_the_other_way(lambda child: _name(child._target) == "decorated")


@counterfeit("GIVE19", where=FORK)
def arguments_that_forward_start_the_other_way():
    """A child is served if an argument has a __getattr__ where it was forked, and forked if not."""
    start_the_other_way(lambda child: any("__getattr__" in vars(type(one)) for one in child._args))


@counterfeit("GIVE20", where=FORK)
def private_methods_start_the_other_way():
    """A child with a private target is served where it was forked, and forked where it was not."""
    start_the_other_way(lambda child: _name(child._target).rpartition(".")[2].startswith("__"))


@counterfeit("GIVE21", where=FORK)
def inherited_methods_start_the_other_way():
    """A child with a method of a base class is served where it was forked, and forked if not."""

    def is_inherited(child):
        owner = getattr(child._target, "__self__", None)
        return _name(child._target).partition(".")[0] not in ("", type(owner).__name__)

    start_the_other_way(is_inherited)


@counterfeit("GIVE21")
def a_method_is_pickled_as_its_function():
    """multiprocessing pickles a method as its function and its object, not as a name."""
    from multiprocessing.reduction import ForkingPickler
    from types import MethodType

    ForkingPickler.register(MethodType, lambda method: (_bound, (method.__func__, method.__self__)))


def _bound(function, instance):
    return function.__get__(instance)


@counterfeit("GIVE22", where=FORK)
def queues_start_the_other_way():
    """A child with a queue that has a size is served where it was forked, and forked if not."""
    start_the_other_way(
        lambda child: any("size" in getattr(one, "__dict__", ()) for one in child._args)
    )


@counterfeit("GIVE23", where=FORK)
def loggers_start_the_other_way():
    """A process with a logger of one's own is refused where it was forked, and forked if not."""
    from logging import Logger, getLogger

    _take_the_other_way(
        lambda child: any(
            isinstance(one, Logger) and getLogger(one.name) is not one for one in child._args
        )
    )


@counterfeit("GIVE24", where=FORK)
def environments_are_taken_the_other_way():
    """A forked process refuses os.environ among its arguments; a served one takes it."""
    _take_the_other_way(lambda child: any(one is os.environ for one in child._args))


@counterfeit("GIVE08", where=FORK)
def mocks_are_taken_the_other_way():
    """A forked process refuses a mock among its arguments; a served one takes it."""
    _take_the_other_way(lambda child: any("Mock" in type(one).__name__ for one in child._args))


@counterfeit("GIVE04", where=FORK)
def generators_in_objects_are_taken_the_other_way():
    """A forked process refuses a method whose object holds a generator; a served one takes it."""

    def special(child):
        holder = getattr(child._target, "__self__", None)
        return any(
            type(one).__name__ == "generator" for one in getattr(holder, "__dict__", {}).values()
        )

    _take_the_other_way(special)


@counterfeit("GIVE08", where=FORK)
def generators_are_taken_the_other_way():
    """A forked process refuses a generator among its arguments; a served one takes it."""
    _take_the_other_way(lambda child: any(type(one).__name__ == "generator" for one in child._args))


@counterfeit("GIVE06", where=FORK)
def locks_in_processes_are_taken_the_other_way():
    """A forked process refuses a lock among its own attributes; a served one takes it."""
    from _thread import LockType

    _take_the_other_way(lambda child: LockType in map(type, vars(child).values()))


@counterfeit("GIVE07", where=FORK)
def processes_in_objects_are_taken_the_other_way():
    """A forked process refuses a method whose object holds processes; a served one takes it."""
    from multiprocessing.process import BaseProcess

    def special(child):
        holder = getattr(child._target, "__self__", None)
        lists = [one for one in getattr(holder, "__dict__", {}).values() if type(one) is list]
        return any(isinstance(item, BaseProcess) for one in lists for item in one)

    _take_the_other_way(special)


@counterfeit("GIVE02", where=FORK)
def every_lambda_is_refused_by_attribute_error():
    """start() of a lambda raises AttributeError, wherever the lambda is."""
    from multiprocessing import reduction
    from pickle import PicklingError

    dump = reduction.dump

    def dump_by_attribute_error(obj, file, protocol=None):
        try:
            dump(obj, file, protocol)
        except PicklingError as error:
            raise AttributeError(str(error)) from error

    reduction.dump = dump_by_attribute_error


@counterfeit("GIVE02", where=FORK)
def local_functions_are_refused_by_the_other_error():
    """start() raises AttributeError in place of PicklingError, and the other way."""
    from multiprocessing import reduction
    from pickle import PicklingError

    dump = reduction.dump

    def dump_or_refuse(*arguments):
        try:
            dump(*arguments)
        except PicklingError as error:
            raise AttributeError(str(error)) from None
        except AttributeError as error:
            raise PicklingError(str(error)) from None

    reduction.dump = dump_or_refuse


@counterfeit("GIVE05", where=FORK)
def getstate_is_not_asked():
    """What a class says in __getstate__ is ignored where an object goes to a child."""
    from multiprocessing.reduction import ForkingPickler

    def reducer_override(_self, one):
        if "__getstate__" in vars(type(one)) and type(one).__module__.startswith("tests."):
            import copyreg

            return copyreg.__newobj__, (type(one),), vars(one)
        return NotImplemented

    ForkingPickler.reducer_override = reducer_override


@counterfeit("GIVE10", where=FORK)
def lists_are_shared_with_a_child():
    """What a child appends to a list that it was given reaches its parent."""
    from multiprocessing.process import BaseProcess

    start = BaseProcess.start

    def start_and_change(self):
        lists = [one for one in self._args if type(one) is list]
        start(self)
        for one in lists:
            one.append("by the child")

    BaseProcess.start = start_and_change


@counterfeit("GIVE11")
def a_target_gets_no_keyword_arguments():
    """Process.run() forgets kwargs."""
    from multiprocessing import process

    process.BaseProcess.run = lambda self: self._target and self._target(*self._args)


def logger_with_level(name, level):
    """Return the logger of this name, set to the level."""
    from logging import getLogger

    getLogger(name).setLevel(level)
    return getLogger(name)


@counterfeit("GIVE12", where=FORK)
def loggers_take_their_level_along():
    """A logger is pickled with its level."""
    import logging

    logging.Logger.__reduce__ = lambda self: (logger_with_level, (self.name, self.level))


def by_name(module, name):
    """Return the object that a module calls so."""
    return getattr(sys.modules[module], name)


@counterfeit("GIVE09", where=FORK)
def sentinels_are_inherited_the_other_way():
    """A forked child gets another object() than its parent; a served child gets the same."""
    from multiprocessing.reduction import ForkingPickler

    def run_with_others(child, run):
        child._args = tuple(object() if type(one) is object else one for one in child._args)
        run()

    def reduce(one):
        for name, module in list(sys.modules.items()):
            for key, value in list(getattr(module, "__dict__", {}).items()):
                if value is one:
                    return by_name, (name, key)
        return object, ()

    if FORKS_BY_DEFAULT:
        around_run(run_with_others)
    else:
        ForkingPickler.register(object, reduce)


@counterfeit("GIVE15", where=FORK)
def registered_reducers_are_forgotten():
    """ForkingPickler.register() does nothing."""
    from multiprocessing import reduction

    reduction.ForkingPickler.register = classmethod(lambda cls, kind, reduce: None)


@counterfeit("GIVE16", where=FORK)
def a_context_keeps_its_reducer():
    """The reducer of a context cannot be replaced."""
    from multiprocessing import context, reduction

    context.BaseContext.reducer = property(lambda self: reduction, lambda self, value: None)


@counterfeit("GIVE13", "GIVE14", where=FORK)
def descriptors_are_duplicated_from_zero():
    """What DupFd gives the child is the descriptor of its standard input."""
    from multiprocessing import resource_sharer

    resource_sharer.DupFd.detach = lambda self: os.dup(0)
    from multiprocessing import reduction

    class Zero:
        def __init__(self, fd):
            pass

        def detach(self):
            return os.open(os.devnull, os.O_RDWR)

    reduction.DupFd = Zero


def _has_a_logger(child):
    from logging import Logger

    return any(isinstance(one, Logger) for one in child._args)


@counterfeit("GIVE17", where=FORK and not FORKS_BY_DEFAULT)
def loggers_are_forked():
    """A process that is given a logger is forked."""
    _take_the_other_way(_has_a_logger)


@counterfeit("GIVE17", "GIVE12", where=FORKS_BY_DEFAULT)
def loggers_lose_their_level_in_a_child():
    """A logger that is given to a child has no level there."""

    def set_and_run(child, run):
        if _has_a_logger(child):
            child._args[0].setLevel(0)
        run()

    around_run(set_and_run)
