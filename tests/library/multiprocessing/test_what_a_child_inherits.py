"""What a child finds that its parent changed at run time, under the default start method and each.

A fresh interpreter starts the fork server, changes everything that a program can change, starts
one child more by every start method, and tells what each of them found.  A forked child is a copy
of its parent; a spawned one is a new program that the parent starts; a fork server's child is a
copy of the server, which is a program that was started earlier.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import contextvars
import decimal
import functools
import gc
import importlib
import io
import locale
import logging
import mmap
import multiprocessing
import os
import random
import signal
import socket
import sys
import textwrap
import threading
import types
import warnings

from tests.harness import (
    PATIENCE,
    cases,
    claim,
    control,
    joined,
    outcome,
    predicts,
    refuted,
)
from tests.library.multiprocessing.starting import (
    METHODS,
    SERVES_BY_DEFAULT,
    SPAWNS_BY_DEFAULT,
    needs_a_copy,
    needs_the_parent,
    posix,
)

setting = "as imported"
registry = ["as imported"]
imported_by = os.getpid()
lock = threading.Lock()
local = threading.local()
variable = contextvars.ContextVar("variable", default="default")
generator = random.Random(7)
shared_page = mmap.mmap(-1, len(METHODS) + 1)

#: Descriptors that no child has by chance.
CLOSED_ON_EXEC, INHERITABLE = 200, 201


class Options:
    """A class whose attribute the parent changes."""

    level = "as imported"


class Unpickled:
    """An object that arrives as the text "pickled" if it is pickled on its way."""

    def __reduce__(self):
        return str, ("pickled",)


@functools.lru_cache
def square(number):
    return number * number


def handle(_number, _frame):
    """Do nothing, on a signal."""


def change_what_lasts_in_this_process():
    global setting
    setting = "changed"
    registry.append("changed")
    Options.level = "changed"
    textwrap.dedent = lambda _text: "patched"
    importlib.import_module("colorsys")
    sys.modules["made_at_run_time"] = types.ModuleType("made_at_run_time")
    square(3)
    square(4)
    local.value = "changed"
    variable.set("changed")
    decimal.getcontext().prec = 7
    random.seed(7)
    generator.random()
    sys.setrecursionlimit(1234)
    sys.setswitchinterval(0.0125)
    sys.excepthook = print
    sys.stdout = io.StringIO()
    gc.disable()
    socket.setdefaulttimeout(7.5)
    locale.setlocale(locale.LC_TIME, "C.UTF-8")
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("error", UserWarning)
    signal.signal(signal.SIGHUP, handle)
    lock.acquire()


def change_what_the_system_knows():
    import resource

    os.environ["SET_LATE"] = "late"
    os.environ["SET_EARLY"] = "changed"
    del os.environ["DELETED"]
    os.umask(0o027)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 7, hard))


def change_what_is_handed_on():
    os.mkdir("elsewhere")
    os.chdir("elsewhere")
    sys.path.insert(0, "/added by the parent")
    sys.argv[:] = ["changed", "by the parent"]
    multiprocessing.current_process().authkey = b"changed by the parent"


def handlers_of(logger):
    return [type(handler).__name__ for handler in logger.handlers]


def written(descriptor):
    """Write to a descriptor; return the number of bytes, or the error's number."""
    result = outcome(os.write, descriptor, b".")
    return getattr(result, "errno", result)


def facts():
    """Return what this process finds, by name, as literals."""
    import resource

    umask = os.umask(0o022)
    os.umask(umask)
    return {
        "global": setting,
        "registry": registry,
        "class attribute": Options.level,
        "patch": textwrap.dedent("original"),
        "loaded module": "colorsys" in sys.modules,
        "made module": type(outcome(importlib.import_module, "made_at_run_time")).__name__,
        "cache": square.cache_info().currsize,
        "thread local": getattr(local, "value", None),
        "context variable": variable.get(),
        "decimal": decimal.getcontext().prec,
        "generator": generator.random(),
        "recursion limit": sys.getrecursionlimit(),
        "switch interval": round(sys.getswitchinterval(), 6),
        "excepthook": sys.excepthook is sys.__excepthook__,
        "stdout": type(sys.stdout).__name__,
        "gc": gc.isenabled(),
        "socket timeout": socket.getdefaulttimeout(),
        "locale": locale.setlocale(locale.LC_TIME),
        "log level": logging.getLogger().level,
        "log handlers": handlers_of(logging.getLogger()),
        "warning": type(outcome(warnings.warn, "a warning")).__name__,
        "signal handler": getattr(signal.getsignal(signal.SIGHUP), "__name__", None),
        "lock": lock.acquire(False),
        "hash": hash("text"),
        "descriptors": [written(CLOSED_ON_EXEC), written(INHERITABLE)],
        "imported by": imported_by,
        "environment": os.environ.get("SET_LATE"),
        "early": os.environ.get("SET_EARLY"),
        "deleted": os.environ.get("DELETED"),
        "umask": umask,
        "ignored signal": signal.getsignal(signal.SIGUSR1) == signal.SIG_IGN,
        "blocked signal": signal.SIGUSR2 in signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "parent": os.getppid(),
        "directory": os.getcwd(),
        "path": sys.path,
        "argv": sys.argv,
        "authkey": bytes(multiprocessing.current_process().authkey),
        "group": (os.getpgid(0), os.getsid(0)),
        "drawn": random.random(),
        "threads": [thread.name for thread in threading.enumerate()],
        "pid": os.getpid(),
    }


def tell_facts(sending, place, argument):
    shared_page[place] = 7
    sending.send({**facts(), "argument": type(argument).__name__})
    sending.close()


def facts_of_a_child(context, place):
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=tell_facts, args=(sending, place, Unpickled()))
    child.start()
    sending.close()
    control(receiving.poll(PATIENCE), "the child tells what it found")
    found = receiving.recv()
    receiving.close()
    return {**found, "exit code": joined(child), "pid told": child.pid, "page": shared_page[place]}


def facts_of_children():
    """Change everything, and return what the parent and a child of each method found."""
    os.environ.update(SET_EARLY="early", DELETED="early")
    joined(started_server())
    before = facts()
    lock.release()
    change_what_lasts_in_this_process()
    change_what_the_system_knows()
    change_what_is_handed_on()
    writing = os.pipe()[1]
    os.dup2(writing, CLOSED_ON_EXEC, inheritable=False)
    os.dup2(writing, INHERITABLE, inheritable=True)
    end = threading.Event()
    threading.Thread(target=end.wait, name="beside", daemon=True).start()
    contexts = [multiprocessing, *map(multiprocessing.get_context, METHODS)]
    children = {
        name: facts_of_a_child(context, place)
        for place, (name, context) in enumerate(zip(("default", *METHODS), contexts, strict=True))
    }
    parent = facts()
    end.set()
    return {**children, "before": before, "parent": parent}


def started_server():
    """Start the fork server, by a child that does nothing."""
    child = multiprocessing.get_context("forkserver").Process()
    child.start()
    return child


_seen = []


def found(programs, fact):
    """Return a fact as the children found it, by start method and "default"; one run for all."""
    if not _seen:
        _seen.append(outcome(programs.call, facts_of_children))
    control(isinstance(_seen[0], dict), f"the program runs; it ended with {_seen[0]!r}")
    return {who: known[fact] for who, known in _seen[0].items() if fact in known}


def in_a_default_child(programs, fact, *, otherwise):
    """Return what a child of the default start method found, and what its parent has.

    It must be either that or the other known value, so that no mishap refutes a claim.
    """
    seen = found(programs, fact)
    known = [seen["parent"], otherwise]
    control(seen["parent"] != otherwise, f"the parent has changed it: {seen}")
    control(seen["default"] in known, f"{seen['default']!r} is one of {known}")
    return seen["default"], seen["parent"]


@claim("MX40")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_sees_a_changed_module_global(programs, evidence):
    """By default a child sees the value that a module's global has in the parent at start().

    One would expect so, since the function is the same.  From 3.14 the child silently sees the
    value that the module gives it when it is imported: no error, a wrong value.  3.14 starts
    children by a fork server, which imports the module anew (gh-84559, "What's New In Python
    3.14").  Instead: pass the value as an argument, or ask for get_context("fork").
    """
    child, parent = in_a_default_child(programs, "global", otherwise="as imported")
    evidence(parent=parent, child=child)
    assert child == "changed"


@claim("MX41")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_sees_what_was_registered_at_run_time(programs, evidence):
    """By default a child has what the parent appended to a module-level list before start().

    Registries, plug-in tables, caches and open connections kept in a module are such objects.
    From 3.14 the child finds them as the import makes them, often empty: a KeyError, or silence
    (gh-84559).  Instead: fill them at import, or pass them, or fill them in the target.
    """
    child, parent = in_a_default_child(programs, "registry", otherwise=["as imported"])
    evidence(parent=parent, child=child)
    assert child == ["as imported", "changed"]


@claim("MX42")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_sees_a_changed_class_attribute(programs, evidence):
    """By default a child sees a class attribute as the parent has set it at run time.

    Configuration is often kept so: Options.level = 3.  Pickling an instance carries its own
    attributes, never those of its class: from 3.14 the child's class has what its body says
    (gh-84559).  Instead: set it on the instance, or pass it.
    """
    child, parent = in_a_default_child(programs, "class attribute", otherwise="as imported")
    evidence(parent=parent, child=child)
    assert child == "changed"


@claim("MX43")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_has_the_parents_patches(programs, evidence):
    """By default a function that the parent has patched at run time is patched in a child.

    Tests that use unittest.mock.patch or monkeypatch rely on it, and so do gevent and other
    libraries that patch.  From 3.14 the child calls the original (gh-84559).  Instead: patch at
    import of a module that the child imports, or ask for get_context("fork").
    """
    child, parent = in_a_default_child(programs, "patch", otherwise="original")
    evidence(parent=parent, child=child)
    assert child == "patched"


@claim("MX06")
@posix
def test_patches_are_seen_under_fork_only(programs, evidence):
    """A function that is patched at run time is patched in a forked child, and in no other."""
    seen = found(programs, "patch")
    evidence(**seen)
    assert [seen["before"], seen["parent"]] == ["original", "patched"]
    assert [seen[m] for m in METHODS] == ["patched", "original", "original"]


@claim("MX44")
@posix
@needs_a_copy
def test_a_module_imported_at_run_time_is_loaded(programs, evidence):
    """By default a module that the parent has imported at run time is already loaded in a child.

    From 3.14 each child imports for itself what its target needs, with the time that it takes
    and with all side effects of the import (gh-84559).  Instead, to save the time: name the
    module in set_forkserver_preload().
    """
    child, parent = in_a_default_child(programs, "loaded module", otherwise=False)
    evidence(parent=parent, child=child)
    assert child is True


@claim("MX24")
@posix
def test_run_time_imports_are_loaded_under_fork_only(programs, evidence):
    """A module that is imported at run time is loaded in a forked child, and in no other."""
    seen = found(programs, "loaded module")
    evidence(**seen)
    assert [seen["before"], seen["parent"]] == [False, True]
    assert [seen[m] for m in METHODS] == [True, False, False]


@claim("MX45")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_module_made_at_run_time_can_be_imported(programs, evidence):
    """By default a child can import a module that the parent has put into sys.modules.

    Stubs, generated modules and aliases live only there.  From 3.14 the import in the child ends
    with "ModuleNotFoundError: No module named ..." (gh-84559).  Instead: make them at the import
    of a module that the child imports as well.
    """
    child, parent = in_a_default_child(programs, "made module", otherwise="ModuleNotFoundError")
    evidence(parent=parent, child=child)
    assert child == "module"


@claim("MX46")
@posix
@needs_a_copy
def test_a_child_starts_with_the_parents_cache(programs, evidence):
    """By default a function under functools.lru_cache keeps in a child what it has cached.

    Warming a cache, or loading a model once, before the processes start saves time under fork
    alone.  From 3.14 the cache is empty in each child and all is computed again: nothing fails, it
    is slower and takes more memory (gh-84559).  Instead: fill the cache in the target or a pool's
    initializer, or ask for get_context("fork").
    """
    child, parent = in_a_default_child(programs, "cache", otherwise=0)
    evidence(parent=parent, child=child)
    assert child == 2


@claim("MX47")
@posix
@needs_a_copy
def test_a_child_has_the_values_of_threading_local(programs, evidence):
    """By default a child has the values of a threading.local of the thread that started it.

    The copy runs on in the thread that forked, so it has that thread's values.  From 3.14 the
    attribute does not exist: "AttributeError: '_thread._local' object has no attribute ..."
    (gh-84559).  Instead: pass the value.
    """
    child, parent = in_a_default_child(programs, "thread local", otherwise=None)
    evidence(parent=parent, child=child)
    assert child == "changed"


@claim("MX48")
@posix
@needs_a_copy
def test_a_child_has_the_values_of_context_variables(programs, evidence):
    """By default a child sees the value that a ContextVar has where it is started.

    Request ids and the like are kept so.  From 3.14 the child gets the variable's default, or a
    LookupError if it has none (gh-84559); a context cannot be pickled either.  Instead: pass the
    value and set it in the target.
    """
    child, parent = in_a_default_child(programs, "context variable", otherwise="default")
    evidence(parent=parent, child=child)
    assert child == "changed"


@claim("CV09")
@posix
def test_context_variables_are_seen_under_fork_only(programs, evidence):
    """The value of a ContextVar reaches a forked child, and no other."""
    seen = found(programs, "context variable")
    evidence(**seen)
    assert [seen["before"], seen["parent"]] == ["default", "changed"]
    assert [seen[m] for m in METHODS] == ["changed", "default", "default"]


@claim("MX49")
@posix
@needs_a_copy
def test_a_child_computes_with_the_parents_decimal_context(programs, evidence):
    """By default a child computes decimals with the precision that the parent has set.

    From 3.14 it has 28 digits again, and rounds otherwise than its parent, without any error
    (gh-84559).  Instead: set decimal.getcontext().prec in the target.
    """
    child, parent = in_a_default_child(programs, "decimal", otherwise=28)
    evidence(parent=parent, child=child)
    assert child == 7


@claim("MX50")
@posix
@needs_a_copy
def test_a_generator_of_random_numbers_goes_on(programs, evidence):
    """By default a module's random.Random(7) goes on in a child where it is in the parent.

    From 3.14 it begins anew, as its module is imported anew (gh-84559), so that seeded results
    differ from those of 3.13.  Instead: pass a seed, or a generator, to each child.
    """
    first, third = random.Random(7).random(), third_number()
    seen = found(programs, "generator")
    evidence(first=first, third=third, child=seen["default"])
    control(seen["before"] == first, f"the parent has drawn the first number before: {seen}")
    control(seen["default"] in (first, third), f"the first or the third: {seen}")
    assert seen["default"] == third


def third_number():
    return [numbers.random() for numbers in [random.Random(7)] for _ in range(3)][-1]


@claim("MX73")
@posix
@refuted(because="fork copies its state, an import makes the same one: on CPython and on PyPy")
def test_two_children_draw_different_numbers_from_a_generator(programs, evidence):
    """Two children draw different numbers from a random.Random that a module has made.

    One would expect so of random numbers.  All children have the same: forked ones copy the
    generator's state, the others make it again from the same seed.  numpy's generators behave
    so as well.  Instead: seed one in each child, from what the child is given.
    """
    seen = found(programs, "generator")
    evidence(**seen)
    control(seen["spawn"] == random.Random(7).random(), "a spawned child begins with the seed")
    control(seen["fork"] == third_number(), "a forked child goes on")
    assert seen["default"] not in (seen["fork"], seen["spawn"])


@claim("MX22")
@posix
def test_children_draw_different_numbers_by_themselves(programs, evidence):
    """random.random() differs in each child, even after random.seed(7) in the parent.

    The random module seeds itself anew in every forked child, and of course in a new program.
    So a seed that is set in the parent makes no child repeatable: seed in the target.
    """
    seen = found(programs, "drawn")
    evidence(**seen)
    assert seen["parent"] == random.Random(7).random()
    assert len(set(seen.values())) == len(seen) == 6


@claim("MX51")
@posix
@needs_a_copy
def test_a_child_has_the_parents_recursion_limit(programs, evidence):
    """By default a child has the recursion limit that the parent has set.

    From 3.14 it is 1000 again, so that a deep recursion which works in the parent ends in a child
    with RecursionError (gh-84559).  Instead: call sys.setrecursionlimit() in the target.
    """
    child, parent = in_a_default_child(programs, "recursion limit", otherwise=1000)
    evidence(parent=parent, child=child)
    assert child == 1234


@claim("MX08")
@posix
def test_interpreter_settings_carry_over_under_fork_only(programs, evidence):
    """sys.setrecursionlimit() and sys.setswitchinterval() reach forked children, and no others."""
    limits, intervals = found(programs, "recursion limit"), found(programs, "switch interval")
    evidence(recursion_limits=limits, switch_intervals=intervals)
    assert [limits[m] for m in METHODS] == [1234, 1000, 1000]
    assert [intervals[m] for m in METHODS] == [0.0125, 0.005, 0.005]


@claim("MX52")
@posix
@needs_a_copy
def test_a_child_has_the_parents_excepthook(programs, evidence):
    """By default a child has the sys.excepthook that the parent has installed.

    Reporters of crashes install one.  From 3.14 the child has Python's own (gh-84559).  (A Process
    prints the traceback of its target itself and calls no hook under any method.)  Instead: install
    it in the target.
    """
    child, parent = in_a_default_child(programs, "excepthook", otherwise=True)
    evidence(parent_has_pythons_own=parent, child_has_pythons_own=child)
    assert child is False


@claim("MX53")
@posix
@needs_a_copy
def test_a_child_prints_to_the_parents_replaced_stdout(programs, evidence):
    """By default sys.stdout is in a child what the parent has put in its place.

    contextlib.redirect_stdout() and capturing tools replace it.  A forked child prints into a
    copy of the replacement, which nobody reads; from 3.14 it prints to the real standard output
    (gh-84559).  Instead: redirect in the target, or send the text back.
    """
    child, parent = in_a_default_child(programs, "stdout", otherwise="TextIOWrapper")
    evidence(parent=parent, child=child)
    assert child == "StringIO"


@claim("MX54")
@posix
@needs_a_copy
def test_garbage_collection_stays_off_in_a_child(programs, evidence):
    """By default gc.disable() in the parent holds for a child as well.

    From 3.14 the child starts with the collector on, as every program does (gh-84559); what
    gc.freeze() was to save is not shared either.  Instead: call gc.disable() in the target.
    """
    child, parent = in_a_default_child(programs, "gc", otherwise=True)
    evidence(enabled_in_parent=parent, enabled_in_child=child)
    assert child is False


@claim("MX55")
@posix
@needs_a_copy
def test_a_child_has_the_parents_socket_timeout(programs, evidence):
    """By default socket.setdefaulttimeout() in the parent holds for a child as well.

    From 3.14 the child's sockets have no timeout, and may wait for ever (gh-84559).  Defaults
    that other libraries keep in a module share that fate.  Instead: set them in the target.
    """
    child, parent = in_a_default_child(programs, "socket timeout", otherwise=None)
    evidence(parent=parent, child=child)
    assert child == 7.5


@claim("MX56")
@posix
@needs_a_copy
def test_a_child_has_the_parents_locale(programs, evidence):
    """By default a child has the locale that the parent has set by locale.setlocale().

    From 3.14 it has "C" again, and writes dates and numbers otherwise than its parent
    (gh-84559).  Instead: call locale.setlocale() in the target.
    """
    child, parent = in_a_default_child(programs, "locale", otherwise="C")
    evidence(parent=parent, child=child)
    assert child == "C.UTF-8"


@claim("MX57")
@predicts("RC41")
@posix
@needs_a_copy
def test_a_child_logs_as_the_parent_has_set_up(programs, evidence):
    """By default a child logs with the level and the handlers that the parent has set.

    From 3.14 the root logger of a child has the level WARNING and no handler: debug and info
    messages vanish, warnings go to standard error bare (gh-84559; "Logging" in the programming
    guidelines).  Instead: call logging.basicConfig() in the target or a pool's initializer, or
    send records by logging.handlers.QueueHandler.
    """
    level, _ = in_a_default_child(programs, "log level", otherwise=logging.WARNING)
    handlers, _ = in_a_default_child(programs, "log handlers", otherwise=[])
    evidence(level=level, handlers=handlers)
    assert (level, handlers) == (logging.DEBUG, ["NullHandler"])


@claim("MX58")
@posix
@needs_a_copy
def test_a_child_has_the_parents_warning_filters(programs, evidence):
    """By default a child has the warnings filters that the parent has set at run time.

    From 3.14 a child warns as Python does by default: what the parent silences is printed by every
    child, what it turns into errors is not an error there (gh-84559).  Instead: set filters in the
    target, or by -W or PYTHONWARNINGS, which reach children of every method.
    """
    child, parent = in_a_default_child(programs, "warning", otherwise="NoneType")
    evidence(raised_in_parent=parent, raised_in_child=child)
    assert child == "UserWarning"


@claim("MX59")
@posix
@needs_a_copy
def test_a_child_has_the_parents_signal_handlers(programs, evidence):
    """By default a child has the Python signal handlers that the parent has installed.

    From 3.14 a signal such as SIGTERM or SIGHUP meets its default action, which ends the child,
    so that a graceful shutdown in a handler does not happen (gh-84559).  Instead: call
    signal.signal() in the target.
    """
    child, parent = in_a_default_child(programs, "signal handler", otherwise=None)
    evidence(parent=parent, child=child)
    assert child == "handle"


@claim("MX03")
@posix
def test_signal_handlers_are_inherited_under_fork_only(programs, evidence):
    """A Python signal handler of the parent's is installed in forked children, and in no others."""
    seen = found(programs, "signal handler")
    evidence(**seen)
    assert [seen["before"], seen["parent"]] == [None, "handle"]
    assert [seen[m] for m in METHODS] == ["handle", None, None]


@claim("MX60")
@posix
@needs_a_copy
def test_a_string_has_the_same_hash_in_a_child(programs, evidence):
    """By default hash("text") is the same in a child as in its parent.

    From 3.14 the fork server has a hash seed of its own (gh-84559): sets of strings come in
    another order, and what shards by hash(), or compares hashes, disagrees with the parent.
    Instead: use hashlib or zlib.crc32, or set PYTHONHASHSEED.
    """
    seen = found(programs, "hash")
    evidence(**seen)
    control(seen["before"] == seen["parent"] == seen["fork"], "one seed in one process")
    control(seen["default"] in (seen["fork"], seen["forkserver"]), f"a known hash: {seen}")
    assert seen["default"] == seen["parent"]


@claim("MX04")
@posix
def test_hashes_equal_the_parents_under_fork_only(programs, evidence):
    """hash("text") is the parent's in a forked child only, unless PYTHONHASHSEED is set."""
    seen = found(programs, "hash")
    evidence(**seen)
    assert [seen[m] == seen["parent"] for m in METHODS] == [True, False, False]
    assert len({seen[m] for m in METHODS}) == 3


@claim("MX61")
@predicts("RC44")
@posix
@needs_a_copy
def test_a_child_can_use_an_open_descriptor(programs, evidence):
    """By default a child can write to a descriptor that the parent opened, given its number.

    From 3.14 the number means nothing in a child, or another file: "OSError: [Errno 9] Bad file
    descriptor".  os.set_inheritable() does not help: the server was started before, and closes
    what it is not given (gh-84559).  Instead: pass a Connection, a socket, or
    multiprocessing.reduction.DupFd(number); or open it in the child.
    """
    child, parent = in_a_default_child(programs, "descriptors", otherwise=[9, 9])
    evidence(parent=parent, child=child)
    assert child == [1, 1]


@claim("MX05")
@posix
def test_descriptors_are_open_in_forked_children_only(programs, evidence):
    """An open descriptor, inheritable or not, is open in a forked child, and closed in others."""
    seen = found(programs, "descriptors")
    evidence(**seen)
    assert [seen["before"], seen["parent"]] == [[9, 9], [1, 1]]
    assert [seen[m] for m in METHODS] == [[1, 1], [9, 9], [9, 9]]


@claim("MX62")
@posix
@refuted(
    where=not SERVES_BY_DEFAULT and not SPAWNS_BY_DEFAULT,
    because="up to 3.13, and on PyPy, fork copies a lock as it is: held, and nobody to release it",
)
def test_a_lock_held_by_the_parent_is_free(programs, evidence):
    """By default a module-level lock that the parent holds at start() is free in a child.

    Up to 3.13 the child has a copy of the lock, locked for ever: acquire() never returns, which
    is how fork beside threads deadlocks (logging, import and library locks too).  From 3.14 the
    child makes a lock of its own (gh-84559).  Before: ask for get_context("forkserver").
    """
    seen = found(programs, "lock")
    evidence(acquired_by=seen)
    control([seen["before"], seen["parent"]] == [True, False], "the parent holds the lock")
    control([seen["fork"], seen["spawn"]] == [False, True], f"methods differ as known: {seen}")
    assert seen["default"] is True


@claim("MX63")
@posix
@needs_a_copy
def test_a_module_is_not_imported_anew(programs, evidence):
    """By default a child does not execute the module of its target anew.

    From 3.14 it does, with all side effects at the module's top level: connections, downloads,
    prints, argument parsing (gh-84559).  Instead: keep them in functions, or have the module
    imported once in the server, by set_forkserver_preload().
    """
    seen = found(programs, "imported by")
    pids = found(programs, "pid")
    evidence(imported_by=seen, pids=pids)
    control(seen["parent"] == pids["parent"], "the parent has imported the module")
    control(seen["spawn"] == pids["spawn"], "a spawned child imports the module")
    control(seen["default"] in (pids["parent"], pids["default"]), f"parent or child: {seen}")
    assert seen["default"] == pids["parent"]


@claim("MX64")
@posix
@needs_a_copy
def test_an_anonymous_map_is_shared_with_a_child(programs, evidence):
    """By default what a child writes into a module-level mmap.mmap(-1, n) is seen by the parent.

    Forked processes share such memory.  From 3.14 the module makes another map in the child, and
    what is written there is lost without an error (gh-84559).  Instead: multiprocessing.Value,
    Array or shared_memory, passed as an argument.
    """
    seen = found(programs, "page")
    evidence(**seen)
    control([seen["fork"], seen["spawn"]] == [7, 0], f"methods differ as known: {seen}")
    control(seen["default"] in (7, 0), f"written or not: {seen}")
    assert seen["default"] == 7


@claim("MX65")
@posix
@needs_a_copy
def test_arguments_reach_a_child_without_pickling(programs, evidence):
    """By default the arguments of a target reach the child without being pickled.

    From 3.14 each is pickled and made again: large data takes time and twice the memory,
    __init__ is not called, and what cannot be pickled makes start() raise (gh-84559).
    Instead: pass small things; shared_memory, files or get_context("fork") for large ones.
    """
    seen = found(programs, "argument")
    evidence(**seen)
    control([seen["fork"], seen["spawn"]] == ["Unpickled", "str"], "methods differ as known")
    control(seen["default"] in ("Unpickled", "str"), f"itself or what pickling makes: {seen}")
    assert seen["default"] == "Unpickled"


@claim("MX66")
@posix
@needs_the_parent
def test_a_child_sees_the_environment_at_start(programs, evidence):
    """By default a child has the environment that os.environ has at its start().

    From 3.14 it has that of the moment when the fork server was started, with the first child:
    a variable that was set since is missing (KeyError), a changed one is old, a deleted one is
    back.  Neither raises anything at start() (gh-84559).  Instead: set what children need before
    the first one, pass it, or set it in the target.
    """
    late, _ = in_a_default_child(programs, "environment", otherwise=None)
    changed, _ = in_a_default_child(programs, "early", otherwise="early")
    deleted, _ = in_a_default_child(programs, "deleted", otherwise="early")
    evidence(set_later=late, changed_later=changed, deleted_later=deleted)
    control([late, changed, deleted].count(None) < 3, "an old or a new environment")
    assert (late, changed, deleted) == ("late", "changed", None)


@claim("MX01")
@posix
def test_a_fork_servers_children_have_its_environment(programs, evidence):
    """Changes of os.environ reach children, but under forkserver only those before its start.

    A fork server is started with the first child; its children are copies of it.
    """
    late, early = found(programs, "environment"), found(programs, "early")
    deleted = found(programs, "deleted")
    evidence(late=late, early=early, deleted=deleted)
    assert [late[m] for m in METHODS] == ["late", "late", None]
    assert [early[m] for m in METHODS] == ["changed", "changed", "early"]
    assert [deleted[m] for m in METHODS] == [None, None, "early"]


@claim("MX68")
@posix
@needs_the_parent
def test_a_child_has_the_parents_umask(programs, evidence):
    """By default a child has the umask that the parent has set by os.umask().

    From 3.14 it has that of the fork server's start, so that files which a child makes may be
    readable by others although the parent has forbidden it (gh-84559).  Instead: call os.umask()
    before the first child is started, or in the target.
    """
    before = found(programs, "umask")["before"]
    child, parent = in_a_default_child(programs, "umask", otherwise=before)
    evidence(before=oct(before), parent=oct(parent), child=oct(child))
    assert child == 0o027


@claim("MX69")
@posix
@needs_the_parent
def test_a_signal_that_the_parent_ignores_is_ignored(programs, evidence):
    """By default a signal that the parent ignores, by SIG_IGN, is ignored by a child.

    The system keeps that through exec, so spawned children have it as well.  From 3.14 the
    signal ends the child, if the parent began to ignore it after the first child (gh-84559).
    Instead: call signal.signal() in the target.
    """
    child, parent = in_a_default_child(programs, "ignored signal", otherwise=False)
    evidence(parent=parent, child=child)
    assert child is True


@claim("MX70")
@posix
@needs_the_parent
def test_a_signal_that_the_parent_blocks_is_blocked(programs, evidence):
    """By default a signal that the parent's thread blocks at start() is blocked in a child.

    signal.pthread_sigmask() around start() is to keep a signal from the child until it is ready.
    From 3.14 the child has the mask with which the fork server was started (gh-84559).
    Instead: block in the target.
    """
    child, parent = in_a_default_child(programs, "blocked signal", otherwise=False)
    evidence(parent=parent, child=child)
    assert child is True


@claim("MX71")
@posix
@needs_the_parent
def test_a_child_has_the_parents_resource_limits(programs, evidence):
    """By default a child has the limits that the parent has set by resource.setrlimit().

    From 3.14 it has those of the fork server's start, so that a limit of memory or files does not
    hold for children (gh-84559).  Instead: set it before the first child, or in the target.
    """
    before = found(programs, "limit")["before"]
    child, parent = in_a_default_child(programs, "limit", otherwise=before)
    evidence(before=before, parent=parent, child=child)
    assert child == before - 7


@claim("MX72")
@posix
@needs_the_parent
def test_getppid_names_the_process_that_called_start(programs, evidence):
    """By default os.getppid() in a child is the pid of the process that called start().

    From 3.14 it is the pid of the fork server: a check of getppid() for the parent's death sees
    nothing, and psutil's children() of the parent does not list the child (gh-84559).
    Instead: multiprocessing.parent_process(), its pid and its sentinel.
    """
    seen, pids = found(programs, "parent"), found(programs, "pid")
    evidence(getppid=seen, parent=pids["parent"])
    control(seen["fork"] == seen["spawn"] == pids["parent"], "fork and spawn tell the parent")
    control(seen["default"] in (pids["parent"], seen["forkserver"]), f"parent or server: {seen}")
    assert seen["default"] == pids["parent"]


@claim("CX08")
@posix
def test_a_fork_servers_children_have_another_parent(programs, evidence):
    """Forked and spawned children are children of the caller; a fork server's are the server's."""
    seen, pids = found(programs, "parent"), found(programs, "pid")
    told = found(programs, "pid told")
    evidence(getppid=seen, pids=pids, told=told)
    assert [seen[m] == pids["parent"] for m in METHODS] == [True, True, False]
    assert seen["forkserver"] not in (seen["parent"], *pids.values())
    assert told == {m: pids[m] for m in ("default", *METHODS)}
    assert len(set(pids.values())) == 5


@claim("MX02")
@posix
def test_the_working_directory_is_the_parents(programs, evidence):
    """A child of every start method has the working directory of its parent at start()."""
    seen = found(programs, "directory")
    evidence(**seen)
    assert os.path.basename(seen["parent"]) == "elsewhere"
    assert os.path.dirname(seen["parent"]) == seen["before"]
    assert [seen[m] for m in ("default", *METHODS)] == [seen["parent"]] * 4


@claim("MX07")
@posix
def test_sys_path_is_the_parents_at_start(programs, evidence):
    """A child of every start method has the sys.path of its parent, in the same order."""
    seen = found(programs, "path")
    evidence(first={who: path[:2] for who, path in seen.items()})
    directory = found(programs, "directory")["before"]
    expected = [entry or directory for entry in seen["parent"]]
    assert expected[0] == "/added by the parent"
    assert [[e or directory for e in seen[m]] for m in ("default", *METHODS)] == [expected] * 4


@claim("MX79")
@posix
def test_sys_argv_is_the_parents_at_start(programs, evidence):
    """A child of every start method has the sys.argv of its parent, as changed at run time."""
    seen = found(programs, "argv")
    evidence(**seen)
    assert [seen[m] for m in ("default", *METHODS)] == [["changed", "by the parent"]] * 4


@claim("MX30")
@posix
def test_the_authentication_key_is_the_parents(programs, evidence):
    """A child of every start method has the authkey of its parent, as changed at run time."""
    seen = found(programs, "authkey")
    evidence(changed_from=len(seen["before"]), to=seen["parent"])
    assert len(seen["before"]) == 32
    assert [seen[m] for m in ("default", *METHODS)] == [b"changed by the parent"] * 4


@claim("MX74")
@posix
def test_children_belong_to_the_parents_process_group(programs, evidence):
    """A child of every start method belongs to the process group and the session of its parent.

    So Ctrl-C in a terminal, and os.killpg(), reach them all, a fork server's children too.
    """
    seen, pid = found(programs, "group"), found(programs, "pid")["parent"]
    evidence(**seen)
    assert [seen[m] for m in ("parent", "default", *METHODS)] == [(pid, pid)] * 5


@claim("MX75")
@posix
def test_a_child_has_no_thread_but_its_main(programs, evidence):
    """A child of every start method has its main thread alone, whatever threads the parent has."""
    seen = found(programs, "threads")
    evidence(**seen)
    assert seen["parent"] == ["MainThread", "beside"]
    assert [seen[m] for m in ("default", *METHODS)] == [["MainThread"]] * 4


#: What only a copy has: the fact, as the parent changed it, as it is elsewhere.
COPIED = {
    "global": ("changed", "as imported"),
    "registry": (["as imported", "changed"], ["as imported"]),
    "class attribute": ("changed", "as imported"),
    "made module": ("module", "ModuleNotFoundError"),
    "cache": (2, 0),
    "thread local": ("changed", None),
    "decimal": (7, 28),
    "excepthook": (False, True),
    "stdout": ("StringIO", "TextIOWrapper"),
    "gc": (False, True),
    "socket timeout": (7.5, None),
    "locale": ("C.UTF-8", "C"),
    "log level": (logging.DEBUG, logging.WARNING),
    "log handlers": (["NullHandler"], []),
    "warning": ("UserWarning", "NoneType"),
    "lock": (False, True),
    "page": (7, 0),
    "argument": ("Unpickled", "str"),
}


@claim("MX77")
@cases(copied=list(COPIED))
@posix
def test_what_changes_at_run_time_reaches_forked_children(copied, programs, evidence):
    """Of what a program changes in itself, a forked child has all; the others have nothing."""
    changed, otherwise = COPIED[copied]
    seen = found(programs, copied)
    evidence(fact=copied, **{m: seen[m] for m in METHODS})
    assert [seen[m] for m in METHODS] == [changed, otherwise, otherwise]


#: What the system keeps for each process and its descendants.
KEPT_BY_THE_SERVER = ("umask", "blocked signal", "limit")


@claim("MX78")
@cases(kept=KEPT_BY_THE_SERVER)
@posix
def test_the_servers_children_are_as_it_was_started(kept, programs, evidence):
    """Umask, blocked signals and resource limits are the parent's, but the server's at its start.

    A forked and a spawned child have them as the parent has them at start().
    """
    seen = found(programs, kept)
    evidence(fact=kept, **seen)
    assert seen["parent"] != seen["before"]
    assert [seen[m] for m in METHODS] == [seen["parent"], seen["parent"], seen["before"]]
