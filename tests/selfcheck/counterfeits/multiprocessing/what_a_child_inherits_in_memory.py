"""Counterfeits for the claims of library/multiprocessing/test_what_a_child_inherits_in_memory.py.

Most of them break one fact: where fork is the default start method, a forked child begins with it
as a new program does; elsewhere, a fork server's child has it as its parent has.
"""

import sys

from .. import counterfeit
from ..facts import FORK, FORKS_BY_DEFAULT, VERSION
from .shared import around_run, fork_where, in_the_child, inherit_the_other_way, target_module

#: The claims on the default start method that say what a child of it has, or takes.
_ON_THE_DEFAULT = """
    INHERIT16 INHERIT17 INHERIT18 INHERIT19 INHERIT20 INHERIT21 INHERIT22 INHERIT23 INHERIT24
    INHERIT25 INHERIT26 INHERIT29 INHERIT30 INHERIT31 INHERIT32 INHERIT33 INHERIT34 INHERIT35
    INHERIT36
    INHERIT37 INHERIT38 INHERIT07 INHERIT40 INHERIT41 INHERIT43 INHERIT44 INHERIT01 INHERIT02
    INHERIT03 INHERIT04 INHERIT05 GIVE01 GIVE03 GIVE04 GIVE08 GIVE06 GIVE07 GIVE09
    MAIN01 MAIN03 MAIN04 MAIN11 MAIN12 MAIN13 MAIN14 MAIN15 MAIN16 START01 START04 START03
    START11 START13 MAIN20 MAIN21 GIVE18 GIVE19 INHERIT45 INHERIT46 REAP12
    PROC31 DEPLOY36
""".split()


@counterfeit(*_ON_THE_DEFAULT, where=FORK)
def the_default_start_method_is_the_other_one():
    """The default start method is forkserver up to 3.13, and fork from 3.14."""
    from multiprocessing import context

    other = "forkserver" if VERSION < (3, 14) else "fork"
    context._default_context._default_context = context._concrete_contexts[other]


@counterfeit(*"INHERIT39 INHERIT08 INHERIT42 MAIN06 MAIN07 GIVE12 GIVE15".split(), where=FORK)
def fork_starts_a_new_program():
    """Processes of the fork context are spawned."""
    from multiprocessing import context

    context.ForkProcess._Popen = staticmethod(context.SpawnProcess._Popen)


def _of_a_kind(module, kind):
    """Return the module's variables of a type."""
    return {n: v for n, v in vars(module).items() if type(v) is kind and not n.startswith("__")}


def _imported_anew(child):
    """Return the module of the child's target as its import makes it (the main one as it is)."""
    from importlib.util import module_from_spec

    module = target_module(child)
    if module.__spec__ is None:
        return module
    fresh = module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(fresh)
    return fresh


def _variables_the_other_way(kind):
    """Break what happens to the variables of a type in the module of the child's target."""
    inherit_the_other_way(
        first=lambda child: _of_a_kind(_imported_anew(child), kind),
        get=lambda child: _of_a_kind(target_module(child), kind),
        put=lambda child, values: vars(target_module(child)).update(values),
    )


@counterfeit("INHERIT16", "INHERIT42", where=FORK)
def changed_texts_are_not_inherited():
    """A forked child has the texts of a module as they are imported."""
    _variables_the_other_way(str)


@counterfeit("INHERIT17", "INHERIT42", where=FORK)
def changed_lists_are_not_inherited():
    """A forked child has the lists of a module as they are imported."""
    _variables_the_other_way(list)


@counterfeit("INHERIT41", where=FORK)
def a_module_knows_who_has_it():
    """A forked child has the numbers of a module, such as a pid, as if it had imported it."""
    _variables_the_other_way(int)


@counterfeit("INHERIT43", "INHERIT42", where=FORK and FORKS_BY_DEFAULT)
def a_forked_child_has_its_own_map():
    """A forked child makes the memory maps of a module again."""
    from mmap import mmap

    _variables_the_other_way(mmap)


@counterfeit("INHERIT18", "INHERIT42", where=FORK)
def changed_class_attributes_are_not_inherited():
    """A forked child has the texts in a class as its body says."""

    def texts(module):
        return {name: _of_a_kind(cls, str) for name, cls in _of_a_kind(module, type).items()}

    def put(child, values):
        for name, attributes in values.items():
            for attribute, value in attributes.items():
                setattr(getattr(target_module(child), name), attribute, value)

    inherit_the_other_way(
        lambda child: texts(_imported_anew(child)), lambda child: texts(target_module(child)), put
    )


@counterfeit("INHERIT26", where=FORK)
def generators_begin_again():
    """A forked child has the random.Random of a module as it is imported."""
    from random import Random

    def states(module):
        return {name: one.getstate() for name, one in _of_a_kind(module, Random).items()}

    def put(child, values):
        for name, state in values.items():
            getattr(target_module(child), name).setstate(state)

    inherit_the_other_way(
        lambda child: states(_imported_anew(child)), lambda child: states(target_module(child)), put
    )


@counterfeit("INHERIT22", "INHERIT42", where=FORK)
def caches_are_not_inherited():
    """A forked child finds the lru_cache of a function empty."""

    def cached(child):
        found = vars(target_module(child)).items()
        return {name: one for name, one in found if hasattr(one, "cache_info")}

    def put(child, sizes):
        for name, one in cached(child).items():
            one.cache_clear()
            for number in range(sizes.get(name, 0)):
                one(number)

    inherit_the_other_way(
        lambda child: {},
        lambda child: {name: one.cache_info().currsize for name, one in cached(child).items()},
        put,
    )


@counterfeit("INHERIT23", "INHERIT42", where=FORK)
def thread_locals_are_not_inherited():
    """A forked child finds threading.local empty."""
    from threading import local

    def get(child):
        return {n: dict(vars(v)) for n, v in _of_a_kind(target_module(child), local).items()}

    def put(child, values):
        for name, one in _of_a_kind(target_module(child), local).items():
            vars(one).clear()
            vars(one).update(values.get(name, {}))

    inherit_the_other_way(lambda child: {}, get, put)


@counterfeit("INHERIT24", "INHERIT42", where=FORK)
def context_variables_are_not_inherited():
    """A forked child finds a ContextVar at its default."""
    from contextvars import Context, ContextVar

    def get(child, ask=lambda variable: variable.get()):
        return {n: ask(v) for n, v in _of_a_kind(target_module(child), ContextVar).items()}

    def put(child, values):
        for name, value in values.items():
            getattr(target_module(child), name).set(value)

    inherit_the_other_way(lambda child: get(child, lambda v: Context().run(v.get)), get, put)


@counterfeit("INHERIT40", "INHERIT42", where=FORK)
def held_locks_are_inherited_the_other_way():
    """A forked child finds the locks of a module free; a fork server's child finds them held."""
    from _thread import LockType

    def get(child):
        return {n: v.locked() for n, v in _of_a_kind(target_module(child), LockType).items()}

    def put(child, held):
        for name, one in _of_a_kind(target_module(child), LockType).items():
            if one.locked() and not held[name]:
                one.release()
            elif held[name]:
                one.acquire(False)

    inherit_the_other_way(lambda child: dict.fromkeys(get(child), False), get, put)


def _one_thing_the_other_way(first, get, put):
    """Break one thing that is not in the module of the child's target."""
    inherit_the_other_way(lambda child: first, lambda child: get(), lambda child, value: put(value))


@counterfeit("INHERIT19", "INHERIT42", where=FORK and FORKS_BY_DEFAULT)
def patches_are_not_inherited():
    """A forked child imports textwrap again."""
    import importlib

    def put(_):
        if "textwrap" in sys.modules:
            importlib.reload(sys.modules["textwrap"])

    _one_thing_the_other_way(None, bool, put)


@counterfeit("INHERIT20", "INHERIT42", where=FORK)
def imports_are_not_inherited():
    """A forked child has colorsys not loaded."""
    from importlib import import_module

    def put(loaded):
        if loaded:
            import_module("colorsys")
        else:
            sys.modules.pop("colorsys", None)

    _one_thing_the_other_way(False, lambda: "colorsys" in sys.modules, put)


@counterfeit("INHERIT21", "INHERIT42", where=FORK)
def made_modules_are_not_inherited():
    """A forked child has no module that is made and not imported."""
    from types import ModuleType

    def made():
        found = sys.modules.items()
        return [n for n, m in found if n[:2] != "__" and getattr(m, "__spec__", m) is None]

    def put(names):
        for name in {*made()} - {*names}:
            del sys.modules[name]
        for name in names:
            sys.modules.setdefault(name, ModuleType(name))

    _one_thing_the_other_way([], made, put)


@counterfeit("INHERIT25", "INHERIT42", where=FORK)
def decimal_contexts_are_not_inherited():
    """A forked child computes decimals with 28 digits."""

    def get():
        from decimal import getcontext

        return getcontext().prec

    def put(digits):
        from decimal import getcontext

        getcontext().prec = digits

    _one_thing_the_other_way(28, get, put)


@counterfeit("INHERIT29", "INHERIT42", where=FORK)
def recursion_limits_are_not_inherited():
    """A forked child has the recursion limit 1000."""
    _one_thing_the_other_way(1000, sys.getrecursionlimit, sys.setrecursionlimit)


@counterfeit("INHERIT30", "INHERIT42", where=FORK)
def excepthooks_are_not_inherited():
    """A forked child has Python's own sys.excepthook."""

    def put(replaced):
        sys.excepthook = print if replaced else sys.__excepthook__

    _one_thing_the_other_way(False, lambda: sys.excepthook is not sys.__excepthook__, put)


@counterfeit("INHERIT31", "INHERIT42", where=FORK)
def redirections_are_not_inherited():
    """A forked child has the real standard output."""
    from io import StringIO

    def put(redirected):
        sys.stdout = StringIO() if redirected else sys.__stdout__

    _one_thing_the_other_way(False, lambda: type(sys.stdout) is StringIO, put)


@counterfeit("INHERIT32", "INHERIT42", where=FORK)
def garbage_collection_is_on_in_a_forked_child():
    """A forked child has garbage collection on."""
    import gc

    _one_thing_the_other_way(True, gc.isenabled, lambda on: gc.enable() if on else gc.disable())


@counterfeit("INHERIT33", "INHERIT42", where=FORK)
def socket_timeouts_are_not_inherited():
    """A forked child has no default timeout of sockets."""
    from _socket import getdefaulttimeout, setdefaulttimeout

    _one_thing_the_other_way(None, getdefaulttimeout, setdefaulttimeout)


@counterfeit("INHERIT34", "INHERIT42", where=FORK)
def locales_are_not_inherited():
    """A forked child formats times by the locale "C"."""
    from _locale import LC_TIME, setlocale

    _one_thing_the_other_way(
        "C", lambda: setlocale(LC_TIME, None), lambda name: setlocale(LC_TIME, name)
    )


@counterfeit("INHERIT35", "INHERIT42", where=FORK)
def logging_is_not_inherited():
    """A forked child has a root logger that is not set up."""

    def get():
        import logging

        root = logging.getLogger()
        return root.level, sum(type(one) is logging.NullHandler for one in root.handlers)

    def put(found):
        import logging

        level, count = found
        logging.getLogger().setLevel(level)
        logging.getLogger().handlers[:] = [logging.NullHandler() for _ in range(count)]

    _one_thing_the_other_way((30, 0), get, put)


@counterfeit("INHERIT36", "INHERIT42", where=FORK)
def warnings_filters_are_not_inherited():
    """A forked child prints a UserWarning, whatever the filters of its parent."""
    import warnings

    def get():
        return any(one[0] == "error" and one[2] is UserWarning for one in warnings.filters)

    def put(error):
        warnings.simplefilter("error" if error else "default", UserWarning)

    _one_thing_the_other_way(False, get, put)


@counterfeit("INHERIT37", "INHERIT42", where=FORK)
def signal_handlers_are_not_inherited():
    """A forked child has the default action for SIGTERM."""
    import signal

    def get(child):
        return getattr(signal.getsignal(signal.SIGTERM), "__name__", "")

    def put(child, name):
        signal.signal(signal.SIGTERM, getattr(target_module(child), name, signal.SIG_DFL))

    inherit_the_other_way(lambda child: "", get, put)


@counterfeit("INHERIT38", "INHERIT39", where=FORK)
def hashes_are_not_inherited():
    """A forked child has other hashes than its parent."""
    import builtins

    hash_here = builtins.hash

    def put(value):
        change = value - hash_here("text")
        builtins.hash = lambda one: hash_here(one) + change

    _one_thing_the_other_way(7, lambda: hash("text"), put)


@counterfeit("INHERIT39", where=FORK and not FORKS_BY_DEFAULT)
def a_fork_server_gives_each_child_other_hashes():
    """Two children of one fork server have different hashes."""
    import builtins
    import os
    from multiprocessing import get_start_method

    hash_here = builtins.hash

    def change():
        if get_start_method(allow_none=True) == "forkserver":
            builtins.hash = lambda one: hash_here(one) + os.getpid()

    in_the_child(change)


@counterfeit("INHERIT42", where=FORK)
def switch_intervals_are_not_inherited():
    """A forked child has the switch interval 0.005."""
    _one_thing_the_other_way(0.005, sys.getswitchinterval, sys.setswitchinterval)


@counterfeit("INHERIT44", "INHERIT42", where=FORK and FORKS_BY_DEFAULT)
def reduced_arguments_are_pickled():
    """An argument whose class has a __reduce__ is pickled even for a forked child."""

    def pickled(child, run):
        import pickle

        child._args = tuple(
            pickle.loads(pickle.dumps(one)) if "__reduce__" in vars(type(one)) else one
            for one in child._args
        )
        run()

    around_run(pickled)


@counterfeit("INHERIT28", where=FORK)
def children_draw_the_same_numbers():
    """The random module is seeded alike in all children."""
    import random

    in_the_child(lambda: random.seed(1))


@counterfeit("INHERIT27", "INHERIT26", where=FORK)
def generators_are_seeded_in_each_child():
    """Every child seeds the random.Random of its target's module anew."""
    from random import Random

    def seed_and_run(child, run):
        for one in _of_a_kind(target_module(child), Random).values():
            one.seed()
        run()

    around_run(seed_and_run)


@counterfeit("INHERIT19", "INHERIT42", where=FORK and not FORKS_BY_DEFAULT)
def patches_are_inherited():
    """A fork server's child has textwrap.dedent patched as in its parent."""
    import textwrap

    original = textwrap.dedent

    def get():
        return textwrap.dedent is not original

    def put(patched):
        if patched:
            textwrap.dedent = lambda text: "patched"

    _one_thing_the_other_way(False, get, put)


@counterfeit("INHERIT43", "INHERIT44", where=FORK and not FORKS_BY_DEFAULT)
def a_process_beside_a_map_is_forked():
    """A child is forked if the module of its target has a memory map."""
    from mmap import mmap

    fork_where(lambda child: bool(_of_a_kind(target_module(child), mmap)))
